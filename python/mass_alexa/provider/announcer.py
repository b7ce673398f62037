"""
Announcements of the server, played by Alexa.

The server hands over an address: that of a stream of its own, which is http in the home network,
and behind it the one it was given itself. Alexa fetches what it plays over the internet and takes
https only.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from typing import TYPE_CHECKING, Final

from music_assistant_models.errors import PlayerCommandFailed
from yarl import URL

from . import player_compat
from .constants import (
    ANNOUNCE_DELAY_SECONDS,
    ANNOUNCE_GATHER_SECONDS,
    ANNOUNCE_SECONDS,
    ANNOUNCE_SETTLE_SECONDS,
)
from .sentences import ANNOUNCEMENT_ADDRESS

if TYPE_CHECKING:
    from music_assistant_models.player import PlayerMedia

    from mass_alexa import Account, CommandReport

HOME_ENDINGS: Final = (
    ".arpa",
    ".fritz.box",
    ".home",
    ".internal",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".test",
)
"""Ends of names that mean something in one home only."""


def address(announcement: PlayerMedia) -> str | None:
    """
    The address of an announcement that Amazon can fetch, if there is one.

    :param announcement: What to play. The server's own stream is the better one, as it begins with
        the chime.
    """
    given = (announcement.custom_data or {}).get("announcement_url")
    for candidate in (announcement.uri, given):
        if isinstance(candidate, str) and is_public(candidate):
            return candidate
    return None


def is_public(text: str) -> bool:
    """
    Whether an address can be one that Amazon reaches: https, and no name or number of a home.

    :param text: The address.
    """
    try:
        url = URL(text)
    except ValueError:
        return False
    host = (url.host or "").rstrip(".").lower()
    if url.scheme != "https" or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(HOME_ENDINGS)


class _Batch:
    """
    Devices that are to play the same at the same time.
    """

    def __init__(self) -> None:
        self.serials: list[str] = []
        self.sending: asyncio.Task[CommandReport] | None = None


class Announcer:
    """
    Plays announcements, on many devices at once where they are the same.

    The server gives an announcement for a group to each member by itself, all in one moment; sent
    together they begin together, and with one request.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, int | None], _Batch] = {}

    async def play(
        self,
        account: Account,
        serial: str,
        name: str,
        announcement: PlayerMedia,
        volume: int | None,
    ) -> CommandReport:
        """
        Play an announcement; returns when it is over.

        :param account: The account of the device.
        :param serial: Serial of the device.
        :param name: What the device is called here.
        :param announcement: What to play.
        :param volume: How loud; the volume of before is brought back.
        """
        url = address(announcement)
        if url is None:
            raise PlayerCommandFailed(
                ANNOUNCEMENT_ADDRESS.format(name=name, address=_shown(announcement))
            )
        batch = self._open.setdefault((url, volume), _Batch())
        batch.serials.append(serial)
        if batch.sending is None:
            batch.sending = asyncio.ensure_future(self._send(account, url, volume, batch))
        # One of many who gives up does not silence the others.
        return await asyncio.shield(batch.sending)

    async def _send(
        self, account: Account, url: str, volume: int | None, batch: _Batch
    ) -> CommandReport:
        await asyncio.sleep(ANNOUNCE_GATHER_SECONDS)
        # Whoever comes from now on is too late for this one.
        del self._open[url, volume]
        measuring = asyncio.ensure_future(player_compat.seconds_of(url))
        try:
            report = await account.play_audio(batch.serials, url, volume=volume)
            begun = time.monotonic()
            if report.done:
                # Alexa does not tell when it is over.
                length = await _measured(measuring)
                over = begun + ANNOUNCE_DELAY_SECONDS + length
                await asyncio.sleep(max(over - time.monotonic(), 0.0))
            if report.done and volume is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ANNOUNCE_SETTLE_SECONDS):
                        await account.settle()
        finally:
            measuring.cancel()
        return report


async def _measured(measuring: asyncio.Future[float | None]) -> float:
    """
    The length of an announcement, which is heard whether or not it can be measured.

    :param measuring: What measures it.
    """
    done, _ = await asyncio.wait({measuring}, timeout=ANNOUNCE_SECONDS)
    if not done or measuring.cancelled() or measuring.exception() is not None:
        return ANNOUNCE_SECONDS
    return measuring.result() or ANNOUNCE_SECONDS


def _shown(announcement: PlayerMedia) -> str:
    """
    The address that was given without its path, which may let anybody listen.
    """
    given = (announcement.custom_data or {}).get("announcement_url")
    try:
        return str(URL(given if isinstance(given, str) else announcement.uri).origin())
    except ValueError:
        return "what was given"
