"""
Bad packages are refused: a good one is made up, shown to pass, and spoilt in one way after another.
"""

import copy
import dataclasses
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archive
import bill
import binary
import contents
import pytest
from bundle import Wheel

TAG = "manylinux_2_28_x86_64"
INSIDE = "mass_alexa-1.2.3.dist-info"
BILL = f"{INSIDE}/sboms/mass-alexa-python.cyclonedx.json"
LINKED = {("mass-alexa", "1.2.3"), ("tokio", "1.0.0")}
LOCKED = {*LINKED, ("amazon-simulator", "1.2.3"), ("mass-alexa-python", "1.2.3")}
CODE = """
#include <stdlib.h>
__attribute__((visibility("default"))) void *PyInit__native(void) { return malloc(1); }
int helper(void) { return 7; }
"""
METADATA = """\
Metadata-Version: 2.4
Name: mass-alexa
Version: 1.2.3
Requires-Python: >=3.12
License-Expression: Apache-2.0
License-File: LICENSE
License-File: THIRD-PARTY-NOTICES.txt
Provides-Extra: cli
Requires-Dist: rich>=13.9 ; extra == 'cli'
"""


def module(folder: Path, *options: str) -> bytes:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "a C compiler is needed"
    (folder / "module.c").write_text(CODE, encoding="utf-8")
    line: list[str] = [compiler, "-shared", "-fPIC", "-nostartfiles", "-o", "module.so", "module.c"]
    subprocess.run([*line, "-Wl,-z,relro,-z,now", *options], cwd=folder, check=True)
    return (folder / "module.so").read_bytes()


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return module(tmp_path_factory.mktemp("good"), "-s", "-fvisibility=hidden")


@pytest.fixture(scope="module")
def sources() -> dict[str, bytes]:
    named = {name: b"content" for name in contents.NEEDED if name != contents.NATIVE}
    return {**named, "mass_alexa/py.typed": b"", "mass_alexa/cli/demo/simulator.py": b"x = 1\n"}


@pytest.fixture
def wheel(native: bytes, sources: dict[str, bytes]) -> Wheel:
    told = {
        "METADATA": METADATA.encode(),
        "WHEEL": f"Wheel-Version: 1.0\nTag: cp312-abi3-{TAG}\n".encode(),
        "RECORD": b"x",
        "entry_points.txt": b"[console_scripts]\nmass-alexa = mass_alexa.cli:main\n",
        "licenses/LICENSE": b"Apache",
        "licenses/THIRD-PARTY-NOTICES.txt": b"head\ntokio 1.0.0: MIT\n",
    }
    inside = {f"{INSIDE}/{name}": data for name, data in told.items()}
    files = {**sources, contents.NATIVE: native, **inside, BILL: b"{}"}
    return Wheel(f"mass_alexa-1.2.3-cp312-abi3-{TAG}.whl", 1000, files)


def spoilt(wheel: Wheel, **change: bytes | None) -> Wheel:
    files = {**wheel.files, **{name: data for name, data in change.items() if data is not None}}
    gone = {name for name, data in change.items() if data is None}
    kept = {name: data for name, data in files.items() if name not in gone}
    return dataclasses.replace(wheel, files=kept)


def test_a_good_wheel_passes(wheel: Wheel, sources: dict[str, bytes]) -> None:
    assert not contents.missing(wheel, sources)
    assert not contents.strays(wheel, sources)
    assert not contents.oversized(wheel)
    assert not contents.misdescribed(wheel, "1.2.3")
    assert not contents.told(wheel, {"the password": re.compile(b"C4nary")})


@pytest.mark.parametrize("name", [*contents.NEEDED, "mass_alexa/py.typed", f"{INSIDE}/RECORD"])
def test_what_is_missing_is_told(wheel: Wheel, sources: dict[str, bytes], name: str) -> None:
    assert contents.missing(spoilt(wheel, **{name: None}), sources) == [
        f"{name} is missing or empty"
    ]


