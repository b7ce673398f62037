"""
What every Python driver shares: its order on standard input, its report on standard output.

An order is one JSON object with ``email``, ``password``, ``site``, ``control`` (the address of the
simulator's control interface), ``device`` (a serial number), ``volume`` (0 to 100) and ``folder``
(where the client may keep files). A report is one JSON object with ``steps``: for ``enrol``,
``devices`` and ``volume`` whether the client did it, what it saw, or why not.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
import traceback
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A code this close to its end could be stale when it arrives.
_CODE_RESERVE_SECONDS = 3.0
_CODE_POLL_SECONDS = 0.2
_REMEMBERED_LINES = 12


class StepFailedError(Exception):
    """A step failed; its reason is in the report."""


@dataclass
class Errand:
    """One order and the report on it."""

    email: str
    password: str
    site: str
    control: str
    device: str
    volume: int
    folder: Path
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """
        Do one step; what the body puts into the yielded mapping goes into the report.
        """
        seen: dict[str, Any] = {}
        try:
            yield seen
        except Exception as err:
            frame = traceback.extract_tb(err.__traceback__)[-1]
            self.steps[name] = {
                **seen,
                "done": False,
                "why": f"{type(err).__name__}: {err} ({Path(frame.filename).name}:{frame.lineno})",
            }
            raise StepFailedError from err
        self.steps[name] = {**seen, "done": True}

    async def code(self) -> str:
        """
        Return an authenticator code that stays valid for some seconds.
        """
        while True:
            answer = await asyncio.to_thread(self._control, "/control/code")
            if float(answer["seconds_left"]) > _CODE_RESERVE_SECONDS:
                return str(answer["code"])
            await asyncio.sleep(_CODE_POLL_SECONDS)

    def _control(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.control + path, timeout=10) as answer:
            return json.load(answer)


class _Memory(logging.Handler):
    """Keeps the last warnings of a client for the report."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{record.name}: {record.getMessage()}")
        del self._lines[:-_REMEMBERED_LINES]


def run(work: Callable[[Errand], Awaitable[None]]) -> None:
    """
    Read the order, do the work, write the report.
    """
    # Only the report may reach standard output, whatever a client prints.
    report, sys.stdout = sys.stdout, sys.stderr
    order = json.load(sys.stdin)
    errand = Errand(
        email=order["email"],
        password=order["password"],
        site=order["site"],
        control=order["control"],
        device=order["device"],
        volume=order["volume"],
        folder=Path(order["folder"]),
    )
    logging.getLogger().addHandler(_Memory(errand.log))
    started = time.monotonic()

    async def whole() -> None:
        with contextlib.suppress(StepFailedError):
            await work(errand)

    asyncio.run(whole())
    answer = {
        "steps": errand.steps,
        "log": errand.log,
        "seconds": round(time.monotonic() - started, 2),
    }
    json.dump(answer, report)
    report.write("\n")
