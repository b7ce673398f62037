"""
A gateway without a network, and the Echos behind it: they do what they are told at once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mass_alexa.errors import AlexaError
    from mass_alexa.gateway import GatewaySettings, Item
    from music_assistant.mass import MusicAssistant


@dataclass
class Stage:
    serial: str
    playback: str = "idle"
    item: str | None = None
    position: float | None = None
    updated_at: float = 0.0
    reason: str | None = None


@dataclass
class Device:
    id: str
    serial: str | None = None
    is_confirmed: bool = False
    seen_at: int = 0


@dataclass
class Ask:
    id: int
    serial: str
    wish: str
    on: bool | None = None
    item: str | None = None


@dataclass
class Step:
    name: str
    verdict: str
    sentence: str
    next_step: str | None = None


@dataclass
class Trouble:
    serial: str | None
    error: AlexaError


@dataclass
class Event:
    kind: str
    stage: Stage | None = None
    ask: Ask | None = None
    pairings: list[Device] | None = None
    trouble: Trouble | None = None


@dataclass
class Memory:
    """
    What outlives a gateway: what each Echo plays, and the devices of the skill.
    """

    stages: dict[str, Stage] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    following: dict[str, Item | None] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)


class Watch:
    """
    What one gateway tells.
    """

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Event | None] = asyncio.Queue()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self.waiting.get()
        if event is None:
            raise StopAsyncIteration
        return event

    def close(self) -> None:
        self.waiting.put_nowait(None)


class FakeGateway:
    """
    Stands in for ``mass_alexa.gateway.Gateway``.
    """

    mass: MusicAssistant
    memory: Memory
    started: list[FakeGateway]
    refusal: AlexaError | None = None
    steps: tuple[Step, ...] = ()

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.address = f"{settings.bind}:{settings.port}"
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[int, str | None] = {}
        self.provided: dict[int, Item | None] = {}
        self.closed = False
        self._watch = Watch()
        self._asks = 0

    @classmethod
    async def start(cls, account: Any, settings: GatewaySettings, *, reach: Any = None) -> Self:
        assert account is not None
        assert reach is not None
        if cls.refusal is not None:
            raise cls.refusal
        gateway = cls(settings)
        cls.started.append(gateway)
        return gateway

    def watch(self) -> Watch:
        self._watch = Watch()
        for stage in self.memory.stages.values():
            self._tell(Event("stage", stage=stage))
        return self._watch

    async def play(self, serial: str, item: Item) -> None:
        self.calls.append(("play", serial, item.title))
        self._refuse()
        self.memory.following[serial] = None
        self._put(serial, "starting", item, 0.0)
        self.begin(serial, item)

    def enqueue(self, serial: str, item: Item | None) -> None:
        self.calls.append(("enqueue", serial, item.title if item else None))
        self.memory.following[serial] = item

    async def pause(self, serial: str) -> None:
        self.calls.append(("pause", serial))
        self._refuse()
        self.hold(serial)

    async def resume(self, serial: str) -> None:
        self.calls.append(("resume", serial))
        self._refuse()
        stage = self.memory.stages[serial]
        self._put(serial, "playing", self.memory.items[serial], stage.position or 0.0)

    async def stop(self, serial: str) -> None:
        self.calls.append(("stop", serial))
        self._refuse()
        self._put(serial, "idle", None, None)

    async def announce(self, serial: str, item: Item) -> None:
        self.calls.append(("announce", serial, item.url))
        self._refuse()

    def answer(self, ask_id: int, problem: str | None = None) -> None:
        self.answers[ask_id] = problem

    def provide(self, ask_id: int, item: Item | None) -> None:
        self.provided[ask_id] = item

    def stage(self, serial: str) -> Stage | None:
        return self.memory.stages.get(serial)

    def stages(self) -> list[Stage]:
        return list(self.memory.stages.values())

    def pairings(self) -> list[Device]:
        return list(self.memory.devices.values())

    def pair(self, device_id: str, serial: str | None) -> bool:
        self.calls.append(("pair", device_id, serial))
        device = self.memory.devices[device_id]
        device.serial, device.is_confirmed = serial, serial is not None
        return True

    def facts(self) -> dict[str, Any]:
        return {"requests": len(self.calls)}

    async def check(self, serial: str | None = None, on_step: Any = None) -> list[Step]:
        self.calls.append(("check", serial))
        assert on_step is None
        return list(self.steps)

    async def close(self) -> None:
        self.closed = True
        self._watch.close()

    def begin(self, serial: str, item: Item) -> None:
        """
        The Echo fetches an item, as far as the server has it, and begins to play it.
        """
        assert self.mass.streams.serve(item.url), f"nothing at {item.url}"
        self._put(serial, "playing", item, 0.0)

    def hold(self, serial: str, at: float | None = None) -> None:
        """
        The Echo pauses, by voice or because it was told to.
        """
        stage = self.memory.stages[serial]
        now = (stage.position or 0.0) + time.time() - stage.updated_at
        self._put(serial, "paused", self.memory.items[serial], now if at is None else at)

    def advance(self, serial: str) -> None:
        """
        The item ends, and the Echo goes on with what comes next.
        """
        following = self.memory.following.pop(serial, None)
        if following is None:
            self._put(serial, "idle", None, None)
        else:
            self.begin(serial, following)

    def fail(self, serial: str, reason: str) -> None:
        """
        The Echo gives up.
        """
        self.memory.stages[serial] = stage = Stage(serial, updated_at=time.time(), reason=reason)
        self._tell(Event("stage", stage=stage))

    def trouble(self, serial: str | None, error: AlexaError) -> None:
        self._tell(Event("trouble", trouble=Trouble(serial, error)))

    def heard(self, device_id: str, serial: str | None = None) -> None:
        """
        The skill was used at a device.
        """
        self.memory.devices[device_id] = Device(device_id, serial, seen_at=int(time.time()))
        self._tell(Event("pairings", pairings=self.pairings()))

    def ask(self, serial: str, wish: str, on: bool | None = None, item: str | None = None) -> int:
        """
        Somebody wishes something at an Echo.
        """
        self._asks += 1
        self._tell(Event("ask", ask=Ask(self._asks, serial, wish, on, item)))
        return self._asks

    def kinds(self, serial: str) -> list[str]:
        """
        What an Echo was told, without what is only prepared.
        """
        told = [call for call in self.calls if call[1] == serial]
        return [call[0] for call in told if call[0] not in ("enqueue", "pair", "check")]

    def _put(self, serial: str, playback: str, item: Item | None, position: float | None) -> None:
        stage = Stage(serial, playback, item.id if item else None, position, time.time())
        self.memory.stages[serial] = stage
        if item is not None:
            self.memory.items[serial] = item
        self._tell(Event("stage", stage=stage))

    def _tell(self, event: Event) -> None:
        self._watch.waiting.put_nowait(event)

    def _refuse(self) -> None:
        if self.refusal is not None:
            raise self.refusal
