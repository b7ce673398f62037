"""
The clients of other projects that must get along with the simulated Amazon.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CAPABILITIES = ("enrol", "devices", "volume")


@dataclass(frozen=True)
class Outcome:
    """How one step of a client went, as the client and as the simulator tell it."""

    client: dict[str, Any]
    """The client's part of the report: ``done``, ``why`` and what it saw."""

    registered: int
    """App devices registered at the simulated Amazon since the client started."""

    journal: list[dict[str, Any]]
    """Every request of the client."""


@dataclass(frozen=True)
class KnownFault:
    """Something the client does wrong against the real Amazon just as well."""

    name: str
    sentence: str
    capability: str
    shows: Callable[[Outcome], bool]
    """Whether an outcome is this fault and nothing else."""


@dataclass(frozen=True)
class Client:
    """One row of the table: a client and one way of signing in with it."""

    name: str
    way: str
    kind: str
    """``python`` or ``node``."""

    packages: tuple[str, ...]
    driver: str
    arguments: tuple[str, ...]
    volume: int
    """The level it sets; every client has its own so that no two can be mixed up."""

    hides: frozenset[str] = frozenset()
    """Device families that the client leaves out on purpose."""

    faults: tuple[KnownFault, ...] = ()


def _code_never_read(outcome: Outcome) -> bool:
    # Amazon handed out an authorization code, and no attempt to register made use of it.
    offered = any(
        entry["path"] == "/ap/maplanding" and "authorization_code" in str(entry["query"])
        for entry in outcome.journal
    )
    used = any(
        entry["path"] == "/auth/register" and "authorization_code" in str(entry["body"])
        for entry in outcome.journal
    )
    return offered and not used and not outcome.registered


CLIENTS = (
    Client(
        name="aioamazondevices",
        way="form",
        kind="python",
        packages=("aioamazondevices",),
        driver="aioamazondevices_driver.py",
        arguments=(),
        volume=41,
        hides=frozenset({"VOX"}),
    ),
    Client(
        name="alexapy",
        way="its proxy",
        kind="python",
        packages=("alexapy",),
        driver="alexapy_driver.py",
        arguments=("proxy",),
        volume=57,
    ),
    Client(
        name="alexapy",
        way="form",
        kind="python",
        packages=("alexapy",),
        driver="alexapy_driver.py",
        arguments=("form",),
        volume=58,
        faults=(
            KnownFault(
                name="code-never-read",
                sentence="its form login never reads the authorization code it is given, so it "
                "registers no device and has cookies alone",
                capability="enrol",
                shows=_code_never_read,
            ),
        ),
    ),
    Client(
        name="alexa-cookie2",
        way="its proxy",
        kind="node",
        packages=("alexa-cookie2", "alexa-remote2"),
        driver="alexa_cookie2_driver.js",
        arguments=(),
        volume=23,
    ),
)
