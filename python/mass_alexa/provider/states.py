"""
What the players do, and asking for it where nobody tells.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mass_alexa import AlexaError
from mass_alexa.errors import AccountClosed

from .breath import Breath
from .constants import POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mass_alexa import PlayerState

    from .provider import AlexaProvider


class States:
    """
    Hands the state of the players on to them and remembers it for those that come later.

    :param provider: The provider whose players they are.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider
        self._known: dict[str, PlayerState] = {}
        # The core reads by itself when it is asked to watch.
        self._next = time.monotonic() + POLL_SECONDS / 2

    def of(self, serial: str) -> PlayerState | None:
        """
        What a device does, as far as it was told.

        :param serial: Serial of the device.
        """
        return self._known.get(serial)

    def keep(self, serials: Iterable[str]) -> None:
        """
        Forget all devices but some.

        :param serials: Serials of those that are still there.
        """
        wanted = set(serials)
        self._known = {one: state for one, state in self._known.items() if one in wanted}

    async def take(self, states: Iterable[PlayerState]) -> None:
        """
        Take states over and show them.

        :param states: Those that changed.
        """
        fresh = {state.serial: state for state in states}
        self._known |= fresh
        breath = Breath()
        roster = self._provider.roster
        for serial, state in fresh.items():
            if player := roster.player(serial):
                player.take_state(state)
                await breath.take()
        # Who plays in a group shows in the group too.
        for group in roster.groups_with(fresh):
            group.show()
            await breath.take()

    def poll(self) -> None:
        """
        Have the states read, at most once in a while however many players ask.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + POLL_SECONDS - 1
        self._provider.start("poll", self.read, POLL_SECONDS / 2)

    async def read(self, max_age: float) -> None:
        """
        Read the states and hand them to the players.

        :param max_age: Seconds for which an earlier answer is good enough.
        """
        if self._provider.ended:
            return
        try:
            states = await self._provider.connected.states(max_age=max_age)
        except AccountClosed:
            return
        except AlexaError as err:
            self._provider.logger.debug("The state of the players cannot be read: %s", err)
            self._provider.note_failure(err)
            return
        await self.take(states)
