"""
The test programs: where their sources are, and how those tests of them are run that carry an id.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .carriers import Carrier, carriers_in
from .outcomes import Outcomes, of_junit, of_libtest

ROOT = Path(__file__).resolve().parents[2]
_MOST_SECONDS = 1500
_LAST_LINES = 15


class RunError(Exception):
    """
    A test program could not be run to its end.
    """


@dataclass(frozen=True)
class Suite:
    """
    One run of tests.
    """

    name: str
    folder: str
    pattern: str
    run: Callable[[list[str]], Outcomes]
    """Runs the tests of these names and gives their outcomes; others may be among them."""


def found(suites: Iterable[Suite]) -> list[Carrier]:
    """
    Every test that carries an id.

    :param suites: Where to look.
    """
    carriers = []
    for suite in suites:
        for path in sorted((ROOT / suite.folder).glob(suite.pattern)):
            source = path.read_text(encoding="utf-8")
            carriers += carriers_in(suite.name, path.relative_to(ROOT).as_posix(), source)
    return carriers


def _cargo(*what: str) -> Callable[[list[str]], Outcomes]:
    def run(names: list[str]) -> Outcomes:
        command = [os.environ.get("CARGO", "cargo"), "test", "--locked", "--package", "mass-alexa"]
        done = _run([*command, *what, "--", *names])
        outcomes = of_libtest(done.stdout)
        if not outcomes:
            raise RunError(_end_of(done))
        return outcomes

    return run


def _pytest(folder: str) -> Callable[[list[str]], Outcomes]:
    def run(names: list[str]) -> Outcomes:
        with tempfile.TemporaryDirectory(prefix="scenarios-") as home:
            report = Path(home) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", folder, f"--junit-xml={report}"]
            done = _run([*command, "-k", " or ".join(names)])
            if not report.exists():
                raise RunError(_end_of(done))
            try:
                return of_junit(report.read_text(encoding="utf-8"))
            except ValueError as err:
                raise RunError(_end_of(done)) from err

    return run


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as err:
        raise RunError(f"no end after {_MOST_SECONDS} s: {' '.join(command)}") from err


def _end_of(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stdout + done.stderr).strip().splitlines()
    return "\n".join(lines[-_LAST_LINES:])


SUITES = (
    Suite("core", "src", "**/*.rs", _cargo("--lib")),
    Suite("integration", "tests/it", "**/*.rs", _cargo("--test", "it")),
    Suite("provider", "tests/provider", "test_*.py", _pytest("tests/provider")),
    # Last, because it ends with the scan of the logs of all the others.
    Suite("package", "tests/python", "test_*.py", _pytest("tests/python")),
)
