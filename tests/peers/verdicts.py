"""
Holds what a client says it did against what the simulated Amazon saw.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from clients import CAPABILITIES, Client, KnownFault, Outcome
from simulator import Simulator

_VOLUME_SECONDS = 3.0
_MOST_REFUSED = 8

PASS = "pass"
PEER_FAULT = "peer's fault"
OUR_FAULT = "our fault"
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
            "remarks": self.remarks,
            "seconds": self.seconds,
        }


def judge(
    row: Row,
    simulator: Simulator,
    before: dict[str, dict[str, Any]],
    report: dict[str, Any],
    device: str,
) -> None:
    """
    Fill in the cells of a row.

    :param row: the row of the client that has just run.
    :param simulator: the simulated Amazon it ran against, still running.
    :param before: the device model from before the run.
    :param report: what the driver reported.
    :param device: serial number of the device whose volume was to be set.
    """
    registered = len(simulator.registrations())
    journal = simulator.journal()
    earlier: KnownFault | None = None
    for name in CAPABILITIES:
        seen = report["steps"].get(name)
        if seen is None:
            row.cells[name] = Cell(NOT_REACHED)
            continue
        problem = _problem(name, row.client, seen, simulator, before, device)
        outcome = Outcome(seen, registered, journal)
        if problem is None:
            row.cells[name] = Cell(PASS)
        elif earlier is not None:
            row.cells[name] = Cell(PEER_FAULT, f"follows from it: {problem}", earlier.name)
        elif (fault := _known(row.client, name, outcome)) is not None:
            row.cells[name] = Cell(PEER_FAULT, fault.sentence, fault.name)
            earlier = fault
        else:
            row.cells[name] = Cell(OUR_FAULT, problem)
    if any(cell.verdict == OUR_FAULT for cell in row.cells.values()):
        refused = Counter(
            f"{entry['method']} {entry['host']}{entry['path']} -> {entry['status']}"
            for entry in journal
            if (entry["status"] or 0) >= 400
        )
        row.remarks += [f"refused: {line} x{n}" for line, n in refused.most_common(_MOST_REFUSED)]
        row.remarks += [f"client log: {line}" for line in report.get("log", [])]


def _known(client: Client, capability: str, outcome: Outcome) -> KnownFault | None:
    for fault in client.faults:
        if fault.capability == capability and fault.shows(outcome):
            return fault
    return None


def _problem(
    name: str,
    client: Client,
    seen: dict[str, Any],
    simulator: Simulator,
    before: dict[str, dict[str, Any]],
    device: str,
) -> str | None:
    """
    Return what is wrong with a step, None if nothing is.
    """
    if not seen["done"]:
        return str(seen["why"])
    if name == "enrol":
        return _enrol_problem(seen, simulator)
    if name == "devices":
        return _devices_problem(client, seen["found"], simulator)
    return _volume_problem(client, simulator, before, device)


def _enrol_problem(seen: dict[str, Any], simulator: Simulator) -> str | None:
    registrations = simulator.registrations()
    if len(registrations) != 1:
        return f"{len(registrations)} app devices are registered instead of one"
    if registrations[0]["serial"] != seen["serial"]:
        return "the registered serial number is not the client's"
    if not seen["refresh_token"]:
        return "the client has no refresh token"
    return None


def _devices_problem(client: Client, found: dict[str, str], simulator: Simulator) -> str | None:
    own = {entry["serial"] for entry in simulator.registrations()}
    expected = {
        serial: str(entry["name"])
        for serial, entry in simulator.devices().items()
        if entry["family"] not in client.hides and serial not in own
    }
    found = {serial: name for serial, name in found.items() if serial not in own}
    if not expected:
        return "the simulated Amazon has no devices"
    if missing := sorted(expected.keys() - found.keys()):
        return f"missing: {', '.join(f'{expected[it]} ({it})' for it in missing)}"
    if surplus := sorted(found.keys() - expected.keys()):
        return f"not in the household: {', '.join(f'{found[it]} ({it})' for it in surplus)}"
    if wrong := sorted(serial for serial in found if found[serial] != expected[serial]):
        names = (f"{found[it]!r} instead of {expected[it]!r}" for it in wrong)
        return f"wrong names: {', '.join(names)}"
    return None


def _volume_problem(
    client: Client, simulator: Simulator, before: dict[str, dict[str, Any]], device: str
) -> str | None:
    volume = simulator.wait_for_volume(device, client.volume, _VOLUME_SECONDS)
    if volume != client.volume:
        return f"the volume is {volume} instead of {client.volume}"
    after = simulator.devices()
    # The volume of a group is the mean of its members'.
    changed = sorted(
        serial
        for serial, entry in before.items()
        if serial != device
        and device not in entry["members"]
        and after[serial]["volume"] != entry["volume"]
    )
    if changed:
        return f"the volume of other devices changed as well: {', '.join(changed)}"
    return None