def test_an_old_file_is_told(wheel: Wheel, sources: dict[str, bytes]) -> None:
    old = spoilt(wheel, **{"mass_alexa/provider/strings.json": b"older"})
    assert contents.missing(old, sources) == [
        "mass_alexa/provider/strings.json is not what the repository has"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "tests/python/test_package.py",
        "mass_alexa/test_package.py",
        "mass_alexa/conftest.py",
        "mass_alexa/__pycache__/account.cpython-313.pyc",
        "mass_alexa/amazon-simulator",
        "mass_alexa/_native.cpython-313-x86_64-linux-gnu.so",
        "Cargo.toml",
        "../outside.py",
    ],
)
def test_a_stray_is_told(wheel: Wheel, sources: dict[str, bytes], name: str) -> None:
    bad = spoilt(wheel, **{name: b"x"})
    assert contents.strays(bad, sources) == [f"{name} does not belong in a wheel"]


def test_a_test_inside_the_package_itself_is_told(wheel: Wheel, sources: dict[str, bytes]) -> None:
    name = "mass_alexa/provider/test_flow.py"
    assert contents.strays(spoilt(wheel, **{name: b"x"}), {**sources, name: b"x"})


def test_a_secret_in_the_module_is_told(wheel: Wheel, native: bytes) -> None:
    bad = spoilt(wheel, **{contents.NATIVE: native + b"..C4nary-.."})
    assert contents.told(bad, {"the password": re.compile(b"C4nary")}) == [
        f"{contents.NATIVE} holds the password"
    ]


def test_a_licence_that_is_not_told_is_told(wheel: Wheel) -> None:
    assert not contents.unnoticed(wheel, LINKED)
    assert contents.unnoticed(wheel, {*LINKED, ("ring", "0.17.0")}) == [
        "the licence of ring 0.17.0 is not told"
    ]
    assert contents.unnoticed(wheel, {("tokio", "1.0.1")})


def test_a_large_wheel_is_told(wheel: Wheel) -> None:
    assert contents.oversized(dataclasses.replace(wheel, size=contents.MOST_PACKED + 1))
    assert contents.oversized(spoilt(wheel, x=bytes(contents.MOST_UNPACKED)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"Version: 1.2.3", b"Version: 1.2.2"),
        (b">=3.12", b">=3.11"),
        (b"License-File: LICENSE\n", b""),
        (b"Apache-2.0", b"MIT"),
        (b" ; extra == 'cli'", b""),
    ],
)
def test_a_wrong_description_is_told(wheel: Wheel, right: bytes, wrong: bytes) -> None:
    name = f"{INSIDE}/METADATA"
    bad = spoilt(wheel, **{name: wheel.files[name].replace(right, wrong)})
    assert len(contents.misdescribed(bad, "1.2.3")) == 1


def test_wrong_tags_and_a_missing_command_are_told(wheel: Wheel) -> None:
    for name in (f"mass_alexa-1.2.3-cp313-cp313-{TAG}.whl", "mass_alexa-1.2.3-cp312-abi3-any.whl"):
        assert contents.misdescribed(dataclasses.replace(wheel, name=name), "1.2.3")
    assert contents.misdescribed(spoilt(wheel, **{f"{INSIDE}/entry_points.txt": b""}), "1.2.3")


def test_a_good_module_passes(native: bytes) -> None:
    assert not binary.unreadable(native, "x86_64") or not binary.unreadable(native, "aarch64")
    for check in (binary.unstripped, binary.exports, binary.libraries, binary.soft):
        assert not check(native), check.__name__
    assert not binary.paths(native, [Path("/somewhere/else")])
    assert binary.versions(native)
    assert not binary.too_new({(2, 17), (2, 28)}, f"manylinux_2_28_x86_64.{TAG}")


@pytest.mark.parametrize(
    ("check", "options", "told"),
    [
        (binary.unstripped, ["-g", "-fvisibility=hidden"], "section .symtab was not stripped"),
        (binary.unstripped, ["-g", "-fvisibility=hidden"], "section .debug_info was not stripped"),
        (binary.exports, ["-s"], "helper is visible to others"),
        (binary.exports, ["-s", "-DPyInit__native=other"], "PyInit__native is missing"),
        (binary.libraries, ["-Wl,--no-as-needed", "-lstdc++"], "it needs libstdc++.so.6"),
        (binary.libraries, ["-Wl,-rpath,/opt"], "it names folders to look for libraries in"),
        (binary.soft, ["-Wl,-z,execstack"], "its stack can be executed"),
        (binary.soft, ["-Wl,-z,norelro"], "its tables of addresses stay writable"),
    ],
)
def test_a_bad_module_is_told(
    tmp_path: Path, check: Callable[[bytes], list[str]], options: list[str], told: str
) -> None:
    assert told in check(module(tmp_path, *options))


