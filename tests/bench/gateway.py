"""
Measures the gateway beside a proxy of streams that is made with aiohttp, in paired rounds.

Fifty Echos listen at once, each at 320 kbit/s. The gateway and the proxy each live in the process
of a Python program whose event loop goes on beside; music server, Echos and the simulated Amazon
have processes of their own. Then it measures how long requests of the skill take, alone and beside
streams. Prints tables, and writes ``target/bench/gateway.json``.

Exit codes: 0 measured, whether targets are met or not; 2 it cannot run, or broke off.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [os.fspath(_HERE), os.fspath(_HERE.parent / "peers")]

from cloud import SKILL, Cloud, RefusedError  # noqa: E402
from simulator import Simulator, SimulatorError, running  # noqa: E402
from tally import OURS, Spread, Tally  # noqa: E402

ROOT = _HERE.parent.parent
TARGET = ROOT / "target" / "bench"
PUBLIC = "https://music.example.org"
_THEIRS = "aiohttp"
_RATE = 40_000
_STREAMS = 50
_REQUESTS = 500
# Signing takes its time, and what is signed is good for two and a half minutes.
_SIGNED_AT_ONCE = 250
_SETTLE_SECONDS = 5.0
_STALL_MS = 20.0
_ANSWER_MS = 20.0


class BrokenOffError(Exception):
    """A process that gave no result; what it said stands above."""


class Process:
    """A program of the measurement, which is told and tells line by line."""

    def __init__(self, python: Path, name: str, *arguments: str) -> None:
        self._name = " ".join((name, *arguments))
        self._process = subprocess.Popen(
            [python, _HERE / "drivers" / f"{name}.py", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "MASS_ALEXA_KEYRING": "off", "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tell(self, order: Any = None) -> None:
        """
        Send a line.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """
        Return the next line.

        :raises BrokenOffError: there is none.
        """
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return line.strip()
        raise BrokenOffError(f"{self._name} broke off")

    def ask(self, order: Any) -> Any:
        """
        Send a line and return the answer.
        """
        self.tell(order)
        return json.loads(self.hear())


class Bench:
    """The rounds."""

    def __init__(self, python: Path, simulator: Simulator, music: str, options: Any) -> None:
        self._python = python
        self._simulator = simulator
        self._music = music
        self._streams: int = options.streams
        self._seconds: float = options.seconds
        self._requests: int = options.requests
        self.tally = Tally()
        self.waits: dict[str, list[float]] = {}
        missing = self._streams + 1 - len(self._serials())
        if missing > 0:
            simulator.call("devices/populate", {"count": missing})

    def _serials(self) -> list[str]:
        devices = self._simulator.devices().values()
        return [it["serial"] for it in devices if it["family"] == "ECHO" and not it["members"]]

    def round(self, number: int) -> None:
        """
        Measure both, each first in turn.
        """
        both = [(OURS, self._ours), (_THEIRS, self._theirs)]
        results = {name: take() for name, take in (both if number % 2 == 0 else both[::-1])}
        self.tally.add("50 streams", results)

    def _theirs(self) -> dict[str, float]:
        with Process(self._python, "relay", "relay_aiohttp") as relay:
            urls = relay.ask({"music": self._music, "streams": self._streams})["urls"]
            return self._listened(relay, urls)

    def _ours(self) -> dict[str, float]:
        with (
            tempfile.TemporaryDirectory(dir=TARGET) as folder,
            Process(self._python, "relay", "relay_ours") as relay,
        ):
            address = relay.ask(self._order(folder))["address"]
            cloud = Cloud(self._simulator, address)
            urls = []
            serials = self._serials()[: self._streams + 1]
            for number, serial in enumerate(serials):
                url = self._opened(relay, cloud, f"amzn1.ask.device.{number}", serial)
                urls.append(url.replace(PUBLIC, f"http://{address}"))
            spare = f"amzn1.ask.device.{len(serials) - 1}"
            self._ask(cloud, spare, "")
            return self._listened(relay, urls[:-1], lambda: self._ask(cloud, spare, ", 50 streams"))

    def _order(self, folder: str) -> dict[str, Any]:
        account = self._simulator.get("account")
        self._simulator.call("clock", {"advance_s": 0})
        return {
            "folder": os.fspath(Path(folder) / "account"),
            "connect_to": f"127.0.0.1:{self._simulator.port}",
            "authority": self._simulator.authority,
            "email": account["email"],
            "password": account["password"],
            "code": account["otp_seed"],
            "site": account["home_site"],
            "public_url": PUBLIC,
            "skill": SKILL,
            "music": self._music,
        }

    def _opened(self, relay: Process, cloud: Cloud, device: str, serial: str) -> str:
        """
        Make a device known as the Echo with this serial, and have it play.

        :return: what it fetches.
        """
        cloud.open(device)
        if not relay.ask({"pair": serial})["paired"]:
            raise BrokenOffError(f"{device} is not the only new device")
        found = cloud.open(device)
        if found is None:
            raise BrokenOffError(f"{serial} is given nothing to play")
        url, token = found
        cloud.started(device, token)
        return url

    def _ask(self, cloud: Cloud, device: str, beside: str) -> None:
        for name, intent in (("alone", "AMAZON.HelpIntent"), ("by the host", "AMAZON.NextIntent")):
            waits = self.waits.setdefault(f"answered {name}{beside}", [])
            left, answers = self._requests, list[tuple[Any, float]]()
            while left > 0:
                count = min(left, _SIGNED_AT_ONCE)
                left -= count
                intents = {"intent": {"name": intent, "confirmationStatus": "NONE", "slots": {}}}
                signed = [cloud.request(device, "IntentRequest", **intents) for _ in range(count)]
                answers = [cloud.send(one) for one in signed]
                waits.extend(took for _, took in answers)
            for directive in answers[-1][0]["response"].get("directives", ()):
                cloud.started(device, directive["audioItem"]["stream"]["token"])

    def _listened(
        self, relay: Process, urls: list[str], beside: Any = lambda: None
    ) -> dict[str, float]:
        before = relay.ask({"resident": True})["resident_mib"]
        with Process(self._python, "listeners") as listeners:
            listeners.tell({"urls": urls, "rate": _RATE})
            if listeners.hear() != "ready":
                raise BrokenOffError("the listeners are not ready")
            time.sleep(_SETTLE_SECONDS)
            # Looking for stalls takes time, too.
            quiet = relay.ask({"measure": self._seconds, "probe": False})
            probed = relay.ask({"measure": self._seconds, "probe": True})
            beside()
            heard = listeners.ask(None)
        if heard["broken"]:
            raise BrokenOffError(f"{heard['broken']} of {len(urls)} streams broke off")
        return {
            "cpu_percent": quiet["cpu_percent"],
            "memory_mib": probed["resident_mib"] - before,
            "stall_ms": probed["stall_ms"],
            "late_ms": heard["late_ms"],
        }


