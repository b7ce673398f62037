"""
Fixtures: the built packages, and what they are compared with.
"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from bundle import Wheel, read_source_archive

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULTS = CHECKOUT / "tests" / "simulator" / "src" / "household" / "defaults.rs"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--wheel", type=Path, help="the wheel to look into")
    parser.addoption("--sdist", type=Path, help="the sdist to look into")


def named(request: pytest.FixtureRequest, option: str) -> Path:
    path = request.config.getoption(option)
    assert isinstance(path, Path), f"name the package to look into: {option}=path"
    return path


@pytest.fixture(scope="session")
def wheel_path(request: pytest.FixtureRequest) -> Path:
    return named(request, "--wheel")


@pytest.fixture(scope="session")
def wheel(wheel_path: Path) -> Wheel:
    return Wheel.read(wheel_path)


@pytest.fixture(scope="session")
def sdist(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return read_source_archive(named(request, "--sdist"))


@pytest.fixture(scope="session")
def tracked() -> dict[str, bytes]:
    """
    Every file of the repository, by path.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name]
    return {name: (CHECKOUT / name).read_bytes() for name in names}


@pytest.fixture(scope="session")
def source(tracked: dict[str, bytes]) -> dict[str, bytes]:
    """
    The files of the Python package, by their path in a wheel.
    """
    package = "python/mass_alexa/"
    return {
        name.removeprefix("python/"): content
        for name, content in tracked.items()
        if name.startswith(package)
    }


@pytest.fixture(scope="session")
def version() -> str:
    workspace = tomllib.loads((CHECKOUT / "Cargo.toml").read_text(encoding="utf-8"))
    return str(workspace["workspace"]["package"]["version"])


@pytest.fixture(scope="session")
def secrets() -> dict[str, re.Pattern[bytes]]:
    """
    What gives away the simulated Amazon: its secrets and serials, and what it makes up.
    """
    text = DEFAULTS.read_text(encoding="utf-8")
    fixed = dict(re.findall(r'const (\w+): &str =\s*"([^"]+)"', text))
    assert {"EMAIL", "PASSWORD", "OTP_SEED", "PAIR", "GROUP"} <= fixed.keys()
    serials = set(re.findall(r'"(G0[0-9A-Z]{4})\w*(?:\{n\})?"', text))
    assert len(serials) > 1
    named = {f"the {name} of the simulated account": value for name, value in fixed.items()}
    named |= {f"a serial {begin}...": begin for begin in serials}
    patterns = {name: re.compile(re.escape(value).encode()) for name, value in named.items()}
    return {**patterns, "a secret that was made up": re.compile(rb"canary-[0-9a-f]{8}")}
