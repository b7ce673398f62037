"""
The server as an installation sees it: its interpreter, and what that can import.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "MASS_SERVER_PYTHON"
RUN_SECONDS = 120

# Looks for the packages without importing the server, which takes seconds and writes to its log.
_PROBE = """
import importlib.util, json, os
from importlib import metadata
found = {"server": None, "server_version": None, "package": None, "problem": None}
spec = importlib.util.find_spec("music_assistant")
if spec and spec.submodule_search_locations:
    found["server"] = list(spec.submodule_search_locations)[0]
    try:
        found["server_version"] = metadata.version("music_assistant")
    except metadata.PackageNotFoundError:
        pass
try:
    import mass_alexa
except ImportError as err:
    found["problem"] = str(err)
else:
    found["package"] = os.path.dirname(os.path.abspath(mass_alexa.__file__))
print(json.dumps(found))
"""


class InstallError(Exception):
    """
    An installation that cannot be done.

    :param message: What is wrong, one sentence.
    :param next_step: What helps, one sentence.
    """

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


@dataclass(frozen=True, slots=True)
class Server:
    """
    A server found by its interpreter.

    :param python: The interpreter.
    :param package: Folder of ``music_assistant``.
    :param version: Version of the server, ``0.0.0`` or ``None`` for a checkout.
    :param provider: Folder of our provider, as this interpreter sees it, if it can import it.
    :param problem: Why it cannot.
    """

    python: Path
    package: Path
    version: str | None
    provider: Path | None
    problem: str | None = None

    @property
    def providers(self) -> Path:
        """
        The server's own folder of providers.
        """
        return self.package / "providers"

    def installed_provider(self) -> Path:
        """
        Folder of our provider; that this interpreter cannot import it is an error.
        """
        if self.provider is None:
            raise InstallError(
                f"The server's interpreter {self.python} cannot import mass_alexa "
                f"({self.problem}).",
                f"Install it there: {self.python} -m pip install mass-alexa",
            )
        return self.provider


def server_python(given: str | None = None) -> Server:
    """
    Find the server by its interpreter: the given one, that of the environment, or this one.

    It need not have this package: taking a link away needs none.

    :param given: Path of an interpreter.
    """
    python = given or os.environ.get(VARIABLE) or sys.executable
    found = run_json(python, _PROBE)
    hint = f"Name the server's interpreter with --server-python or {VARIABLE}."
    if found["server"] is None:
        raise InstallError(f"{python} does not find Music Assistant.", hint)
    ours = found["package"]
    return Server(
        python=Path(python),
        package=Path(found["server"]),
        version=found["server_version"],
        provider=Path(ours) / "provider" if ours else None,
        problem=found["problem"],
    )


def run_json(
    python: str | Path,
    script: str,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """
    Run a script with an interpreter and return the JSON object in its last line of output.

    :param python: The interpreter.
    :param script: The script.
    :param arguments: Its arguments.
    :param environment: Variables to set besides those of this process.
    """
    try:
        # Without -P the current folder would come before the installed packages.
        finished = subprocess.run(  # noqa: S603 - the interpreter the user named
            [str(python), "-P", "-c", script, *arguments],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise InstallError(
            f"{python} cannot be run: {err}.",
            f"Name the server's interpreter with --server-python or {VARIABLE}.",
        ) from err
    lines = finished.stdout.strip().splitlines()
    if finished.returncode or not lines:
        complaint = finished.stderr.strip().splitlines()
        raise InstallError(
            f"{python} ended with code {finished.returncode}: "
            f"{complaint[-1] if complaint else 'no output'}",
            "It has to be a Python interpreter of version 3.12 or newer.",
        )
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
