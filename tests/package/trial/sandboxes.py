"""
Interpreters of this machine, clean environments of them, and commands run there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
WORK = CHECKOUT / "target" / "package"
LOGS = WORK / "logs"
PATIENCE = 3600


class Failed(Exception):  # noqa: N818 - what came out, not what went wrong here
    """
    A step did not come out as it must; the text says how.
    """


def interpreters(which: str, *, fails: bool = True) -> list[tuple[Path, str]]:
    """
    Interpreters of this machine with their versions, as ``tools/find-python`` finds them.

    :param which: Its option.
    :param fails: Whether it is an error that there is none.
    """
    line = ["sh", str(CHECKOUT / "tools" / "find-python"), which]
    done = subprocess.run(line, capture_output=True, text=True, check=fails)
    about = "import platform; print(platform.python_version())"
    found = [Path(path) for path in done.stdout.splitlines()]
    return [
        (path, subprocess.check_output([path, "-c", about], text=True).strip()) for path in found
    ]


def clean(name: str, python: Path) -> Path:
    """
    A new environment with nothing in it, not even pip; its interpreter.

    :param name: What to call it.
    :param python: The interpreter that it is made of.
    """
    folder = WORK / "environments" / name
    shutil.rmtree(folder, ignore_errors=True)
    line = [str(python), "-m", "venv", "--without-pip", str(folder)]
    ran(f"{name}-venv", line, CHECKOUT)
    return folder / "bin" / "python"


def install(name: str, python: Path, *what: str, **environment: str) -> str:
    """
    Install into an environment by the pip of this one.

    :param name: Name of the log.
    :param python: Interpreter of the environment.
    :param what: Arguments of pip.
    :param environment: What else the build is told.
    """
    line = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    return ran(f"{name}-pip", [*line, "install", *what], WORK, **environment)


def surroundings(**change: str) -> dict[str, str]:
    """
    The environment of a command: nothing that would lead Python to the checkout.

    :param change: What to add.
    """
    hidden = ("PYTHON", "MASS_ALEXA_", "VIRTUAL_ENV", "CARGO_TARGET_DIR", "PYO3_", "RUSTFLAGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, "MASS_ALEXA_KEYRING": "off", **change}


def started(name: str, line: list[str], folder: Path, **environment: str) -> subprocess.Popen[str]:
    """
    Start a command whose output goes to a log.

    :param name: Name of the log.
    :param line: The command.
    :param folder: Where it runs.
    :param environment: What it is told besides.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_of(name).open("w", encoding="utf-8") as log:
        return subprocess.Popen(
            line,
            cwd=folder,
            env=surroundings(**environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )


def ended(name: str, process: subprocess.Popen[str], *, well: bool = True) -> str:
    """
    Wait for a command and give what it wrote.

    :param name: Name of the log.
    :param process: The command.
    :param well: Whether it has to succeed; otherwise it has to fail.
    :raises Failed: If it did not end as it must.
    """
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired as err:
        process.kill()
        raise Failed(f"{name} did not end within {PATIENCE} seconds") from err
    shown = log_of(name).read_text(encoding="utf-8", errors="replace").strip()
    if (code == 0) is not well:
        tail = "\n".join(shown.splitlines()[-40:])
        raise Failed(f"{name} ended with {code}, see {log_of(name)}\n{tail}")
    return shown


def ran(name: str, line: list[str], folder: Path, **environment: str) -> str:
    """
    Run a command that has to succeed, and give what it wrote.

    :param name: Name of the log.
    :param line: The command.
    :param folder: Where it runs.
    :param environment: What it is told besides.
    """
    return ended(name, started(name, line, folder, **environment))


def log_of(name: str) -> Path:
    """
    Where the output of a command goes.

    :param name: Its name.
    """
    return LOGS / f"{name}.log"
