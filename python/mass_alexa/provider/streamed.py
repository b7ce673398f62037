"""
A player that takes music of the server: the commands about that.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from music_assistant_models.enums import PlaybackState
from music_assistant_models.errors import (
    LoginFailed,
    PlayerCommandFailed,
    UnsupportedFeaturedException,
)

from mass_alexa import AlexaError
from mass_alexa.gateway import Item

from . import texts
from .announcer import address
from .constants import ANNOUNCEMENT
from .faults import command_error
from .shown import ShownPlayer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from music_assistant_models.player import PlayerMedia

    from mass_alexa import Account, CommandReport, Device
    from mass_alexa.gateway import Gateway

    from .provider import AlexaProvider
    from .queue import Deck

    type Send = Callable[[Account], Awaitable[CommandReport]]
    type Give = Callable[[Gateway], Awaitable[None]]


class StreamedPlayer(ShownPlayer):
    """
    A device of the account, as far as it plays what the server hands out.

    :param provider: The provider with the account.
    :param device: The device as Amazon lists it.
    """

    def __init__(self, provider: AlexaProvider, device: Device) -> None:
        super().__init__(provider, device)
        self.paired_by_hand: str | None = None

    @property
    def is_streaming(self) -> bool:
        """
        Whether something of the server is loaded and to be seen.
        """
        return self._alexa.streaming.shown(self.serial, self._known) is not None

    @property
    def plays_alexa(self) -> bool:
        """
        Whether Alexa plays something by itself.
        """
        return self._attr_playback_state == PlaybackState.PLAYING and not self.is_streaming

    @property
    def deck(self) -> Deck:
        """
        What the Echo was given.
        """
        return self._alexa.streaming.deck(self.serial, self.player_id)

    async def play_media(self, media: PlayerMedia) -> None:
        """
        Play a media of the server; returns when the Echo has begun.

        :param media: What should play.
        """
        if self._alexa.ended:
            # *Play* ends here too, as there is something to be seen that could be played again.
            raise LoginFailed(self._alexa.ended)
        self._need_music(media.title or "music")
        self._alexa.streaming.need(self.display_name)
        item = await self.deck.item(media)
        self.deck.next, self.deck.last_title = None, item.title
        await self._stream(
            lambda gateway: gateway.play(self.serial, item),
            _attr_playback_state=PlaybackState.PLAYING,
            _attr_current_media=media,
            _attr_elapsed_time=0.0,
            _attr_elapsed_time_last_updated=time.time(),
        )

    async def enqueue_next_media(self, media: PlayerMedia) -> None:
        """
        Take what comes after the present item.

        :param media: The next one.
        """
        gateway = self._alexa.streaming.need(self.display_name)
        item = await self.deck.item(media)
        self.deck.next = item.id
        try:
            gateway.enqueue(self.serial, item)
        except AlexaError as err:
            raise command_error(err) from err

    async def announced(self, announcement: PlayerMedia, volume: int | None) -> bool:
        """
        Play an announcement by the gateway; false where Alexa has to do it by itself.

        What plays from here goes on afterwards. What Alexa plays by itself would not, so that is
        left to Alexa.

        :param announcement: What to play.
        :param volume: How loud.
        """
        gateway = self._alexa.streaming.gateway
        if gateway is None or not self.is_single or self.plays_alexa:
            return False
        title = announcement.title or texts.message("announcement_title")
        item = Item(id=ANNOUNCEMENT, url=announcement.uri, title=title)
        before = self._attr_volume_level
        louder = volume is not None and volume != before
        try:
            if volume is not None and louder:
                await self.volume_set(volume)
            try:
                await gateway.announce(self.serial, item)
            finally:
                if louder and before is not None:
                    await self.volume_set(before)
        except AlexaError as err:
            if address(announcement) is None:
                self._alexa.note_failure(err)
                raise command_error(err) from err
            self.logger.info("%s: %s", self.display_name, err)
            return False
        return True

    async def on_config_updated(self) -> None:
        """
        Carry out what the settings of the player say about the skill.
        """
        await super().on_config_updated()
        self._alexa.streaming.pair(self)

    def _need_music(self, title: str) -> None:
        """
        Refuse music that this player cannot play, and say why.
        """
        name = self.display_name
        if not self._alexa.streaming.wanted:
            text = texts.message("stream_off").format(name=name, title=title)
            raise UnsupportedFeaturedException(text)
        if not self.is_single:
            roster = self._alexa.roster
            serials = roster.members(self._device) if self.is_group else self._device.members
            names = [one.name for one in roster.devices if one.serial in serials]
            listed = texts.message("stream_members").format(names=" / ".join(names))
            raise UnsupportedFeaturedException(
                texts.message("stream_group").format(
                    name=name, title=title, members=listed if names else ""
                )
            )

    def _need_alexa(self) -> None:
        """
        Refuse what the server does by itself where a queue of it plays.
        """
        if self.is_streaming:
            raise PlayerCommandFailed(texts.message("stream_other").format(name=self.display_name))

    async def _stream(self, give: Give, **assumed: object) -> None:
        """
        Carry out a command at the gateway, with what it should do shown meanwhile.

        :param give: What to ask of the gateway.
        :param assumed: New attributes by name.
        """
        gateway = self._alexa.streaming.need(self.display_name)
        async with self._showing(**assumed):
            await give(gateway)

    async def _command(self, send: Send, **assumed: object) -> None:
        """
        Carry out a command, with what it should do shown meanwhile.

        :param send: What to ask of the account.
        :param assumed: New attributes by name.
        """
        account = self._alexa.connected
        async with self._showing(**assumed):
            report = await send(account)
            for serial, reason in report.skipped:
                if serial == self.serial:
                    raise PlayerCommandFailed(reason)

    @asynccontextmanager
    async def _showing(self, **assumed: object) -> AsyncIterator[None]:
        """
        Show what a command should do while it is under way, and the truth afterwards.

        :param assumed: New attributes by name.
        """
        assumption = self.assume(**assumed)
        worked = False
        try:
            yield
            worked = True
        except AlexaError as err:
            self._alexa.note_failure(err)
            raise command_error(err) from err
        finally:
            self.settle(assumption, worked=worked)
