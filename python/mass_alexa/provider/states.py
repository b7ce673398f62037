"""
Reading the state of the players: one reading serves all of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mass_alexa import AlexaError
from mass_alexa.errors import AccountClosed

from .constants import FAILED_READINGS, POLL_IDLE, POLL_PLAYING

if TYPE_CHECKING:
    from .provider import AlexaProvider


class StateReader:
    """
    Reads what the players of an account do, more often while something plays.

    :param provider: The provider whose players they are.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider
        self._interval = POLL_IDLE
        self._next = 0.0
        self._failures = 0
        self._again = False
        self.reachable = True

    def poll(self) -> None:
        """
        Have the states read unless that was done within the interval.
        """
        now = time.monotonic()
        if now < self._next:
            return
        # A second early is in time, or the polls of the players would drift a tick each round.
        self._next = now + self._interval - 1
        self._provider.start("states", self.read, self._interval / 2)

    def confirm(self, delay: float) -> None:
        """
        Have the states read soon; several wishes become one reading.

        :param delay: Seconds until then.
        """
        self._provider.plan("confirm", delay, self._read_anew)

    async def read(self, max_age: float) -> None:
        """
        Read the states and hand them to the players.

        :param max_age: Seconds for which an earlier answer is good enough.
        """
        self._again = False
        await self._read(max_age)
        while self._again:
            self._again = False
            await self._read(0.0)

    async def _read(self, max_age: float) -> None:
        if self._provider.ended:
            return
        try:
            states = await self._provider.connected.states(max_age=max_age)
        except AccountClosed:
            return
        except AlexaError as err:
            self._note_failure(err)
            return
        self._failures = 0
        self._set_reachable(reachable=True)
        playing = any(state.playback == "playing" for state in states)
        self._interval = POLL_PLAYING if playing else POLL_IDLE
        for state in states:
            if player := self._provider.roster.player(state.serial):
                player.take_state(state, self._interval)

    def _read_anew(self) -> None:
        # A reading under way may be of before the command, so that another has to follow it. It is
        # not cancelled: the server would forget a task that takes the id of a cancelled one.
        self._again = True
        self._provider.start("states", self.read, 0.0)

    def _note_failure(self, error: AlexaError) -> None:
        self._provider.note_failure(error)
        if self._provider.ended:
            # The players have to stay available, or commands would not get as far as to say so.
            return
        self._failures += 1
        if self._failures == FAILED_READINGS:
            self._provider.logger.warning("The state of the players cannot be read: %s", error)
            self._set_reachable(reachable=False)
        else:
            self._provider.logger.debug("A reading of the state failed: %s", error)

    def _set_reachable(self, *, reachable: bool) -> None:
        if reachable == self.reachable:
            return
        self.reachable = reachable
        if reachable:
            self._provider.logger.info("Amazon answers again.")
        for player in self._provider.roster.players():
            player.set_reachable(reachable=reachable)
