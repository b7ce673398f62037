"""
Something that relays streams, in a process that does nothing else but look for stalls.

Reads orders from standard input, one JSON object a line, and answers each with one line. The first
starts it; ``{"measure": seconds, "probe": true}`` measures what goes on meanwhile; what else there
is, the relay itself knows. The end of standard input ends it.
"""

import asyncio
import gc
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, Protocol

# Last, so that nothing of the tests stands before what a relay brings along.
sys.path.append(str(Path(__file__).resolve().parents[2] / "python"))

from probe import Probe


class Relay(Protocol):
    """What every relay can do."""

    async def start(self, order: dict[str, Any]) -> dict[str, Any]:
        """
        Listen; return what the harness has to know.
        """

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """
        Do something that only this one can.
        """

    async def close(self) -> None:
        """
        Give everything back.
        """


def _resident() -> float:
    """
    Mebibytes in memory.
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


async def _measured(order: dict[str, Any]) -> dict[str, float]:
    probe = Probe()
    probing = asyncio.create_task(probe.run()) if order["probe"] else None
    await asyncio.sleep(0.05)
    probe.longest = 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(order["measure"])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if probing is not None:
        probing.cancel()
    return {
        "cpu_percent": cpu / wall * 100,
        "stall_ms": probe.longest * 1e3,
        "resident_mib": _resident(),
    }


async def _main() -> None:
    relay: Relay = importlib.import_module(sys.argv[1]).Relay()
    started = False
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            if not started:
                answer = await relay.start(order)
                started = True
                gc.collect()
                gc.freeze()
            elif "measure" in order:
                answer = await _measured(order)
            elif "resident" in order:
                answer = {"resident_mib": _resident()}
            else:
                answer = await relay.obey(order)
            print(json.dumps(answer), flush=True)  # noqa: T201
    finally:
        await relay.close()


if __name__ == "__main__":
    asyncio.run(_main())
