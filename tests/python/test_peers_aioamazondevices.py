"""
The known fault of aioamazondevices excuses that fault and nothing else.
"""

import sys
from typing import Any

import pytest
from capabilities.scene import Scene, Snapshot
from clients.aioamazondevices import CLIENTS
from clients.client import Outcome

[FAULT] = CLIENTS[0].faults
STREAM = {"path": "/v20160207/directives"}


def outcome(
    *, seen: dict[str, Any], journal: list[dict[str, Any]], turned: list[dict[str, Any]]
) -> Outcome:
    nothing = Snapshot({}, [], {})
    scene = Scene("K1", 41, frozenset(), frozenset(), {}, nothing, nothing, journal, turned)
    return Outcome(seen, "RuntimeError", scene, journal)


GIVEN_UP: dict[str, Any] = {"seen": {"gave_up": True}, "journal": [], "turned": [{"kind": "drop"}]}


@pytest.mark.parametrize(("version", "shown"), [((3, 12, 1), True), ((3, 13, 0), False)])
def test_giving_up_is_known_of_older_interpreters_only(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], *, shown: bool
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert FAULT.shows(outcome(**GIVEN_UP)) is shown


@pytest.mark.parametrize(
    "change",
    [
        {"seen": {"gave_up": False}},
        {"seen": {}},
        {"journal": [STREAM]},
        {"turned": []},
    ],
)
def test_whatever_else_goes_wrong_is_not_excused(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert not FAULT.shows(outcome(**GIVEN_UP | change))
