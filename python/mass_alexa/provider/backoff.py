"""
Waiting between attempts to load an account that Amazon refuses.

Music Assistant loads a failing provider again every two minutes, whatever the reason. An account
that Amazon turns away would ask it 720 times a day; here the pauses grow instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from music_assistant_models.errors import MusicAssistantError

FIRST_SECONDS = 600.0
LONGEST_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class _Failure:
    error: MusicAssistantError
    attempts: int
    not_before: float


class Backoff:
    """
    The accounts that were refused, and until when they rest.

    :param clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, _Failure] = {}

    def refused(
        self, account: str, error: MusicAssistantError, retry_after: float | None = None
    ) -> None:
        """
        Note that Amazon refused an account; each time in a row doubles the rest.

        :param account: Reference of the account.
        :param error: What the user was told.
        :param retry_after: Seconds Amazon asked for, if it did.
        """
        earlier = self._failures.get(account)
        attempts = earlier.attempts + 1 if earlier else 1
        pause = min(FIRST_SECONDS * 2 ** (attempts - 1), LONGEST_SECONDS)
        not_before = self._clock() + max(pause, retry_after or 0.0)
        self._failures[account] = _Failure(error, attempts, not_before)

    def rest(self, account: str) -> tuple[MusicAssistantError, float] | None:
        """
        What the user was told last and the seconds left, or ``None`` where an attempt is due.

        :param account: Reference of the account.
        """
        failure = self._failures.get(account)
        if failure is None:
            return None
        left = failure.not_before - self._clock()
        return (failure.error, left) if left > 0 else None

    def accepted(self, account: str) -> None:
        """
        Forget the failures of an account.

        :param account: Reference of the account.
        """
        self._failures.pop(account, None)


BACKOFF = Backoff()
"""The one of this server: it outlives the provider objects, which are made anew at each attempt."""
