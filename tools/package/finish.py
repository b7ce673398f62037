"""
Finishes a wheel that maturin built: the same input gives the same bytes, and nothing tells where.

- The bill of materials names crates of this checkout by its path; the path goes.
- The licence texts of what is linked in come along, as most of those licences demand.
- Times inside are fixed, or those of ``SOURCE_DATE_EPOCH``.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

from notices import notices

CHECKOUT = Path(__file__).resolve().parents[2]
BINDING = "mass-alexa-python"
NOTICES = "THIRD-PARTY-NOTICES.txt"
EARLIEST = 315_532_800
"""1980-01-01, the first day that an archive can name."""


def main() -> None:
    """
    Finish the wheel in place.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--target", required=True, help="the Rust target it was built for")
    arguments = parser.parse_args()
    crates = linked(arguments.target)
    with zipfile.ZipFile(arguments.wheel) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        files = {entry.filename: archive.read(entry) for entry in entries}
        modes = {entry.filename: entry.external_attr for entry in entries}
    information = next(name for name in files if name.endswith(".dist-info/METADATA"))
    folder = information.rpartition("/")[0]
    bills = [name for name in files if name.startswith(f"{folder}/sboms/")]
    for name in bills:
        files[name] = neutral(json.loads(files[name]), crates)
    files[f"{folder}/licenses/{NOTICES}"] = notices(crates).encode()
    files[information] = with_notices(files[information])
    files[f"{folder}/RECORD"] = record(files, f"{folder}/RECORD")
    write(arguments.wheel, files, modes)


def linked(target: str) -> list[dict[str, Any]]:
    """
    The crates that the module is made of, as cargo describes them.

    :param target: The Rust target.
    """
    described = json.loads(
        cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", target)
    )
    tree = cargo(
        *("tree", "--locked", "--package", BINDING, "--edges", "normal", "--target", target),
        *("--prefix", "none", "--format", "{p}"),
    )
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    found = [
        package
        for package in described["packages"]
        if (package["name"], f"v{package['version']}") in names
    ]
    return sorted(found, key=lambda package: (package["name"], package["version"]))


def cargo(*arguments: str) -> str:
    """
    What cargo prints.

    :param arguments: Its arguments.
    """
    line = [os.environ.get("CARGO", "cargo"), *arguments]
    return subprocess.run(line, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True).stdout


def neutral(bill: dict[str, Any], crates: list[dict[str, Any]]) -> bytes:
    """
    A bill that tells what is linked in, the same wherever and whenever it was built.

    :param bill: What maturin wrote, for all systems at once.
    :param crates: The crates that the module is made of.
    """
    kept = {(crate["name"], crate["version"]) for crate in crates}
    parts = [part for part in bill["components"] if (part["name"], part["version"]) in kept]
    main = bill["metadata"]["component"]
    references = {part["bom-ref"] for part in [main, *parts]}
    about = {
        name: bill["metadata"][name] for name in ("component", "tools") if name in bill["metadata"]
    }
    tree = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", []) if ref in references]}
        for one in bill.get("dependencies", [])
        if one["ref"] in references
    ]
    said = {key: bill[key] for key in ("bomFormat", "specVersion", "version")}
    whole = {**said, "metadata": about, "components": parts, "dependencies": tree}
    # Ours can be downloaded nowhere; maturin names the folder they lie in.
    text = re.sub(r"\?download_url=file:[^\"#]*", "", json.dumps(whole, indent=1, sort_keys=True))
    return text.replace(f"path+{CHECKOUT.as_uri()}", "path+").encode()


def with_notices(metadata: bytes) -> bytes:
    """
    The metadata, naming one more file of licences.

    :param metadata: What maturin wrote.
    """
    line = b"License-File: LICENSE\n"
    if metadata.count(line) != 1:
        raise SystemExit("the wheel does not name its licence as expected")
    return metadata.replace(line, line + f"License-File: {NOTICES}\n".encode())


def record(files: dict[str, bytes], own: str) -> bytes:
    """
    The list of files with their digests, by which installers check a wheel.

    :param files: What is in the wheel.
    :param own: Where the list itself is.
    """
    lines = []
    for name in sorted(files.keys() - {own}):
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(files[name])}\n")
    return "".join([*lines, f"{own},,\n"]).encode()


def write(path: Path, files: dict[str, bytes], modes: dict[str, int]) -> None:
    """
    Write the wheel, the package first and its description last, as is usual.

    :param path: Where to.
    :param files: What is in it.
    :param modes: Rights of those that were in it before.
    """
    when = time.gmtime(max(EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST))))[:6]
    beside = path.with_suffix(".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files, key=lambda name: (".dist-info/" in name, name)):
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = modes.get(name, 0o100644 << 16)
            archive.writestr(entry, files[name])
    beside.replace(path)


if __name__ == "__main__":
    main()
