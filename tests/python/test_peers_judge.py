"""
The judge of the independent clients: what is right passes, and every wrong report is refused.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from capabilities import CAPABILITIES
from capabilities.scene import Scene, Snapshot
from clients.client import Client, KnownFault, Outcome
from dialogue import Report, Step
from verdicts import LACKS, NOT_REACHED, OUR_FAULT, PASS, PEER_FAULT, Row, judge

KITCHEN, BEDROOM, PAIR, PHONE, APP = "K1", "B2", "P3", "V4", "A5"
LEVEL = 41


def device(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "family": "ECHO",
        "online": True,
        "volume": 30,
        "playing": "IDLE",
        "track": None,
        "do_not_disturb": False,
        "members": [],
        "spoken": [],
        "announced": [],
        "text_commands": [],
        "sounds": [],
        "nodes": [],
        **fields,
    }


def household() -> Snapshot:
    devices = {
        KITCHEN: device("Kitchen"),
        BEDROOM: device("Bedroom"),
        PAIR: device("Pair", members=[KITCHEN, BEDROOM]),
        PHONE: device("Phone", family="VOX"),
        APP: device("the client", family="VOX"),
    }
    counters = {"push_opened": 1, "push_streams": 1}
    return Snapshot(devices, [{"serial": APP, "registered": True}], counters)


def request(path: str, **fields: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, "status": 200, "headers": {"cookie": "x"}, **fields}


type Change = Callable[[dict[str, Any]], None]


def _list(story: dict[str, Any]) -> None:
    model = story["after"].devices
    found = {serial: model[serial]["name"] for serial in (KITCHEN, BEDROOM, PAIR, APP)}
    story["seen"] = {"found": found}


def _playing(story: dict[str, Any]) -> None:
    track = {"title": "Salt", "artist": "Someone"}
    story["task"] = {"serials": [KITCHEN, BEDROOM]}
    story["after"].devices[KITCHEN].update(playing="PLAYING", track=track)
    story["after"].devices[BEDROOM].update(playing="PAUSED", track=track)
    states = {
        KITCHEN: {"playing": True, **track},
        BEDROOM: {"playing": False, **track},
        PAIR: {"playing": False, "title": None},
    }
    story["seen"] = {"states": states}


def _set_volume(story: dict[str, Any]) -> None:
    story["after"].devices[KITCHEN]["volume"] = LEVEL
    story["after"].devices[PAIR]["volume"] = 35


def _reachable(story: dict[str, Any]) -> None:
    story["task"] = {"away": BEDROOM}
    story["after"].devices[BEDROOM]["online"] = False
    story["seen"] = {"online": {KITCHEN: True, BEDROOM: False}}


def _said(story: dict[str, Any]) -> None:
    texts = {"speak": "one", "announce": "two", "text_command": "three", "sound": "four"}
    lists = ("spoken", "announced", "text_commands", "sounds")
    said = {name: [text] for name, text in zip(lists, texts.values(), strict=True)}
    story["after"].devices[KITCHEN].update(said)
    story.update(task={"serial": KITCHEN, **texts}, seen={"sent": list(texts)})


def _events(story: dict[str, Any]) -> None:
    values = {"volume": 37, "playing": False, "track": "Ferry", "dnd": True, "connection": False}
    turned = [{"kind": kind, "serial": KITCHEN, "value": it} for kind, it in values.items()]
    story.update(turned=turned, seen={"events": copy.deepcopy(turned)})


def _came_back(story: dict[str, Any]) -> None:
    event = {"kind": "volume", "serial": KITCHEN, "value": 44}
    story.update(turned=[{"kind": "drop", "opened": 1}, event], seen={"events": [dict(event)]})
    story["after"].counters["push_opened"] = 2


WELL_DONE: dict[str, Change] = {
    "enrol": lambda story: story.update(seen={"serial": APP, "refresh_token": True}),
    "devices": _list,
    "refresh": _list,
    "state": _playing,
    "volumes": lambda story: story.update(seen={"volumes": {KITCHEN: 30, BEDROOM: 30}}),
    "volume": _set_volume,
    "dnd": lambda story: story["after"].devices[KITCHEN].update(do_not_disturb=True),
    "sensors": _reachable,
    "transport": lambda story: story.update(
        checked=dict.fromkeys(CAPABILITIES["transport"].parts, True)
    ),
    "speech": _said,
    "push": _events,
    "reconnect": _came_back,
}


def right(name: str) -> dict[str, Any]:
    """
    Everything about a step of a client that did it well.
    """
    story: dict[str, Any] = {
        "before": household(),
        "after": household(),
        "task": {"serial": KITCHEN},
        "seen": {},
        "journal": [request("/api/devices-v2/device")],
        "turned": [],
        "checked": {},
    }
    WELL_DONE[name](story)
    return story


def scene(story: dict[str, Any], lacks: frozenset[str] = frozenset()) -> Scene:
    fields = {name: value for name, value in story.items() if name != "seen"}
    return Scene(device=KITCHEN, level=LEVEL, hides=frozenset({"VOX"}), lacks=lacks, **fields)


def problem(name: str, story: dict[str, Any], lacks: frozenset[str] = frozenset()) -> str | None:
    return CAPABILITIES[name].problem(scene(story, lacks), story["seen"])


@pytest.mark.parametrize("name", CAPABILITIES)
def test_what_is_right_passes(name: str) -> None:
    assert problem(name, right(name)) is None


@pytest.mark.parametrize("name", set(CAPABILITIES) - {"volume", "dnd", "transport"})
def test_a_client_that_says_nothing_is_refused(name: str) -> None:
    assert problem(name, {**right(name), "seen": {}})


@pytest.mark.parametrize("name", ["volume", "dnd", "speech"])
def test_a_model_that_shows_nothing_is_refused(name: str) -> None:
    assert problem(name, {**right(name), "after": household()})


def _after(serial: str, **fields: Any) -> Change:
    return lambda story: story["after"].devices[serial].update(fields)


def _seen(**fields: Any) -> Change:
    return lambda story: story["seen"].update(fields)


def _told(name: str, serial: str, value: Any) -> Change:
    return lambda story: story["seen"][name].update({serial: value})


def _state(serial: str, **fields: Any) -> Change:
    return lambda story: story["seen"]["states"][serial].update(fields)


def _event(index: int, **fields: Any) -> Change:
    return lambda story: story["seen"]["events"][index].update(fields)


def _journal(*entries: dict[str, Any]) -> Change:
    return lambda story: story.update(journal=[*story["journal"], *entries])


def _registered(*serials: str) -> Change:
    apps = [{"serial": serial, "registered": True} for serial in serials]
    return lambda story: story.update(
        after=Snapshot(story["after"].devices, apps, story["after"].counters)
    )


WRONG: list[tuple[str, str, Change]] = [
    ("enrol", "no registration", _registered()),
    ("enrol", "two registrations", _registered(APP, "other")),
    ("enrol", "somebody else's", _registered("other")),
    ("enrol", "no token", _seen(refresh_token=False)),
    ("devices", "one too many", _told("found", "X9", "Attic")),
    ("devices", "a wrong name", _told("found", KITCHEN, "Bedroom")),
    ("devices", "one is missing", lambda story: story["seen"]["found"].pop(PAIR)),
    ("refresh", "signs in", _journal(request("/ap/signin", method="POST"))),
    ("refresh", "opens the page", _journal(request("/ap/signin"))),
    ("refresh", "registers", _journal(request("/auth/register", method="POST"))),
    ("refresh", "is another app", _registered("other")),
    ("refresh", "no call", lambda story: story.update(journal=[])),
    ("refresh", "a refused call", lambda story: story.update(journal=[request("/x", status=401)])),
    ("refresh", "a nameless call", lambda story: story.update(journal=[request("/x", headers={})])),
    ("refresh", "lists nothing", _seen(found={})),
    ("state", "the wrong way round", _state(KITCHEN, playing=False)),
    ("state", "plays on", _state(BEDROOM, playing=True)),
    ("state", "another title", _state(KITCHEN, title="Low Tide")),
    ("state", "another artist", _state(KITCHEN, artist="Nobody")),
    ("state", "no title", _state(BEDROOM, title=None)),
    ("state", "a silent one plays", _state(PAIR, playing=True)),
    ("state", "a silent one has a title", _state(PAIR, title="Salt")),
    ("state", "one left out", lambda story: story["seen"]["states"].pop(BEDROOM)),
    ("volumes", "a wrong level", _told("volumes", KITCHEN, 31)),
    ("volumes", "no level", _told("volumes", KITCHEN, None)),
    ("volumes", "one left out", lambda story: story["seen"]["volumes"].pop(BEDROOM)),
    ("volumes", "an unknown device", _told("volumes", "X9", 30)),
    ("volume", "a bit off", _after(KITCHEN, volume=LEVEL + 1)),
    ("volume", "another as well", _after(BEDROOM, volume=LEVEL)),
    ("dnd", "another as well", _after(BEDROOM, do_not_disturb=True)),
    ("sensors", "still reachable", _told("online", BEDROOM, value=True)),
    ("sensors", "not reachable", _told("online", KITCHEN, value=False)),
    ("sensors", "one left out", lambda story: story["seen"]["online"].pop(BEDROOM)),
    ("transport", "no effect", lambda story: story["checked"].update(next=False)),
    ("transport", "not tried", lambda story: story["checked"].pop("stop")),
    ("transport", "another plays", _after(BEDROOM, playing="PLAYING")),
    ("speech", "not sent", lambda story: story["seen"]["sent"].remove("announce")),
    ("speech", "another text", _after(KITCHEN, spoken=["five"])),
    ("speech", "said twice", _after(KITCHEN, spoken=["one", "one"])),
    ("speech", "not heard", _after(KITCHEN, sounds=[])),
    ("speech", "said elsewhere too", _after(BEDROOM, spoken=["one"])),
    ("speech", "no music", lambda story: story["seen"]["sent"].append("music")),
    ("push", "another value", _event(0, value=38)),
    ("push", "another device", _event(1, serial=BEDROOM)),
    ("push", "true is not 1", _event(3, value="True")),
    ("push", "an event missing", lambda story: story["seen"]["events"].pop()),
    ("push", "a kind not turned", lambda story: story["turned"].pop(2)),
    ("reconnect", "not dropped", lambda story: story["turned"].pop(0)),
    ("reconnect", "nothing after it", lambda story: story["turned"].pop()),
    ("reconnect", "no new stream", lambda story: story["after"].counters.update(push_opened=1)),
    ("reconnect", "an old value", _event(0, value=30)),
]


@pytest.mark.parametrize(("name", "what", "change"), WRONG)
def test_what_is_wrong_is_refused(name: str, what: str, change: Change) -> None:
    story = right(name)
    change(story)
    assert problem(name, story), f"{name} passes although: {what}"


@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, it in CAPABILITIES.items() for part in it.parts]
)
def test_a_part_is_needed_unless_the_client_lacks_it(name: str, part: str) -> None:
    story = right(name)
    story["checked"].pop(part, None)
    story["turned"] = [entry for entry in story["turned"] if entry["kind"] != part]
    if "sent" in story["seen"]:
        story["seen"]["sent"].remove(part)
    assert part in str(problem(name, story))
    assert problem(name, story, frozenset({part})) is None


def client(**fields: Any) -> Client:
    return Client("c", "way", "python", "c", "c.py", LEVEL, **fields)


def report(**problems: str | None) -> Report:
    """
    A report on all steps, well done where nothing is said, left out where it is "-".
    """
    steps = {}
    for name in CAPABILITIES:
        wrong = problems.get(name)
        if wrong != "-":
            outcome = Outcome({}, wrong, scene(right(name)), [])
            steps[name] = Step(name, wrong is None, wrong, outcome, 1, 2)
    return Report(steps)


def verdicts(who: Client, what: Report) -> dict[str, str]:
    row = Row(who)
    judge(row, what)
    return {name: cell.verdict for name, cell in row.cells.items() if cell.verdict != PASS}


FAULT = KnownFault(
    "lost", "it loses it", "state", lambda outcome: outcome.why == "lost", frozenset({"push"})
)


def test_whatever_is_not_known_is_our_fault() -> None:
    assert verdicts(client(), report()) == {}
    assert verdicts(client(), report(dnd="broken")) == {"dnd": OUR_FAULT}


def test_a_step_left_out_is_our_fault_unless_the_client_lacks_it() -> None:
    assert verdicts(client(), report(dnd="-")) == {"dnd": OUR_FAULT}
    lacking = client(lacks={"dnd": "it has no such call"})
    assert verdicts(lacking, report(dnd="-")) == {"dnd": LACKS}
    assert verdicts(lacking, report()) == {"dnd": OUR_FAULT}


def test_nothing_is_reached_after_a_failed_sign_in() -> None:
    rest = dict.fromkeys(CAPABILITIES, "-") | {"enrol": "refused"}
    found = verdicts(client(lacks={"dnd": "no such call"}), report(**rest))
    assert found.pop("enrol") == OUR_FAULT
    assert found.pop("dnd") == LACKS
    assert set(found.values()) == {NOT_REACHED}


def test_a_known_fault_excuses_what_shows_it_and_what_it_spoils() -> None:
    who = client(faults=(FAULT,))
    assert verdicts(who, report(state="lost")) == {"state": PEER_FAULT}
    assert verdicts(who, report(state="other")) == {"state": OUR_FAULT}
    assert verdicts(who, report(dnd="lost")) == {"dnd": OUR_FAULT}
    both = {"state": PEER_FAULT, "push": PEER_FAULT, "dnd": OUR_FAULT}
    assert verdicts(who, report(state="lost", push="x", dnd="x")) == both
    assert verdicts(who, report(push="x")) == {"push": OUR_FAULT}
