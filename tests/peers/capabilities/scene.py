"""
What a step of a client is judged by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = dict[str, Any]


class World(Protocol):
    """The simulated Amazon as capabilities prepare and turn it."""

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """
        Call the control interface, with a body by POST.
        """

    def devices(self) -> dict[str, Json]:
        """
        Return the model of every device by serial number.
        """

    def counters(self) -> dict[str, int]:
        """
        Return how often things happened.
        """

    def wait_for_stream(self, opened: int, seconds: float) -> None:
        """
        Wait until more push streams than ``opened`` were opened so far and one is open now.
        """

    def wait_for_quiet(self, seconds: float) -> None:
        """
        Wait until no request has come for a while.
        """


@dataclass(frozen=True)
class Snapshot:
    """The simulator's model at one moment."""

    devices: dict[str, Json]
    registrations: list[Json]
    """App devices that are registered."""

    counters: dict[str, int]


@dataclass(frozen=True)
class Scene:
    """One step: what the harness did and what the simulator knows of it."""

    device: str
    """Serial number of the device that commands go to."""

    level: int
    """The volume that the client is to set."""

    hides: frozenset[str]
    """Device families that the client leaves out on purpose."""

    lacks: frozenset[str]
    """Parts of this step that the client does not have."""

    task: Json
    before: Snapshot
    after: Snapshot
    journal: list[Json]
    """The requests of this step."""

    turned: list[Json] = field(default_factory=list)
    """What the harness turned during the step."""

    checked: dict[str, bool] = field(default_factory=dict)
    """Parts that the driver said were done, and whether the model showed it in time."""

    def wanted(self, parts: Iterable[str]) -> list[str]:
        """
        Return the parts of a step that this client has to show.
        """
        return [part for part in parts if part not in self.lacks]

    def changed(self, field_name: str, *, besides: Iterable[str]) -> list[str]:
        """
        Return the devices in which a field changed though nobody asked for it.
        """
        allowed = set(besides)
        return sorted(
            serial
            for serial, entry in self.before.devices.items()
            if serial not in allowed
            and not allowed & set(entry["members"])
            and self.after.devices[serial][field_name] != entry[field_name]
        )


class Capability:
    """Something that clients can do: how it is prepared, disturbed and judged."""

    name: str
    parts: tuple[str, ...] = ()
    """Parts that a client can lack one by one."""

    ends_all = False
    """Whether a client that fails here has nothing to go on with."""

    settle_seconds = 5.0
    """How long the model may take to show what the client did."""

    def prepare(self, world: World, device: str, level: int) -> Json:
        """
        Put the simulator into the state that the step needs.

        :return: the task for the driver.
        """
        raise NotImplementedError

    def turn(self, world: World, device: str, words: Json, turned: list[Json]) -> Json:
        """
        Turn a knob in the middle of the step.

        :param words: what the driver asked for; ``turn`` names it.
        :param turned: what was turned before in this step.
        :return: what the driver and the judge get to know.
        """
        raise ValueError(f"{self.name} has nothing to turn: {words} {device} {turned} {world}")

    def shows(self, part: str, before: Snapshot, now: Snapshot, task: Json) -> bool:
        """
        Tell whether the model shows the effect of a part that the client says it did.

        :param before: the model when the part before it was done.
        """
        raise ValueError(f"{self.name} has no part {part!r} to check for {task} in {before}, {now}")

    def tidy(self, world: World, task: Json) -> None:
        """
        Undo what would be in the way of later steps.
        """

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        """
        Return what is wrong with a step, None if nothing is.

        :param seen: what the client reports.
        """
        raise NotImplementedError
