"""
Watching from the command line, at a terminal and in a pipe.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from mass_alexa.cli import watch
from mass_alexa.cli.house import House, age
from rich.console import Console
from world import BEDROOM, GARAGE, KITCHEN, Amazon, Command

GROUP = "6c89564531ef42f0acef41e580da58e7"
SHOW_CURSOR = b"\x1b[?25h"
HIDE_CURSOR = b"\x1b[?25l"


class Pipe:
    """
    A command whose output goes into a pipe.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        # Reading blocks: a command that never says it is ended.
        self._guard = threading.Timer(30, process.kill)
        self._guard.start()

    def line_with(self, *words: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if all(word in line for word in words):
                return line
        raise AssertionError(f"ended without {words}")

    def interrupt(self) -> tuple[int, str]:
        """
        Press Ctrl-C; gives the exit code and what came on standard error.
        """
        self._process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> tuple[int, str]:
        _, err = self._process.communicate(timeout=30)
        self._guard.cancel()
        return self._process.returncode, err


@contextmanager
def piped(command: Command, line: list[str]) -> Iterator[Pipe]:
    process = subprocess.Popen(
        line,
        env=command.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pipe = Pipe(process)
    try:
        yield pipe
    finally:
        if process.poll() is None:
            process.kill()
            pipe.end()


@pytest.mark.parametrize("columns", [80, 120])
def test_a_table_that_lives(amazon: Amazon, signed_in: Command, columns: int) -> None:
    amazon.play(GROUP)
    terminal = signed_in.terminal("watch", COLUMNS=str(columns))
    terminal.wait_for("push ok")
    terminal.wait_for("in Everywhere")
    amazon.patch(BEDROOM, volume=77)
    terminal.wait_for(" 77 ")
    amazon.patch(KITCHEN, online=False)
    terminal.wait_for("Kitchen is offline.")
    terminal.wait_for("0:02/5:37")
    assert terminal.interrupt() == 0, terminal.seen
    assert "Traceback" not in terminal.seen
    assert "Interrupted" not in terminal.seen
    # The terminal itself shows the key that was pressed.
    shown = terminal.seen.replace("^C", "").replace("\r", "\n")
    lines = [line.rstrip() for line in shown.split("\n")]
    assert max(len(line) for line in lines) <= columns
    # Nothing is left hidden.
    assert terminal._seen.rindex(SHOW_CURSOR) > terminal._seen.rindex(HIDE_CURSOR)


def test_a_broken_link_is_named_with_its_age(amazon: Amazon, signed_in: Command) -> None:
    terminal = signed_in.terminal("watch")
    terminal.wait_for("push ok")
    amazon.stop()
    terminal.wait_for("push down")
    terminal.wait_for("push: ")
    terminal.wait_for("session ok")
    assert terminal.interrupt() == 0


def test_a_line_for_each_change(amazon: Amazon, signed_in: Command) -> None:
    with piped(signed_in, signed_in.arguments("watch")) as pipe:
        pipe.line_with("Bedroom …0002: ", "volume 20")
        amazon.patch(BEDROOM, volume=77)
        assert pipe.line_with("volume 77")[9:] == "Bedroom …0002: volume 77\n"
        amazon.play(KITCHEN)
        pipe.line_with("Kitchen: playing Blue in Green - Miles Davis (Amazon Music)")
        amazon.patch(KITCHEN, online=False)
        assert "Kitchen: offline" in pipe.line_with("Kitchen")
        code, err = pipe.interrupt()
    assert (code, err) == (0, "")


def test_an_object_on_each_line(amazon: Amazon, signed_in: Command) -> None:
    seen: set[str] = set()
    with piped(signed_in, signed_in.arguments("watch", "--json")) as pipe:
        while seen < {"player", "devices", "links"}:
            change = json.loads(pipe.line_with(""))
            assert change["at"] > 1_600_000_000
            assert change[change["kind"]]
            seen.add(change["kind"])
        amazon.patch(BEDROOM, volume=78)
        change = json.loads(pipe.line_with('"volume": 78', BEDROOM))
        assert change["player"]["serial"] == BEDROOM
        code, err = pipe.interrupt()
    assert (code, err) == (0, "")


def test_without_a_session_it_is_3(alone: Command) -> None:
    shown = alone("watch", "--json")
    assert (shown.code, shown.out, shown.error["code"]) == (3, "", "no-session")


ENDS = """
import sys
from types import SimpleNamespace
from mass_alexa import Account
from mass_alexa.cli import main
from mass_alexa.errors import SignInRequiredError

class Watch:
    def __init__(self): self.left = [True, False]
    def __aiter__(self): return self
    async def __anext__(self):
        link = SimpleNamespace(ok=self.left.pop(0), since=0, code=None, text=None)
        links = SimpleNamespace(session=link, devices=link, state=link, push=link)
        return SimpleNamespace(player=None, devices=None, links=links,
            to_dict=lambda: {"kind": "links", "links": {"session": {"ok": link.ok}}})
    def close(self): pass

async def ended(*_, **__):
    raise SignInRequiredError("session-ended", "Amazon has ended this session.", "Sign in again.")

Account.watch = lambda _: Watch()
Account.devices = ended
main()
"""


def test_a_session_that_is_over_ends_it_with_3(signed_in: Command) -> None:
    for options in ([], ["--json"]):
        line = signed_in.arguments("watch", *options)
        line = [sys.executable, "-c", ENDS, *line[line.index("--store") :]]
        shown = signed_in.run(line)
        assert shown.code == 3
        assert "Amazon has ended this session." in shown.err
        assert "mass-alexa login" in shown.err
        assert shown.out


def fake(kind: str, value: object) -> Any:
    told = {"player": None, "devices": None, "links": None, kind: value}
    return SimpleNamespace(kind=kind, **told)


def device(serial: str, name: str) -> Any:
    return SimpleNamespace(serial=serial, name=name, is_player=True, kind="speaker", members=[])


def state(serial: str, **change: object) -> Any:
    usual: dict[str, object] = {
        "serial": serial, "online": True, "reason": None, "playback": "idle", "volume": 30,
        "muted": None, "title": None, "artist": None, "album": None, "provider": None,
        "position": None, "duration": None, "shuffle": None, "repeat": None,
        "do_not_disturb": None, "group": None, "updated_at": 1_000.0,
    }  # fmt: skip
    return SimpleNamespace(**{**usual, **change})


def test_what_is_new_is_said_and_nothing_else() -> None:
    house = House()
    assert house.take(fake("devices", [device(KITCHEN, "Kitchen"), device(GARAGE, "Garage")])) == [
        "devices: 2, 2 of them players"
    ]
    assert house.take(fake("player", state(KITCHEN))) == ["Kitchen: idle, volume 30"]
    assert house.take(fake("player", state(KITCHEN))) == []
    assert house.take(fake("player", state(KITCHEN, muted=True, shuffle=False))) == [
        "Kitchen: muted"
    ]
    playing = {"playback": "playing", "title": "One", "position": 10.0, "duration": 60.0}
    assert house.take(fake("player", state(KITCHEN, **playing, group=GROUP))) == [
        f"Kitchen: playing One, in {GROUP[:15]}…"
    ]
    # Fifteen seconds later it is where counting puts it, then it is not.
    on = {**playing, "position": 25.0, "updated_at": 1_015.0, "group": GROUP}
    assert house.take(fake("player", state(KITCHEN, **on))) == []
    back = {**on, "position": 5.0, "updated_at": 1_016.0}
    assert house.take(fake("player", state(KITCHEN, **back))) == ["Kitchen: at 0:05/1:00"]
    away = state(KITCHEN, online=False, reason="All speakers of Kitchen are offline.")
    assert house.take(fake("player", away)) == [
        "Kitchen: All speakers of Kitchen are offline, idle"
    ]
    assert house.take(fake("devices", [device(KITCHEN, "Cookery"), device(BEDROOM, "Attic")])) == [
        "Attic: added", "Garage: removed", "Cookery: was Kitchen before",
    ]  # fmt: skip


def test_the_position_counts_while_it_plays() -> None:
    house = House()
    house.take(fake("devices", [device(KITCHEN, "Kitchen")]))
    now = time.time()
    playing = {"title": "One", "position": 10.0, "duration": 337.0, "updated_at": now - 5}
    console = Console(width=80, file=None, record=True, color_system=None)
    for playback, shown in (("playing", "0:15/5:37"), ("paused", "0:10/5:37"), ("idle", "")):
        house.take(fake("player", state(KITCHEN, **playing, playback=playback)))
        with console.capture() as seen:
            console.print(watch.picture(house, width=80, now=now))
        assert shown in seen.get()
        assert shown or "5:37" not in seen.get()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (59, "59 s"), (61, "1 min"), (3 * 3600 + 5, "3 h"), (49 * 3600, "2 d")],
)
def test_ages(seconds: float, shown: str) -> None:
    assert age(1_000.0, 1_000.0 + seconds) == shown


def test_a_low_terminal_shows_what_plays() -> None:
    house = House()
    serials = [f"G{number:02}" for number in range(30)]
    house.take(fake("devices", [device(serial, f"Echo {serial}") for serial in serials]))
    for serial in serials:
        playback = "playing" if serial == "G29" else "idle"
        house.take(fake("player", state(serial, playback=playback)))
    console = Console(width=80, color_system=None)
    for height, left in ((10, 26), (33, 3), (40, 0)):
        with console.capture() as seen:
            console.print(watch.picture(house, width=80, now=0.0, height=height))
        lines = seen.get().splitlines()
        assert len(lines) < height
        assert "Echo G29" in seen.get()
        assert (f"… and {left} more" in lines) is (left > 0)
