"""
Environments of their own for the clients, with nothing of ours in them.

What goes into them is pinned in ``pins.json``, dependencies included, so that a verdict changes
when this repository changes; on request they are made from the newest releases instead.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_REDIRECT = _HERE / "redirect"
_INSTALL_SECONDS = 240
_ASK_SECONDS = 40
_LOOK_UP_SECONDS = 20
_MOST_REASON = 160


class NotInstallableError(Exception):
    """An environment cannot be made; the message says why."""


@dataclass(frozen=True)
class Pins:
    """What belongs into one environment."""

    name: str
    kind: str
    """``python``, ``node`` or ``own``."""

    packages: tuple[str, ...]
    """The clients themselves, without their dependencies."""

    versions: dict[str, str]
    """Version by package, dependencies included."""

    held: bool = False
    """Whether another project holds it at these versions, newer releases or not."""


@dataclass(frozen=True)
class Environment:
    """An environment that is ready."""

    command: tuple[str, ...]
    """The interpreter with what it takes to redirect it; a driver's path follows."""

    variables: dict[str, str]
    """Variables that the interpreter needs."""

    packages: dict[str, str]
    """Installed version by client package."""

    remarks: list[str] = field(default_factory=list)
    """What a person should know of newer releases."""


def read_pins() -> dict[str, Pins]:
    """
    Read what is pinned, by name of the environment.
    """
    entries = json.loads((_HERE / "pins.json").read_text())
    found = {
        name: Pins(name, it["kind"], tuple(it["packages"]), it["versions"], it.get("held", False))
        for name, it in entries.items()
    }
    found["own"] = Pins("own", "own", (), {})
    return found


def make(pins: Pins, target: Path, *, newest: bool) -> Environment:
    """
    Make or renew an environment.

    :param pins: what belongs into it.
    :param target: folder of all environments.
    :param newest: whether to take the newest releases of the clients instead of the pinned ones.
    :raises NotInstallableError: it cannot be made.
    """
    newest = newest and not pins.held
    folder = target / (f"{pins.name}-newest" if newest else pins.name)
    if pins.kind == "own":
        return _own()
    if pins.kind == "python":
        return _python(pins, folder, newest=newest)
    return _node(pins, folder, newest=newest)


def _own() -> Environment:
    try:
        packages = {"mass-alexa": metadata.version("mass-alexa")}
    except metadata.PackageNotFoundError as err:
        raise NotInstallableError("our own package is not installed here: make develop") from err
    return Environment((sys.executable,), {"PYTHONDONTWRITEBYTECODE": "1"}, packages)


def _python(pins: Pins, folder: Path, *, newest: bool) -> Environment:
    python = folder / "bin" / "python"
    if not _works(python):
        _run([sys.executable, "-m", "venv", "--clear", os.fspath(folder)], _INSTALL_SECONDS)
    here = _python_versions(python, pins.versions)
    if newest:
        _pip(python, "install", "--quiet", "--upgrade", *pins.packages, seconds=_INSTALL_SECONDS)
        here = _python_versions(python, pins.packages)
    elif here != pins.versions:
        exact = [f"{name}=={version}" for name, version in pins.versions.items()]
        _pip(python, "install", "--quiet", *exact, seconds=_INSTALL_SECONDS)
        here = _python_versions(python, pins.versions)
    looked_up = {} if pins.held else {name: here[name] for name in pins.packages}
    remarks = _remarks(looked_up, partial(_newest_python, python))
    return Environment(
        command=(os.fspath(python),),
        variables={"PYTHONPATH": os.fspath(_REDIRECT), "PYTHONDONTWRITEBYTECODE": "1"},
        packages={name: here[name] for name in pins.packages},
        remarks=remarks,
    )


def _node(pins: Pins, folder: Path, *, newest: bool) -> Environment:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstallableError("there is no node or no npm on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    if newest:
        wanted = dict.fromkeys(pins.packages, "latest")
        overrides: dict[str, str] = {}
    else:
        wanted = {name: pins.versions[name] for name in pins.packages}
        overrides = {it: pins.versions[it] for it in pins.versions if it not in wanted}
    if newest or _node_versions(folder, pins.versions) != pins.versions:
        content = {"private": True, "dependencies": wanted, "overrides": overrides}
        (folder / "package.json").write_text(json.dumps(content, indent=1) + "\n")
        for leftover in ("package-lock.json", "node_modules"):
            _remove(folder / leftover)
        line = [npm, "install", "--loglevel=error", "--no-fund", "--no-audit"]
        _run([*line, "--ignore-scripts", "--prefix", os.fspath(folder)], _INSTALL_SECONDS)
    here = _node_versions(folder, pins.packages)
    remarks = _remarks(here, partial(_newest_node, npm))
    return Environment(
        command=(node, "--require", os.fspath(_REDIRECT / "redirect.js")),
        variables={"PEERS_NODE_FOLDER": os.fspath(folder)},
        packages=here,
        remarks=remarks,
    )


def _remarks(here: dict[str, str], newest_of: Callable[[str], str]) -> list[str]:
    """
    Return which packages have newer releases than the ones that are here.
    """
    remarks: list[str] = []
    for package, version in here.items():
        try:
            newest = newest_of(package)
        except NotInstallableError as err:
            return [*remarks, f"newer releases of {package} not looked up: {err}"]
        if newest != version:
            remarks.append(f"{package} {newest} is out; this is {version}")
    return remarks


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
    # Without the switch it would be the newest that suits this interpreter.
    answer = _pip(
        python, "index", "versions", package, "--ignore-requires-python", seconds=_LOOK_UP_SECONDS
    )
    first = answer.splitlines()[0] if answer else ""
    if "(" not in first:
        raise NotInstallableError(f"the package index does not know {package}")
    return first.rpartition("(")[2].rstrip(") ")


def _newest_node(npm: str, package: str) -> str:
    return _run([npm, "view", "--fetch-retries=0", package, "version"], _LOOK_UP_SECONDS)


def _python_versions(python: Path, packages: Iterable[str]) -> dict[str, str]:
    line = (
        "import importlib.metadata as m, json, sys\n"
        "found = {}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    found: dict[str, str] = json.loads(
        _run([os.fspath(python), "-c", line, *packages], _ASK_SECONDS)
    )
    return found


def _node_versions(folder: Path, packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        manifest = folder / "node_modules" / name / "package.json"
        if manifest.exists():
            found[name] = str(json.loads(manifest.read_text())["version"])
    return found


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
