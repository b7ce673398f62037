"""
Requests of ours that were refused or sent elsewhere. The comparison knows only what was accepted,
so such a request would drop out of it instead of being seen.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EVENTS = "/v20160207/events"
_NO_STEP = "no step"
_LOST_TOKENS = "the step has made all cookies and access tokens expire"
_OLD_TOKEN = "the token of before the step refresh is tried and made anew"
# The stream begins by itself: in a step or between two.
_EXPECTED = (
    (("refresh",), 401, "", _LOST_TOKENS),
    (("push", _NO_STEP), 403, _EVENTS, _OLD_TOKEN),
)
"""Steps, status, how the path begins, and why that is so."""


@dataclass(frozen=True)
class Refusal:
    """
    One request and its answer.
    """

    step: str
    status: int
    request: str
    reason: str | None
    """Why it was to be expected, None if it was not."""


def read_refusals(folder: Path) -> list[Refusal]:
    """
    Read one kept run.

    :param folder: where ``report.json`` and ``journal.json`` are.
    """
    report, journal = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("report", "journal")
    )
    return refusals_of(report, journal)


def refusals_of(report: dict[str, Any], journal: list[dict[str, Any]]) -> list[Refusal]:
    """
    Return what was not accepted, wherever in the run.

    :param report: the steps with their parts of the journal.
    :param journal: every request of the run.
    """
    found = []
    for entry in journal:
        status = entry["status"] or 0
        # The pages of a sign-in lead on by redirects.
        if status < 300 or (status < 400 and entry["path"].startswith("/ap/")):
            continue
        step = _step_of(report, entry["n"])
        again = any(_is_same(entry, it) for it in journal if entry["n"] < it["n"])
        request = f"{entry['method']} {entry['host']}{entry['path']}"
        reason = _reason(step, status, entry["path"]) if again else None
        found.append(Refusal(step, status, request, reason))
    return found


def _step_of(report: dict[str, Any], number: int) -> str:
    steps: dict[str, Any] = report["steps"]
    for name, step in steps.items():
        first, last = step["journal"]
        if first <= number <= last:
            return name
    return _NO_STEP


def _is_same(refused: dict[str, Any], later: dict[str, Any]) -> bool:
    # A refusal is expected only where the same request then works.
    same = all(refused[it] == later[it] for it in ("method", "host", "path"))
    return same and 0 < (later["status"] or 0) < 300


def _reason(step: str, status: int, path: str) -> str | None:
    for names, number, start, reason in _EXPECTED:
        if step in names and number == status and path.startswith(start):
            return reason
    return None
