"""
The owner's own Alexa skill, through which an Echo plays what is sent to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Literal, Self

from . import _native
from ._native import SkillDeployment, SkillExport, SkillState
from .settings import Settings
from .sign_ins import STAGE_INTERVAL

__all__ = [
    "INVOCATION_NAME",
    "RETURN_URL",
    "Certificate",
    "Developer",
    "OnStep",
    "SecurityProfile",
    "SkillDeployment",
    "SkillExport",
    "SkillState",
    "SkillWish",
    "export_skill",
]

type OnStep = Callable[[str, str], None]
"""Told the name of a step and what it does, as a short sentence without a full stop."""

RETURN_URL = "http://127.0.0.1:9090/cb"
"""Where the browser is sent after the consent; to be allowed in the security profile."""

type Certificate = Literal["trusted", "wildcard"]
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
        all names below a domain. Amazon never calls where it is told the wrong one.
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


@dataclass(frozen=True, slots=True)
class SecurityProfile:
    """
    A security profile of Login with Amazon, made by the owner at developer.amazon.com.

    :param client_id: Its client id.
    :param client_secret: Its client secret; kept sealed, never shown.
    :param return_url: One of its allowed return URLs.
    """

    client_id: str
    client_secret: str
    return_url: str = RETURN_URL

    def __repr__(self) -> str:
        return f"SecurityProfile({self.client_id!r})"


class Developer:
    """
    The developer account of the owner. Get it with :meth:`open` or :meth:`sign_in`.

    :param native: Its handle.
    """

    def __init__(self, native: _native.SkillDeveloper) -> None:
        self._native = native

    @classmethod
    async def open(cls, store: str | PathLike[str], *, settings: Settings | None = None) -> Self:
        """
        Take the developer whose consent was kept in a store.

        :param store: Folder of the session.
        :param settings: How to reach Amazon.
        """
        return cls(await _native.SkillDeveloper.open(fspath(store), settings or Settings()))

    @classmethod
    async def sign_in(
        cls,
        store: str | PathLike[str],
        profile: SecurityProfile,
        *,
        show: Callable[[str], None],
        paste: Callable[[], Awaitable[str]] | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """
        Ask for the consent of a developer, and keep it sealed.

        :param store: Folder of the session; made if it is not there.
        :param profile: The security profile that asks.
        :param show: Gets the address to open in a browser.
        :param paste: Gets the address that the browser was sent to from a person. Without it the
            browser is waited for at the return URL, which has to be on this machine.
        :param settings: How to reach Amazon.
        """
        consent = _native.SkillConsent.begin(
            fspath(store),
            profile.client_id,
            profile.client_secret,
            profile.return_url,
            settings or Settings(),
        )
        if paste is not None:
            show(consent.url)
            return cls(await consent.finish(await paste()))
        landed = asyncio.ensure_future(consent.landed())
        try:
            # A port that is taken is found out before anybody opens a page in vain.
            await asyncio.wait({landed}, timeout=STAGE_INTERVAL)
            if not landed.done():
                show(consent.url)
            return cls(await consent.finish(await landed))
        finally:
            landed.cancel()

    @property
    def skill_id(self) -> str | None:
        """
        The skill that was made or found last.
        """
        return self._native.skill_id

    async def deploy(
        self,
        wish: SkillWish,
        *,
        vendor: str | None = None,
        skill_id: str | None = None,
        on_step: OnStep | None = None,
    ) -> SkillDeployment:
        """
        Bring a skill to Amazon and wait until it is in use. Only what differs is sent.

        :param wish: What it is to be like.
        :param vendor: Id of the developer organisation, where there are several.
        :param skill_id: A skill that is there already; without, ours is found or made.
        :param on_step: Told what is being done, whenever that changes.
        """
        work = asyncio.ensure_future(self._native.deploy(wish.plain(), vendor, skill_id))
        told = ("", "")
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=STAGE_INTERVAL)
                now = self._native.progress
                if on_step is not None and now != told:
                    on_step(*now)
                    told = now
            return await work
        finally:
            work.cancel()

    async def state(self, skill_id: str) -> SkillState | None:
        """
        Ask what Amazon has of a skill; ``None`` when there is none of this id.

        :param skill_id: Its id.
        """
        return await self._native.state(skill_id)
