"""
The players of the server and the commands for them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import (
    EventType,
    MediaType,
    PlaybackState,
    PlayerFeature,
    PlayerType,
)
from music_assistant_models.errors import (
    AlreadyRegisteredError,
    MusicAssistantError,
    PlayerCommandFailed,
    PlayerUnavailableError,
    UnsupportedFeaturedException,
)
from music_assistant_models.player import PlayerMedia

from music_assistant.controllers.player_queues import IN_QUEUE_COMMAND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

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
        self._player_command_locks: dict[str, asyncio.Lock] = {}

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
        player.update_state(signal_event=False)
        await player.on_config_updated()
        self.mass.player_queues.on_player_register(player)
        self.mass.signal_event(EventType.PLAYER_ADDED, player.player_id, player)
        # A group shows those of its members that are there.
        for group in self._groups_of(player):
            self.mass.loop.call_soon(self._look_again, group)

    async def unregister(self, player_id: str, permanent: bool = False) -> None:
        """
        Take a player out; its settings stay unless ``permanent``.
        """
        if player := self._players.pop(player_id, None):
            self.mass.player_queues.on_player_remove(player_id)
            await player.on_unload()
            if permanent:
                self.mass.config.remove(f"players/{player_id}")
            else:
                player.state.available = False
            event = EventType.PLAYER_REMOVED if permanent else EventType.PLAYER_UPDATED
            self.mass.signal_event(event, player_id, player)

    def on_player_state(self, player: Player) -> None:
        """
        Tell clients, and have the group or the members of the player look again.
        """
        self.mass.signal_event(EventType.PLAYER_UPDATED, player.player_id, player)
        if self._players.get(player.player_id) is player:
            self.mass.player_queues.on_player_update(player)
        related = [*self.iter_group_members(player), *self._groups_of(player)]
        for other in related:
            self.mass.loop.call_soon(self._look_again, other)

    def iter_group_members(self, group: Player) -> Iterator[Player]:
        """
        The members of a group that can play.
        """
        for player_id in list(group.group_members):
            member = self.get_player(player_id)
            if member is not None and member is not group and member.state.available:
                yield member

    def group_volume(self, player: Player) -> int:
        """
        The mean volume of the members of a group.
        """
        members = [self.get_player(player_id) for player_id in player.group_members]
        levels = [
            member.state.volume_level
            for member in members
            if member is not None and member.state.volume_level is not None
        ]
        return sum(levels) // len(levels) if levels else player._attr_volume_level or 0

    async def poll_all(self) -> None:
        """
        One round of the server's poll loop, due or not.
        """
        for player in list(self._players.values()):
            if player.needs_poll:
                await player.poll()

    async def cmd_play(self, player_id: str) -> None:
        player = self._redirected(player_id)
        if player.state.playback_state == PlaybackState.PLAYING:
            return
        if player.state.playback_state != PlaybackState.PAUSED and (queue := self._queue(player)):
            await self._run(self.mass.player_queues.resume(queue))
            return
        if player.state.playback_state == PlaybackState.PAUSED:
            self._need_source(player, "can_play_pause")
        elif media := player.state.current_media:
            await self._run(player.play_media(media))
            return
        await self._run(player.play())

    async def cmd_stop(self, player_id: str) -> None:
        player = self._redirected(player_id)
        if queue := self._queue(player):
            await self._run(self.mass.player_queues.stop(queue))
            return
        await self._run(player.stop())
        player.set_active_output_protocol(None)

    async def cmd_pause(self, player_id: str) -> None:
        """
        Pause what a player plays by its own means; anything else is stopped instead.
        """
        player = self._redirected(player_id)
        if queue := self._queue(player):
            await self._run(self.mass.player_queues.pause(queue))
            return
        self._need_source(player, "can_play_pause")
        native = player.active_output_protocol == "native"
        if native and PlayerFeature.PAUSE in player.supported_features:
            await self._run(player.pause())
        else:
            await self.cmd_stop(player.player_id)

    async def cmd_next_track(self, player_id: str) -> None:
        player = self._redirected(player_id)
        if queue := self._queue(player):
            await self._run(self.mass.player_queues.next(queue))
            return
        self._need(player, PlayerFeature.NEXT_PREVIOUS)
        self._need_source(player, "can_next_previous")
        await self._run(player.next_track())

    async def cmd_previous_track(self, player_id: str) -> None:
        player = self._redirected(player_id)
        if queue := self._queue(player):
            await self._run(self.mass.player_queues.previous(queue))
            return
        self._need(player, PlayerFeature.NEXT_PREVIOUS)
        self._need_source(player, "can_next_previous")
        await self._run(player.previous_track())

    async def cmd_seek(self, player_id: str, position: int) -> None:
        player = self._redirected(player_id)
        if queue := self._queue(player):
            await self._run(self.mass.player_queues.seek(queue, position))
            return
        self._need_source(player, "can_seek")
        self._need(player, PlayerFeature.SEEK)
        await self._run(player.seek(position))

    async def play_media(self, player_id: str, media: PlayerMedia) -> None:
        player = self._redirected(player_id)
        self._need(player, PlayerFeature.PLAY_MEDIA)
        player.set_active_output_protocol("native")
        await self._run(player.play_media(media))

    async def enqueue_next_media(self, player_id: str, media: PlayerMedia) -> None:
        player = self._redirected(player_id)
        self._need(player, PlayerFeature.ENQUEUE)
        await self._run(player.enqueue_next_media(media))

    async def cmd_volume_set(self, player_id: str, volume_level: int) -> None:
        player = self._get(player_id)
        if player.type == PlayerType.GROUP:
            await self.cmd_group_volume(player_id, volume_level)
            return
        self._need(player, PlayerFeature.VOLUME_SET)
        if player.state.volume_muted and PlayerFeature.VOLUME_MUTE in player.supported_features:
            await self._run(player.volume_mute(muted=False))
        await self._run(player.volume_set(volume_level))

    async def cmd_group_volume(self, player_id: str, volume_level: int) -> None:
        """
        Raise or lower the volume of each member as far as that of the group changes.
        """
        group = self._get(player_id)
        change = volume_level - (group.state.group_volume or 0)
        await asyncio.gather(
            *(
                self.cmd_volume_set(
                    member.player_id, min(max((member.state.volume_level or 0) + change, 0), 100)
                )
                for member in self.iter_group_members(group)
            )
        )

    async def cmd_volume_mute(self, player_id: str, muted: bool) -> None:
        player = self._get(player_id)
        self._need(player, PlayerFeature.VOLUME_MUTE)
        await self._run(player.volume_mute(muted))

    async def play_announcement(
        self, player_id: str, url: str, volume_level: int | None = None
    ) -> None:
        """
        Play an announcement; one for a group goes to each member that can.

        What fails at a member is only logged, as in the real server.
        """
        player = self._get(player_id)
        needed = PlayerFeature.PLAY_ANNOUNCEMENT
        members = list(self.iter_group_members(player))
        if player.type == PlayerType.GROUP and all(
            needed in each.supported_features for each in members
        ):
            all_ids = [each.player_id for each in members]
            each_one = (self.play_announcement(one, url, volume_level) for one in all_ids)
            await asyncio.gather(*each_one, return_exceptions=True)
            return
        self._need(player, needed)
        custom: dict[str, Any] = {
            "announcement_url": url,
            "pre_announce": False,
            "pre_announce_url": "announce.mp3",
        }
        announcement = PlayerMedia(
            uri=f"http://192.168.1.2:8097/announcement/{player_id}.mp3",
            media_type=MediaType.ANNOUNCEMENT,
            title="Announcement",
            custom_data=custom,
        )
        await self._run(player.play_announcement(announcement, volume_level))

    def _queue(self, player: Player) -> str | None:
        """
        The queue that a command about playing goes to, unless it comes from there.
        """
        active = player.state.active_source
        known = active is not None and self.mass.player_queues.get(active) is not None
        return active if known and not IN_QUEUE_COMMAND.get() else None

    def _look_again(self, player: Player) -> None:
        if self._players.get(player.player_id) is player:
            player.update_state()

    def _groups_of(self, player: Player) -> Iterator[Player]:
        for other in self._players.values():
            if other.type == PlayerType.GROUP and player.player_id in other.group_members:
                yield other

    def _redirected(self, player_id: str) -> Player:
        """
        The player for a command about playing: the group of one that plays in a group.
        """
        player = self._get(player_id)
        group = player.state.active_group
        return (self.get_player(group) if group else None) or player

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

    def _need_source(self, player: Player, ability: str) -> None:
        active = player.state.active_source
        source = next((each for each in player.state.source_list if each.id == active), None)
        if source is not None and not getattr(source, ability):
            msg = f"This action is (currently) unavailable for {source.name}."
            raise PlayerCommandFailed(msg)

    async def _run(self, command: Awaitable[None]) -> None:
        try:
            await command
        except MusicAssistantError as err:
            raise PlayerCommandFailed(str(err)) from err
