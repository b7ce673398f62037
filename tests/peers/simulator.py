"""
The simulated Amazon as a process, and its control interface.
"""

import json
import os
import queue
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.05
_QUIET_SECONDS = 0.5


class SimulatorError(Exception):
    """The simulator does not start or does not answer."""


class Simulator:
    """A running simulator: where it listens and what it knows."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.port = int(ready["listen"].rsplit(":", 1)[1])
        self.authority = ready["ca"]
        self.listen = ready["listen"]
        self.control = ready["control"].rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str) -> Any:
        """
        Ask the control interface.
        """
        return self.call(path)

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """
        Call the control interface, with a body by POST.

        :raises SimulatorError: it refused.
        """
        request = urllib.request.Request(
            f"{self.control}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as err:
            raise SimulatorError(f"the simulator refused {path} with {err.code}") from err

    def shut_down(self) -> None:
        """
        Ask the simulator to end.
        """
        self.call("shutdown", {})

    def devices(self) -> dict[str, dict[str, Any]]:
        """
        Return the model of every device by serial number.
        """
        answer = self.get("devices")
        entries = answer["devices"] if isinstance(answer, dict) else answer
        return {entry["serial"]: entry for entry in entries}

    def registrations(self) -> list[dict[str, Any]]:
        """
        Return the app devices that are registered now.
        """
        answer = self.get("registrations")
        entries = answer["registrations"] if isinstance(answer, dict) else answer
        return [entry for entry in entries if entry["registered"]]

    def secrets(self) -> list[str]:
        """
        Return every secret of the account and every one issued so far, longest first.
        """
        account = self.get("account")
        found = {account["password"], account["otp_seed"], *map(str, account.get("secrets", []))}
        return sorted((text for text in found if text), key=len, reverse=True)

    def journal(self) -> list[dict[str, Any]]:
        """
        Return every request so far with how it was answered.
        """
        entries: list[dict[str, Any]] = self.get("journal?since=0")["entries"]
        return entries

    def last_request(self) -> int:
        """
        Return the number of the newest request.
        """
        return int(self.get("journal?since=999999999")["next"])

    def counters(self) -> dict[str, int]:
        """
        Return how often things happened.
        """
        counters: dict[str, int] = self.get("counters")
        return counters

    def wait_for_stream(self, opened: int, seconds: float) -> None:
        """
        Wait until more push streams than ``opened`` were opened so far and one is open now.

        :raises SimulatorError: none was.
        """
        deadline = time.monotonic() + seconds
        while True:
            counters = self.counters()
            if counters["push_opened"] > opened and counters["push_streams"]:
                return
            if time.monotonic() > deadline:
                asked = counters["push_asked"]
                raise SimulatorError(f"no push stream within {seconds:.0f} s ({asked} asked for)")
            time.sleep(_POLL_SECONDS)

    def wait_for_quiet(self, seconds: float) -> None:
        """
        Wait until no request has come for a moment, so that none can take a reading by chance.

        :raises SimulatorError: they went on.
        """
        deadline = time.monotonic() + seconds
        last, since = self.last_request(), time.monotonic()
        while time.monotonic() - since < _QUIET_SECONDS:
            if time.monotonic() > deadline:
                raise SimulatorError(f"requests without an end for {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)
            if (now := self.last_request()) != last:
                last, since = now, time.monotonic()


@contextmanager
def running(binary: Path, folder: Path) -> Iterator[Simulator]:
    """
    Run the simulator as long as the body runs.

    :param binary: the program.
    :param folder: where its output goes, for a look afterwards.
    :raises SimulatorError: it did not get ready.
    """
    with (folder / "simulator.log").open("wb") as log:
        # The program ends as well when this process dies: its standard input closes.
        process = subprocess.Popen(
            [os.fspath(binary), "--stdin-guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            yield (simulator := Simulator(_ready(process, folder)))
            if process.poll() is None:
                simulator.shut_down()
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _ready(process: subprocess.Popen[bytes], folder: Path) -> dict[str, str]:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read(stream: IO[bytes]) -> None:
        lines.put(stream.readline())

    assert process.stdout is not None
    threading.Thread(target=read, args=(process.stdout,), daemon=True).start()
    try:
        ready = json.loads(lines.get(timeout=_START_SECONDS))
    except (queue.Empty, ValueError) as err:
        raise SimulatorError(
            f"the simulator did not get ready; see {folder / 'simulator.log'}"
        ) from err
    if not isinstance(ready, dict):
        raise SimulatorError(f"the simulator says {ready!r} instead of where it listens")
    return ready
