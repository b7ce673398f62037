"""
What a measurement needs around it: the simulated Amazon, the clients' environments, their sessions.
"""

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import NotInstallableError, make, read_pins
from simulator import Simulator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "target" / "bench"
_PEERS = HERE.parent / "peers"
_SECONDS = 300.0
# Codes serve once, and a new one comes after this time.
_CODE_SECONDS = 30


class BrokenOffError(Exception):
    """A measurement that gave no result; what its process said stands above."""


@dataclass(frozen=True)
class Contestant:
    """A client that is measured."""

    name: str
    module: str
    python: Path
    variables: dict[str, str]
    version: str


def contestants() -> list[Contestant]:
    """
    Return ours, from the installed wheel, and the pinned releases of the others.

    :raises NotInstallableError: one of them is not there and cannot be made.
    """
    ours = TARGET / "venv" / "bin" / "python"
    found = [Contestant("mass-alexa", "ours", ours, {}, _version(ours, "mass-alexa"))]
    for package in ("alexapy", "aioamazondevices"):
        made = make(read_pins()[package], ROOT / "target" / "peers", newest=False)
        python = Path(made.command[0])
        paths = (_PEERS / "redirect", _PEERS / "drivers")
        variables = {**made.variables, "PYTHONPATH": os.pathsep.join(map(os.fspath, paths))}
        module = f"{package}_client"
        found.append(Contestant(package, module, python, variables, made.packages[package]))
    return found