def test_a_module_of_another_machine_or_of_none_is_told(native: bytes) -> None:
    assert binary.unreadable(native, "s390x")
    assert binary.unreadable(b"MZ" + native, "x86_64")


def test_a_newer_library_than_promised_is_told() -> None:
    assert binary.too_new({(2, 17), (2, 34)}, TAG) == ["it needs glibc 2.34, the tag promises 2.28"]
    assert binary.too_new(set(), "linux_x86_64") == ["linux_x86_64 is no manylinux tag"]


@pytest.mark.parametrize(
    "path", ["/home/alex/src/lib.rs", "/root/.cargo/x", "C:\\Users\\alex", "/srv/checkout/src"]
)
def test_a_path_of_the_builder_is_told(native: bytes, path: str) -> None:
    assert binary.paths(native + path.encode(), [Path("/srv/checkout")])


@pytest.mark.parametrize(("symbol", "code"), [("PyList_New", 0), ("_PyLong_AsByteArray", 1)])
def test_a_symbol_outside_of_the_stable_abi_is_told(tmp_path: Path, symbol: str, code: int) -> None:
    (tmp_path / "module.c").write_text(
        f"extern void *{symbol}(void);\nvoid *PyInit__native(void) {{ return {symbol}(); }}\n",
        encoding="utf-8",
    )
    path = tmp_path / "module.abi3.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-nostartfiles", "-o", path, tmp_path / "module.c"], check=True
    )
    line = ["-m", "abi3audit", "--strict", "--assume-minimum-abi3", "3.12"]
    done = subprocess.run(
        [sys.executable, *line, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr


def bill_of(*crates: tuple[str, str]) -> dict[str, Any]:
    parts = [
        {"name": n, "version": v, "purl": f"pkg:cargo/{n}@{v}", "licenses": [{"expression": "MIT"}]}
        for n, v in crates
    ]
    about = {"component": {"name": "mass-alexa-python"}}
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": about, "components": parts}


def test_a_good_bill_passes() -> None:
    assert not bill.faults({BILL: bill_of(*LINKED)}, LINKED, LOCKED)
    assert not bill.paths({BILL: bill_of(*LINKED)}, [])


def test_bad_bills_are_told() -> None:
    good = bill_of(*LINKED)
    unlicensed = copy.deepcopy(good)
    del unlicensed["components"][0]["licenses"]
    bad = [
        {},
        {BILL: good, "second": good},
        {BILL: {**good, "specVersion": "1.3"}},
        {BILL: {**good, "metadata": {}}},
        {BILL: bill_of(("mass-alexa", "1.2.3"))},
        {BILL: bill_of(*LINKED, ("unknown", "1.0.0"))},
        {BILL: bill_of(*LINKED, ("amazon-simulator", "1.2.3"))},
        {BILL: unlicensed},
    ]
    for bills in bad:
        assert len(bill.faults(bills, LINKED, LOCKED)) == 1, bills
    assert bill.paths({BILL: {**good, "x": "path+file:///srv/checkout#1.2.3"}}, [])


def test_what_cargo_prints_is_understood() -> None:
    assert bill.linked_by("a v1.0.0\nours v0.1.0 (/srv/x)\n\na v1.0.0 (*)\n") == {
        ("a", "1.0.0"),
        ("ours", "0.1.0"),
    }


def test_an_sdist_is_compared_with_the_repository() -> None:
    tracked = {"src/lib.rs": b"1", "Cargo.toml": b"2", "tests/x.py": b"3"}
    good = {**tracked, "Cargo.toml": b"written anew", "PKG-INFO": b"x"}
    assert not archive.faults(good, tracked)
    assert archive.faults({**good, "target/x": b""}, tracked)
    assert archive.faults({**good, "notes.txt": b""}, tracked)
    assert archive.faults({**good, "src/lib.rs": b"other"}, tracked)
    assert archive.faults({**good, "Cargo.toml": b"path = '/home/alex/x'"}, tracked)
    for name in good:
        assert archive.faults({key: good[key] for key in good if key != name}, tracked)
