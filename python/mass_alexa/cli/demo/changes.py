"""
The steps of the demonstration that are about what happens in the house: seen, not asked for.
"""

import asyncio
import time
from collections.abc import Callable

from mass_alexa import Change, Device, PlayerState, Watch

from .readings import SETTLES_WITHIN, expect
from .report import MismatchError
from .sessions import SessionSteps

SOON = 1.0
"""Seconds within which a turned knob has to be seen."""
TURNED_TO = 57


class ChangeSteps(SessionSteps):
    """
    What people do in the house, and how soon it is seen.
    """

    _devices: list[Device]
    _watch: Watch | None = None

    def _serial(self, name: str) -> str:
        """
        Find the serial of a device of the household.

        :param name: Its name.
        """
        serial = next((one.serial for one in self._devices if one.name == name), None)
        if serial is None:
            raise MismatchError(f"there is no {name}")
        return serial

    async def _listen(self) -> str:
        self._watch = self.account.watch()
        await self._told(lambda one: one.links is not None and one.links.push.ok is True)
        kitchen = self._serial("Kitchen")
        # The last of the lists that are read when events begin to arrive.
        await self._told_state(kitchen, lambda one: one.do_not_disturb is not None)
        streams = (await self._amazon.ask("/control/counters"))["push_streams"]
        expect(streams == 1, f"{streams} streams")
        return "Amazon has 1 stream open to tell what happens"

    async def _knob(self) -> str:
        kitchen = self._serial("Kitchen")
        before = (await self._model())[kitchen]["volume"]
        asked = (await self._amazon.ask("/control/counters"))["requests"]
        begun = time.monotonic()
        await self._change(kitchen, volume=TURNED_TO)
        await self._told_state(kitchen, lambda one: one.volume == TURNED_TO)
        took = time.monotonic() - begun
        expect(took < SOON, f"only after {took:.1f} s")
        await self._change(kitchen, volume=before)
        await self._told_state(kitchen, lambda one: one.volume == before)
        more = (await self._amazon.ask("/control/counters"))["requests"] - asked
        expect(more == 0, f"{more} requests")
        return (
            f"{before} -> {TURNED_TO} seen {took * 1000:.0f} ms after the knob, without a request"
        )

    async def _rename(self) -> str:
        studio = self._serial("Studio")
        await self._change(studio, name="Library")
        await self.account.devices(refresh=True)
        await self._told(lambda one: _name(one, studio) == "Library")
        await self._change(studio, name="Studio")
        await self.account.devices(refresh=True)
        await self._told(lambda one: _name(one, studio) == "Studio")
        return f"Studio was called Library and Studio again, and stayed {studio}"

    async def _away(self) -> str:
        attic = self._serial("Attic")
        await self._change(attic, online=False)
        away = await self._told_state(attic, lambda one: not one.online)
        await self._change(attic, online=True)
        await self._told_state(attic, lambda one: one.online)
        return f"told without asking: '{away.reason}', then that it is back"

    async def _change(self, serial: str, **change: object) -> None:
        """
        Do something to a device, as somebody in the house would.

        :param serial: The device.
        :param change: What becomes of it.
        """
        await self._amazon.tell("PATCH", f"/control/devices/{serial}", change)

    async def _told_state(self, serial: str, holds: Callable[[PlayerState], bool]) -> PlayerState:
        """
        Wait until the watch tells of a device what it should.

        :param serial: The device.
        :param holds: Tells whether it does.
        """

        def fits(change: Change) -> bool:
            state = change.player
            return state is not None and state.serial == serial and holds(state)

        state = (await self._told(fits)).player
        if state is None:
            raise MismatchError("no state in a change of a player")
        return state

    async def _told(self, holds: Callable[[Change], bool]) -> Change:
        """
        Wait until the watch tells what it should.

        :param holds: Tells whether it does.
        """
        if self._watch is None:
            raise MismatchError("nobody watches")
        try:
            async with asyncio.timeout(SETTLES_WITHIN):
                async for change in self._watch:
                    if holds(change):
                        return change
        except TimeoutError as err:
            raise MismatchError(f"account.watch() does not tell it in {SETTLES_WITHIN} s") from err
        raise MismatchError("the watch has ended")


def _name(change: Change, serial: str) -> str | None:
    """
    Tell how a device is called in a change of the devices.

    :param change: The change.
    :param serial: The device.
    """
    return next((one.name for one in change.devices or [] if one.serial == serial), None)
