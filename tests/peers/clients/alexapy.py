"""
alexapy, the library behind another integration, with both of its ways of signing in.

And the same library in the release and in the way in which Music Assistant's built-in provider
uses it.
"""

import json
from typing import Any

from clients.client import Client, KnownFault, Outcome

_LACKS = {
    "volumes": "it reads a volume only with what a device plays, and has no list of volumes",
}
_MUSIC_LACKS = {
    "state": "the provider takes for granted what it ordered",
    "volumes": "the provider never reads a volume",
    "dnd": "the provider has no such command",
    "sensors": "the provider does not ask what is reachable",
    "transport.next": "the provider has no such command",
    "transport.previous": "the provider has no such command",
    "speech.speak": "the provider has no announcements of its own",
    "speech.announce": "the provider has no announcements of its own",
    "speech.sound": "the provider has no such command",
    "push": "the provider opens no stream",
    "reconnect": "the provider opens no stream",
}


def _code_never_read(outcome: Outcome) -> bool:
    # Amazon handed out an authorization code, and no attempt to register made use of it.
    offered = any(
        entry["path"] == "/ap/maplanding" and "authorization_code" in str(entry["query"])
        for entry in outcome.journal
    )
    return (
        offered
        and not outcome.scene.after.registrations
        and _registers_without_proof(outcome.journal)
    )


def _registers_at_start(outcome: Outcome) -> bool:
    # The new instance has no token to refresh: it asks for a new registration without any proof,
    # is refused each time, and is signed in all the same, by its cookies.
    paths = [str(entry["path"]) for entry in outcome.scene.journal]
    others = any(path.startswith(("/auth/token", "/ap/")) for path in paths)
    signed_in = outcome.why is None and bool(outcome.seen.get("probe"))
    same = outcome.scene.after.registrations == outcome.scene.before.registrations
    return signed_in and same and not others and _registers_without_proof(outcome.scene.journal)


def _registers_without_proof(journal: list[dict[str, Any]]) -> bool:
    asked = [entry for entry in journal if entry["path"] == "/auth/register"]
    return bool(asked) and all(
        json.loads(entry["body"]).get("auth_data") == {} and entry["status"] == 400
        for entry in asked
    )


def _one_of_a_name(outcome: Outcome) -> bool:
    # The service listed everything; what is missing among the players has the name of a device
    # that is there, and nothing else is wrong.
    found, listed = outcome.seen.get("found", {}), outcome.seen.get("listed", {})
    own = {entry["serial"] for entry in outcome.scene.after.registrations}
    named = {
        serial: entry["name"]
        for serial, entry in outcome.scene.after.devices.items()
        if entry["family"] not in outcome.scene.hides and serial not in own
    }
    missing = [name for serial, name in named.items() if serial not in found]
    return (
        outcome.why is None
        and bool(missing)
        and named.items() <= listed.items()
        and all(name in found.values() for name in missing)
        and all(named.get(serial) == name for serial, name in found.items())
    )


CLIENTS = (
    Client(
        name="alexapy",
        way="its proxy",
        kind="python",
        environment="alexapy",
        driver="alexapy_driver.py",
        arguments=("proxy",),
        volume=57,
        lacks=_LACKS,
    ),
    Client(
        name="alexapy",
        way="form",
        kind="python",
        environment="alexapy",
        driver="alexapy_driver.py",
        arguments=("form",),
        volume=58,
        # It fills in the forms of this site; the cookies it gets there are good for no other.
        site="amazon.com",
        lacks=_LACKS,
        faults=(
            KnownFault(
                name="code-never-read",
                sentence="its form login never reads the authorization code it is given, so it "
                "registers no device and has cookies alone, which open no stream",
                capability="enrol",
                shows=_code_never_read,
                spoils=frozenset({"push", "reconnect"}),
            ),
        ),
    ),
    Client(
        name="alexapy",
        way="as Music Assistant uses it",
        kind="python",
        environment="alexapy-music-assistant",
        driver="alexapy_music_driver.py",
        volume=59,
        # The provider takes devices with the capability for music only.
        hides=frozenset({"FIRE_TV", "VOX"}),
        lacks=_MUSIC_LACKS,
        faults=(
            KnownFault(
                name="one-of-a-name",
                sentence="the provider knows players by the names of their devices, so of two "
                "devices with the same name it has one",
                capability="devices",
                shows=_one_of_a_name,
            ),
            KnownFault(
                name="registers-at-start",
                sentence="the provider stores cookies and no tokens: at each start the library "
                "asks for a new registration without any proof, and what is left are cookies that "
                "nobody can renew",
                capability="refresh",
                shows=_registers_at_start,
            ),
        ),
    ),
)
