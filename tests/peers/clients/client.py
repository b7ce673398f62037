"""
What the harness knows about a client of another project.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from capabilities.scene import Scene


@dataclass(frozen=True)
class Outcome:
    """How one step went, as the client and as the simulator tell it."""

    seen: dict[str, Any]
    """What the client reported."""

    why: str | None
    """What went wrong in the client's process, if anything did."""

    scene: Scene
    """What the harness did and what the simulator knows of this step."""

    journal: list[dict[str, Any]]
    """Every request since the client started, this step's included."""


@dataclass(frozen=True)
class KnownFault:
    """Something the client does wrong against the real Amazon just as well."""

    name: str
    sentence: str
    capability: str
    shows: Callable[[Outcome], bool]
    """Whether an outcome is this fault and nothing else."""

    spoils: frozenset[str] = frozenset()
    """Later steps that cannot pass because of it."""


@dataclass(frozen=True)
class Client:
    """One column of the table: a client and one way of signing in with it."""

    name: str
    way: str
    kind: str
    """``python``, ``node``, or ``own`` for the interpreter that runs the harness."""

    environment: str
    """Key in ``pins.json`` and name of the folder; clients can share one."""

    driver: str
    volume: int
    """The level it sets; every client has its own so that no two can be mixed up."""

    arguments: tuple[str, ...] = ()
    site: str | None = None
    """The Amazon site that the account is at home on, where it matters to the client."""

    hides: frozenset[str] = frozenset()
    """Device families that the client leaves out on purpose."""

    lacks: Mapping[str, str] = field(default_factory=dict)
    """Steps (``sensors``) and parts of steps (``transport.stop``) that it has not, with why."""

    faults: tuple[KnownFault, ...] = ()

    @property
    def slug(self) -> str:
        """
        Name of the folder for what is kept of a run.
        """
        return f"{self.name}-{self.way}".replace(" ", "-")
