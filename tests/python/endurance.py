"""
A program that opens, watches, commands and closes, again and again, in a process of its own.

It prints one line of JSON for each piece of its work: what the process holds at that moment, which
other tasks its event loop has, and how the calls ended.
"""

import asyncio
import gc
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from mass_alexa import Account, AlexaError, Settings

KITCHEN = "G0911W0000000001"
BEDROOM = "G0911W0000000002"
STUDIO = "G0911W0000000004"
# Both kinds of work are measured so often.
PIECES = 5
TOGETHER = 8
# Seconds until connections are closed that nobody has any more, at the longest.
SETTLING = 10.0
# Seconds after which an idle thread ends, and a little more.
IDLE_THREADS = 11.0

type Call = Callable[[Account], Awaitable[object]]


class Endurance:
    """
    The work, and what came of it.

    :param store: Folder of a session.
    :param settings: Settings that lead to a simulator.
    :param chance: Decides what is called, and when a caller loses patience.
    """

    def __init__(self, store: str, settings: Settings, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self._store = store
        self._settings = settings
        self._chance = chance

    async def open_and_close(self, number: int) -> None:
        """
        Open the account, watch it or call it, and end that in one of many ways.
        """
        account = await Account.open(self._store, settings=self._settings)
        watch = account.watch()
        for _ in range(number % 5):
            await anext(watch)
        reader = asyncio.ensure_future(anext(watch)) if number % 3 == 0 else None
        if number % 2 == 0:
            call = asyncio.ensure_future(account.set_volume(KITCHEN, number % 101))
            await asyncio.sleep(self._chance.uniform(0, 0.01))
            if number % 4 == 0:
                call.cancel()
            await self._ended(call)
        if number % 6 != 0:
            watch.close()
        if number % 7 != 0:
            await account.close()
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def watch_and_command(self, count: int) -> None:
        """
        Open the account, call it so often while somebody watches, and close it.
        """
        async with await Account.open(self._store, settings=self._settings) as account:
            watch = account.watch()

            async def look() -> None:
                async for _ in watch:
                    pass

            looking = asyncio.create_task(look())
            await self.command(account, count)
        await looking

    async def command(self, account: Account, count: int) -> None:
        """
        Call an account so often, a few calls at a time; one in eight is not waited for to the end.
        """
        left = iter(range(count))

        async def caller() -> None:
            for _ in left:
                call = asyncio.ensure_future(self._any_call()(account))
                if self._chance.random() < 1 / 8:
                    await asyncio.wait([call], timeout=self._chance.uniform(0, 0.01))
                    call.cancel()
                await self._ended(call)

        await asyncio.gather(*(caller() for _ in range(TOGETHER)))

    def _any_call(self) -> Call:
        serial = self._chance.choice([KITCHEN, BEDROOM, STUDIO])
        level = self._chance.randrange(1, 101)
        calls: list[Call] = [
            lambda account: account.set_volume(serial, level),
            lambda account: account.set_volume(serial, level),
            lambda account: account.set_volume(serial, level),
            lambda account: account.play_sound(serial, "bell_02"),
            lambda account: account.speak(serial, "The soup is ready."),
            lambda account: account.set_do_not_disturb(serial, level % 2 == 0),
            lambda account: account.play("nobody"),
            lambda account: account.states(),
        ]
        return self._chance.choice(calls)

    async def _ended[T](self, call: asyncio.Future[T]) -> None:
        try:
            await call
        except asyncio.CancelledError:
            self.outcomes["cancelled"] += 1
        except AlexaError as error:
            self.outcomes[error.code] += 1
        else:
            self.outcomes["worked"] += 1


def count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def held() -> dict[str, int]:
    """
    What the process holds: memory in KiB, threads and descriptors.
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {
        "memory": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "threads": count("/proc/self/task"),
        # One of them reads this list.
        "descriptors": count("/proc/self/fd") - 1,
        "tasks": len(asyncio.all_tasks()) - 1,
    }


async def settled(before: dict[str, int] | None) -> dict[str, int]:
    """
    What the process holds once it has let go of what it was done with.
    """
    deadline = asyncio.get_running_loop().time() + SETTLING
    while True:
        gc.collect()
        now = held()
        if before is None or asyncio.get_running_loop().time() > deadline:
            return now
        if all(now[name] <= before[name] for name in ("descriptors", "tasks")):
            return now
        await asyncio.sleep(0.05)


async def main() -> None:
    store, address, authority, rounds, commands, seed, *to_the_end = sys.argv[1:]
    settings = Settings(connect_to=address, extra_ca=authority, requests_per_second=0.0)
    work = Endurance(store, settings, random.Random(int(seed)))
    # The library and its threads are there after the first one.
    await work.open_and_close(1)
    first: dict[str, int] | None = None

    async def report(kind: str, piece: int) -> None:
        nonlocal first
        now = await settled(first)
        first = first or now
        line = {"kind": kind, "piece": piece, "held": now, "outcomes": dict(work.outcomes)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        work.outcomes.clear()

    await report("begin", 0)
    for piece in range(PIECES):
        for number in range(int(rounds) // PIECES):
            await work.open_and_close(number)
        await report("open", piece)
    for piece in range(PIECES):
        await work.watch_and_command(int(commands) // PIECES)
        await report("command", piece)
    if to_the_end:
        # Threads for files and the like go when they had nothing to do for a while.
        await asyncio.sleep(IDLE_THREADS)
        await report("end", 0)


if __name__ == "__main__":
    asyncio.run(main())
