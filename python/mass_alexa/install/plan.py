"""
Installations as lists of steps that can be read before they are done.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .server import InstallError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """
    One change, or one that is not needed any more.

    :param text: The step in words.
    :param act: Does it; ``None`` where it is done already.
    """

    text: str
    act: Callable[[], None] | None

    @property
    def done(self) -> bool:
        """
        Whether nothing is left to do.
        """
        return self.act is None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What an installation or its removal does.

    :param steps: The steps, in order.
    :param notes: What the user has to do afterwards, in sentences.
    """

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """
        Whether all steps are done already.
        """
        return all(step.done for step in self.steps)


def apply(plan: Plan) -> list[str]:
    """
    Do what is left of a plan and return the steps that were done, in words.

    :param plan: The plan.
    """
    finished = []
    for step in plan.steps:
        if step.act is None:
            continue
        try:
            step.act()
        except OSError as err:
            raise InstallError(
                f"This step failed: {step.text} {err.strerror or err}.",
                "Run it as the user who owns that folder, or choose another way.",
            ) from err
        finished.append(step.text)
    return finished


def write(path: Path, text: str, mode: int = 0o644) -> Step:
    """
    Have a file with exactly this content.

    :param path: The file.
    :param text: Its content.
    :param mode: Its permissions.
    """

    def act() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.chmod(mode)
        part.replace(path)

    if not path.is_file():
        return Step(f"Write {path}.", act)
    same = path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode
    return Step(f"{path} is up to date.", None) if same else Step(f"Renew {path}.", act)


def link(path: Path, target: Path) -> Step:
    """
    Have a link to a folder; something else in its place is an error, another link is replaced.

    :param path: The link.
    :param target: Where it leads.
    """

    def act() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.symlink_to(target, target_is_directory=True)
        part.replace(path)

    if path.is_symlink():
        if path.readlink() == target:
            return Step(f"{path} leads to {target} already.", None)
        return Step(f"Change the link {path} to lead to {target}.", act)
    if path.exists():
        raise InstallError(
            f"{path} is there already and is no link of ours.",
            "Look at what it is; remove or rename it if it is an old copy of this provider.",
        )
    return Step(f"Make a link {path} that leads to {target}.", act)


def unlink(path: Path) -> Step:
    """
    Have no such link or file.

    :param path: What is to go.
    """
    if not os.path.lexists(path):
        return Step(f"{path} is not there.", None)
    if path.is_dir() and not path.is_symlink():
        raise InstallError(
            f"{path} is a folder and no link of ours.", "Look at what it is; it was left alone."
        )
    return Step(f"Remove {path}.", path.unlink)


def remove_folder(path: Path, ours: frozenset[str], holder: str, held: str) -> Step:
    """
    Have no such folder, as far as nothing else is in it.

    :param path: The folder.
    :param ours: Names of its entries that may go with it.
    :param holder: Name of a subfolder, of which one entry may go.
    :param held: Name of that entry.
    """
    if not path.is_dir():
        return Step(f"{path} is not there.", None)
    inner = path / holder
    foreign = {entry.name for entry in path.iterdir()} - ours - {holder}
    if inner.is_dir():
        foreign |= {f"{holder}/{entry.name}" for entry in inner.iterdir() if entry.name != held}
    if foreign:
        return Step(f"{path} stays, as it holds {', '.join(sorted(foreign))}.", None)
    return Step(f"Remove the folder {path}.", lambda: shutil.rmtree(path))
