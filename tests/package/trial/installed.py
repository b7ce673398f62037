"""
Plugin of pytest: whatever the tests import of ours must be the installed package.
"""

import sys
import sysconfig
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest

SITE = Path(sysconfig.get_path("platlib")).resolve()


def elsewhere() -> list[str]:
    """
    Modules of ours that were loaded from anywhere but the installed package.
    """
    named = {
        name: getattr(module, "__file__", None)
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] == "mass_alexa"
    }
    found = {name: Path(path).resolve() for name, path in named.items() if path}
    return [f"{name} from {path}" for name, path in found.items() if SITE not in path.parents]


def pytest_sessionstart() -> None:
    import_module("mass_alexa._native")
    import_module("mass_alexa.provider.constants")
    told = distribution("mass-alexa").read_text("direct_url.json") or ""
    if elsewhere() or '"dir_info"' in told:
        raise pytest.UsageError(f"not the installed package: {elsewhere()[:2] or told}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if elsewhere():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        raise pytest.UsageError(f"not the installed package: {elsewhere()[:2]}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"mass_alexa was the installed one, from {SITE}")
