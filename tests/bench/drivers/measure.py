"""
Takes one measurement of one client, in a process that does nothing else.

The first line of standard input is the order, a JSON object with ``measure``, ``folder`` (the
client's session), ``control`` (the simulator's control interface), ``device`` and what the measure
wants besides. The last line of standard output is the result. Lines before it are signals to the
harness, which answers each with a line.

Processor time is that of the whole process: all threads, in the system too.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

# Last, so that nothing of the tests stands before what a client brings along.
sys.path.append(str(Path(__file__).resolve().parents[2] / "python"))

from probe import Probe

_WARM_UP = 20
_GIVE_UP_SECONDS = 240.0


class Client(Protocol):
    """What every client can do, in the words of its own interface."""

    async def enrol(self, order: dict[str, Any]) -> None:
        """
        Sign in, register and store the session in ``folder``.
        """

    async def open(self, order: dict[str, Any]) -> None:
        """
        Restore the session from ``folder``.
        """

    async def close(self) -> None:
        """
        Give everything back.
        """

    async def command(self, enabled: bool) -> None:
        """
        Switch do not disturb of the device: one request.
        """

    async def devices(self) -> dict[str, str]:
        """
        Fetch the list of devices, and nothing else; their names by serial.
        """

    async def listen(self) -> None:
        """
        Open the stream of events; over when it is open.
        """

    async def heard(self, volumes: dict[str, int]) -> None:
        """
        Wait until the client knows these volumes by serial.
        """

    async def save(self) -> None:
        """
        Write the session.
        """

    async def load(self) -> None:
        """
        Read the session, without asking Amazon anything.
        """


async def _commands(client: Client, order: dict[str, Any]) -> dict[str, float]:
    await client.open(order)
    return await _many(lambda number: client.command(number % 2 == 0), order)


async def _many(call: Callable[[int], Awaitable[None]], order: dict[str, Any]) -> dict[str, float]:
    """
    Make so many calls, so many of them at once.
    """
    count, concurrency = order["count"], order["concurrency"]
    # The first alone, because some learn a lot with it; then as many connections as will be needed.
    await call(0)
    await asyncio.gather(*(call(number) for number in range(max(_WARM_UP, 2 * concurrency))))
    waits: list[float] = []
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            before = time.perf_counter()
            await call(number)
            waits.append(time.perf_counter() - before)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    waits.sort()
    return {
        "cpu_us": cpu / count * 1e6,
        "wall_s": wall,
        "p50_ms": waits[count // 2] * 1e3,
        "p99_ms": waits[count * 99 // 100] * 1e3,
    }


async def _devices(client: Client, order: dict[str, Any]) -> dict[str, float]:
    await client.open(order)
    # Twice, because everything that is done once only would be counted with the first.
    await client.devices()
    await asyncio.sleep(0.05)
    probe = Probe()
    probing = asyncio.create_task(probe.run())
    await asyncio.sleep(0.02)
    probe.longest = 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    found = len(await client.devices())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    await asyncio.sleep(0.02)
    probing.cancel()
    if found < order["expected"]:
        raise RuntimeError(f"{found} devices instead of {order['expected']}")
    return {"ms": wall * 1e3, "cpu_ms": cpu * 1e3, "stall_ms": probe.longest * 1e3}


async def _events(client: Client, order: dict[str, Any]) -> dict[str, float]:
    await client.open(order)
    await client.devices()
    await client.listen()
    probe = Probe()
    if order["probe"]:
        probing = asyncio.create_task(probe.run())
    await asyncio.sleep(0.2)
    probe.longest = 0.0
    cpu = time.process_time()
    began = time.monotonic()
    _tell("ready")
    async with asyncio.timeout(_GIVE_UP_SECONDS):
        await client.heard(order["volumes"])
    ended = time.monotonic()
    cpu = time.process_time() - cpu
    if order["probe"]:
        probing.cancel()
    posted = float(await asyncio.to_thread(sys.stdin.readline))
    return {
        "cpu_us": cpu / order["count"] * 1e6,
        "wall_s": ended - began,
        "lag_ms": max(0.0, ended - posted) * 1e3,
        "stall_ms": probe.longest * 1e3,
    }


async def _enrol(client: Client, order: dict[str, Any]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    await client.enrol(order)
    return {
        "ms": (time.perf_counter() - wall) * 1e3,
        "cpu_ms": (time.process_time() - cpu) * 1e3,
    }


async def _restore(client: Client, order: dict[str, Any]) -> dict[str, float]:
    await client.open(order)
    await client.command(enabled=True)
    # From the start of the process, the interpreter's own included.
    return {"ms": _age() * 1e3, "cpu_ms": time.process_time() * 1e3}


def _age() -> float:
    """
    Seconds since this process was started, to a hundredth.
    """
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / 100


async def _session(client: Client, order: dict[str, Any]) -> dict[str, float]:
    await client.open(order)
    taken = {}
    for name, call in (("load", client.load), ("save", client.save)):
        await call()
        wall = time.perf_counter()
        for _ in range(order["count"]):
            await call()
        taken[f"{name}_ms"] = (time.perf_counter() - wall) / order["count"] * 1e3
    return taken


async def _call(client: Client, order: dict[str, Any]) -> dict[str, float]:
    """
    What it costs to wait for Rust from Python, without any work.
    """
    await client.open(order)
    nothing: Callable[[], Awaitable[None]] = client.nothing  # type: ignore[attr-defined]
    return {"cpu_us": (await _many(lambda _: nothing(), order))["cpu_us"]}


_MEASURES = {
    "commands": _commands,
    "devices": _devices,
    "events": _events,
    "enrol": _enrol,
    "restore": _restore,
    "session": _session,
    "call": _call,
}


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _whole(order: dict[str, Any]) -> dict[str, float]:
    client: Client = importlib.import_module(sys.argv[1]).Client()
    try:
        return await _MEASURES[order["measure"]](client, order)
    finally:
        await client.close()


if __name__ == "__main__":
    _tell(json.dumps(asyncio.run(_whole(json.loads(sys.stdin.readline())))))