def _version(python: Path, package: str) -> str:
    """
    Return the version of a package; ours must be a wheel, not what is built for the tests.
    """
    line = (
        "import importlib.metadata as m, sys; it = m.distribution(sys.argv[1]); "
        "'editable' in (it.read_text('direct_url.json') or '') and sys.exit(1); print(it.version)"
    )
    try:
        done = subprocess.run(
            [python, "-c", line, package], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as err:
        raise NotInstallableError("our wheel is not installed in target/bench/venv") from err
    return done.stdout.strip()


class Stage:
    """A simulated Amazon with every contestant signed in."""

    def __init__(self, simulator: Simulator, folder: Path, everybody: list[Contestant]) -> None:
        self.simulator = simulator
        self.everybody = everybody
        self._folder = folder
        self._account = simulator.get("account")
        self._ahead_s = 0
        devices = simulator.devices().values()
        # A pair is as loud as its halves.
        players = [it for it in devices if it["family"] == "ECHO" and not it["members"]]
        self.serials = [it["serial"] for it in players]
        self.types = {it["serial"]: it["type"] for it in players}

    def sign_in_all(self) -> None:
        """
        Sign everybody in; their sessions serve all measurements.
        """
        for one in self.everybody:
            self.take(one, "enrol", store=self._folder / one.name)

    def take(
        self,
        one: Contestant,
        measure: str,
        *,
        store: Path | None = None,
        when_ready: Callable[[], None] | None = None,
        **more: Any,
    ) -> dict[str, float]:
        """
        Take one measurement in a process of its own.

        :param one: who is measured.
        :param measure: what is measured.
        :param store: folder of the session; without it that of :meth:`sign_in_all`.
        :param when_ready: called when the process says that it is ready; it is then told the time.
        :param more: what the measure wants besides.
        """
        if measure == "enrol":
            self.simulator.call("clock", {"advance_s": _CODE_SECONDS})
            self._ahead_s += _CODE_SECONDS
        self.simulator.call("journal", method="DELETE")
        store = store or self._folder / one.name
        store.mkdir(parents=True, exist_ok=True)
        order = {
            "measure": measure,
            "folder": os.fspath(store),
            "email": self._account["email"],
            "password": self._account["password"],
            "code": self.simulator.get("code")["code"] if measure == "enrol" else None,
            "site": self._account["home_site"],
            "control": self.simulator.control,
            "connect_to": f"127.0.0.1:{self.simulator.port}",
            "authority": self.simulator.authority,
            "device": self.serials[0],
            **more,
        }
        command = [os.fspath(one.python), os.fspath(HERE / "drivers" / "measure.py"), one.module]
        return _run(command, order, self._environment(one, store), when_ready)

    def floor(self, measure: str, request: dict[str, Any], **more: Any) -> dict[str, float]:
        """
        Send one of our requests again and again by the bare HTTP library.
        """
        order = {
            "measure": measure,
            "connect_to": f"127.0.0.1:{self.simulator.port}",
            "authority": self.simulator.authority,
            **request,
            **more,
        }
        program = TARGET / "floor" / "release" / "mass-alexa-bench-floor"
        return _run([os.fspath(program)], order, {}, None)

    def last_request(self, method: str, path: str) -> dict[str, Any]:
        """
        Return the last such request as it can be sent again.
        """
        found = self.simulator.get(f"journal?since=0&method={method}&path={path}")["entries"][-1]
        return {
            "method": method,
            "url": f"https://{found['host']}{found['path']}",
            "headers": [
                (name, value)
                for name, value in found["headers"].items()
                if name not in {"host", "content-length", "accept-encoding"}
            ],
            "body": found["body"],
        }

    def events(self, numbers: range, last: dict[str, int] | None = None) -> str:
        """
        Return volume events as one piece of the stream, in turn for every Echo.
        """
        # Events of another time would be taken for old ones, told again.
        now = int((time.time() + self._ahead_s) * 1000)
        texts = []
        for number in numbers:
            serial = self.serials[number % len(self.serials)]
            texts.append(self._event(serial, number % 97, now))
        for serial, level in (last or {}).items():
            texts.append(self._event(serial, level, now + 1))
        return base64.b64encode("".join(texts).encode()).decode()

    def _event(self, serial: str, level: int, at_ms: int) -> str:
        payload = {
            "destinationUserId": "A1OWNER",
            "dopplerId": {"deviceSerialNumber": serial, "deviceType": self.types[serial]},
            "isMuted": False,
            "volumeSetting": level,
        }
        command = "PUSH_VOLUME_CHANGE"
        metadata = {"command": command, "payload": json.dumps(payload), "timeStamp": at_ms}
        update = {
            "route": "EventBus:tcomm::message",
            "resourceId": command,
            "resourceMetadata": json.dumps(metadata),
        }
        header = {
            "namespace": "Alexa.Mobile.Push",
            "name": "RenderUpdate",
            "messageId": "6e2c1f2e-8d0f-4b57-9f0e-1c1d3a0f7a55",
        }
        directive = {"directive": {"header": header, "payload": {"renderingUpdates": [update]}}}
        return (
            f"Content-Type: application/json\r\n\r\n{json.dumps(directive)}\r\n"
            "--------simulator0123\r\n"
        )

    def _environment(self, one: Contestant, home: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.fspath(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SSL_CERT_FILE": self.simulator.authority,
            "PEERS_SIMULATOR_PORT": str(self.simulator.port),
            "MASS_ALEXA_KEYRING": "off",
            **one.variables,
        }


def _run(
    command: list[str],
    order: dict[str, Any],
    environment: dict[str, str],
    when_ready: Callable[[], None] | None,
) -> dict[str, float]:
    # Secrets go through standard input: they are no business of a process list.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        # A client that never answers.
        guard = threading.Timer(_SECONDS, process.kill)
        guard.start()
        try:
            if when_ready is not None and process.stdout.readline().strip() == "ready":
                when_ready()
                process.stdin.write(f"{time.monotonic()}\n")
                process.stdin.flush()
            line = process.stdout.readline()
            process.wait()
        finally:
            process.kill()
            guard.cancel()
    if process.returncode != 0 or not line:
        raise BrokenOffError(f"{command[-1]} broke off in {order['measure']}")
    result: dict[str, float] = json.loads(line)
    return result
