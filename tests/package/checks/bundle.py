"""
What a built package holds.
"""

import email
import json
import tarfile
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Any


@dataclass(frozen=True)
class Wheel:
    """
    A wheel, read whole.

    :param name: Name of the file, which carries version and tags.
    :param size: Bytes of the file.
    :param files: What is inside, by path.
    """

    name: str
    size: int
    files: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> "Wheel":
        """
        Read a wheel.

        :param path: Where it is.
        """
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            files = {entry.filename: archive.read(entry) for entry in entries}
        return cls(path.name, path.stat().st_size, files)

    @property
    def tags(self) -> tuple[str, str, str]:
        """
        Python, ABI and platform tag of the file name.
        """
        python, abi, platform = self.name.removesuffix(".whl").split("-")[-3:]
        return python, abi, platform

    @property
    def native(self) -> dict[str, bytes]:
        """
        The compiled modules, by path.
        """
        return {name: data for name, data in self.files.items() if name.endswith(".so")}

    @property
    def metadata(self) -> Message:
        """
        What installers read; empty where there is none.
        """
        return email.message_from_bytes(self._information("METADATA"))

    @property
    def tagged(self) -> list[str]:
        """
        The tags that the wheel states inside.
        """
        return email.message_from_bytes(self._information("WHEEL")).get_all("Tag", [])

    @property
    def commands(self) -> str:
        """
        The entry points.
        """
        return self._information("entry_points.txt").decode()

    @property
    def bills(self) -> dict[str, Any]:
        """
        The software bills of materials, by path (PEP 770).
        """
        inside = {name: PurePosixPath(name).parts for name in self.files}
        return {
            name: json.loads(self.files[name])
            for name, parts in inside.items()
            if len(parts) == 3 and parts[0].endswith(".dist-info") and parts[1] == "sboms"
        }

    def _information(self, name: str) -> bytes:
        parts = {path: PurePosixPath(path).parts for path in self.files}
        for path, (folder, *rest) in parts.items():
            if folder.endswith(".dist-info") and rest == [name]:
                return self.files[path]
        return b""


def read_source_archive(path: Path) -> dict[str, bytes]:
    """
    What an sdist holds, by path below its one folder. Whatever is no plain file maps to nothing.

    :param path: Where it is.
    """
    found: dict[str, bytes] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isdir():
                continue
            content = archive.extractfile(member) if member.isfile() else None
            inside = "/".join(PurePosixPath(member.name).parts[1:])
            found[inside] = content.read() if content is not None else b""
    return found
