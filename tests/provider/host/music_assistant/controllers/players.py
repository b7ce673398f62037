"""
The players of the server and the commands for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from music_assistant_models.enums import EventType, PlaybackState, PlayerFeature
from music_assistant_models.errors import (
    AlreadyRegisteredError,
    MusicAssistantError,
    PlayerCommandFailed,
    PlayerUnavailableError,
    UnsupportedFeaturedException,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from music_assistant.mass import MusicAssistant
    from music_assistant.models.player import Player


class Players:
    """
    Registered players, by id.
    """

    def __init__(self, mass: MusicAssistant) -> None:
        self.mass = mass
        self.disabled: set[str] = set()
        self._players: dict[str, Player] = {}

    def get_player(self, player_id: str, raise_unavailable: bool = False) -> Player | None:
        player = self._players.get(player_id)
        if raise_unavailable and (player is None or not player.state.available):
            msg = f"Player {player_id} is not available"
            raise PlayerUnavailableError(msg)
        return player

    def all_players(self, provider_filter: str | None = None) -> list[Player]:
        return [
            player
            for player in self._players.values()
            if provider_filter in (None, player.provider.instance_id)
        ]

    async def register(self, player: Player) -> None:
        """
        Add a player; a disabled one is ignored without a word.
        """
        if player.player_id in self._players:
            msg = f"Player {player.player_id} is already registered!"
            raise AlreadyRegisteredError(msg)
        if not player.enabled:
            return
        self._players[player.player_id] = player
        player.update_state()
        await player.on_config_updated()
        self.mass.signal_event(EventType.PLAYER_ADDED, player.player_id, player)

    async def unregister(self, player_id: str, permanent: bool = False) -> None:
        """
        Take a player out; its settings stay unless ``permanent``.
        """
        if player := self._players.pop(player_id, None):
            await player.on_unload()
            event = EventType.PLAYER_REMOVED if permanent else EventType.PLAYER_UPDATED
            self.mass.signal_event(event, player_id, player)

    def on_player_state(self, player: Player) -> None:
        self.mass.signal_event(EventType.PLAYER_UPDATED, player.player_id, player)

    async def poll_all(self) -> None:
        """
        One round of the server's poll loop, due or not.
        """
        for player in list(self._players.values()):
            if player.needs_poll:
                await player.poll()

    async def cmd_play(self, player_id: str) -> None:
        player = self._get(player_id)
        if player.state.playback_state == PlaybackState.PLAYING:
            return
        own_queue = player.state.active_source == player_id
        if player.state.playback_state != PlaybackState.PAUSED and own_queue:
            msg = f"Resume queue requested but queue {player.state.name} is empty"
            raise PlayerCommandFailed(msg)
        await self._run(player.play())

    async def cmd_stop(self, player_id: str) -> None:
        player = self._get(player_id)
        await self._run(player.stop())
        player.set_active_output_protocol(None)

    async def cmd_pause(self, player_id: str) -> None:
        """
        Pause what a player plays by its own means; anything else is stopped instead.
        """
        player = self._get(player_id)
        native = player.active_output_protocol == "native"
        if native and PlayerFeature.PAUSE in player.supported_features:
            await self._run(player.pause())
        else:
            await self.cmd_stop(player_id)

    async def cmd_next_track(self, player_id: str) -> None:
        player = self._get(player_id)
        self._need_skip(player)
        await self._run(player.next_track())

    async def cmd_previous_track(self, player_id: str) -> None:
        player = self._get(player_id)
        self._need_skip(player)
        await self._run(player.previous_track())

    async def cmd_volume_set(self, player_id: str, volume_level: int) -> None:
        player = self._get(player_id)
        self._need(player, PlayerFeature.VOLUME_SET)
        if player.state.volume_muted and PlayerFeature.VOLUME_MUTE in player.supported_features:
            await self._run(player.volume_mute(muted=False))
        await self._run(player.volume_set(volume_level))

    async def cmd_volume_mute(self, player_id: str, muted: bool) -> None:
        player = self._get(player_id)
        self._need(player, PlayerFeature.VOLUME_MUTE)
        await self._run(player.volume_mute(muted))

    def _get(self, player_id: str) -> Player:
        player = self.get_player(player_id, raise_unavailable=True)
        if player is None:
            msg = f"Player {player_id} is not available"
            raise PlayerUnavailableError(msg)
        return player

    def _need(self, player: Player, feature: PlayerFeature) -> None:
        if feature not in player.supported_features:
            msg = f"Player {player.state.name} does not support {feature.value}"
            raise UnsupportedFeaturedException(msg)

    def _need_skip(self, player: Player) -> None:
        self._need(player, PlayerFeature.NEXT_PREVIOUS)
        active = player.state.active_source
        source = next((each for each in player.state.source_list if each.id == active), None)
        if source is None or not source.can_next_previous:
            msg = "This action is (currently) unavailable for this source."
            raise PlayerCommandFailed(msg)

    async def _run(self, command: Awaitable[None]) -> None:
        try:
            await command
        except MusicAssistantError as err:
            raise PlayerCommandFailed(str(err)) from err
