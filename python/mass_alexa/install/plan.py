"""
Installations as lists of steps that can be read before they are done.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .server import InstallError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

MARK: Final = "Written by mass-alexa"
"""Stands in every file that an installation writes; a file without it belongs to somebody else."""
CACHE: Final = "__pycache__"


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


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """
    Turn a refusal of the operating system into a sentence.

    :param what: What was tried, as a sentence.
    """
    try:
        yield
    except OSError as err:
        where = f" ({err.filename})" if err.filename else ""
        raise InstallError(
            f"{what} {err.strerror or err}{where}.",
            "Run it as the user who owns that folder, or choose another way.",
        ) from err


def apply(plan: Plan) -> list[str]:
    """
    Do what is left of a plan and return the steps that were done, in words.

    :param plan: The plan.
    """
    finished = []
    for step in plan.steps:
        if step.act is None:
            continue
        with in_words(f"This step failed: {step.text}"):
            step.act()
        finished.append(step.text)
    return finished


def write(path: Path, text: str, mode: int = 0o644) -> Step:
    """
    Have a file of ours with exactly this content; a file of somebody else is an error.

    :param path: The file.
    :param text: Its content, with :data:`MARK` in it.
    :param mode: Its permissions.
    """

    def act() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(content)
            part.chmod(mode)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    content = text.encode()
    if not os.path.lexists(path):
        return Step(f"Write {path}.", act)
    if not is_ours(path):
        raise InstallError(
            f"{path} is there already and mass-alexa did not write it.",
            "Name another folder with --folder, or look at what it is and move it away.",
        )
    same = path.read_bytes() == content and path.stat().st_mode & 0o777 == mode
    return Step(f"{path} is up to date.", None) if same else Step(f"Renew {path}.", act)


def is_ours(path: Path) -> bool:
    """
    Tell whether an installation wrote this file.

    :param path: The file, which need not be there.
    """
    return path.is_file() and MARK.encode() in path.read_bytes()


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
    Have no such link; something else in its place is an error.

    :param path: The link that is to go.
    """
    if not os.path.lexists(path):
        return Step(f"{path} is not there.", None)
    if not path.is_symlink():
        raise InstallError(f"{path} is no link of ours.", "Look at what it is; it was left alone.")
    return Step(f"Remove {path}.", path.unlink)


def remove(path: Path) -> Step:
    """
    Have no such file of ours; a file of somebody else stays.

    :param path: The file that is to go.
    """
    if not os.path.lexists(path):
        return Step(f"{path} is not there.", None)
    if not is_ours(path):
        return Step(f"{path} stays, as mass-alexa did not write it.", None)
    return Step(f"Remove {path}.", path.unlink)


def remove_folder(path: Path, inner: str, gone: Collection[Path]) -> Step:
    """
    Have no such folder, as far as nothing is left in it once the steps before are done.

    :param path: The folder.
    :param inner: Name of the one subfolder of ours.
    :param gone: What the steps before take away.
    """
    if not path.is_dir():
        return Step(f"{path} is not there.", None)
    own = [folder for name in (inner, CACHE) if _is_folder(folder := path / name)]
    left = {entry for folder in (*own, path) for entry in folder.iterdir()} - {*own, *gone}
    # What Python compiled of our files; they are told by their names as they hold no mark.
    modules = {one.stem for one in gone if one.suffix == ".py"}
    compiled = {
        one for one in left if one.parent.name == CACHE and one.name.partition(".")[0] in modules
    }
    foreign = left - compiled

    def act() -> None:
        for file in compiled:
            file.unlink(missing_ok=True)
        for folder in (*own, path):
            if not any(folder.iterdir()):
                folder.rmdir()

    if not foreign:
        return Step(f"Remove the folder {path}.", act)
    names = ", ".join(sorted(str(one.relative_to(path)) for one in foreign))
    emptied = any(all(one.parent != folder for one in foreign) for folder in own)
    return Step(f"{path} stays, as it holds {names}.", act if compiled or emptied else None)


def _is_folder(path: Path) -> bool:
    """
    Tell whether this is a folder itself and no link to one.

    :param path: The path.
    """
    return path.is_dir() and not path.is_symlink()
