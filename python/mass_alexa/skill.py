"""
The owner's own Alexa skill, through which an Echo plays what is sent to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Literal

from . import _native
from ._native import SkillExport

type Certificate = Literal["trusted", "wildcard", "self-signed"]
"""What kind of certificate the public address shows."""

INVOCATION_NAME = "music assistant"
"""The name that opens a skill unless another one is chosen."""


@dataclass(frozen=True, slots=True)
class SkillWish:
    """
    What a skill is to be like.

    :param public_url: Where the gateway can be reached from the internet: https, port 443, no path.
    :param invocation_name: What the skill is opened by, as spoken.
    :param certificate: ``trusted`` for a certificate of exactly this name, ``wildcard`` for one of
        all names below a domain, ``self-signed`` for one of one's own making. Amazon never calls
        where it is told the wrong one.
    :param locales: Such as ``de-DE``; all that there are when empty.
    """

    public_url: str
    invocation_name: str = INVOCATION_NAME
    certificate: Certificate = "trusted"
    locales: Sequence[str] = ()

    def plain(self) -> tuple[str, str, str, list[str]]:
        """
        Give it as the core takes it.
        """
        return self.public_url, self.invocation_name, self.certificate, list(self.locales)


async def export_skill(
    folder: str | PathLike[str], wish: SkillWish, *, force: bool = False
) -> SkillExport:
    """
    Write a skill as files, in the layout that Amazon's own tools have.

    A second export of the same changes nothing.

    :param folder: Where to write; made if it is not there.
    :param wish: What the skill is to be like.
    :param force: Write over files that are not of an earlier export.
    """
    return await _native.export_skill(fspath(folder), wish.plain(), force)
