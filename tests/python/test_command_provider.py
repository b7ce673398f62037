"""
Getting the provider into a server with the real command. The server is the host double.
"""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from world import CHECKOUT, Command


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """
    The interpreter of a server that has mass_alexa beside the double.
    """
    site = tmp_path / "site"
    double = CHECKOUT / "tests" / "provider" / "host" / "music_assistant"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(double, site / "music_assistant", ignore=ignored)
    inherited = shlex.quote(os.pathsep.join([str(site), *sys.path]))
    interpreter = tmp_path / "python"
    interpreter.write_text(
        f'#!/bin/sh\nPYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}"{inherited}\n'
        f'export PYTHONPATH\nexec {shlex.quote(sys.executable)} "$@"\n',
        encoding="utf-8",
    )
    interpreter.chmod(0o755)
    return interpreter


@pytest.mark.parametrize("way", ["link", "launcher", "environment"])
def test_a_way_there_and_back(alone: Command, server: Path, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "installed"
    where = ["--way", way, "--server-python", str(server), "--json"]
    where += [] if way == "link" else ["--folder", str(folder)]

    tried = alone("install-provider", "--dry-run", *where)
    assert tried.code == 0, tried.err
    assert tried.data["dry_run"] is True
    assert any(step["needed"] for step in tried.data["steps"])
    assert "check" not in tried.data
    again = alone("install-provider", "--dry-run", *where)
    assert again.data == tried.data, "a dry run changes nothing"

    done = alone("install-provider", *where)
    assert done.code == 0, done.err
    assert done.data["steps"] == tried.data["steps"]
    assert done.data["check"]["listed"] is True
    twice = alone("install-provider", *where)
    assert not any(step["needed"] for step in twice.data["steps"])

    gone = alone("uninstall-provider", *where)
    assert gone.code == 0, gone.err
    assert any(step["needed"] for step in gone.data["steps"])
    idle = alone("uninstall-provider", *where)
    assert not any(step["needed"] for step in idle.data["steps"])


def test_a_person_is_told_what_happens(alone: Command, server: Path) -> None:
    shown = alone("install-provider", "--server-python", str(server), COLUMNS="100")
    assert shown.code == 0, shown.err
    assert "done" in shown.out
    assert "lists Amazon Alexa" in " ".join(shown.out.split())


def test_an_interpreter_without_a_server(alone: Command, tmp_path: Path) -> None:
    for python in (sys.executable, str(tmp_path / "none")):
        shown = alone("install-provider", "--server-python", python, "--json")
        assert (shown.code, shown.out) == (1, "")
        assert shown.error["code"] == "install-failed"
        assert shown.error["next_step"]
