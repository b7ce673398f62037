"""
Letting the event loop breathe in long passes over many players.
"""

from __future__ import annotations

import asyncio
import time

SLICE_SECONDS = 0.004
"""How long such a pass may hold the loop at a time; chosen, far below what anybody notices."""


class Breath:
    """
    Tells how long a pass has held the loop.
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def take(self) -> None:
        """
        Let others run if it is time.
        """
        if time.perf_counter() - self._since >= SLICE_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
