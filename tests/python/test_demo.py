"""
The demonstration as a user starts it.
"""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from world import Command, eventually, simulator_binary

STEPS = [
    "Sign in by link", "Seal the session", "List the devices", "Listen",
    "Turn a knob", "Rename a device", "Unplug a device", "Play", "Pause", "Resume",
    "Next track", "Volumes", "Mute", "Announce", "Say", "Text command", "Open the session again",
    "Back up and restore", "New key", "Sign out", "Sign in with password", "Sign out again",
]  # fmt: skip


def demo(*arguments: str) -> list[str]:
    return ["demo", "--simulator", str(simulator_binary()), *arguments]


def test_every_step_names_what_it_saw(alone: Command) -> None:
    shown = alone(*demo(), COLUMNS="100")
    assert shown.code == 0, shown.out + shown.err
    assert f"{len(STEPS)} of {len(STEPS)} steps held" in shown.out
    for step in STEPS:
        assert step in shown.out
    assert "Kitchen 35 -> 42" in shown.out
    assert "canary" not in (shown.out + shown.err).lower()
    assert "C4nary" not in shown.out + shown.err


def test_the_report_for_a_program(alone: Command) -> None:
    shown = alone("--json", *demo())
    assert (shown.code, shown.err) == (0, "")
    assert shown.data["held"] is True
    assert [step["name"] for step in shown.data["steps"]] == STEPS
    assert all(step["held"] and step["saw"] for step in shown.data["steps"])


def test_it_leaves_nothing_behind(alone: Command, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    assert alone(*demo(), TMPDIR=str(temporary)).code == 0
    assert list(temporary.iterdir()) == []
    assert not alone.store.exists()


def test_keep_leaves_it_running_for_any_other_command(alone: Command, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    shown = alone("--json", *demo("--keep"), TMPDIR=str(temporary))
    assert shown.code == 0, shown.err
    kept = shown.data["kept"]
    try:
        listed = alone.run(["/bin/sh", "-c", f"{kept['command']} --json"])
        assert listed.code == 0, listed.err
        assert any(one["name"] == "Kitchen" for one in listed.data["devices"])
        joined = ["--store", kept["store"], "--connect-to", kept["connect_to"]]
        joined += ["--extra-ca", kept["extra_ca"], "volume", "Kitchen", "55"]
        assert alone.run([sys.executable, "-m", "mass_alexa", *joined]).code == 0
        with urllib.request.urlopen(f"{kept['control']}/control/devices", timeout=20) as answer:
            devices = json.load(answer)
        assert [one["volume"] for one in devices if one["name"] == "Kitchen"] == [55]
    finally:
        subprocess.run(["/bin/sh", "-c", kept["end"]], check=True)

    def gone() -> bool:
        try:
            urllib.request.urlopen(f"{kept['control']}/control/counters", timeout=20).close()
        except OSError:
            return True
        return False

    eventually(gone, bool)
    assert list(temporary.iterdir()) == []


def test_ctrl_c_ends_the_simulator_too(alone: Command, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        alone.arguments(*demo()),
        env=alone.environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: list(temporary.glob("*/state/ca.pem")), bool)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    assert list(temporary.iterdir()) == []


def test_a_broken_simulator_is_one_sentence(alone: Command, tmp_path: Path) -> None:
    fake = tmp_path / "simulator"
    fake.write_text("#!/bin/sh\necho not ready\n", encoding="utf-8")
    fake.chmod(0o755)
    shown = alone("--json", "demo", "--simulator", str(fake))
    assert shown.code == 1
    assert shown.error["code"] == "simulator-failed"


def test_no_simulator_says_who_builds_it(alone: Command, tmp_path: Path) -> None:
    shown = alone("demo", "--json", MASS_ALEXA_SIMULATOR=str(tmp_path / "none"))
    assert shown.code == 2
    assert "make" in shown.error["next_step"]


@pytest.mark.parametrize("step", ["Pause"])
def test_a_step_that_does_not_hold_fails_the_whole(
    alone: Command, tmp_path: Path, step: str
) -> None:
    # A simulator that lies about what it saw: the demonstration must notice.
    fake = tmp_path / "simulator"
    fake.write_text(
        f"#!{sys.executable}\n"
        "import json, subprocess, sys, threading, urllib.request\n"
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        f"real = subprocess.Popen([{str(simulator_binary())!r}, *sys.argv[1:]],"
        " stdout=subprocess.PIPE, text=True)\n"
        "ready = json.loads(real.stdout.readline())\n"
        "class Liar(BaseHTTPRequestHandler):\n"
        "    def answer(self):\n"
        "        size = int(self.headers.get('Content-Length') or 0)\n"
        "        body = self.rfile.read(size) if size else None\n"
        "        kind = {'Content-Type': 'application/json'}\n"
        "        request = urllib.request.Request(ready['control'] + self.path, body, kind,"
        " method=self.command)\n"
        "        text = urllib.request.urlopen(request).read().replace(b'PAUSED', b'PLAYING')\n"
        "        self.send_response(200)\n"
        "        self.send_header('Content-Length', str(len(text)))\n"
        "        self.end_headers()\n"
        "        self.wfile.write(text)\n"
        "    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer\n"
        "    def log_message(self, *_):\n"
        "        pass\n"
        "server = HTTPServer(('127.0.0.1', 0), Liar)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "print(json.dumps({**ready, 'control': f'http://127.0.0.1:{server.server_port}'}),"
        " flush=True)\n"
        "sys.exit(real.wait())\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    shown = alone("--json", "demo", "--simulator", str(fake))
    assert shown.code == 1
    assert shown.data["held"] is False
    assert [one["name"] for one in shown.data["steps"] if not one["held"]] == [step]
