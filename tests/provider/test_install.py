"""
Every way into a server: planned, done, done again, checked, and taken back.
"""

import dataclasses
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mass_alexa.install import InstallError, Server, apply, check, plan, removal, server_python
from mass_alexa.install.plan import MARK
from mass_alexa.install.ways import WAYS, Way
from real_server import real_server_python

HOST = Path(__file__).parent / "host"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """
    A server package of its own, which a test may write into.
    """
    package = tmp_path / "site" / "music_assistant"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HOST / "music_assistant", package, ignore=ignore)
    return tmp_path / "site"


@pytest.fixture
def interpreter(tmp_path: Path, tree: Path) -> Path:
    """
    The interpreter of a server that has mass_alexa and the host double.
    """
    path = tmp_path / "bin" / "python"
    path.parent.mkdir()
    inherited = os.pathsep.join([str(tree), *sys.path])
    path.write_text(
        "#!/bin/sh\n"
        f'PYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}"{shlex.quote(inherited)}\n'
        f'export PYTHONPATH\nexec {shlex.quote(sys.executable)} "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def server(interpreter: Path) -> Server:
    return server_python(str(interpreter))


def start(folder: Path, data: Path) -> subprocess.CompletedProcess[str]:
    line: list[str | Path] = [folder / "start-music-assistant", "--data-dir", data]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_there_and_back(way: Way, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    before = check(way, server, folder)
    assert not before.listed

    first = plan(way, server, folder)
    assert not first.done
    assert all(step.text.endswith(".") for step in first.steps)
    assert not check(way, server, folder).listed, "a plan alone changes nothing"

    assert apply(first) == [step.text for step in first.steps]
    assert plan(way, server, folder).done
    assert apply(plan(way, server, folder)) == []
    found = check(way, server, folder)
    assert found.listed, found.text
    assert "lists Amazon Alexa" in found.text

    back = removal(way, server, folder)
    assert not back.done
    apply(back)
    assert removal(way, server, folder).done
    assert not check(way, server, folder).listed
    assert not folder.exists()
    assert not (server.providers / "mass_alexa").is_symlink()


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_is_renewed(way: Way, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    apply(plan(way, server, folder))
    base = server.providers if way == "link" else folder / "providers"
    (base / "mass_alexa").unlink()
    (base / "mass_alexa").symlink_to(tmp_path / "gone")
    if way != "link":
        (folder / "mass_alexa_hook.py").write_text(
            f"# {MARK}\nraise SystemExit\n", encoding="utf-8"
        )
    assert not check(way, server, folder).listed
    apply(plan(way, server, folder))
    assert check(way, server, folder).listed


def test_the_launcher_starts_the_server(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    apply(plan("launcher", server, folder))
    data = str(tmp_path / "data")
    started = subprocess.run(
        [folder / "start-music-assistant", "--data-dir", data],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert started.stdout.split() == ["mass_alexa"]


def test_the_environment_needs_no_other_start_command(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    apply(plan("environment", server, folder))
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("print('the other one')\n", encoding="utf-8")
    variables = dict(
        line.split("=", 1)
        for line in (folder / "environment").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    variables["PYTHONPATH"] += f":{other}"
    started = subprocess.run(
        [server.python, "-m", "music_assistant", "--data-dir", tmp_path / "data"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert started.stdout.splitlines() == ["the other one", "mass_alexa"]


def test_a_server_without_the_search_starts_without_the_provider(
    server: Server, tree: Path, tmp_path: Path
) -> None:
    main = tree / "music_assistant" / "mass.py"
    changed = main.read_text(encoding="utf-8").replace("__load_provider_manifests", "__seek")
    main.write_text(changed, encoding="utf-8")
    folder = tmp_path / "installed"
    apply(plan("launcher", server, folder))
    started = start(folder, tmp_path / "data")
    assert started.stdout.split() == []
    assert "It starts without those in" in started.stderr
    found = check("launcher", server, folder)
    assert not found.listed
    assert found.text.startswith("The server's search for providers failed.")


def test_a_missing_folder_does_not_stop_the_server(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    apply(plan("launcher", server, folder))
    shutil.rmtree(folder / "providers")
    started = start(folder, tmp_path / "data")
    assert "is not there" in started.stderr


def test_a_built_in_provider_is_never_replaced(server: Server) -> None:
    built_in = server.providers / "mass_alexa"
    built_in.mkdir()
    (built_in / "mine.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(InstallError, match="no link of ours"):
        plan("link", server)
    with pytest.raises(InstallError, match="no link of ours"):
        removal("link", server)
    assert (built_in / "mine.txt").read_text(encoding="utf-8") == "precious"


def test_the_default_place_is_the_users_data(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    apply(plan("launcher", server))
    start = tmp_path / "data" / "mass-alexa-provider" / "launcher" / "start-music-assistant"
    assert os.access(start, os.X_OK)


def test_an_interpreter_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="cannot be run") as caught:
        server_python(str(tmp_path / "nothing"))
    assert "MASS_SERVER_PYTHON" in caught.value.next_step


def test_an_interpreter_without_music_assistant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I "$@"\n', encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setenv("MASS_SERVER_PYTHON", str(bare))
    with pytest.raises(InstallError, match="does not find Music Assistant"):
        server_python()


def test_a_server_that_lacks_the_package(tree: Path, tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(
        f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(tree))}\nexport PYTHONPATH\n"
        f'exec {shlex.quote(sys._base_executable)} "$@"\n',  # type: ignore[attr-defined]
        encoding="utf-8",
    )
    bare.chmod(0o755)
    server = server_python(str(bare))
    for way in WAYS:
        with pytest.raises(InstallError, match="cannot import mass_alexa") as caught:
            plan(way, server, tmp_path / "installed")
        assert "pip install mass-alexa" in caught.value.next_step
    assert not (tmp_path / "installed").exists()
    left = server.providers / "mass_alexa"
    left.symlink_to(tmp_path / "gone")
    apply(removal("link", server))
    assert not left.is_symlink()


def test_a_server_that_lost_the_package_says_so(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    apply(plan("launcher", server, folder))
    block = tmp_path / "block"
    block.mkdir()
    (block / "sitecustomize.py").write_text(
        "import sys\nsys.modules['mass_alexa'] = None\n", encoding="utf-8"
    )
    lacking = tmp_path / "bin" / "lacking"
    lacking.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(str(block))}\n"
        f'exec {shlex.quote(str(server.python))} "$@"\n',
        encoding="utf-8",
    )
    lacking.chmod(0o755)
    found = check("launcher", dataclasses.replace(server, python=lacking), folder)
    assert not found.listed
    assert "lists Amazon Alexa but cannot load it" in found.text
    assert "is not installed for" in found.text


@pytest.mark.real_server
@pytest.mark.parametrize("way", ["launcher", "environment"])
def test_the_real_server_lists_the_provider(way: Way, tmp_path: Path) -> None:
    server = server_python(real_server_python())
    folder = tmp_path / "installed"
    apply(plan(way, server, folder))
    found = check(way, server, folder)
    assert found.listed, found.text
    apply(removal(way, server, folder))
    assert not check(way, server, folder).listed


@pytest.mark.real_server
def test_the_real_server_takes_a_link() -> None:
    server = server_python(real_server_python())
    path = server.providers / "mass_alexa"
    if path.is_symlink():
        pytest.skip("a link is installed in this server already")
    try:
        apply(plan("link", server))
        found = check("link", server)
        assert found.listed, found.text
        assert plan("link", server).done
    finally:
        apply(removal("link", server))
    assert not path.is_symlink()
    assert not check("link", server).listed
