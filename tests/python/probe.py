"""
How long an event loop is kept from its work.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Read for the thread that reads it: nanoseconds on a processor, then in wait for one.
SCHEDULE = Path("/proc/thread-self/schedstat")


class Probe:
    """
    A task that is due each millisecond, and how late it came at worst.

    The time in which the thread was ready to run and the machine ran others instead does not
    count, where the system tells it: work in callbacks, waits for the interpreter's lock and for
    any other are all in, and how busy the machine is is not.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.turns = 0

    async def run(self) -> None:
        while True:
            before = self._now()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, self._now() - before - 0.001)
            self.turns += 1

    def _now(self) -> float:
        now = time.perf_counter()
        if SCHEDULE.exists():
            now -= int(SCHEDULE.read_text(encoding="ascii").split()[1]) / 1e9
        return now


@contextmanager
def ordinary_process() -> Iterator[None]:
    """
    Log as an installation does, and leave what the test runner keeps in memory out of the
    collection of garbage.
    """
    logger = logging.getLogger("mass_alexa")
    level = logger.level
    logger.setLevel(logging.INFO)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        logger.setLevel(level)
