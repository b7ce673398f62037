"""
Verdicts on what clients did: whose fault it is when something went wrong.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from capabilities import CAPABILITIES
from clients.client import Client, KnownFault, Outcome
from dialogue import Report, Step

_MOST_REFUSED = 8

PASS = "pass"
PEER_FAULT = "peer's fault"
OUR_FAULT = "OUR FAULT"
LACKS = "-"
NOT_REACHED = "not reached"
NOT_INSTALLABLE = "not installable"


@dataclass
class Cell:
    """One verdict with what a person wants to know about it."""

    verdict: str
    detail: str = ""
    fault: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """
        Return the cell for the JSON file.
        """
        return {"verdict": self.verdict, "fault": self.fault, "detail": self.detail}


@dataclass
class Row:
    """The verdicts on one client."""

    client: Client
    packages: dict[str, str] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """
        Return the row for the JSON file.
        """
        return {
            "client": self.client.name,
            "sign_in": self.client.way,
            "packages": self.packages,
            "cells": {name: cell.to_dict() for name, cell in self.cells.items()},
            "lacks": dict(self.client.lacks),
            "remarks": self.remarks,
            "seconds": self.seconds,
        }


def judge(row: Row, report: Report) -> None:
    """
    Fill in the cells of a row.

    :param row: the row of the client that has just run.
    :param report: how its steps went.
    """
    earlier: list[KnownFault] = []
    ended: str | None = None
    for name, capability in CAPABILITIES.items():
        step = report.steps.get(name)
        cell = _cell(row.client, name, step, earlier, ended)
        row.cells[name] = cell
        if ended is None and step is None and cell.verdict == OUR_FAULT and report.broken:
            cell.detail = f"the driver broke before it: {report.broken}"
        if capability.ends_all and (step is None or step.problem is not None):
            ended = ended or name
    if any(cell.verdict == OUR_FAULT for cell in row.cells.values()):
        row.remarks += _hints(report)


def _cell(
    client: Client, name: str, step: Step | None, earlier: list[KnownFault], ended: str | None
) -> Cell:
    lacking = client.lacks.get(name)
    if step is None:
        return _untried(lacking, ended)
    if lacking is not None:
        return Cell(OUR_FAULT, "tried, although it is said that the client lacks it")
    if step.problem is None:
        return Cell(PASS)
    if (fault := known_fault(client, name, step.outcome)) is not None:
        earlier.append(fault)
        return Cell(PEER_FAULT, fault.sentence, fault.name)
    for fault in earlier:
        if name in fault.spoils:
            return Cell(PEER_FAULT, f"follows from it: {step.problem}", fault.name)
    return Cell(OUR_FAULT, step.problem)


def _untried(lacking: str | None, ended: str | None) -> Cell:
    if lacking is not None:
        return Cell(LACKS, lacking)
    if ended is not None:
        return Cell(NOT_REACHED, f"it got no further than {ended}")
    return Cell(OUR_FAULT, "not tried, and nothing says that the client lacks it")


def known_fault(client: Client, capability: str, outcome: Outcome) -> KnownFault | None:
    """
    Return the known fault of a client that an outcome shows, None if it shows none.
    """
    for fault in client.faults:
        if fault.capability == capability and fault.shows(outcome):
            return fault
    return None


def _hints(report: Report) -> list[str]:
    """
    Return what helps to find a fault of ours: refused requests, and what the client logged.
    """
    journal = max((step.outcome.journal for step in report.steps.values()), key=len, default=[])
    refused = Counter(
        f"{entry['method']} {entry['host']}{entry['path']} -> {entry['status']}"
        for entry in journal
        if (entry["status"] or 0) >= 400
    )
    lines = [f"refused: {line} x{n}" for line, n in refused.most_common(_MOST_REFUSED)]
    return lines + [f"client log: {line}" for line in report.log]
