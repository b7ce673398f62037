"""
The gateway: what lets an Echo play sound from inside this house.

It answers the Alexa skill and hands sound and pictures out by signed addresses. Whoever starts it
says what is to be played and hears what the Echos do with it:

.. code-block:: python

    settings = GatewaySettings("https://music.example.org", skill_id="amzn1.ask.skill.0123")
    async with await Gateway.start(account, settings) as gateway:
        await gateway.play(serial, Item("1", "http://192.168.1.5:8097/song.mp3", "A song"))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from . import _native
from ._native import (
    Ask,
    GatewayEvent,
    GatewayWatch,
    SkillDevice,
    Stage,
    Step,
    Trouble,
    public_address,
)
from .account import Account
from .settings import Settings

PORT = 8098
"""Where a gateway listens unless another port is chosen."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """
    How a gateway listens, and how the world reaches it.

    :param public_url: The address by which Amazon and the Echos reach it: https, a name, no path.
    :param skill_id: Id of the skill; without, all requests of skills are refused.
    :param invocation_name: Name by which the skill is opened, as spoken.
    :param port: Port to listen on; 0 takes one that is free.
    :param bind: Address of this machine to listen at.
    :param certificates: Path of its own certificates as PEM, that of the name first; without,
        something in front of it has to speak TLS.
    :param key: Path of their private key as PEM.
    :param trusted_proxies: Addresses or networks whose ``X-Forwarded-For`` is believed.
    :param public_at: IP address and port that the name of ``public_url`` resolves to, instead of
        asking DNS; for checks from inside a network whose router does not lead back in.
    """

    public_url: str
    skill_id: str | None = None
    invocation_name: str = "music assistant"
    port: int = PORT
    bind: str = "0.0.0.0"  # noqa: S104 - the Echos come from outside
    certificates: str | None = None
    key: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    public_at: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """
    What is to be played: one item of a queue, or one announcement.

    :param id: A name of one's own, given back in every report.
    :param url: Where its sound is inside the house; an Echo never learns this address.
    :param title: Title, as shown on screens.
    :param artist: Who performs it.
    :param album: Of which album it is.
    :param image: Where its picture is; an Echo never learns this address.
    :param duration: Seconds of the sound at ``url``, where that is known and it has an end.
    """

    id: str
    url: str
    title: str
    artist: str | None = None
    album: str | None = None
    image: str | None = None
    duration: float | None = None


class Gateway:
    """
    A running gateway of one account.

    Make one with :meth:`start` and close it in the end. What plays goes on where it was when
    another one of the same account is started within its time.

    All methods raise :class:`mass_alexa.errors.AlexaError`.
    """

    def __init__(self, native: _native.Gateway) -> None:
        self._native = native

    @classmethod
    async def start(
        cls, account: Account, settings: GatewaySettings, *, reach: Settings | None = None
    ) -> Self:
        """
        Listen, and take up what the Echos played before.

        :param account: The account whose Echos shall play; it has to stay open.
        :param settings: How to listen and how the world reaches it.
        :param reach: How to reach Amazon, for the certificates of its requests.
        """
        native = await _native.Gateway.start(account.native, settings, reach or Settings())
        return cls(native)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def address(self) -> str:
        """
        Where it listens, as address and port.
        """
        return self._native.address

    def watch(self) -> GatewayWatch:
        """
        Tell what the Echos do and ask for, beginning with how everything is.

        Read with ``async for``, in one place. Asks wait until they are read; of what an Echo does
        only the latest is kept for who reads slowly.
        """
        return self._native.watch()

    async def play(self, serial: str, item: Item) -> None:
        """
        Play an item on an Echo; returns when it has begun.

        :param serial: Serial of the device.
        :param item: What to play, in place of whatever the gateway had it play before.
        """
        await self._native.play(serial, item)

    def enqueue(self, serial: str, item: Item | None) -> None:
        """
        Say what comes after the item that plays, in place of what was said before.

        :param serial: Serial of the device.
        :param item: What comes next; ``None`` for nothing.
        """
        self._native.enqueue(serial, item)

    async def pause(self, serial: str) -> None:
        """
        Pause; nothing happens where nothing of this gateway plays.

        :param serial: Serial of the device.
        """
        await self._native.pause(serial)

    async def resume(self, serial: str) -> None:
        """
        Go on where it was paused; returns when it plays.

        :param serial: Serial of the device.
        """
        await self._native.resume(serial)

    async def stop(self, serial: str) -> None:
        """
        Stop and forget what was loaded; nothing happens where nothing was.

        :param serial: Serial of the device.
        """
        await self._native.stop(serial)

    async def announce(self, serial: str, item: Item) -> None:
        """
        Play an announcement; returns when it has ended. What played before goes on afterwards.

        :param serial: Serial of the device.
        :param item: The announcement.
        """
        await self._native.announce(serial, item)

    def answer(self, ask_id: int, problem: str | None = None) -> None:
        """
        Say that an ask was carried out, or why not.

        :param ask_id: Number of the ask.
        :param problem: Why not, as a sentence.
        """
        self._native.answer(ask_id, problem)

    def provide(self, ask_id: int, item: Item | None) -> None:
        """
        Answer an ask for the sound of an item.

        :param ask_id: Number of the ask.
        :param item: The item with its present address; ``None`` if it is no more.
        """
        self._native.provide(ask_id, item)

    def stage(self, serial: str) -> Stage | None:
        """
        What an Echo does with what it was given; ``None`` if it never got anything.

        :param serial: Serial of the device.
        """
        return self._native.stage(serial)

    def stages(self) -> list[Stage]:
        """
        What all Echos do with what they were given.
        """
        return self._native.stages()

    def pairings(self) -> list[SkillDevice]:
        """
        The devices that the skill was heard from, and which Echo each is as far as known.
        """
        return self._native.pairings()

    def pair(self, device_id: str, serial: str | None) -> bool:
        """
        Say which Echo a device of the skill is; false if there is no such device.

        :param device_id: Its id in :meth:`pairings`.
        :param serial: Serial of the Echo; ``None`` leaves finding out to the gateway again.
        """
        return self._native.pair(device_id, serial)

    def facts(self) -> dict[str, Any]:
        """
        Counters for a report of a problem: requests, refusals, streams. Nothing in it is secret.
        """
        return self._native.facts()

    async def check(
        self, serial: str | None = None, on_step: Callable[[Step], None] | None = None
    ) -> list[Step]:
        """
        Walk the whole way from here to an Echo and say which link of it is broken.

        :param serial: The Echo to open the skill on; without, that step is left out.
        :param on_step: Told each step when it is done.
        """
        return await self._native.check(serial, on_step)

    async def close(self) -> None:
        """
        Listen no longer. What plays is kept for the next one; may be called again.
        """
        await self._native.close()


__all__ = [
    "PORT",
    "Ask",
    "Gateway",
    "GatewayEvent",
    "GatewaySettings",
    "GatewayWatch",
    "Item",
    "SkillDevice",
    "Stage",
    "Step",
    "Trouble",
    "public_address",
]
