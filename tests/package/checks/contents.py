"""
What may be in a wheel and what must be. Every function gives sentences about what is wrong.
"""

import re
from pathlib import PurePosixPath

from bundle import Wheel

NATIVE = "mass_alexa/_native.abi3.so"
NEEDED = (
    NATIVE,
    "mass_alexa/__init__.py",
    "mass_alexa/_native.pyi",
    "mass_alexa/cli/app.py",
    "mass_alexa/install/hook.py",
    "mass_alexa/provider/__init__.py",
    "mass_alexa/provider/icon.svg",
    "mass_alexa/provider/manifest.json",
    "mass_alexa/provider/strings.json",
)
LICENCES = ("LICENSE", "THIRD-PARTY-NOTICES.txt")
INFORMATION = (
    "METADATA",
    "RECORD",
    "WHEEL",
    "entry_points.txt",
    *(f"licenses/{name}" for name in LICENCES),
)
FOREIGN = re.compile(
    r"(^|/)(tests?|__pycache__|target|\.[^/]+)(/|$)|(^|/)(test_|conftest)|simulator/"
    r"|\.(pyc|rs|toml|lock|c|a|o|pdb|dwp)$"
)
EMPTY = ("mass_alexa/py.typed",)
"""What is empty by its nature."""
MOST_PACKED = 8_000_000
"""Bytes of the wheel; the gateway, with its web server and pictures, takes 1.9 million."""
MOST_UNPACKED = 19_000_000
"""Bytes of what is installed."""


def missing(wheel: Wheel, source: dict[str, bytes]) -> list[str]:
    """
    What is not there, or is not what the source has.

    :param wheel: The wheel.
    :param source: The files of the Python package as they stand in the repository.
    """
    wanted = [*NEEDED, *(f"{information(wheel)}/{name}" for name in INFORMATION)]
    gone = [name for name in wanted if not wheel.files.get(name)]
    gone += [name for name in (*EMPTY, *source) if name not in wheel.files]
    changed = [name for name in source if wheel.files.get(name, source[name]) != source[name]]
    return [
        *(f"{name} is missing or empty" for name in dict.fromkeys(gone)),
        *(f"{name} is not what the repository has" for name in changed),
    ]


def strays(wheel: Wheel, source: dict[str, bytes]) -> list[str]:
    """
    What is there and should not be.

    :param wheel: The wheel.
    :param source: The files of the Python package as they stand in the repository.
    """
    own = information(wheel)
    known = {*source, NATIVE, *(f"{own}/{name}" for name in INFORMATION), *wheel.bills}
    found = [name for name in wheel.files if name not in known or FOREIGN.search(name)]
    odd = [
        name
        for name in wheel.files
        if ".." in PurePosixPath(name).parts or name.startswith("/") or "\\" in name
    ]
    return [f"{name} does not belong in a wheel" for name in dict.fromkeys(found + odd)]


def told(wheel: Wheel, secrets: dict[str, re.Pattern[bytes]]) -> list[str]:
    """
    Secrets and other particulars of the simulated Amazon.

    :param wheel: The wheel.
    :param secrets: What must not stand in it, by a name that may be shown.
    """
    return [
        f"{path} holds {name}"
        for path, content in wheel.files.items()
        for name, secret in secrets.items()
        if secret.search(content)
    ]


def oversized(wheel: Wheel) -> list[str]:
    """
    Whether it became larger than anybody intended.

    :param wheel: The wheel.
    """
    unpacked = sum(map(len, wheel.files.values()))
    return [
        f"{what} takes {size} bytes, more than {most}"
        for what, size, most in (
            ("the wheel", wheel.size, MOST_PACKED),
            ("what it installs", unpacked, MOST_UNPACKED),
        )
        if size > most
    ]


def misdescribed(wheel: Wheel, version: str) -> list[str]:
    """
    What installers and indexes would be told wrongly.

    :param wheel: The wheel.
    :param version: Version of the workspace.
    """
    said = wheel.metadata
    expected = {
        "Name": "mass-alexa",
        "Version": version,
        "Requires-Python": ">=3.12",
        "License-Expression": "Apache-2.0",
        "Provides-Extra": "cli",
    }
    wrong = [
        f"{name} is {said[name]!r}, not {value!r}"
        for name, value in expected.items()
        if said[name] != value
    ]
    if tuple(said.get_all("License-File", [])) != LICENCES:
        wrong.append(f"the files of licences are not {', '.join(LICENCES)}")
    bare = [need for need in said.get_all("Requires-Dist", []) if "extra ==" not in need]
    wrong += [f"it needs {need} also without an extra" for need in bare]
    python, abi, platform = wheel.tags
    if (python, abi) != ("cp312", "abi3"):
        wrong.append(f"the tag {python}-{abi} is not cp312-abi3")
    inside = {f"{python}-{abi}-{part}" for part in platform.split(".")}
    if set(wheel.tagged) != inside:
        wrong.append(f"the file name says {sorted(inside)}, the wheel {sorted(wheel.tagged)}")
    if "mass-alexa=mass_alexa.cli:main" not in wheel.commands.replace(" ", ""):
        wrong.append("the command mass-alexa is missing")
    return wrong


def unnoticed(wheel: Wheel, linked: set[tuple[str, str]]) -> list[str]:
    """
    Crates of others whose licence is not told.

    :param wheel: The wheel.
    :param linked: Names and versions of the crates that the compiled module is made of.
    """
    text = wheel.files.get(f"{information(wheel)}/licenses/{LICENCES[1]}", b"").decode()
    told = set(text.splitlines())
    named = {line.partition(": ")[0] for line in told if not line.endswith(": ")}
    foreign = [f"{name} {version}" for name, version in linked if not name.startswith("mass-alexa")]
    return [
        f"the licence of {crate} is not told" for crate in sorted(foreign) if crate not in named
    ]


def information(wheel: Wheel) -> str:
    """
    Folder of the metadata, as the name of the file wants it.

    :param wheel: The wheel.
    """
    return "-".join(wheel.name.split("-")[:2]) + ".dist-info"
