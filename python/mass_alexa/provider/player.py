"""
One Echo device as a player.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING

from music_assistant.models.player import Player
from music_assistant_models.enums import PlaybackState
from music_assistant_models.errors import (
    LoginFailed,
    PlayerCommandFailed,
    UnsupportedFeaturedException,
)
from music_assistant_models.player import DeviceInfo, PlayerSource

from mass_alexa import AlexaError

from . import compat
from .constants import CONFIRM_SECONDS, DOMAIN, POLL_IDLE
from .faults import command_error
from .sentences import ENDED_SUBTITLE, ENDED_TITLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from music_assistant_models.player import PlayerMedia

    from mass_alexa import CommandReport, Device, PlayerState

    from .provider import AlexaProvider

SOURCE = "alexa"
"""
Source of everything Alexa plays by itself, whichever service it comes from.

It is the active one also while nothing plays, or Music Assistant would take *play* for a wish to
resume a queue of its own, which these players cannot play.
"""

_SAFE_ID = re.compile(r"[A-Za-z0-9_-]+")
_FEATURES: tuple[tuple[str, frozenset[str]], ...] = (
    ("VOLUME_SET", frozenset({"volume"})),
    ("VOLUME_MUTE", frozenset({"mute"})),
    ("PAUSE", frozenset({"pause"})),
    ("NEXT_PREVIOUS", frozenset({"next", "previous"})),
)
# A speaker group stays an ordinary player: mass_alexa sets the volume of all its members at once,
# while Music Assistant would set that of a group player one member after the other.
_TYPES = {"pair": "STEREO_PAIR"}
_PLAYBACK = {
    "playing": PlaybackState.PLAYING,
    "paused": PlaybackState.PAUSED,
    "idle": PlaybackState.IDLE,
}


def player_id(serial: str) -> str:
    """
    The id of a device's player: its serial, or a hash of it where Music Assistant could not use it.

    :param serial: Serial of the device.
    """
    if _SAFE_ID.fullmatch(serial):
        return serial
    digest = hashlib.sha256(serial.encode()).hexdigest()[:16]
    return f"{DOMAIN}_{digest}"


class AlexaPlayer(Player):
    """
    A device of the account. It outlives renames: what changes is written into it.

    :param provider: The provider with the account.
    :param device: The device as Amazon lists it.
    """

    provider: AlexaProvider

    def __init__(self, provider: AlexaProvider, device: Device) -> None:
        super().__init__(provider, player_id(device.serial))
        self.serial = device.serial
        self._alexa = provider
        self._online = device.online
        self._changed_at = 0.0
        self._attr_active_source = SOURCE
        self._attr_needs_poll = True
        self._attr_hidden_by_default = provider.roster.is_half_of_pair(device.serial)
        self._attr_poll_interval = POLL_IDLE
        self._describe(device)

    def take_device(self, device: Device) -> None:
        """
        Take over what the device list says.

        :param device: The device with this player's serial.
        """
        self._describe(device)
        self.update_state()

    def take_state(self, state: PlayerState, poll_interval: int) -> None:
        """
        Take over a reading of the state.

        :param state: The reading for this player's serial.
        :param poll_interval: Seconds until the next one.
        """
        self._attr_poll_interval = poll_interval
        if state.updated_at >= self._changed_at:
            self._take_volume(state)
            self._take_playback(state)
        self.update_state()

    def set_reachable(self, *, reachable: bool) -> None:
        """
        Note whether the account can be reached at all.

        :param reachable: False makes the player unavailable whatever the device list said.
        """
        self._attr_available = reachable and self._online
        self.update_state()

    def show_end(self) -> None:
        """
        Show that the session has ended and what to do. Commands still arrive and say so too.
        """
        self._attr_available = self._online
        self._attr_playback_state = PlaybackState.IDLE
        self._attr_elapsed_time = None
        self._name_source(ENDED_TITLE)
        self._attr_current_media = compat.media(
            uri=f"{SOURCE}://{self.player_id}",
            title=ENDED_TITLE,
            artist=ENDED_SUBTITLE,
            source_id=SOURCE,
        )
        self.update_state()

    async def poll(self) -> None:
        """
        Ask for a reading. It serves all players, so that most calls find it done already.
        """
        self._alexa.states.poll()

    async def play(self) -> None:
        """
        Resume what Alexa has loaded.
        """
        await self._command(self._alexa.connected.play(self.serial))
        self._assume(_attr_playback_state=PlaybackState.PLAYING)

    async def pause(self) -> None:
        """
        Pause what Alexa plays.
        """
        await self._command(self._alexa.connected.pause(self.serial))
        self._assume(_attr_playback_state=PlaybackState.PAUSED)

    async def stop(self) -> None:
        """
        Stop what Alexa plays.
        """
        await self._command(self._alexa.connected.stop(self.serial))
        self._assume(_attr_playback_state=PlaybackState.IDLE)

    async def next_track(self) -> None:
        """
        Skip to the next track.
        """
        await self._command(self._alexa.connected.next(self.serial))
        self._assume()

    async def previous_track(self) -> None:
        """
        Go back to the previous track.
        """
        await self._command(self._alexa.connected.previous(self.serial))
        self._assume()

    async def volume_set(self, volume_level: int) -> None:
        """
        Set the volume.

        :param volume_level: 0 to 100.
        """
        await self._command(self._alexa.connected.set_volume(self.serial, volume_level))
        self._assume(_attr_volume_level=volume_level)

    async def volume_mute(self, muted: bool) -> None:  # noqa: FBT001 - the host's signature
        """
        Mute or unmute.

        :param muted: Whether there is to be silence.
        """
        await self._command(self._alexa.connected.set_mute(self.serial, muted))
        self._assume(_attr_volume_muted=muted)

    async def play_media(self, media: PlayerMedia) -> None:
        """
        Refuse to play music of Music Assistant, which this version cannot do.

        :param media: What should play.
        """
        if self._alexa.ended:
            # *Play* ends here too, as there is something to be seen that could be played again.
            raise LoginFailed(self._alexa.ended)
        raise UnsupportedFeaturedException(
            f"{self._attr_name} cannot play music from Music Assistant yet. "
            f"Start {media.title or 'music'} by voice or in the Alexa app and control it here."
        )

    async def _command(self, command: Awaitable[CommandReport]) -> None:
        try:
            report = await command
        except AlexaError as err:
            self._alexa.note_failure(err)
            raise command_error(err) from err
        for serial, reason in report.skipped:
            if serial == self.serial:
                raise PlayerCommandFailed(reason)

    def _assume(self, **attributes: object) -> None:
        """
        Show what a command should have done until a reading confirms it or says otherwise.
        """
        self._changed_at = time.time()
        for name, value in attributes.items():
            setattr(self, name, value)
        self.update_state()
        self._alexa.states.confirm(CONFIRM_SECONDS)

    def _describe(self, device: Device) -> None:
        able = set(device.features)
        self._online = device.online
        self._attr_name = device.name
        self._attr_type = compat.player_type(_TYPES.get(device.kind, "PLAYER"))
        self._attr_available = device.online and self._alexa.states.reachable
        self._attr_supported_features = compat.player_features(
            name for name, needed in _FEATURES if needed <= able
        )
        self._attr_device_info = DeviceInfo(
            model=device.model or device.device_type,
            manufacturer=device.manufacturer or "Amazon",
            software_version=device.firmware,
        )
        self._attr_source_list = [self._source(able, "Alexa")]

    def _source(self, able: set[str], name: str) -> PlayerSource:
        return PlayerSource(
            id=SOURCE,
            name=name,
            passive=True,
            can_play_pause={"play", "pause"} <= able,
            can_next_previous={"next", "previous"} <= able,
        )

    def _take_volume(self, state: PlayerState) -> None:
        if state.volume is not None:
            self._attr_volume_level = state.volume
        if state.muted is not None:
            self._attr_volume_muted = state.muted

    def _take_playback(self, state: PlayerState) -> None:
        playback = _PLAYBACK.get(state.playback)
        if playback is None:
            return
        self._attr_playback_state = playback
        compat.claim_output(self, active=playback != PlaybackState.IDLE)
        if playback == PlaybackState.IDLE:
            self._attr_current_media = None
            self._attr_elapsed_time = None
            self._name_source("Alexa")
            return
        self._attr_elapsed_time = state.position
        self._attr_elapsed_time_last_updated = state.updated_at
        self._name_source(state.provider or "Alexa")
        self._attr_current_media = self._media(state)

    def _name_source(self, name: str) -> None:
        for source in self._attr_source_list:
            source.name = name

    def _media(self, state: PlayerState) -> PlayerMedia | None:
        if state.title is None:
            return None
        values: Mapping[str, object] = {
            "uri": f"{SOURCE}://{self.player_id}",
            "title": state.title,
            "artist": state.artist,
            "album": state.album,
            "image_url": state.image_url,
            "duration": None if state.duration is None else round(state.duration),
            "source_id": SOURCE,
            "elapsed_time": None if state.position is None else round(state.position),
            "elapsed_time_last_updated": state.updated_at,
        }
        return compat.media(**values)
