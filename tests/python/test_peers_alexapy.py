"""
The known faults of alexapy are seen where they are, and nowhere else.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from capabilities.scene import Scene, Snapshot
from clients import alexapy
from clients.client import KnownFault, Outcome

APP = "A5"
HIDES = frozenset({"FIRE_TV", "VOX"})

type Story = dict[str, Any]


def fault(name: str) -> KnownFault:
    faults = [fault for client in alexapy.CLIENTS for fault in client.faults]
    return next(fault for fault in faults if fault.name == name)


def outcome(story: Story) -> Outcome:
    registered = [{"serial": serial, "registered": True} for serial in story["registered"]]
    before = Snapshot(story["devices"], [{"serial": APP, "registered": True}], {})
    after = Snapshot(story["devices"], registered, {})
    scene = Scene(
        device="K1",
        level=59,
        hides=HIDES,
        lacks=frozenset(),
        task={},
        before=before,
        after=after,
        journal=story["journal"],
    )
    return Outcome(story["seen"], story["why"], scene, story["journal"])


def request(path: str, status: int, query: str = "", **body: Any) -> dict[str, Any]:
    return {"path": path, "status": status, "query": query, "body": json.dumps(body)}


def device(name: str, family: str = "ECHO") -> dict[str, str]:
    return {"name": name, "family": family}


def story(**fields: Any) -> Story:
    return {
        "registered": [APP],
        "devices": {},
        "journal": [],
        "seen": {},
        "why": None,
        **fields,
    }


REFUSED = request("/auth/register", 400, auth_data={})
STORIES: dict[str, Story] = {
    "code-never-read": story(
        registered=[],
        journal=[request("/ap/maplanding", 404, "openid.oa2.authorization_code=AN"), REFUSED],
    ),
    "registers-at-start": story(
        journal=[REFUSED, REFUSED, request("/api/users/me", 200)], seen={"probe": True}
    ),
    "one-of-a-name": story(
        devices={
            "K1": device("Kitchen"),
            "B2": device("Bedroom"),
            "B3": device("Bedroom"),
            "V4": device("Phone", "VOX"),
            APP: device("the client", "VOX"),
        },
        seen={
            "found": {"K1": "Kitchen", "B3": "Bedroom"},
            "listed": {"K1": "Kitchen", "B2": "Bedroom", "B3": "Bedroom", "V4": "Phone"},
        },
    ),
}

type Change = Callable[[Story], object]
OTHERS: list[tuple[str, str, Change]] = [
    ("code-never-read", "it got a registration", lambda it: it["registered"].append(APP)),
    ("code-never-read", "no code was offered", lambda it: it["journal"].pop(0)),
    ("code-never-read", "it never asked", lambda it: it["journal"].pop()),
    (
        "code-never-read",
        "the code was used and refused",
        lambda it: it["journal"].append(
            request("/auth/register", 400, auth_data={"authorization_code": "AN"})
        ),
    ),
    ("registers-at-start", "it failed", lambda it: it.update(why="RuntimeError: no")),
    ("registers-at-start", "it is not signed in", lambda it: it["seen"].update(probe=False)),
    (
        "registers-at-start",
        "it got a second registration",
        lambda it: it["registered"].append("A6"),
    ),
    (
        "registers-at-start",
        "it was accepted without a proof",
        lambda it: it["journal"].append(request("/auth/register", 200, auth_data={})),
    ),
    (
        "registers-at-start",
        "it registered with a token",
        lambda it: it["journal"].append(
            request("/auth/register", 400, auth_data={"access_token": "Atna|"})
        ),
    ),
    (
        "registers-at-start",
        "it signed in by a page",
        lambda it: it["journal"].append(request("/ap/signin", 200)),
    ),
    (
        "registers-at-start",
        "it refreshed a token",
        lambda it: it["journal"].append(request("/auth/token", 200)),
    ),
    ("one-of-a-name", "it failed", lambda it: it.update(why="KeyError: 'devices'")),
    ("one-of-a-name", "nothing is missing", lambda it: it["seen"]["found"].update(B2="Bedroom")),
    ("one-of-a-name", "another one is missing", lambda it: it["seen"]["found"].pop("K1")),
    ("one-of-a-name", "both are missing", lambda it: it["seen"]["found"].pop("B3")),
    ("one-of-a-name", "it was not listed", lambda it: it["seen"]["listed"].pop("B2")),
    ("one-of-a-name", "a name is wrong", lambda it: it["seen"]["found"].update(K1="Bedroom")),
    ("one-of-a-name", "one is no device", lambda it: it["seen"]["found"].update(X9="Attic")),
]


@pytest.mark.parametrize("name", STORIES)
def test_a_known_fault_is_seen(name: str) -> None:
    assert fault(name).shows(outcome(STORIES[name]))


@pytest.mark.parametrize(("name", "what", "change"), OTHERS)
def test_something_else_is_not_taken_for_a_known_fault(
    name: str, what: str, change: Change
) -> None:
    other = copy.deepcopy(STORIES[name])
    change(other)
    assert not fault(name).shows(outcome(other)), what


def test_every_known_fault_has_its_story() -> None:
    assert set(STORIES) == {fault.name for client in alexapy.CLIENTS for fault in client.faults}