def _tables(bench: Bench) -> str:
    lines = ["| 50 streams of 320 kbit/s | mass-alexa | aiohttp |", "| --- | --- | --- |"]
    for figure in bench.tally.rounds:
        seen = [bench.tally.spread(figure, name) for name in (OURS, _THEIRS)]
        lines.append(f"| {figure} | {' | '.join(map(_shown, seen))} |")
    lines += ["", "| Request of the skill | p50 | p99 | most |", "| --- | --- | --- | --- |"]
    worst = 0.0
    for name, waits in bench.waits.items():
        ordered = sorted(it * 1e3 for it in waits)
        p99 = ordered[len(ordered) * 99 // 100]
        worst = max(worst, p99)
        p50 = ordered[len(ordered) // 2]
        lines.append(f"| {name} | {p50:.2f} ms | {p99:.2f} ms | {ordered[-1]:.2f} ms |")
    stall = next(it for it in bench.tally.rounds if it.unit == "ms" and "stall" in it.name)
    seen_stall = bench.tally.spread(stall, OURS)
    longest = seen_stall.most if seen_stall else float("inf")
    lines += ["", "| Target | Measured | Met |", "| --- | --- | --- |"]
    for target, value, limit in (
        ("the loop is never held up for 20 ms", longest, _STALL_MS),
        ("99 of 100 requests are answered within 20 ms", worst, _ANSWER_MS),
    ):
        lines.append(f"| {target} | {value:.1f} ms | {'yes' if value < limit else '**no**'} |")
    return "\n".join(lines) + "\n"


def _shown(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return f"{spread.middle:.1f} ({spread.least:.1f} to {spread.most:.1f})"


@contextlib.contextmanager
def _running(options: Any) -> Iterator[Bench]:
    with (
        running(options.simulator, TARGET) as simulator,
        Process(options.python, "music") as music,
    ):
        yield Bench(options.python, simulator, f"http://127.0.0.1:{music.hear()}", options)


def main() -> int:
    """
    Measure and report.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a measurement")
    parser.add_argument("--streams", type=int, default=_STREAMS)
    parser.add_argument("--requests", type=int, default=_REQUESTS, help="of each kind in a round")
    parser.add_argument("--python", type=Path, default=TARGET / "venv" / "bin" / "python")
    simulator = ROOT / "target" / "release" / "amazon-simulator"
    parser.add_argument("--simulator", type=Path, default=simulator)
    options = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        with _running(options) as bench:
            for number in range(options.rounds):
                bench.round(number)
                sys.stderr.write(f"measured: round {number + 1} of {options.rounds}\n")
    except (BrokenOffError, RefusedError, SimulatorError, OSError) as err:
        sys.stderr.write(f"gateway: {err}\n")
        return 2
    content = {"figures": bench.tally.to_dict(), "waits_ms": _sorted(bench.waits)}
    path = TARGET / "gateway.json"
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(_tables(bench))
    return 0


def _sorted(waits: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: sorted(round(it * 1e3, 3) for it in all_) for name, all_ in waits.items()}


if __name__ == "__main__":
    sys.exit(main())
