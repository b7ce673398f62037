"""
The software bill of materials inside a wheel. Functions give sentences about what is wrong.
"""

import json
from pathlib import Path
from typing import Any

import binary

Crate = tuple[str, str]
"""Name and version."""


def faults(bills: dict[str, Any], linked: set[Crate], locked: set[Crate]) -> list[str]:
    """
    Whether there is one bill, and it names what is linked in, and nothing that is not locked.

    :param bills: The bills of a wheel, by path.
    :param linked: Crates that the compiled module is made of.
    :param locked: Crates of ``Cargo.lock``.
    """
    if len(bills) != 1:
        return [f"there are {len(bills)} bills, not one"]
    bill = next(iter(bills.values()))
    wrong = []
    if bill.get("bomFormat") != "CycloneDX" or bill.get("specVersion", "") < "1.5":
        wrong.append("it is no CycloneDX 1.5 or newer")
    main = (bill.get("metadata") or {}).get("component") or {}
    if main.get("name") != "mass-alexa-python":
        wrong.append(f"it is about {main.get('name')!r}")
    components = bill.get("components") or []
    told = {(part.get("name"), part.get("version")) for part in components}
    wrong += [f"{_shown(crate)} is linked in and not told" for crate in sorted(linked - told)]
    wrong += [f"{_shown(crate)} is told and not locked" for crate in sorted(told - locked)]
    wrong += [
        f"{part['name']} has no {what}"
        for part in components
        for what in ("purl", "licenses")
        if not part.get(what)
    ]
    tests = {"amazon-simulator", "proptest", "rcgen"}
    wrong += [f"{name} is for tests only" for name, _ in sorted(told) if name in tests]
    return wrong


def paths(bills: dict[str, Any], places: list[Path]) -> list[str]:
    """
    Paths of the machine that built it.

    :param bills: The bills of a wheel, by path.
    :param places: Folders of this machine.
    """
    text = json.dumps(bills).encode()
    found = binary.paths(text, places)
    return [*found, *(["a path of a file is in it"] if b"file:" in text else [])]


def linked_by(tree: str) -> set[Crate]:
    """
    Crates out of ``cargo tree --prefix none``; ours are told apart from those of others by a path.

    :param tree: What cargo printed.
    """
    lines = [line.split() for line in tree.splitlines() if line.strip()]
    return {(name, version.removeprefix("v")) for name, version, *_ in lines}


def _shown(crate: Crate) -> str:
    return " ".join(crate)
