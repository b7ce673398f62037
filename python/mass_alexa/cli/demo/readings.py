"""
Reading back what a step of the demonstration did, from both sides.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mass_alexa import Account, PlayerState

from .report import MismatchError
from .simulator import Simulator

SETTLES_WITHIN = 5.0
"""Seconds a command gets to show; chosen, the simulator needs milliseconds."""


class Readings:
    """
    The simulator's own model of the devices, and what the account tells of them.

    :param amazon: The simulated Amazon.
    """

    def __init__(self, amazon: Simulator) -> None:
        self._amazon = amazon
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """
        The account that is signed in.
        """
        if self._account is None:
            raise MismatchError("nobody is signed in")
        return self._account

    async def _at_volume(self, serial: str, level: int) -> str:
        """
        Wait until both sides tell a volume.

        :param serial: The device.
        :param level: The volume.
        """
        model = await self._device(serial, lambda one: bool(one["volume"] == level))
        await self._state(serial, lambda one: one.volume == level)
        return str(model["name"])

    async def _registered(self) -> list[dict[str, Any]]:
        """
        Read which app devices are registered at Amazon.
        """
        registrations = await self._amazon.ask("/control/registrations")
        return [one for one in registrations if one["registered"]]

    async def _model(self) -> dict[str, dict[str, Any]]:
        """
        Read the simulator's model of the devices, by serial.
        """
        return {one["serial"]: one for one in await self._amazon.ask("/control/devices")}

    async def _device(self, serial: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """
        Wait until the simulator's model of a device is as it should be.

        :param serial: The device.
        :param holds: Tells whether it is.
        """

        async def look() -> dict[str, Any]:
            return (await self._model())[serial]

        return await until(look, holds, "Amazon's model")

    async def _state(self, serial: str, holds: Callable[[PlayerState], bool]) -> PlayerState:
        """
        Wait until the account tells of a device what it should.

        :param serial: The device.
        :param holds: Tells whether it does.
        """

        async def look() -> PlayerState:
            found = [one for one in await self.account.states() if one.serial == serial]
            if not found:
                raise MismatchError("account.states() leaves the device out")
            return found[0]

        return await until(look, holds, "account.states()")


async def until[T](look: Callable[[], Awaitable[T]], holds: Callable[[T], bool], where: str) -> T:
    """
    Look until something holds, or too long.

    :param look: Looks.
    :param holds: Tells whether it holds.
    :param where: What is looked at.
    """
    deadline = time.monotonic() + SETTLES_WITHIN
    while True:
        seen = await look()
        if holds(seen):
            return seen
        if time.monotonic() > deadline:
            told = seen.to_dict() if isinstance(seen, PlayerState) else seen
            raise MismatchError(f"{where} does not show it: {told}")
        await asyncio.sleep(0.05)


def expect(holds: bool, otherwise: str) -> None:
    """
    End the step if something does not hold.

    :param holds: Whether it does.
    :param otherwise: What is seen instead.
    """
    if not holds:
        raise MismatchError(otherwise)


def has_heard(texts: list[Any], text: str) -> bool:
    """
    Tell whether a text is among those a device received.

    :param texts: What it received.
    :param text: The text.
    """
    return any(text in str(one) for one in texts)


def both(playback: str, model: dict[str, Any]) -> str:
    """
    Name what both sides saw.

    :param playback: What the account saw.
    :param model: What the simulator's model has.
    """
    return f"{model['playing']} in Amazon's model, {playback} in account.states()"
