"""
What is asked for at an Echo, by voice or by a button, carried out on its queue.

The queues of the server are told directly: its own commands for the next and the previous item
wait a second for more of them, which is long while somebody waits for Alexa's answer.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import PlaybackState, RepeatMode
from music_assistant_models.errors import MusicAssistantError

from mass_alexa import AlexaError

from .texts import message

if TYPE_CHECKING:
    from music_assistant_models.player_queue import PlayerQueue

    from mass_alexa.gateway import Ask, Gateway

    from .player import AlexaPlayer
    from .provider import AlexaProvider
    from .streaming import Streaming


class Asks:
    """
    Carries out what is asked for.

    :param provider: The provider with the players.
    :param streaming: Who gets the answers.
    """

    def __init__(self, provider: AlexaProvider, streaming: Streaming) -> None:
        self._provider = provider
        self._streaming = streaming
        self._queues: Any = provider.mass.player_queues

    def take(self, ask: Ask) -> None:
        """
        Carry out an ask in the background and answer it.

        :param ask: What is asked for.
        """
        gateway = self._streaming.gateway
        if gateway is not None:
            work = self._provide if ask.wish == "source" else self._carry_out
            self._provider.mass.create_task(work(gateway, ask))

    async def _carry_out(self, gateway: Gateway, ask: Ask) -> None:
        problem: str | None = message("ask_failed")
        try:
            player = self._provider.roster.player(ask.serial)
            problem = message("ask_no_player") if player is None else await self._do(player, ask)
        except (MusicAssistantError, AlexaError) as err:
            problem = str(err) or problem
        finally:
            if problem:
                self._provider.logger.info("Asked for %s: %s", ask.wish, problem)
            gateway.answer(ask.id, problem)

    async def _provide(self, gateway: Gateway, ask: Ask) -> None:
        item = None
        try:
            player = self._provider.roster.player(ask.serial)
            if player is not None and ask.item is not None:
                item = await self._streaming.deck(ask.serial, player.player_id).again(ask.item)
        except MusicAssistantError as err:
            self._provider.logger.warning("%s", err)
        finally:
            gateway.provide(ask.id, item)

    async def _do(self, player: AlexaPlayer, ask: Ask) -> str | None:
        """
        Do what is asked for; gives why it cannot be done.
        """
        queue = self._queue(player)
        if queue is None:
            return message("ask_no_queue")
        queue_id = queue.queue_id
        match ask.wish:
            case "resume":
                await self._resume(queue)
            case "stop":
                await self._queues.stop(queue_id)
            case "next":
                return await self._play(queue, _after(queue))
            case "previous":
                before = None if queue.current_index is None else max(queue.current_index - 1, 0)
                return await self._play(queue, before)
            case "start_over":
                return await self._play(queue, queue.current_index, anew=True)
            case "shuffle":
                await _finished(self._queues.set_shuffle(queue_id, ask.on is True))
            case "repeat":
                mode = RepeatMode.ALL if ask.on else RepeatMode.OFF
                await _finished(self._queues.set_repeat(queue_id, mode))
            case other:
                return message("ask_unknown").format(wish=other)
        return None

    async def _resume(self, queue: PlayerQueue) -> None:
        if queue.state != PlaybackState.PLAYING:
            await self._queues.play(queue.queue_id)
        else:
            # To the server it plays; at the Echo somebody wants it to go on.
            await self._queues.resume(queue.queue_id)

    async def _play(
        self, queue: PlayerQueue, index: int | None, *, anew: bool = False
    ) -> str | None:
        if index is None or index >= queue.items:
            return message("ask_no_more")
        seek = 0
        if anew:
            item = self._queues.get_item(queue.queue_id, index)
            media_item = getattr(item, "media_item", None)
            # From 0 the server would go to where it was left, as of an audio book.
            seek = 1 if getattr(media_item, "resume_position_ms", 0) else 0
        await self._queues.play_index(queue.queue_id, index, seek_position=seek)
        return None

    def _queue(self, player: AlexaPlayer) -> PlayerQueue | None:
        """
        The queue that plays on an Echo, which may be that of a group; or else its own.
        """
        stage = self._streaming.stage(player.serial)
        deck = self._streaming.deck(player.serial, player.player_id)
        media = deck.media(stage.item) if stage and stage.item else None
        loaded = self._queues.get(media.source_id) if media and media.source_id else None
        queue: PlayerQueue | None = loaded or self._queues.get(player.player_id)
        return queue


def _after(queue: PlayerQueue) -> int | None:
    """
    The item after the present one, whatever is said about repeating that one.
    """
    if queue.current_index is None:
        return 0 if queue.items else None
    following = queue.current_index + 1
    if following < queue.items:
        return following
    return 0 if queue.items and queue.repeat_mode == RepeatMode.ALL else None


async def _finished(given: Any) -> None:
    """
    Wait for what a version may or may not do at once.
    """
    if inspect.isawaitable(given):
        await given
