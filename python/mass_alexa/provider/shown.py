"""
What the server shows of a player: the device, its state, and commands before they are confirmed.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from music_assistant.models.player import Player
from music_assistant_models.enums import PlaybackState
from music_assistant_models.player import DeviceInfo

from . import player_compat, sources
from .constants import DOMAIN, POLL_SECONDS, SETTLE_SECONDS
from .sentences import ENDED_SUBTITLE, ENDED_TITLE

if TYPE_CHECKING:
    from mass_alexa import Device, PlayerState
    from mass_alexa.gateway import Stage

    from .provider import AlexaProvider

_SAFE_ID = re.compile(r"[A-Za-z0-9_-]+")
_FEATURES: Final = (
    ("VOLUME_SET", frozenset({"volume"})),
    ("VOLUME_MUTE", frozenset({"mute"})),
    ("PAUSE", frozenset({"pause"})),
    ("NEXT_PREVIOUS", frozenset({"next", "previous"})),
    ("SEEK", frozenset({"seek"})),
    ("PLAY_ANNOUNCEMENT", frozenset({"speak"})),
)
_TYPES: Final = {"pair": "STEREO_PAIR", "group": "GROUP"}
_PLAYBACK: Final = {
    "playing": PlaybackState.PLAYING,
    "paused": PlaybackState.PAUSED,
    "idle": PlaybackState.IDLE,
}
_ASPECTS: Final = {
    "_attr_volume_level": "volume",
    "_attr_volume_muted": "mute",
    "_attr_playback_state": "playback",
    "_attr_current_media": "playback",
    "_attr_elapsed_time": "playback",
    "_attr_elapsed_time_last_updated": "playback",
}
"""What a command can change, and what else stays as it is while that is under way."""


def player_id(serial: str) -> str:
    """
    The id of a device's player: its serial, or a hash of it where Music Assistant could not use it.

    :param serial: Serial of the device.
    """
    if _SAFE_ID.fullmatch(serial):
        return serial
    digest = hashlib.sha256(serial.encode()).hexdigest()[:16]
    return f"{DOMAIN}_{digest}"


class Assumption:
    """
    What a command should do, shown until it is known what it did.

    :param values: New attributes of the player, by name.
    :param before: The same as they were.
    """

    def __init__(self, values: dict[str, object], before: dict[str, object]) -> None:
        self.before = before
        self.aspects = {_ASPECTS[name] for name in values}


class ShownPlayer(Player):
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
        self._device = device
        self._known = provider.states.of(device.serial)
        takes_music = provider.streaming.wanted and device.kind not in _TYPES
        self._sources = sources.Sources(has_queue=takes_music)
        self._under_way: Counter[str] = Counter()
        self._gone = False
        self._attr_needs_poll = not provider.standing.live
        self._attr_poll_interval = POLL_SECONDS
        self._attr_hidden_by_default = provider.roster.is_half_of_pair(device.serial)
        self._describe()
        self._take_over()

    @property
    def synced_to(self) -> str | None:
        """
        Nobody: a group of Alexa is a player of its own, and no member of it leads the others.
        """
        return None

    @property
    def is_group(self) -> bool:
        """
        Whether it is a speaker group, which is made and changed in the Alexa app.
        """
        return self._device.kind == "group"

    @property
    def is_single(self) -> bool:
        """
        Whether it is one Echo, which a skill can play on.
        """
        return self._device.kind not in _TYPES

    @property
    def device_name(self) -> str:
        """
        What its owner calls the device at Amazon.
        """
        return self._device.name

    def take_device(self, device: Device) -> None:
        """
        Take over what the device list says.

        :param device: The device with this player's serial.
        """
        if device.to_dict() == self._device.to_dict():
            return
        self._device = device
        self._describe()
        self.show()

    def take_state(self, state: PlayerState) -> None:
        """
        Take over what the device does.

        :param state: That of this player's serial.
        """
        self._known = state
        self.show()

    def set_poll(self, *, wanted: bool) -> None:
        """
        Have the server ask for the state from time to time, or not.

        :param wanted: Whether nobody tells it.
        """
        self._attr_needs_poll = wanted

    def show(self) -> None:
        """
        Show what is known, except for what a command is just changing.
        """
        if self._gone:
            return
        if not self._alexa.ended:
            self._take_over()
        self.update_state()

    def show_end(self) -> None:
        """
        Show that the session has ended and what to do. Commands still arrive and say so too.
        """
        if self._gone:
            return
        self._attr_available = self._is_online
        self._attr_playback_state = PlaybackState.IDLE
        self._attr_elapsed_time = None
        self._sources.play(None)
        self._list_sources(ENDED_TITLE)
        self._attr_current_media = player_compat.media(
            uri=f"{sources.ALEXA}://{self.player_id}",
            title=ENDED_TITLE,
            artist=ENDED_SUBTITLE,
            source_id=sources.ALEXA,
        )
        self.update_state()

    async def on_unload(self) -> None:
        """
        End what is planned: the server shows whatever a player says, also after its end.
        """
        self._gone = True
        self.mass.cancel_timer(self._settle_id)
        await super().on_unload()

    def assume(self, **values: object) -> Assumption:
        """
        Show at once what a command should do.

        :param values: New attributes by name.
        """
        before = {name: getattr(self, name) for name in values}
        assumption = Assumption(values, before)
        self._under_way.update(assumption.aspects)
        for name, value in values.items():
            setattr(self, name, value)
        if "_attr_playback_state" in values:
            active = self._attr_playback_state != PlaybackState.IDLE
            player_compat.claim_output(self, active=active)
        if values:
            self.update_state()
        return assumption

    def settle(self, assumption: Assumption, *, worked: bool) -> None:
        """
        Go back to what is known: at once if a command failed, or else when there was time for news.

        :param assumption: What the command should have done.
        :param worked: Whether it did, as far as can be told.
        """
        self._under_way.subtract(assumption.aspects)
        if self._gone:
            return
        if worked:
            self.mass.call_later(SETTLE_SECONDS, self.show, task_id=self._settle_id)
            return
        for name, value in assumption.before.items():
            if not self._under_way[_ASPECTS[name]]:
                setattr(self, name, value)
        self.show()

    def position_now(self) -> float | None:
        """
        Where the loaded item is at this moment, in seconds.
        """
        position, at = self._attr_elapsed_time, self._attr_elapsed_time_last_updated
        if position is None or at is None or self._attr_playback_state != PlaybackState.PLAYING:
            return position
        return position + max(time.time() - at, 0.0)

    @property
    def _is_online(self) -> bool:
        return self._device.online if self._known is None else self._known.online

    @property
    def _settle_id(self) -> str:
        return f"{self._alexa.instance_id}_settle_{self.player_id}"

    def _describe(self) -> None:
        device = self._device
        able = set(device.features)
        self._attr_name = device.name
        self._attr_type = player_compat.player_type(_TYPES.get(device.kind, "PLAYER"))
        names = [name for name, needed in _FEATURES if needed <= able]
        if self._alexa.streaming.wanted:
            # Also where it is refused, as the server's own words for that are none of ours.
            names += ["PLAY_MEDIA", "ENQUEUE"] if self.is_single else ["PLAY_MEDIA"]
        self._attr_supported_features = player_compat.player_features(names)
        self._attr_device_info = DeviceInfo(
            model=device.model or device.device_type,
            manufacturer=device.manufacturer or "Amazon",
            software_version=device.firmware,
        )

    def _take_over(self) -> None:
        state = self._known
        reachable = self._alexa.standing.reachable
        self._attr_available = reachable and self._is_online
        if state is not None:
            if not self._under_way["volume"] and state.volume is not None:
                self._attr_volume_level = state.volume
            if not self._under_way["mute"] and state.muted is not None:
                self._attr_volume_muted = state.muted
        if not self._under_way["playback"]:
            stage = self._alexa.streaming.shown(self.serial, state)
            if stage is not None:
                self._take_stage(stage)
            elif state is not None:
                self._take_playback(state)
        if self.is_group:
            self._take_members()
        reason = state.reason if state else None
        if not reachable:
            reason = self._alexa.standing.sentence()
        self._list_sources(reason)
        group = state.group if state else None
        values: dict[str, str | bool | None] = {
            "unavailable_because": reason,
            "do_not_disturb": state.do_not_disturb if state else None,
            "shuffle": state.shuffle if state else None,
            "repeat": state.repeat if state else None,
            "plays_in": player_id(group) if group else None,
            "stopped_because": self._alexa.streaming.reason(self.serial),
        }
        player_compat.show_extra(self, values)

    def _take_playback(self, state: PlayerState) -> None:
        playback = _PLAYBACK.get(state.playback)
        if playback is None:
            return
        if self._alexa.streaming.is_ours(self.serial, state):
            # News of what has ended.
            playback = PlaybackState.IDLE
        self._attr_playback_state = playback
        if playback == PlaybackState.IDLE:
            self._sources.rest()
            self._attr_current_media = None
            self._attr_elapsed_time = None
        else:
            self._sources.play(state.provider)
            self._attr_elapsed_time = state.position
            self._attr_elapsed_time_last_updated = state.updated_at
            uri = f"{sources.ALEXA}://{self.player_id}"
            source = self._sources.active or sources.ALEXA
            self._attr_current_media = sources.media(state, uri, source)
        player_compat.claim_output(self, active=playback != PlaybackState.IDLE)

    def _take_stage(self, stage: Stage) -> None:
        deck = self._alexa.streaming.deck(self.serial, self.player_id)
        media = deck.media(stage.item or "")
        if media is None:
            # No item of the server, such as an announcement: what it interrupts stays to be seen.
            return
        paused = stage.playback == "paused"
        self._attr_playback_state = PlaybackState.PAUSED if paused else PlaybackState.PLAYING
        self._attr_elapsed_time = stage.position or 0.0
        self._attr_elapsed_time_last_updated = stage.updated_at
        self._attr_current_media = media
        self._sources.rest()
        player_compat.claim_output(self, active=True)

    def _take_members(self) -> None:
        """
        Let members belong to the group unless they play something else.

        The server shows the music of a group at its members and sends their commands to it.
        """
        serials = self._alexa.roster.members(self._device)
        self._attr_static_group_members = [player_id(serial) for serial in serials]
        self._attr_group_members = [
            player_id(serial) for serial in serials if not self._plays_elsewhere(serial)
        ]

    def _plays_elsewhere(self, serial: str) -> bool:
        state = self._alexa.states.of(serial)
        return (
            state is not None
            and state.playback in ("playing", "paused")
            and state.group != self.serial
        )

    def _list_sources(self, notice: str | None) -> None:
        controls = self._known.controls if self._known else ()
        self._attr_active_source = self._sources.active
        self._attr_source_list = self._sources.listed(self._device.features, controls, notice)
