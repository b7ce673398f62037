"""
The simulated Amazon as a process, and its control interface.
"""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Self

from mass_alexa.errors import AlexaError, InvalidInputError
from mass_alexa.settings import Settings

BINARY = "amazon-simulator"
READY_WITHIN = 20.0
"""Seconds the simulator gets to print its ready line; chosen, it needs a fraction of one."""
END_WITHIN = 5.0
"""Seconds it gets to end by itself; chosen."""


def find(named: Path | None) -> Path:
    """
    Find the simulator.

    :param named: Where the caller says it is.
    """
    if named is not None:
        if _runnable(named):
            return named.resolve()
        raise InvalidInputError(
            "no-simulator",
            f"There is no program at {named}.",
            "Build the simulator with make, or name the right path with --simulator.",
        )
    from_environment = os.environ.get("MASS_ALEXA_SIMULATOR")
    if from_environment:
        return find(Path(from_environment))
    checkout = Path(__file__).resolve().parents[4]
    for root in dict.fromkeys((checkout, Path.cwd())):
        built = [
            path
            for kind in ("release", "debug")
            if _runnable(path := root / "target" / kind / BINARY)
        ]
        if built:
            return max(built, key=lambda path: path.stat().st_mtime)
    raise InvalidInputError(
        "no-simulator",
        "The demonstration needs the simulated Amazon, which is built by make and is not part of "
        "the installed package.",
        "Run make in a checkout, or name the program with --simulator.",
    )


class Simulator:
    """
    A running simulator.

    :param process: Its process.
    :param ready: What it said when it was ready.
    """

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, str]) -> None:
        self._process = process
        self.address = ready["listen"]
        self.control_url = ready["control"]
        self.authority = ready["ca"]

    @classmethod
    async def start(cls, binary: Path, folder: Path, *, guarded: bool) -> Self:
        """
        Start a simulator and wait until it is ready.

        :param binary: The program.
        :param folder: Existing folder for its state and its log.
        :param guarded: End with this process; otherwise it stays until it is told to end.
        """
        arguments = [str(binary), "--state-dir", str(folder / "state")]
        complaints = folder / "simulator.log"
        with complaints.open("w") as log:
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - ours, and may outlive the loop
                [*arguments, "--stdin-guard"] if guarded else arguments,
                stdin=subprocess.PIPE if guarded else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            ready = await asyncio.wait_for(asyncio.to_thread(_ready_line, process), READY_WITHIN)
        except (TimeoutError, ValueError) as err:
            process.kill()
            process.wait()
            raise AlexaError(
                "simulator-failed",
                "The simulator did not start.",
                f"What it said is in {complaints}; make builds it anew.",
            ) from err
        except BaseException:
            process.kill()
            process.wait()
            raise
        return cls(process, ready)

    @property
    def process_id(self) -> int:
        """
        Id of the process.
        """
        return self._process.pid

    def settings(self) -> Settings:
        """
        Give the settings that lead to it, with a throttle that suits a machine of one's own.
        """
        return Settings(
            connect_to=self.address, extra_ca=self.authority, requests_per_second=20.0, burst=20
        )

    async def ask(self, path: str) -> Any:
        """
        Read something from the control interface.

        :param path: What to read.
        """
        return await asyncio.to_thread(self.request, "GET", path)

    async def tell(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """
        Change something through the control interface.

        :param method: HTTP method.
        :param path: What to change.
        :param body: How.
        """
        return await asyncio.to_thread(self.request, method, path, body)

    def request(self, method: str, path: str, body: object = None) -> Any:
        """
        Make one request of the control interface.

        :param method: HTTP method.
        :param path: Path.
        :param body: JSON to send, if any.
        """
        # Every command would pay for these at its start.
        import urllib.error  # noqa: PLC0415
        import urllib.request  # noqa: PLC0415

        request = urllib.request.Request(  # noqa: S310 - the address the simulator printed
            f"{self.control_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                text = answer.read()
        except urllib.error.URLError as err:
            raise AlexaError(
                "simulator-gone",
                f"The simulator does not answer {method} {path} ({err}).",
                "Start again; make builds it anew.",
            ) from err
        return json.loads(text) if text.strip() else None

    def stop(self) -> None:
        """
        End the simulator and wait for its end.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.let_go()

    def let_go(self) -> None:
        """
        Close our end of its output; it goes on by itself.
        """
        if self._process.stdout is not None:
            self._process.stdout.close()


def _ready_line(process: subprocess.Popen[str]) -> dict[str, str]:
    """
    Read the line that says where the simulator listens.

    :param process: The simulator.
    """
    line = process.stdout.readline() if process.stdout else ""
    ready = json.loads(line)
    if not isinstance(ready, dict) or not {"listen", "control", "ca"} <= ready.keys():
        raise ValueError("not the ready line")
    return ready


def _runnable(path: Path) -> bool:
    """
    Tell whether a path is a program.

    :param path: The path.
    """
    return path.is_file() and os.access(path, os.X_OK)
