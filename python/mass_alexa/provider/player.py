"""
One Echo device as a player: its commands.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from music_assistant_models.enums import PlaybackState
from music_assistant_models.errors import (
    PlayerCommandFailed,
    UnsupportedFeaturedException,
)

from . import player_compat, player_options
from .constants import VOLUME_PATIENCE_SECONDS
from .sentences import ANNOUNCEMENT_QUIET, MADE_BY_AMAZON
from .streamed import StreamedPlayer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from music_assistant_models.config_entries import ConfigEntry
    from music_assistant_models.player import PlayerMedia

    from mass_alexa import Account, CommandReport, Device

    from .provider import AlexaProvider

    type Send = Callable[[Account], Awaitable[CommandReport]]


class AlexaPlayer(StreamedPlayer):
    """
    A device of the account.

    A command is shown at once and taken back when it fails. What fails is said in a sentence, with
    what to do about it.

    :param provider: The provider with the account.
    :param device: The device as Amazon lists it.
    """

    def __init__(self, provider: AlexaProvider, device: Device) -> None:
        super().__init__(provider, device)
        self._settings: set[asyncio.Task[None]] = set()

    async def poll(self) -> None:
        """
        Ask for the state. One reading serves all players, so that most calls find it done already.
        """
        self._alexa.states.poll()

    async def play(self) -> None:
        """
        Resume what is loaded.
        """
        if self.is_streaming:
            await self._stream(
                lambda gateway: gateway.resume(self.serial),
                _attr_playback_state=PlaybackState.PLAYING,
                _attr_elapsed_time_last_updated=time.time(),
            )
            return
        await self._command(
            lambda account: account.play(self.serial),
            _attr_playback_state=PlaybackState.PLAYING,
            _attr_elapsed_time_last_updated=time.time(),
        )

    async def pause(self) -> None:
        """
        Pause what plays.
        """
        if self.is_streaming:
            await self._stream(
                lambda gateway: gateway.pause(self.serial),
                _attr_elapsed_time=self.position_now(),
                _attr_playback_state=PlaybackState.PAUSED,
            )
            return
        await self._command(
            lambda account: account.pause(self.serial),
            _attr_elapsed_time=self.position_now(),
            _attr_playback_state=PlaybackState.PAUSED,
        )

    async def stop(self) -> None:
        """
        Stop what plays.
        """
        if self.is_streaming:
            await self._stream(
                lambda gateway: gateway.stop(self.serial),
                _attr_playback_state=PlaybackState.IDLE,
                _attr_current_media=None,
                _attr_elapsed_time=None,
            )
            return
        await self._command(
            lambda account: account.stop(self.serial),
            _attr_playback_state=PlaybackState.IDLE,
            _attr_current_media=None,
            _attr_elapsed_time=None,
        )

    async def next_track(self) -> None:
        """
        Skip to the next track, of what Alexa plays by itself.
        """
        self._need_alexa()
        await self._command(lambda account: account.next(self.serial))

    async def previous_track(self) -> None:
        """
        Go back to the previous track, of what Alexa plays by itself.
        """
        self._need_alexa()
        await self._command(lambda account: account.previous(self.serial))

    async def seek(self, position: int) -> None:
        """
        Go to a position of what Alexa plays by itself.

        :param position: Seconds from its beginning.
        """
        self._need_alexa()
        await self._command(
            lambda account: account.seek(self.serial, float(position)),
            _attr_elapsed_time=float(position),
            _attr_elapsed_time_last_updated=time.time(),
        )

    async def volume_set(self, volume_level: int) -> None:
        """
        Set the volume.

        :param volume_level: 0 to 100.
        """
        setting = self._command(
            lambda account: account.set_volume(self.serial, volume_level),
            _attr_volume_level=volume_level,
        )
        if player_compat.volumes_queue(self.mass, self.player_id):
            await self._set_in_background(self.mass.create_task(setting))
        else:
            await setting

    async def volume_mute(self, muted: bool) -> None:  # noqa: FBT001 - the host's signature
        """
        Mute or unmute.

        :param muted: Whether there is to be silence.
        """
        await self._command(
            lambda account: account.set_mute(self.serial, muted), _attr_volume_muted=muted
        )

    async def play_announcement(
        self, announcement: PlayerMedia, volume_level: int | None = None
    ) -> None:
        """
        Play an announcement; returns when it is over.

        :param announcement: What to play.
        :param volume_level: How loud, ``None`` for the volume of the moment.
        """
        quiet = self._known is not None and self._known.do_not_disturb
        if quiet and player_options.respects_quiet(self):
            raise PlayerCommandFailed(ANNOUNCEMENT_QUIET.format(name=self.display_name))
        if await self.announced(announcement, volume_level):
            return
        await self._command(
            lambda account: self._alexa.announcer.play(
                account, self.serial, self.display_name, announcement, volume_level
            )
        )

    async def set_members(
        self,
        player_ids_to_add: list[str] | None = None,  # noqa: ARG002 - the host's signature
        player_ids_to_remove: list[str] | None = None,  # noqa: ARG002
    ) -> None:
        """
        Refuse to change a group. The server tries when a member of a playing group goes offline.

        :param player_ids_to_add: Who should belong to it.
        :param player_ids_to_remove: Who should not.
        """
        raise UnsupportedFeaturedException(MADE_BY_AMAZON.format(name=self._attr_name))

    async def get_config_entries(self, *args: Any, **kwargs: Any) -> list[ConfigEntry]:
        """
        The settings of this player.

        :param args: What the version hands over.
        :param kwargs: The same, by name.
        """
        return player_options.entries(self, await super().get_config_entries(*args, **kwargs))

    async def _set_in_background(self, setting: asyncio.Task[None]) -> None:
        """
        Wait for a volume only for a moment, as long as the server keeps the next one back (2.7).

        :param setting: What sets it. A failure that comes later is shown and logged only.
        """
        # Of a slider that moves, only the first step waits.
        patience = 0.0 if self._settings else VOLUME_PATIENCE_SECONDS
        self._settings.add(setting)
        setting.add_done_callback(self._settings.discard)
        done, _ = await asyncio.wait({setting}, timeout=patience)
        if done:
            await setting
        else:
            setting.add_done_callback(self._note_late_failure)

    def _note_late_failure(self, setting: asyncio.Task[None]) -> None:
        if not setting.cancelled() and (error := setting.exception()):
            self.logger.warning("The volume of %s was not set: %s", self.display_name, error)
