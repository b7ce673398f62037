"""
Installing what was built, and using it.
"""

import os
import shutil
import sys
import time
from html import escape
from pathlib import Path

from bundle import Wheel
from sandboxes import (
    CHECKOUT,
    WORK,
    Failed,
    clean,
    ended,
    install,
    log_of,
    ran,
    started,
)

STAGED = ("tests/python", "tests/provider", "docs", "manifest.json", "pyproject.toml", "Cargo.toml")
"""What the tests read; the sources of the package are not among it."""
QUICK = {
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "256",
}
"""The build of the sdist has to work; how fast its code is was settled by that of the wheel."""


def tested(wheel: Path, python: Path, version: str) -> str:
    """
    Install the wheel into a clean environment and run the whole Python test suite against it.

    :param wheel: The wheel.
    :param python: The interpreter.
    :param version: Its version.
    """
    own = clean(version, python)
    group = f"{CHECKOUT / 'pyproject.toml'}:test"
    install(version, own, f"{wheel}[cli]", "--group", group)
    stage = staged(version)
    simulator = os.environ.get("MASS_ALEXA_SIMULATOR") or str(
        CHECKOUT / "target" / "debug" / "amazon-simulator"
    )
    told = {"MASS_ALEXA_SIMULATOR": simulator, "MASS_ALEXA_KEEP_LOGS": "1"}
    line = [str(own), "-m", "pytest", "-q", "-p", "installed"]
    canary = "tests/python/test_zz_canary.py"
    # These are about tools of the checkout, which are not installed and not copied.
    without = ["--ignore-glob=*/test_peers_*.py", "--ignore=tests/python/test_scenarios.py"]
    parts = {
        f"{version}-provider": ["tests/provider"],
        f"{version}-python": ["tests/python", "--ignore", canary, *without],
    }
    running = {name: started(name, [*line, *part], stage, **told) for name, part in parts.items()}
    faults, said = [], []
    for name, process in running.items():
        try:
            said.append(closing(ended(name, process)))
        except Failed as err:
            faults.append(str(err))
    if faults:
        raise Failed("\n".join(faults))
    said.append(closing(ran(f"{version}-canary", [*line, canary], stage, **told)))
    return "; ".join(said)


def closing(shown: str) -> str:
    """
    The line in which pytest counts.

    :param shown: What it wrote.
    """
    if "mass_alexa was the installed one" not in shown:
        raise Failed("the tests did not say which package they used")
    return shown.splitlines()[-1].strip("= ")


def staged(name: str) -> Path:
    """
    A folder with the tests and without the package.

    :param name: What to call it.
    """
    stage = WORK / "stages" / name
    shutil.rmtree(stage, ignore_errors=True)
    for part in STAGED:
        source, goal = CHECKOUT / part, stage / part
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, goal)
    shutil.copy(CHECKOUT / "tests" / "package" / "trial" / "installed.py", stage)
    (stage / "target" / "logs").mkdir(parents=True)
    return stage


def refused(wheel: Path, sdist: Path, python: Path) -> str:
    """
    An interpreter that is too old is told so, as the package registry would have it told.

    :param wheel: The wheel.
    :param sdist: The sdist.
    :param python: The interpreter.
    """
    wanted = Wheel.read(wheel).metadata["Requires-Python"]
    index = WORK / "index"
    shutil.rmtree(index, ignore_errors=True)
    page = index / "mass-alexa" / "index.html"
    page.parent.mkdir(parents=True)
    links = [
        f'<a href="{path.as_uri()}" data-requires-python="{escape(wanted)}">{path.name}</a>'
        for path in (wheel, sdist)
    ]
    page.write_text("<!DOCTYPE html>" + "".join(links), encoding="utf-8")
    goal = ["--dry-run", "--no-deps", "--target", str(WORK / "nowhere")]
    process = started(
        "refused",
        [*pip(python), "install", *goal, "--index-url", index.as_uri(), "mass-alexa"],
        WORK,
    )
    shown = ended("refused", process, well=False)
    sentence = f"Requires-Python {wanted}"
    if sentence not in shown:
        raise Failed(f"the reason is not told, see {log_of('refused')}\n{shown}")
    process = started("refused-wheel", [*pip(python), "install", *goal, str(wheel)], WORK)
    ended("refused-wheel", process, well=False)
    return f"refuses the package: {sentence}"


def pip(python: Path) -> list[str]:
    """
    The pip of this environment, working for another interpreter.

    :param python: That interpreter.
    """
    options = ["--disable-pip-version-check", "--no-cache-dir"]
    return [sys.executable, "-m", "pip", *options, "--python", str(python)]


def from_source(sdist: Path, wheel: Path, python: Path) -> str:
    """
    Build and install the sdist as pip does it, from nothing, and compare with the wheel.

    :param sdist: The sdist.
    :param wheel: The wheel.
    :param python: The interpreter.
    """
    own = clean("sdist", python)
    target = WORK / "from-source"
    shutil.rmtree(target, ignore_errors=True)
    began = time.monotonic()
    group = f"{CHECKOUT / 'pyproject.toml'}:test"
    install("sdist", own, f"{sdist}[cli]", "--group", group, CARGO_TARGET_DIR=str(target), **QUICK)
    took = time.monotonic() - began
    shutil.rmtree(target, ignore_errors=True)
    site = ran(
        "sdist-site",
        [str(own), "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"],
        WORK,
    )
    there = {
        path.relative_to(site).as_posix()
        for path in (Path(site) / "mass_alexa").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected = {name for name in Wheel.read(wheel).files if name.startswith("mass_alexa/")}
    if there != expected:
        raise Failed(f"it installs other files than the wheel: {sorted(there ^ expected)}")
    line = [str(own), "-m", "pytest", "-q", "-p", "installed", "tests/python/test_package.py"]
    shown = ran("sdist-tests", line, staged("sdist"))
    return f"built from nothing and installed in {took:.0f} s; {closing(shown)}"
