"""
Measures mass-alexa beside other clients of the same interface, in paired rounds.

All of them talk to one simulated Amazon on this machine, one process after the other; in every
round everybody does the same. Next to them runs the floor: the same requests by the bare HTTP
library. Prints a table of ratios and the targets, and writes ``target/bench/results.json`` and,
with ``--docs``, the plots.

Exit codes: 0 measured, whether targets are met or not; 2 it cannot run, or broke off.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [os.fspath(_HERE), os.fspath(_HERE.parent / "peers")]

from environments import NotInstallableError  # noqa: E402
from report import plots, tables  # noqa: E402
from simulator import SimulatorError, running  # noqa: E402
from stage import ROOT, TARGET, BrokenOffError, Contestant, Stage, contestants  # noqa: E402
from tally import OURS, Tally  # noqa: E402
from targets import CONCURRENCIES, FLOOR  # noqa: E402

_COMMANDS = 2_000
_EVENTS = 50_000
_PIECE = 500
_HOUSEHOLDS = (10, 200, 2_000)
_SAVES = 20
_LIST_REPEATS = 10
_IMPORT = """
import resource, sys, time
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20
before, began = resident(), time.perf_counter()
__import__(sys.argv[1])
print((time.perf_counter() - began) * 1e3, resident() - before)
"""


class Bench:
    """The measures, each a number of paired rounds."""

    def __init__(self, stage: Stage, rounds: int, only: str | None) -> None:
        self._stage = stage
        self._rounds = rounds
        self._only = only
        self.tally = Tally()

    def run(self) -> None:
        """
        Measure everything that is wanted.
        """
        self._measure("import", self._import)
        self._measure("restore", lambda one: self._stage.take(one, "restore"))
        for concurrency in CONCURRENCIES:
            self._measure(f"an empty call at {concurrency}", self._call(concurrency))
            self._measure(f"a command at {concurrency}", self._commands(concurrency), self._floor)
        self._measure("session", lambda one: self._stage.take(one, "session", count=_SAVES))
        # Once for the time, and once for the stalls: looking for them takes time, too.
        taken = {"cpu_us", "wall_s", "lag_ms"}
        self._measure("an event", self._events(probe=False), figures=taken)
        self._measure("events beside other work", self._events(probe=True), figures={"stall_ms"})
        self._measure("enrolment", self._enrol)
        for count in _HOUSEHOLDS:
            self._measure(f"list of {count}", self._devices(count), self._floor_list)

    def _measure(
        self,
        name: str,
        take: Callable[[Contestant], dict[str, float] | None],
        floor: Callable[[str], dict[str, float]] | None = None,
        figures: set[str] | None = None,
    ) -> None:
        if self._only and self._only not in name:
            return
        everybody = self._stage.everybody
        for number in range(self._rounds):
            # Everybody is first, second and last alike: the machine gets faster and slower.
            turn = number % len(everybody)
            results: dict[str, dict[str, float]] = {}
            for one in everybody[turn:] + everybody[:turn]:
                if (result := take(one)) is not None:
                    results[one.name] = result
                    if one.name == OURS and floor is not None:
                        results[FLOOR] = floor(name)
            if figures is not None:
                results = {
                    who: {key: value for key, value in it.items() if key in figures}
                    for who, it in results.items()
                }
            self.tally.add(name, results)
        self._keep()
        sys.stderr.write(f"measured: {name}\n")

    def _keep(self) -> None:
        everybody = {it.name: it.version for it in self._stage.everybody}
        content = {
            "machine": {"system": platform.platform(), "processors": os.cpu_count()},
            "python": platform.python_version(),
            "versions": everybody,
            "rounds": self._rounds,
            "figures": self.tally.to_dict(),
        }
        text = json.dumps(content, indent=1) + "\n"
        (TARGET / "results.json").write_text(text, encoding="utf-8")

    def _import(self, one: Contestant) -> dict[str, float]:
        environment = {**os.environ, **one.variables, "PEERS_SIMULATOR_PORT": "1"}
        environment.setdefault("SSL_CERT_FILE", self._stage.simulator.authority)
        # Compiled files as in any installation: the first import of all is not the usual one.
        for _ in range(2):
            done = subprocess.run(
                [one.python, "-c", _IMPORT, one.name.replace("-", "_")],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
                cwd=TARGET,
            )
        taken, grown = map(float, done.stdout.split())
        return {"ms": taken, "memory_mib": grown}

    def _call(self, concurrency: int) -> Callable[[Contestant], dict[str, float] | None]:
        def take(one: Contestant) -> dict[str, float] | None:
            if one.name != OURS:
                return None
            return self._stage.take(one, "call", count=_COMMANDS, concurrency=concurrency)

        return take

    def _commands(self, concurrency: int) -> Callable[[Contestant], dict[str, float]]:
        def take(one: Contestant) -> dict[str, float]:
            return self._stage.take(one, "commands", count=_COMMANDS, concurrency=concurrency)

        return take

    def _floor(self, name: str) -> dict[str, float]:
        request = self._stage.last_request("PUT", "/api/dnd/status")
        concurrency = int(name.rpartition(" ")[2])
        return self._stage.floor("commands", request, count=_COMMANDS, concurrency=concurrency)

    def _events(self, *, probe: bool) -> Callable[[Contestant], dict[str, float]]:
        def take(one: Contestant) -> dict[str, float]:
            stage = self._stage
            last = {serial: 98 + number % 2 for number, serial in enumerate(stage.serials)}
            pieces = [range(first, first + _PIECE) for first in range(0, _EVENTS, _PIECE)]

            def send() -> None:
                for piece in pieces:
                    text = stage.events(piece, last if piece is pieces[-1] else None)
                    stage.simulator.call("push/raw", {"base64": text})

            return stage.take(
                one, "events", when_ready=send, count=_EVENTS, volumes=last, probe=probe
            )

        return take

    def _grow(self, count: int) -> None:
        # Without apps: each sign-in adds one, and not every client lists them.
        found = self._stage.simulator.devices().values()
        missing = count - sum(it["family"] != "VOX" for it in found)
        if missing > 0:
            self._stage.simulator.call("devices/populate", {"count": missing})

    def _devices(self, count: int) -> Callable[[Contestant], dict[str, float]]:
        def take(one: Contestant) -> dict[str, float]:
            self._grow(count)
            return self._stage.take(one, "devices", expected=count)

        return take

    def _floor_list(self, _: str) -> dict[str, float]:
        request = self._stage.last_request("GET", "/api/devices-v2/device")
        return self._stage.floor("devices", request, count=_LIST_REPEATS)

    def _enrol(self, one: Contestant) -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=TARGET) as folder:
            return self._stage.take(one, "enrol", store=Path(folder))


@contextlib.contextmanager
def _stage() -> Iterator[Stage]:
    binary = ROOT / "target" / "release" / "amazon-simulator"
    everybody = contestants()
    with (
        tempfile.TemporaryDirectory(dir=TARGET) as folder,
        running(binary, TARGET) as simulator,
    ):
        stage = Stage(simulator, Path(folder), everybody)
        stage.sign_in_all()
        yield stage


def main() -> int:
    """
    Measure and report.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=7, help="paired rounds of each measure")
    parser.add_argument("--only", help="measures whose name holds this text")
    parser.add_argument("--docs", type=Path, help="where plots and tables for the docs go")
    arguments = parser.parse_args()
    if arguments.only and arguments.docs:
        parser.error("plots of some measures alone would take the place of the whole ones")
    if not Path("/proc/self/statm").exists():
        return _refuse("processor time and memory are read from /proc, which is not there")
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        with _stage() as stage:
            bench = Bench(stage, arguments.rounds, arguments.only)
            bench.run()
            peers = [it.name for it in stage.everybody if it.name != OURS]
    except (BrokenOffError, NotInstallableError, SimulatorError) as err:
        return _refuse(str(err))
    sys.stdout.write(tables(bench.tally, peers))
    if arguments.docs is not None:
        plots(bench.tally, arguments.docs)
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"bench: {reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
