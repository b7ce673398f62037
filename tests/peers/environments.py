"""
Environments of their own for the clients: the newest releases, nothing of ours in them.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_INSTALL_SECONDS = 240
_ASK_SECONDS = 40
_MOST_REASON = 160


class NotInstallableError(Exception):
    """An environment cannot be made; the message says why."""


@dataclass(frozen=True)
class Environment:
    """An environment that is ready."""

    command: tuple[str, ...]
    """The interpreter with what it takes to redirect it; a driver's path follows."""

    variables: dict[str, str]
    """Variables that the interpreter needs."""

    packages: dict[str, str]
    """Installed version by package."""

    remark: str | None = None
    """Why these are not the newest versions, if they are not."""


def python_environment(folder: Path, package: str, redirect: Path) -> Environment:
    """
    Make or renew a virtual environment with the newest release of a package.

    :param folder: where the environment lives.
    :param package: name of the package at the Python package index.
    :param redirect: folder with the ``sitecustomize`` module for the client's process.
    :raises NotInstallableError: there is none and none can be made.
    """
    python = folder / "bin" / "python"
    if not _works(python):
        _run([sys.executable, "-m", "venv", "--clear", os.fspath(folder)], _INSTALL_SECONDS)
    here = _python_version(python, package)
    remark = None
    try:
        newest = _newest_python(python, package)
        if here != newest:
            _pip(python, "install", "--quiet", "--upgrade", package, seconds=_INSTALL_SECONDS)
            here = _python_version(python, package)
        if here != newest:
            remark = f"{package} {newest} is out but does not install for this interpreter"
    except NotInstallableError as err:
        if here is None:
            raise
        remark = f"installed by an earlier run; newer releases not looked up: {err}"
    assert here is not None
    return Environment(
        command=(os.fspath(python),),
        variables={"PYTHONPATH": os.fspath(redirect), "PYTHONDONTWRITEBYTECODE": "1"},
        packages={package: here},
        remark=remark,
    )


def node_environment(folder: Path, packages: tuple[str, ...], redirect: Path) -> Environment:
    """
    Make or renew a folder of Node packages in their newest releases.

    :param folder: where the environment lives.
    :param packages: names of the packages at the Node package registry.
    :param redirect: folder with the ``redirect.js`` module for the client's process.
    :raises NotInstallableError: there is none and none can be made.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstallableError("there is no node or no npm on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "package.json"
    if not manifest.exists():
        manifest.write_text('{"private": true}\n')
    here = _node_versions(folder, packages)
    remark = None
    try:
        newest = {name: _run([npm, "view", name, "version"], _ASK_SECONDS) for name in packages}
        if here != newest:
            wanted = [f"{name}@{version}" for name, version in newest.items()]
            line = [npm, "install", "--loglevel=error", "--no-fund", "--no-audit", "--save-exact"]
            _run([*line, "--prefix", os.fspath(folder), *wanted], _INSTALL_SECONDS)
            here = _node_versions(folder, packages)
    except NotInstallableError as err:
        if set(here) != set(packages):
            raise
        remark = f"installed by an earlier run; newer releases not looked up: {err}"
    return Environment(
        command=(node, "--require", os.fspath(redirect / "redirect.js")),
        variables={"PEERS_NODE_FOLDER": os.fspath(folder)},
        packages=here,
        remark=remark,
    )


def _works(python: Path) -> bool:
    """
    Tell whether an environment is whole and made by this version of the interpreter.
    """
    line = "import pip, sys; print(*sys.version_info[:2], sep='.')"
    try:
        return (
            _run([os.fspath(python), "-c", line], _ASK_SECONDS)
            == f"{sys.version_info.major}.{sys.version_info.minor}"
        )
    except NotInstallableError:
        return False


def _newest_python(python: Path, package: str) -> str:
    # `pip install` alone would silently take an older release that suits the interpreter.
    answer = _pip(
        python, "index", "versions", package, "--ignore-requires-python", seconds=_ASK_SECONDS
    )
    first = answer.splitlines()[0] if answer else ""
    if "(" not in first:
        raise NotInstallableError(f"the package index does not know {package}")
    return first.rpartition("(")[2].rstrip(") ")


def _python_version(python: Path, package: str) -> str | None:
    line = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    try:
        return _run([os.fspath(python), "-c", line, package], _ASK_SECONDS)
    except NotInstallableError:
        return None


def _node_versions(folder: Path, packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        manifest = folder / "node_modules" / name / "package.json"
        if manifest.exists():
            found[name] = str(json.loads(manifest.read_text())["version"])
    return found


def _pip(python: Path, *words: str, seconds: float) -> str:
    quiet = ["--disable-pip-version-check", "--no-input", "--retries", "1"]
    return _run([os.fspath(python), "-m", "pip", words[0], *quiet, *words[1:]], seconds)


def _run(command: list[str], seconds: float) -> str:
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as err:
        raise NotInstallableError(f"{_name(command)} took more than {seconds:.0f} s") from err
    except subprocess.CalledProcessError as err:
        reason = _reason(f"{err.stdout}\n{err.stderr}")
        raise NotInstallableError(f"{_name(command)}: {reason}") from err
    except OSError as err:
        raise NotInstallableError(f"{_name(command)} does not run: {err.strerror}") from err
    return done.stdout.strip()


def _reason(output: str) -> str:
    """
    Pick the line that says most about a failure.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for mark in ("connection broken by", "reason:", "Caused by", "ERROR:", "error"):
        if found := next((line for line in lines if mark in line), None):
            return found[max(0, found.find("Failed to")) :][:_MOST_REASON]
    return lines[-1][:_MOST_REASON] if lines else "no reason given"


def _name(command: list[str]) -> str:
    words = [Path(command[0]).name, *command[1:4]]
    return " ".join(word for word in words if word not in {"-m", "-c"} and len(word) < 20)
