"""
Leads a driver through its steps: prepares, turns, and judges while the simulator still shows it.
"""

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from capabilities import CAPABILITIES
from capabilities.scene import Capability, Json, Scene, Snapshot
from clients.client import Client, Outcome
from simulator import Simulator, SimulatorError

_SILENT_SECONDS = 110.0
_WHOLE_SECONDS = 200.0
_END_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LAST_LINES = 3


@dataclass
class Step:
    """One step as it went."""

    name: str
    done: bool
    problem: str | None
    outcome: Outcome
    first: int
    last: int
    """Numbers of the first and last request of the step; ``last`` is lower if it made none."""

    def to_dict(self) -> Json:
        """
        Return the step for the file that is kept.
        """
        scene = self.outcome.scene
        return {
            "journal": [self.first, self.last],
            "task": scene.task,
            "turned": scene.turned,
            "checked": scene.checked,
            "done": self.done,
            "why": self.outcome.why,
            "seen": self.outcome.seen,
            "problem": self.problem,
        }


@dataclass
class Report:
    """Everything about the run of one driver."""

    steps: dict[str, Step] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    seconds: float | None = None
    broken: str | None = None
    """Why the driver did not come to its end, if it did not."""


class Dialogue:
    """The talk with one driver."""

    def __init__(self, client: Client, simulator: Simulator, device: str) -> None:
        self._client = client
        self._simulator = simulator
        self._device = device
        self.report = Report()
        self._checkpoint = Snapshot({}, [], {})
        self._deadline = time.monotonic() + _WHOLE_SECONDS
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def lead(self, command: list[str], order: Json, variables: dict[str, str], home: str) -> None:
        """
        Run the driver to its end.

        :param command: its command line; the order goes through standard input, because secrets
            are no business of a process list.
        """
        with _process(command, variables, home) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
            reader.start()
            try:
                self._say(process.stdin, order)
                while self._one(process.stdin):
                    pass
            except BrokenPipeError:
                self.report.broken = "it ended in the middle"
            if self.report.broken is not None:
                process.kill()
                process.wait()
                assert process.stderr is not None
                process.stderr.seek(0)
                errors = [line.strip() for line in process.stderr if line.strip()]
                self.report.log += errors[-_LAST_LINES:]

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)

    def _heard(self) -> Json | None:
        patience = min(_SILENT_SECONDS, self._deadline - time.monotonic())
        try:
            line = self._lines.get(timeout=max(patience, 0.0))
        except queue.Empty:
            self.report.broken = f"nothing said for {patience:.0f} s"
            return None
        if line is None:
            self.report.broken = "it ended in the middle"
            return None
        try:
            heard = json.loads(line)
        except ValueError:
            heard = None
        if not isinstance(heard, dict):
            self.report.broken = f"it said {line[:80]!r}"
            return None
        return heard

    @staticmethod
    def _say(stream: IO[str], line: Json) -> None:
        stream.write(json.dumps(line) + "\n")
        stream.flush()

    def _one(self, stream: IO[str]) -> bool:
        heard = self._heard()
        if heard is None:
            return False
        if "begin" not in heard:
            self.report.log += heard["log"]
            self.report.seconds = heard["seconds"]
            return False
        name = heard["begin"]
        step = CAPABILITIES[name]
        task = step.prepare(self._simulator, self._device, self._client.volume)
        first = self._simulator.last_request() + 1
        before = self._checkpoint = self._snapshot()
        self._say(stream, {"task": task})
        turned: list[Json] = []
        checked: dict[str, bool] = {}
        while True:
            heard = self._heard()
            if heard is None:
                heard = {"done": False, "why": f"the driver broke: {self.report.broken}"}
                break
            if "end" in heard:
                break
            try:
                self._say(stream, self._aside(step, heard, task, turned, checked))
            except (SimulatorError, ValueError) as err:
                self._say(stream, {"refused": str(err)})
        self._judge(step, heard, task, before, first, turned, checked)
        step.tidy(self._simulator, task)
        if self.report.broken is None:
            self._say(stream, {"next": True})
        return self.report.broken is None

    def _aside(
        self,
        step: Capability,
        heard: Json,
        task: Json,
        turned: list[Json],
        checked: dict[str, bool],
    ) -> Json:
        if "turn" in heard:
            turned.append(step.turn(self._simulator, self._device, heard, turned))
            return {"turned": turned[-1]}
        part = heard["check"]
        deadline = time.monotonic() + step.settle_seconds
        while True:
            now = self._snapshot()
            shown = step.shows(part, self._checkpoint, now, task)
            if shown or time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        self._checkpoint = now
        checked[part] = shown
        return {"checked": shown}

    def _judge(
        self,
        step: Capability,
        heard: Json,
        task: Json,
        before: Snapshot,
        first: int,
        turned: list[Json],
        checked: dict[str, bool],
    ) -> None:
        """
        Hold what the client says against the model, which may take a moment to show it.
        """
        prefix = f"{step.name}."
        lacks = frozenset(
            it.removeprefix(prefix) for it in self._client.lacks if it.startswith(prefix)
        )
        seen = heard.get("seen", {})
        deadline = time.monotonic() + step.settle_seconds
        while True:
            journal = self._simulator.journal()
            scene = Scene(
                device=self._device,
                level=self._client.volume,
                hides=self._client.hides,
                lacks=lacks,
                task=task,
                before=before,
                after=self._snapshot(),
                journal=[entry for entry in journal if entry["n"] >= first],
                turned=turned,
                checked=checked,
            )
            problem = str(heard["why"]) if not heard["done"] else step.problem(scene, seen)
            if problem is None or not heard["done"] or time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        last = max((entry["n"] for entry in scene.journal), default=first - 1)
        outcome = Outcome(seen, heard.get("why"), scene, journal)
        self.report.steps[step.name] = Step(
            step.name, bool(heard["done"]), problem, outcome, first, last
        )

    def _snapshot(self) -> Snapshot:
        simulator = self._simulator
        return Snapshot(simulator.devices(), simulator.registrations(), simulator.counters())


@contextmanager
def _process(
    command: list[str], variables: dict[str, str], home: str
) -> Iterator[subprocess.Popen[str]]:
    with open(os.path.join(home, "stderr.txt"), "w+", encoding="utf-8") as errors:  # noqa: PTH118, PTH123
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=variables,
            cwd=home,
        )
        process.stderr = errors
        try:
            yield process
        finally:
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
