"""
The queues of the server, one for each player.

Written from the description of that contract, with the traps of it: its own commands for the next
and the previous item wait for more of them, and the state of a queue follows what its player says.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextvars import ContextVar
from copy import copy
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import EventType, MediaType, PlaybackState, RepeatMode
from music_assistant_models.errors import InvalidCommand, InvalidDataError, QueueEmpty
from music_assistant_models.player import PlayerMedia
from music_assistant_models.player_queue import PlayerQueue
from music_assistant_models.queue_item import QueueItem

from music_assistant.helpers.audio import get_stream_details

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from music_assistant.mass import MusicAssistant
    from music_assistant.models.player import Player

DEBOUNCE_SECONDS = 1
ENQUEUE_SECONDS = 0.01
PAUSE_SECONDS = 30
IN_QUEUE_COMMAND: ContextVar[bool] = ContextVar("in_queue_command", default=False)


class Queue(PlayerQueue):
    """
    A queue with what the server alone knows of it.
    """

    session_id: str | None = None


class PlayerQueues:
    """
    Queues, by the id of their player. What is asked of them is kept in ``calls``.
    """

    def __init__(self, mass: MusicAssistant) -> None:
        self.mass = mass
        self.calls: list[tuple[Any, ...]] = []
        self._queues: dict[str, Queue] = {}
        self._queue_items: dict[str, list[QueueItem]] = {}
        self._kept: dict[str, tuple[Queue, list[QueueItem]]] = {}
        self._transitioning: set[str] = set()
        self._told: dict[str, tuple[Any, ...]] = {}

    def fill(self, queue_id: str, names: list[str], duration: int = 180) -> list[str]:
        """
        Put items into a queue; their ids.
        """
        items = [
            QueueItem(queue_id, token_hex(16), name, duration, sort_index=index)
            for index, name in enumerate(names)
        ]
        queue = self._queues[queue_id]
        queue.current_index = queue.current_item = None
        self.update_items(queue_id, items)
        return [item.queue_item_id for item in items]

    def get(self, queue_id: str) -> Queue | None:
        return self._queues.get(queue_id)

    def items(self, queue_id: str) -> list[QueueItem]:
        return self._queue_items[queue_id]

    def get_item(self, queue_id: str, item_id_or_index: int | str | None) -> QueueItem | None:
        items = self._queue_items[queue_id]
        if isinstance(item_id_or_index, int):
            return items[item_id_or_index] if 0 <= item_id_or_index < len(items) else None
        return next((one for one in items if one.queue_item_id == item_id_or_index), None)

    def index_by_id(self, queue_id: str, item_id: str) -> int | None:
        found = self.get_item(queue_id, item_id)
        return self._queue_items[queue_id].index(found) if found else None

    def get_next_item(self, queue_id: str, cur_index: int | str) -> QueueItem | None:
        index = self.index_by_id(queue_id, cur_index) if isinstance(cur_index, str) else cur_index
        return self.get_item(queue_id, self._next_index(queue_id, index))

    def update_items(self, queue_id: str, items: list[QueueItem]) -> None:
        self._queue_items[queue_id] = items
        queue = self._queues[queue_id]
        queue.items = len(items)
        self._signal(queue)
        if (
            queue.state == PlaybackState.PLAYING
            and queue.index_in_buffer is not None
            and queue.index_in_buffer == queue.current_index
        ):
            self._enqueue(queue, self.get_next_item(queue_id, queue.index_in_buffer))

    async def set_shuffle(self, queue_id: str, shuffle_enabled: bool) -> None:
        self.calls.append(("shuffle", queue_id, shuffle_enabled))
        queue = self._queues[queue_id]
        queue.shuffle_enabled = shuffle_enabled
        after = (queue.current_index if queue.current_index is not None else -1) + 1
        items = self._queue_items[queue_id]
        rest = sorted(items[after:], key=lambda one: one.sort_index)
        if shuffle_enabled:
            random.Random(1).shuffle(rest)
        self.update_items(queue_id, items[:after] + rest)

    def set_repeat(self, queue_id: str, repeat_mode: RepeatMode) -> None:
        self.calls.append(("repeat", queue_id, repeat_mode))
        queue = self._queues[queue_id]
        queue.repeat_mode = repeat_mode
        self._signal(queue)
        if queue.state == PlaybackState.PLAYING and queue.current_index is not None:
            self._enqueue(queue, self.get_next_item(queue_id, queue.current_index))

    async def stop(self, queue_id: str) -> None:
        self.calls.append(("stop", queue_id))
        queue = self._queues[queue_id]
        if queue.active and queue.state == PlaybackState.PLAYING:
            queue.resume_pos = int(queue.corrected_elapsed_time)
        await self._in_command(self.mass.players.cmd_stop(queue_id))

    async def play(self, queue_id: str) -> None:
        self.calls.append(("play", queue_id))
        queue = self._queues[queue_id]
        player = self.mass.players.get_player(queue_id, raise_unavailable=True)
        if player and queue.active and queue.state == PlaybackState.PAUSED:
            await player.play()
        else:
            await self.resume(queue_id)

    async def pause(self, queue_id: str) -> None:
        self.calls.append(("pause", queue_id))
        queue = self._queues[queue_id]
        if queue.active and queue.state == PlaybackState.PLAYING:
            queue.resume_pos = int(queue.corrected_elapsed_time)
        await self._in_command(self.mass.players.cmd_pause(queue_id))
        if queue.active:
            key = f"watch_pause_{queue_id}"
            self.mass.call_later(PAUSE_SECONDS, self.stop_paused, queue_id, task_id=key)

    async def stop_paused(self, queue_id: str) -> None:
        """
        What comes half a minute after a pause.
        """
        player = self.mass.players.get_player(queue_id)
        if player and player.state.playback_state == PlaybackState.PAUSED:
            await self.stop(queue_id)

    async def next(self, queue_id: str) -> None:
        self.calls.append(("next", queue_id))
        await self._skip(queue_id, 1)

    async def previous(self, queue_id: str) -> None:
        self.calls.append(("previous", queue_id))
        await self._skip(queue_id, -1 if self._queues[queue_id].elapsed_time < 5 else 0)

    async def seek(self, queue_id: str, position: int) -> None:
        self.calls.append(("seek", queue_id, position))
        queue = self._queues[queue_id]
        if queue.current_index is None:
            msg = "nothing is loaded"
            raise InvalidCommand(msg)
        await self.play_index(queue_id, queue.current_index, seek_position=position)

    async def resume(self, queue_id: str) -> None:
        self.calls.append(("resume", queue_id))
        queue = self._queues[queue_id]
        position = float(queue.resume_pos or queue.elapsed_time)
        if queue.state == PlaybackState.PLAYING:
            position = queue.corrected_elapsed_time
        item = queue.current_item or self.get_item(queue_id, queue.current_index)
        if item is None:
            item, position = self.get_item(queue_id, 0), 0.0
        if item is None:
            msg = f"Resume queue requested but queue {queue.display_name} is empty"
            raise QueueEmpty(msg)
        await self.play_index(queue_id, item.queue_item_id, int(position))

    async def play_index(
        self, queue_id: str, index: int | str, seek_position: int = 0, fade_in: bool = False
    ) -> None:
        self.calls.append(("play_index", queue_id, index, seek_position))
        self.mass.cancel_timer(f"queue_play_index_{queue_id}")
        self._transitioning.add(queue_id)
        queue = self._queues[queue_id]
        queue.resume_pos = 0
        found = self.get_item(queue_id, index)
        if found is None:
            msg = f"Item {index} not found in queue"
            raise InvalidDataError(msg)
        at = self._queue_items[queue_id].index(found)
        queue.index_in_buffer = at
        queue.session_id = token_hex(4)
        found.streamdetails = await get_stream_details(self.mass, found, seek_position, fade_in)
        queue.current_index, queue.current_item = at, found
        await self.mass.players.play_media(queue_id, await self.player_media_from_queue_item(found))
        queue.current_index, queue.current_item = at, found
        self._transitioning.discard(queue_id)
        self._signal(queue)

    def track_loaded_in_buffer(self, queue_id: str, item_id: str) -> None:
        """
        Somebody fetches the sound of an item: the one after it is prepared.
        """
        queue = self._queues[queue_id]
        queue.index_in_buffer = self.index_by_id(queue_id, item_id)
        self._signal(queue)
        self.mass.create_task(
            self._preload,
            queue,
            item_id,
            task_id=f"preload_next_item_{queue_id}",
            abort_existing=True,
        )

    async def player_media_from_queue_item(self, queue_item: QueueItem) -> PlayerMedia:
        queue = self._queues[queue_item.queue_id]
        if queue.session_id is None:
            msg = "Queue session_id is None"
            raise InvalidDataError(msg)
        duration = queue_item.duration
        if duration and queue_item.streamdetails and queue_item.streamdetails.seek_position:
            duration -= int(queue_item.streamdetails.seek_position)
        return PlayerMedia(
            uri=f"library://track/{queue_item.queue_item_id}",
            media_type=MediaType.TRACK,
            title=queue_item.name,
            duration=duration,
            source_id=queue_item.queue_id,
            queue_item_id=queue_item.queue_item_id,
            custom_data={"session_id": queue.session_id},
        )

    def on_player_register(self, player: Player) -> None:
        """
        Make the queue of a player, as it was when that was here last.
        """
        queue_id = player.player_id
        kept = self._kept.pop(queue_id, None)
        queue, items = kept or (Queue(queue_id, False, player.display_name, True, 0), [])
        self._queues[queue_id], self._queue_items[queue_id] = queue, items
        self._told.pop(queue_id, None)
        self.on_player_update(player)
        self.mass.signal_event(EventType.QUEUE_ADDED, queue_id, queue)

    def on_player_remove(self, player_id: str) -> None:
        """
        Keep of a queue what the real one writes down.
        """
        queue, items = self._queues.pop(player_id), self._queue_items.pop(player_id)
        left = Queue(player_id, False, queue.display_name, True, queue.items)
        left.current_index, left.resume_pos = queue.current_index, queue.resume_pos
        left.elapsed_time = queue.elapsed_time
        left.repeat_mode, left.shuffle_enabled = queue.repeat_mode, queue.shuffle_enabled
        without = [copy(item) for item in items]
        for item in without:
            item.streamdetails = None
        self._kept[player_id] = (left, without)

    def on_player_update(self, player: Player) -> None:
        queue = self._queues.get(player.player_id)
        if queue is None:
            return
        state = player.state
        queue.active = state.active_source in (queue.queue_id, None)
        if queue.queue_id in self._transitioning:
            return
        queue.state = state.playback_state if queue.active else PlaybackState.IDLE
        media = player._attr_current_media
        if queue.state != PlaybackState.IDLE and media and media.source_id == queue.queue_id:
            index = self.index_by_id(queue.queue_id, media.queue_item_id or "")
            queue.current_index, queue.current_item = index, self.get_item(queue.queue_id, index)
            elapsed = state.elapsed_time or 0.0
            if state.playback_state == PlaybackState.PLAYING and state.elapsed_time_last_updated:
                elapsed += time.time() - state.elapsed_time_last_updated
            details = queue.current_item.streamdetails if queue.current_item else None
            queue.elapsed_time = elapsed + (details.seek_position if details else 0)
            queue.elapsed_time_last_updated = time.time()
        elif queue.current_item is None and queue.current_index is not None:
            queue.current_item = self.get_item(queue.queue_id, queue.current_index)
        seen = (queue.active, queue.state, queue.current_index, int(queue.elapsed_time))
        if self._told.get(queue.queue_id) != seen:
            self._told[queue.queue_id] = seen
            self._signal(queue)

    def _next_index(self, queue_id: str, index: int | None, *, skip: bool = False) -> int | None:
        queue, count = self._queues[queue_id], len(self._queue_items[queue_id])
        if index is None or not count:
            return None
        if queue.repeat_mode == RepeatMode.ONE and not skip:
            return index
        if index + 1 < count:
            return index + 1
        return 0 if queue.repeat_mode == RepeatMode.ALL else None

    async def _skip(self, queue_id: str, by: int) -> None:
        queue = self._queues[queue_id]
        if not queue.active:
            msg = f"Queue {queue_id} is not active"
            raise InvalidCommand(msg)
        self._transitioning.add(queue_id)
        if queue.current_index is None:
            return
        index: int | None = max(queue.current_index + by, 0)
        if by > 0:
            index = self._next_index(queue_id, queue.current_index, skip=True)
        if index is not None:
            key = f"queue_play_index_{queue_id}"
            self.mass.call_later(DEBOUNCE_SECONDS, self.play_index, queue_id, index, task_id=key)

    async def _preload(self, queue: Queue, item_id: str) -> None:
        while queue.current_item is None or queue.current_item.queue_item_id != item_id:
            await asyncio.sleep(0.02)
        following = self.get_next_item(queue.queue_id, item_id)
        if following is not None:
            following.streamdetails = await get_stream_details(self.mass, following)
        self._enqueue(queue, following)

    def _enqueue(self, queue: Queue, following: QueueItem | None) -> None:
        if following is None:
            return

        async def enqueue() -> None:
            media = await self.player_media_from_queue_item(following)
            await self.mass.players.enqueue_next_media(queue.queue_id, media)

        key = f"enqueue_next_item_{queue.queue_id}"
        self.mass.call_later(ENQUEUE_SECONDS, enqueue, task_id=key)

    async def _in_command(self, command: Awaitable[None]) -> None:
        token = IN_QUEUE_COMMAND.set(True)
        try:
            await command
        finally:
            IN_QUEUE_COMMAND.reset(token)

    def _signal(self, queue: Queue) -> None:
        self.mass.signal_event(EventType.QUEUE_UPDATED, queue.queue_id, queue)
