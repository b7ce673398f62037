"""
A player: attributes set by the provider, and the state the server makes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import PlaybackState, PlayerFeature, PlayerType
from music_assistant_models.player import DeviceInfo, PlayerMedia, PlayerSource
from music_assistant_models.player import Player as PlayerState
from music_assistant_models.unique_list import UniqueList

if TYPE_CHECKING:
    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

    from .player_provider import PlayerProvider


class Player:
    """
    Base of all players.
    """

    _attr_type: PlayerType = PlayerType.PLAYER
    _attr_available: bool = True
    _attr_name: str | None = None
    _attr_playback_state: PlaybackState = PlaybackState.IDLE
    _attr_volume_level: int | None = None
    _attr_volume_muted: bool | None = None
    _attr_elapsed_time: float | None = None
    _attr_elapsed_time_last_updated: float | None = None
    _attr_active_source: str | None = None
    _attr_current_media: PlayerMedia | None = None
    _attr_needs_poll: bool = False
    _attr_poll_interval: int = 30
    _attr_hidden_by_default: bool = False

    def __init__(self, provider: PlayerProvider, player_id: str) -> None:
        self.mass = provider.mass
        self.logger = provider.logger
        self.provider = provider
        self.player_id = player_id
        self._attr_supported_features: set[PlayerFeature] = set()
        self._attr_device_info = DeviceInfo()
        self._attr_source_list: list[PlayerSource] = []
        self._attr_group_members: list[str] = []
        self._attr_static_group_members: list[str] = []
        self.extra_data: dict[str, Any] = {}
        self._extra_attributes: dict[str, Any] = {}
        self.active_output_protocol: str | None = None
        self._state: PlayerState | None = None
        self.mass.config.create_default_player_config(player_id, provider.instance_id)

    @property
    def enabled(self) -> bool:
        return self.player_id not in self.mass.players.disabled

    @property
    def type(self) -> PlayerType:
        return self._attr_type

    @property
    def available(self) -> bool:
        return self._attr_available

    @property
    def playback_state(self) -> PlaybackState:
        return self._attr_playback_state

    @property
    def group_members(self) -> list[str]:
        return self._attr_group_members

    @property
    def synced_to(self) -> str | None:
        """
        The player that leads this one: the first of its group, unless it says otherwise.
        """
        members = self.group_members
        return members[0] if members and members[0] != self.player_id else None

    @property
    def display_name(self) -> str:
        return self._attr_name or self.player_id

    @property
    def extra_attributes(self) -> dict[str, Any]:
        """
        What clients of the server get besides.
        """
        return self._extra_attributes

    @property
    def needs_poll(self) -> bool:
        return self._attr_needs_poll

    @property
    def hidden_by_default(self) -> bool:
        return self._attr_hidden_by_default

    @property
    def poll_interval(self) -> int:
        return self._attr_poll_interval

    @property
    def supported_features(self) -> set[PlayerFeature]:
        return self._attr_supported_features

    @property
    def state(self) -> PlayerState:
        """
        What clients of the server see: a snapshot of the last :meth:`update_state`.
        """
        return self._state or self._snapshot()

    def update_state(self, signal_event: bool = True) -> None:
        """
        Take the attributes over into the state, and tell the server of what is new.
        """
        self.mass.verify_event_loop_thread("player.update_state")
        before, self._state = self._state, self._snapshot()
        if signal_event and before != self._state:
            self.mass.players.on_player_state(self)

    def set_active_output_protocol(self, protocol_id: str | None) -> None:
        """
        Note by what means the player plays; ``native`` are its own.
        """
        if protocol_id != self.active_output_protocol:
            self.active_output_protocol = protocol_id
            self.update_state()

    async def on_config_updated(self) -> None:
        """
        Called when the player's configuration is there or changed.
        """

    async def on_unload(self) -> None:
        """
        Called when the player leaves the server.
        """

    async def get_config_entries(
        self,
        action: str | None = None,  # noqa: ARG002 - of the real one
        values: dict[str, ConfigValueType] | None = None,  # noqa: ARG002
    ) -> list[ConfigEntry]:
        """
        Settings of the player beside those that every player has.
        """
        return []

    async def poll(self) -> None:
        """
        Called in the poll interval of a player that needs it.
        """

    async def play(self) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    async def pause(self) -> None:
        raise NotImplementedError

    async def next_track(self) -> None:
        raise NotImplementedError

    async def previous_track(self) -> None:
        raise NotImplementedError

    async def seek(self, position: int) -> None:
        raise NotImplementedError

    async def volume_set(self, volume_level: int) -> None:
        raise NotImplementedError

    async def volume_mute(self, muted: bool) -> None:
        raise NotImplementedError

    async def play_media(self, media: PlayerMedia) -> None:
        raise NotImplementedError

    async def enqueue_next_media(self, media: PlayerMedia) -> None:
        raise NotImplementedError

    async def play_announcement(
        self, announcement: PlayerMedia, volume_level: int | None = None
    ) -> None:
        raise NotImplementedError

    async def set_members(
        self,
        player_ids_to_add: list[str] | None = None,
        player_ids_to_remove: list[str] | None = None,
    ) -> None:
        raise NotImplementedError

    def _group(self) -> Player | None:
        """
        The group player that has this one among its members and plays or pauses.
        """
        active = (PlaybackState.PLAYING, PlaybackState.PAUSED)
        for other in self.mass.players.all_players():
            if (
                other is not self
                and other.type == PlayerType.GROUP
                and other.available
                and other.playback_state in active
                and self.player_id in other.group_members
            ):
                return other
        return None

    def _snapshot(self) -> PlayerState:
        group = self._group()
        source = self._attr_active_source or self.player_id
        return PlayerState(
            player_id=self.player_id,
            provider=self.provider.instance_id,
            type=self._attr_type,
            name=self.display_name,
            available=self.enabled and self._attr_available,
            device_info=self._attr_device_info,
            supported_features=set(self._attr_supported_features),
            playback_state=self._attr_playback_state,
            elapsed_time=self._attr_elapsed_time,
            elapsed_time_last_updated=self._attr_elapsed_time_last_updated,
            volume_level=self._attr_volume_level,
            volume_muted=self._attr_volume_muted,
            group_members=UniqueList(
                []
                if self.synced_to
                else [each for each in self.group_members if self.mass.players.get_player(each)]
            ),
            synced_to=self.synced_to,
            static_group_members=UniqueList(self._attr_static_group_members),
            group_volume=self.mass.players.group_volume(self),
            active_group=group.player_id if group else None,
            active_source=group.state.active_source if group else source,
            source_list=UniqueList(self._attr_source_list),
            current_media=group.state.current_media if group else self._attr_current_media,
            extra_attributes=dict(self._extra_attributes),
        )
