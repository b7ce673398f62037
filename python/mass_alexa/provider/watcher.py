"""
Listening to what an account tells, for as long as its provider is loaded.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mass_alexa import AlexaError

from .constants import (
    GATHER_LONGEST_SECONDS,
    GATHER_SECONDS,
    WATCH_FIRST_SECONDS,
    WATCH_LONGEST_SECONDS,
    WATCH_STEADY_SECONDS,
)

if TYPE_CHECKING:
    from mass_alexa import Change, Device, Links, PlayerState

    from .provider import AlexaProvider


class Gathered:
    """
    Changes that are taken over together, the latest of each.
    """

    def __init__(self) -> None:
        self.links: Links | None = None
        self.devices: list[Device] | None = None
        self.players: dict[str, PlayerState] = {}
        self._since: float | None = None

    def put(self, change: Change) -> None:
        """
        Add a change.

        :param change: What the account told.
        """
        if self._since is None:
            self._since = time.monotonic()
        if change.links is not None:
            self.links = change.links
        if change.devices is not None:
            self.devices = change.devices
        if change.player is not None:
            self.players[change.player.serial] = change.player

    @property
    def patience(self) -> float | None:
        """
        Seconds to wait for more; ``None`` as long as there is nothing at all.
        """
        if self._since is None:
            return None
        left = self._since + GATHER_LONGEST_SECONDS - time.monotonic()
        return min(GATHER_SECONDS, max(left, 0.0))


class Watcher:
    """
    Follows the changes of an account and begins anew, later each time, when that ends.

    :param provider: The provider with the account.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider

    def start(self) -> None:
        """
        Listen in the background until the provider is unloaded.
        """
        self._provider.start("watch", self._run)

    async def _run(self) -> None:
        pause = WATCH_FIRST_SECONDS
        while not self._is_over():
            begun = time.monotonic()
            following = asyncio.ensure_future(self._follow())
            try:
                await asyncio.wait({following})
            finally:
                # In case this one was cancelled.
                following.cancel()
                self._provider.standing.watched(watched=False)
            # Cancelled from within, as by a task of the server, it begins anew too.
            error = None if following.cancelled() else following.exception()
            if isinstance(error, AlexaError):
                self._provider.note_failure(error)
            if self._is_over():
                return
            if time.monotonic() - begun > WATCH_STEADY_SECONDS:
                pause = WATCH_FIRST_SECONDS
            # Anything else than an error of Amazon is a mistake of ours, and no reason to be deaf.
            self._provider.logger.log(
                30 if error else 10,
                "Listening to changes ended and begins again in %s seconds: %s",
                round(pause),
                error,
                exc_info=error if error and not isinstance(error, AlexaError) else None,
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, WATCH_LONGEST_SECONDS)

    def _is_over(self) -> bool:
        return self._provider.dropped or self._provider.ended is not None

    async def _follow(self) -> None:
        """
        Take changes over until there are no more.

        What is ready is gathered before it is applied: a burst is one pass over the players. A
        change that is waited for while others are applied is not lost.
        """
        watch = self._provider.connected.watch()
        gathered = Gathered()
        coming = asyncio.ensure_future(anext(watch))
        try:
            self._provider.standing.watched(watched=True)
            while True:
                await asyncio.wait({coming}, timeout=gathered.patience)
                if coming.done():
                    gathered.put(coming.result())
                    coming = asyncio.ensure_future(anext(watch))
                    if gathered.patience:
                        continue
                now, gathered = gathered, Gathered()
                await self._apply(now)
        except StopAsyncIteration:
            return
        finally:
            coming.cancel()
            watch.close()

    async def _apply(self, gathered: Gathered) -> None:
        if gathered.links is not None:
            self._provider.standing.take(gathered.links)
        self._provider.pass_warning_on()
        if gathered.devices is not None:
            await self._provider.roster.take(gathered.devices)
        await self._provider.states.take(gathered.players.values())
