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
        assert (shown.code, shown.out) == (2, "")
        assert shown.error["kind"] == "InvalidInput"
        assert shown.error["code"] == "install-failed"
        assert shown.error["next_step"]


@pytest.mark.parametrize("way", ["launcher", "environment"])
def test_a_removal_does_not_need_the_server(
    alone: Command, server: Path, tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "installed"
    where = ["--way", way, "--folder", str(folder), "--json"]
    assert alone("install-provider", *where, "--server-python", str(server)).code == 0
    gone = alone("uninstall-provider", *where, "--server-python", str(tmp_path / "gone"))
    assert gone.code == 0, gone.err
    assert not folder.exists()


def test_a_link_goes_also_without_the_package(alone: Command, server: Path, tmp_path: Path) -> None:
    where = ["--server-python", str(server), "--json"]
    assert alone("install-provider", *where).code == 0
    link = tmp_path / "site" / "music_assistant" / "providers" / "mass_alexa"
    assert link.is_symlink()
    text = server.read_text(encoding="utf-8")
    block = tmp_path / "site" / "sitecustomize.py"
    block.write_text("import sys; sys.modules['mass_alexa'] = None\n", encoding="utf-8")
    server.write_text(text.replace("${PYTHONPATH:+$PYTHONPATH:}", ""), encoding="utf-8")
    refused = alone("install-provider", *where)
    assert (refused.code, refused.error["code"]) == (2, "install-failed")
    assert "cannot import mass_alexa" in refused.error["message"]
    gone = alone("uninstall-provider", *where)
    assert gone.code == 0, gone.err
    assert not link.is_symlink()


def test_a_file_of_somebody_else_is_a_sentence(
    alone: Command, server: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    mine = folder / "sitecustomize.py"
    mine.write_bytes(b"# \xff\n")
    where = ["--way", "environment", "--folder", str(folder), "--json"]
    shown = alone("install-provider", *where, "--server-python", str(server))
    assert (shown.code, shown.out) == (2, "")
    assert shown.error["code"] == "install-failed"
    assert str(mine) in shown.error["message"]
    assert alone("uninstall-provider", *where).code == 0
    assert [path.name for path in folder.iterdir()] == ["sitecustomize.py"]
    assert mine.read_bytes() == b"# \xff\n"


def test_the_folder_just_written_is_the_one_that_is_checked(
    alone: Command, server: Path, tmp_path: Path
) -> None:
    for way in ("launcher", "environment"):
        where = ["--way", way, "--server-python", str(server), "--json"]
        where += ["--folder", str(tmp_path / way)]
        shown = alone("install-provider", *where, MASS_ALEXA_PROVIDERS=str(tmp_path / "none"))
        assert shown.code == 0, shown.err
        assert shown.data["check"]["listed"] is True
