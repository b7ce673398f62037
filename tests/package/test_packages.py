"""
What was built, looked into. Name it with ``--wheel`` and ``--sdist``.
"""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import archive
import bill
import binary
import contents
import pytest
from bundle import Wheel

CHECKOUT = Path(__file__).resolve().parents[2]
TREE = "cargo tree --locked --package mass-alexa-python --edges normal --prefix none"


@pytest.fixture(scope="module")
def native(wheel: Wheel) -> bytes:
    return wheel.files[contents.NATIVE]


@pytest.fixture(scope="module")
def places() -> list[Path]:
    """
    Folders of this machine that a build could leave behind.
    """
    home = Path.home()
    cargo = Path(os.environ.get("CARGO_HOME", home / ".cargo"))
    rustup = Path(os.environ.get("RUSTUP_HOME", home / ".rustup"))
    return [CHECKOUT, cargo, rustup, *([home] if home != Path("/") else [])]


def test_the_wheel_is_the_package_and_nothing_else(wheel: Wheel, source: dict[str, bytes]) -> None:
    assert not contents.missing(wheel, source)
    assert not contents.strays(wheel, source)


def test_the_wheel_tells_nothing_of_the_simulated_amazon(
    wheel: Wheel, secrets: dict[str, re.Pattern[bytes]]
) -> None:
    assert not contents.told(wheel, secrets)


def test_the_wheel_is_small(wheel: Wheel) -> None:
    assert not contents.oversized(wheel)


def test_the_wheel_is_described_rightly(wheel: Wheel, version: str) -> None:
    assert not contents.misdescribed(wheel, version)


def test_the_module_runs_where_the_tag_says(wheel: Wheel, native: bytes) -> None:
    assert list(wheel.native) == [contents.NATIVE]
    platform = wheel.tags[2]
    assert not binary.unreadable(native, "_".join(platform.split(".")[-1].split("_")[3:]))
    assert not binary.libraries(native)
    assert not binary.too_new(binary.versions(native), platform)


def test_the_module_is_stripped_and_hardened(native: bytes) -> None:
    assert not binary.unstripped(native)
    assert not binary.exports(native)
    assert not binary.soft(native)


def test_nothing_tells_who_built_it(wheel: Wheel, places: list[Path]) -> None:
    assert not [f"{name}: {fault}" for name in wheel.files for fault in found(wheel, name, places)]
    assert not bill.paths(wheel.bills, places)


def found(wheel: Wheel, name: str, places: list[Path]) -> list[str]:
    return binary.paths(wheel.files[name], places)


@pytest.fixture(scope="module")
def linked(wheel: Wheel) -> set[bill.Crate]:
    """
    The crates that cargo says the module is made of.
    """
    machine = "aarch64" if "aarch64" in wheel.tags[2] else "x86_64"
    line = shlex.split(f"{TREE} --target {machine}-unknown-linux-gnu")
    tree = subprocess.run(line, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    crates = bill.linked_by(tree.stdout) - {("mass-alexa-python", wheel.metadata["Version"])}
    assert len(crates) > 50
    return crates


def test_the_bill_tells_what_is_linked_in(wheel: Wheel, linked: set[bill.Crate]) -> None:
    lock = tomllib.loads((CHECKOUT / "Cargo.lock").read_text(encoding="utf-8"))
    locked = {(crate["name"], crate["version"]) for crate in lock["package"]}
    assert not bill.faults(wheel.bills, linked, locked)


def test_the_licences_of_others_are_in_it(wheel: Wheel, linked: set[bill.Crate]) -> None:
    assert not contents.unnoticed(wheel, linked)


def test_the_sdist_is_the_repository(sdist: dict[str, bytes], tracked: dict[str, bytes]) -> None:
    assert not archive.faults(sdist, tracked)
