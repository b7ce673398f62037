"""
What every Python driver shares: its talk with the harness, one JSON object per line.

The first line in is the order: ``email``, ``password``, ``site``, ``device`` (a serial number),
``folder`` (where the client may keep files), ``control`` (the address of the simulator's control
interface), ``listen`` and ``authority`` (its TLS port and certificate authority). The driver says
when a step begins and gets its task, asks the harness to turn a knob or to look whether a command
had its effect, and says how the step ended. The twin of errand.js.
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
from typing import Any, TextIO

# A code this close to its end could be stale when it arrives.
_CODE_RESERVE_SECONDS = 3.0
_POLL_SECONDS = 0.05
_STEP_SECONDS = 45.0
_REMEMBERED_LINES = 12
_NEEDED = frozenset({"enrol", "devices"})


class StepFailedError(Exception):
    """A step without which nothing can go on has failed; its reason is in the report."""


@dataclass
class Errand:
    """One order and the talk about it."""

    email: str
    password: str
    site: str
    control_address: str
    device: str
    folder: Path
    listen: str
    authority: str
    answers: TextIO
    lines: TextIO
    task: dict[str, Any] = field(default_factory=dict)
    """What the harness says about the step that runs."""

    log: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def step(
        self, name: str, seconds: float = _STEP_SECONDS
    ) -> AsyncIterator[dict[str, Any]]:
        """
        Do one step; what the body puts into the yielded mapping goes into the report.

        A failure ends the step. The work goes on after it, except where nothing can.
        """
        seen: dict[str, Any] = {}
        why = None
        self.task = (await self._talk({"begin": name}))["task"]
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                yield seen
        except Exception as err:  # noqa: BLE001 - whatever a client raises is the finding
            why = f"{type(err).__name__}: {err} ({_place(err)})"
            if limit.expired():
                # The cause is the place that was interrupted.
                why = f"no end of the step within {seconds:g} s ({_place(err.__cause__ or err)})"
        await self._talk({"end": name, "done": why is None, "why": why, "seen": seen})
        if why is not None and name in _NEEDED:
            raise StepFailedError(name)

    async def turn(self, what: str, **words: Any) -> dict[str, Any]:
        """
        Let the harness turn a knob of the simulator; return what is to be expected.
        """
        turned: dict[str, Any] = (await self._talk({"turn": what, **words}))["turned"]
        return turned

    async def check(self, part: str) -> bool:
        """
        Let the harness see whether a part of the step has its effect; it waits for it.
        """
        return bool((await self._talk({"check": part}))["checked"])

    async def wait(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """
        Wait until something is true.

        :raises TimeoutError: it did not become true.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"what was waited for did not come within {seconds:g} s")
            await asyncio.sleep(_POLL_SECONDS)

    async def code(self) -> str:
        """
        Return an authenticator code that stays valid for some seconds.
        """
        while True:
            answer = await self.control("code")
            if float(answer["seconds_left"]) > _CODE_RESERVE_SECONDS:
                return str(answer["code"])
            await asyncio.sleep(_POLL_SECONDS)

    async def control(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """
        Call the simulator's control interface, with a body by POST.
        """
        return await asyncio.to_thread(self._control, path, body, method)

    async def _talk(self, line: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(self._say, line)

    def _say(self, line: dict[str, Any]) -> dict[str, Any]:
        self.answers.write(json.dumps(line) + "\n")
        self.answers.flush()
        answer = self.lines.readline()
        if not answer:
            raise EOFError("the harness has gone")
        heard: dict[str, Any] = json.loads(answer)
        if "refused" in heard:
            raise RuntimeError(f"the harness refused: {heard['refused']}")
        return heard

    def _control(self, path: str, body: Any, method: str | None) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(
            f"{self.control_address}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


def _place(err: BaseException) -> str:
    frames = traceback.extract_tb(err.__traceback__)
    # Where it was waited for says more than that this module waited.
    frame = next((it for it in reversed(frames) if it.filename != __file__), frames[-1])
    return f"{Path(frame.filename).name}:{frame.lineno}"


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
    # Only the talk may reach standard output, whatever a client prints.
    answers, sys.stdout = sys.stdout, sys.stderr
    order = json.loads(sys.stdin.readline())
    errand = Errand(
        email=order["email"],
        password=order["password"],
        site=order["site"],
        control_address=order["control"],
        device=order["device"],
        folder=Path(order["folder"]),
        listen=order["listen"],
        authority=order["authority"],
        answers=answers,
        lines=sys.stdin,
    )
    logging.getLogger().addHandler(_Memory(errand.log))
    started = time.monotonic()

    async def whole() -> None:
        with contextlib.suppress(StepFailedError):
            await work(errand)

    asyncio.run(whole())
    seconds = round(time.monotonic() - started, 2)
    answers.write(json.dumps({"log": errand.log, "seconds": seconds}) + "\n")
    answers.flush()
