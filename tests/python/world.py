"""
The simulated Amazon and the command, as the tests see them.
"""

import json
import logging
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mass_alexa import Settings
from mass_alexa.cli.demo.browser import Browser

CHECKOUT = Path(__file__).resolve().parents[2]
LOGS = CHECKOUT / "target" / "logs"
DEADLINE = 20.0
KITCHEN = "G0911W0000000001"
BEDROOM = "G0911W0000000002"
OTHER_BEDROOM = "G0911W0000000003"
STUDIO = "G0911W0000000004"
GARAGE = "G0911W0000000007"
CAPTCHA = "k7mwp3"
MAIL_CODE = "418273"
PLAY = {"title": "Blue in Green", "artist": "Miles Davis", "album": "Kind of Blue"}


def simulator_binary() -> Path:
    named = os.environ.get("MASS_ALEXA_SIMULATOR")
    if named:
        return Path(named)
    built = [
        path
        for kind in ("release", "debug")
        if (path := CHECKOUT / "target" / kind / "amazon-simulator").exists()
    ]
    if not built:
        raise FileNotFoundError("amazon-simulator is not built: run make")
    return max(built, key=lambda path: path.stat().st_mtime)


def eventually[T](look: Callable[[], T], holds: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + DEADLINE
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"never came: {seen}"
        time.sleep(0.02)


class Amazon:
    """
    A running simulator. It ends with this process.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [simulator_binary(), "--state-dir", folder, "--stdin-guard", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        self.address: str = ready["listen"]
        self.control_url: str = ready["control"]
        self.authority: str = ready["ca"]

    def control(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            self.control_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    @property
    def account(self) -> dict[str, Any]:
        return dict(self.control("GET", "/control/account"))

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.control("GET", "/control/counters"))

    @property
    def registered(self) -> list[dict[str, Any]]:
        return [one for one in self.control("GET", "/control/registrations") if one["registered"]]

    def code(self) -> str:
        return str(self.control("GET", "/control/code")["code"])

    def device(self, serial: str) -> dict[str, Any]:
        devices = self.control("GET", "/control/devices")
        return dict(next(one for one in devices if one["serial"] == serial))

    def device_when(self, serial: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return eventually(lambda: self.device(serial), holds)

    def patch(self, serial: str, **change: object) -> None:
        self.control("PATCH", f"/control/devices/{serial}", change)

    def knobs(self, **change: object) -> None:
        self.control("PUT", "/control/knobs", change)

    def fault(self, **fault: object) -> None:
        self.control("POST", "/control/faults", fault)

    def play(self, serial: str = KITCHEN) -> None:
        self.control("POST", "/control/play", {"serial": serial, **PLAY, "duration_s": 337})

    def journal(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "/control/journal?since=0")["entries"])

    def settings(self, **change: Any) -> Settings:
        """
        Settings that lead here, without a throttle unless one is named.
        """
        usual = {
            "connect_to": self.address,
            "extra_ca": self.authority,
            "requests_per_second": 0.0,
            "in_flight": 4,
        }
        return Settings(**{**usual, **change})

    def visit(self, link: str) -> str:
        """
        Sign in as the account's owner in a browser of their own; gives the last page's address.
        """
        who = self.account

        def typed(name: str) -> str:
            if name == "otpCode" and not self.control("GET", "/control/knobs")["sms_only"]:
                return self.code()
            return {
                "email": str(who["email"]),
                "password": str(who["password"]),
                "guess": CAPTCHA,
                "cvf_captcha_input": CAPTCHA,
                "code": MAIL_CODE,
                "otpCode": MAIL_CODE,
                "option": "email",
                "otpDeviceContext": "TOTP",
            }.get(name, "")

        return Browser(self.address, self.authority).sign_in(link, typed)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(DEADLINE)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def amazon_of(test: str, folder: Path, *options: str) -> Iterator[Amazon]:
    """
    A simulator for one test, whose secrets are noted at the end for the scan of all logs.
    """
    simulator = Amazon(folder, *options)
    yield simulator
    if simulator.running:
        name = f"secrets-python-{os.getpid()}-{abs(hash(test)):x}.json"
        (LOGS / name).write_text(json.dumps(simulator.account["secrets"]), encoding="utf-8")
        simulator.stop()


def log_handler(name: str) -> logging.FileHandler:
    """
    Writes to a file in the folder that the canary scan reads.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(LOGS / f"{name}-{os.getpid()}.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        return dict(json.loads(self.err)["error"])


@dataclass
class Command:
    """
    The real command in a process of its own, with its log in the folder that the canary scan reads.
    """

    store: Path
    log: Path
    amazon: Amazon | None = None
    calls: list[list[str]] = field(default_factory=list)
    terminals: "list[Terminal]" = field(default_factory=list)

    def arguments(self, *arguments: str) -> list[str]:
        common = ["--store", str(self.store), "--log", str(self.log)]
        if self.amazon is not None:
            common += ["--connect-to", self.amazon.address, "--extra-ca", self.amazon.authority]
        line = [sys.executable, "-m", "mass_alexa", *common, *arguments]
        self.calls.append(line)
        return line

    def environment(self, **change: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MASS_ALEXA_", "XDG_")) or name == "MASS_ALEXA_SIMULATOR"
        }
        # No desktop and no keyring of whoever runs the tests.
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            kept.pop(name, None)
        ours = {"MASS_ALEXA_KEYRING": "off", "NO_COLOR": "1", "HOME": str(self.store.parent)}
        return {**kept, **ours, **change}

    def __call__(self, *arguments: str, lines: str = "", **environment: str) -> Ran:
        return self.run(self.arguments(*arguments), lines, **environment)

    def run(self, line: list[str], lines: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            line,
            input=lines,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # What a person or a program reads is scanned for secrets like a log.
        with (LOGS / f"python-output-{os.getpid()}.log").open("a", encoding="utf-8") as shown:
            shown.write(done.stdout + done.stderr)
        return Ran(done.returncode, done.stdout, done.stderr)

    def login(self) -> Ran:
        """
        Sign in with password and seed.
        """
        assert self.amazon is not None
        who = self.amazon.account
        lines = f"{who['email']}\n{who['password']}\n{who['otp_seed']}\n"
        site = ("--site", who["home_site"])
        return self("login", "--credentials-stdin", "--json", *site, lines=lines)

    def terminal(self, *arguments: str, **environment: str) -> "Terminal":
        columns = int(environment.pop("COLUMNS", "100"))
        line = self.arguments(*arguments)
        around = self.environment(TERM="xterm-256color", **environment)
        self.terminals.append(Terminal(line, around, columns))
        return self.terminals[-1]

    def desktop(self) -> tuple[dict[str, str], Path]:
        """
        An environment with a desktop, and the file in which it notes what it was told to open.
        """
        folder = self.store.parent / "desktop"
        folder.mkdir(exist_ok=True)
        noted = folder / "opened"
        viewer = folder / "xdg-open"
        viewer.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$1\" >> {noted}\n", encoding="utf-8")
        viewer.chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "DISPLAY": ":99"}, noted

    def end(self) -> None:
        """
        End what a failed test left at a terminal.
        """
        for terminal in self.terminals:
            terminal.kill()


class Terminal:
    """
    A process at a terminal of its own, as a person sits at one.
    """

    def __init__(
        self, arguments: list[str], environment: dict[str, str], columns: int = 100
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, columns))
        self._process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=lambda: os.login_tty(theirs),  # noqa: PLW1509 - one call between fork and exec
        )
        os.close(theirs)
        self._seen = b""

    @property
    def seen(self) -> str:
        """
        What stood on the terminal so far, without colours and cursor movements.
        """
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._seen.decode(errors="replace"))

    def wait_for(self, text: str, begin: int = 0) -> None:
        deadline = time.monotonic() + DEADLINE
        while text not in self.seen[begin:]:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if not self._read(deadline):
                assert text in self.seen[begin:], f"ended without {text!r}: {self.seen!r}"

    def wait_for_count(self, text: str, count: int) -> None:
        """
        Wait until a text stands there so many times.
        """
        deadline = time.monotonic() + DEADLINE
        while self.seen.count(text) < count:
            assert time.monotonic() < deadline, f"no {count} of {text!r} in {self.seen!r}"
            assert self._read(deadline), f"ended without {count} of {text!r}: {self.seen!r}"

    def line_after(self, text: str) -> str:
        """
        The first line with a word of its own after a text, and the end of the line with it.
        """
        self.wait_for(text)
        pattern = re.compile(rf"{re.escape(text)}[^\n]*\n\s*(\S+)[ \t]*\r?\n")
        deadline = time.monotonic() + DEADLINE
        while not (found := pattern.search(self.seen)):
            assert time.monotonic() < deadline, f"nothing after {text!r} in {self.seen!r}"
            self._read(deadline)
        return found[1]

    def interrupt(self) -> int:
        """
        Press Ctrl-C and give the exit code.
        """
        self.type("\x03")
        return self.end()

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """
        Read to the end and give the exit code.
        """
        deadline = time.monotonic() + 3 * DEADLINE
        while self._read(deadline):
            assert time.monotonic() < deadline, f"does not end: {self.seen!r}"
        code = self._process.wait(DEADLINE)
        os.close(self._ours)
        return code

    def kill(self) -> None:
        """
        End the process if it still runs.
        """
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            os.close(self._ours)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return True
        try:
            piece = os.read(self._ours, 4096)
        except OSError:  # how Linux says that the other side is closed
            return False
        self._seen += piece
        return bool(piece)
