"""
What an Echo was given of a queue of Music Assistant, item by item.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mass_alexa.gateway import Item

from . import player_compat, stream_compat

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant
    from music_assistant_models.player import PlayerMedia

    from mass_alexa.gateway import Stage

REMEMBERED: Final = 8
"""Items whose description is kept; chosen, an Echo has two at a time."""
FLOW_TITLE: Final = "Music Assistant"
"""Shown for a stream of many items: an Echo takes one title for all of it."""

_SIGN = "~"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where in a queue the sound of an item comes from. It is what its id says, also after a restart.

    :param queue_item: Id of the item of the queue.
    :param seek: Seconds of the item that its sound leaves out.
    :param queue: Id of the queue.
    """

    queue_item: str
    seek: int
    queue: str

    @classmethod
    def of(cls, item_id: str) -> Place | None:
        """
        Read the id of an item; ``None`` for what belongs to no queue.

        :param item_id: The id.
        """
        queue_item, _, rest = item_id.partition(_SIGN)
        seek, _, queue = rest.partition(_SIGN)
        return cls(queue_item, int(seek), queue) if seek.isdecimal() and queue else None

    def __str__(self) -> str:
        return _SIGN.join((self.queue_item, str(self.seek), self.queue))


class Deck:
    """
    The items of one Echo.

    :param mass: The server.
    :param player_id: Its player.
    """

    def __init__(self, mass: MusicAssistant, player_id: str) -> None:
        self._mass = mass
        self._player_id = player_id
        self._known: OrderedDict[str, PlayerMedia] = OrderedDict()
        self._count = 0
        self.next: str | None = None
        self.last_title: str | None = None

    async def item(self, media: PlayerMedia) -> Item:
        """
        What the gateway is told of a media of the server.

        :param media: What the server wants to be played; kept as it is.
        """
        url = await stream_compat.stream_url(self._mass, self._player_id, media)
        item_id = self._id(media)
        self._known[item_id] = media
        self._known.move_to_end(item_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        flow = stream_compat.is_flow(url)
        return Item(
            id=item_id,
            url=url,
            title=FLOW_TITLE if flow else media.title or FLOW_TITLE,
            artist=None if flow else media.artist or None,
            album=None if flow else media.album or None,
            image=media.image_url or None,
            duration=None if flow or not media.duration else float(media.duration),
        )

    def media(self, item_id: str) -> PlayerMedia | None:
        """
        What the server called an item: the very object that it gave, or one like it.

        :param item_id: Id of the item.
        """
        if known := self._known.get(item_id):
            self.last_title = known.title
            return known
        place = Place.of(item_id)
        if place is None:
            return None
        # As after a restart. The server looks for the item of the queue that it names.
        queue_item = stream_compat.queue_item(self._mass, place.queue, place.queue_item)
        made = player_compat.media(
            uri=queue_item.uri if queue_item else place.queue_item,
            title=queue_item.name if queue_item else None,
            source_id=place.queue,
            queue_item_id=place.queue_item,
        )
        if queue_item:
            self._known[item_id] = made
            self.last_title = made.title
        return made

    async def again(self, item_id: str) -> Item | None:
        """
        An item whose address was lost, with a new one; ``None`` if it is no more.

        :param item_id: Id of the item.
        """
        place = Place.of(item_id)
        if place is None:
            return None
        media = await stream_compat.media_again(
            self._mass, place.queue, place.queue_item, place.seek
        )
        return None if media is None else await self.item(media)

    async def restore(self, stage: Stage) -> None:
        """
        Let the server know what plays since before its restart, so that it goes on from there.

        :param stage: What the Echo does.
        """
        place = Place.of(stage.item or "")
        if place and await stream_compat.media_again(
            self._mass, place.queue, place.queue_item, place.seek
        ):
            self._mass.player_queues.track_loaded_in_buffer(place.queue, place.queue_item)

    def _id(self, media: PlayerMedia) -> str:
        if media.queue_item_id and media.source_id:
            seek = stream_compat.seek_of(self._mass, media.source_id, media.queue_item_id)
            return str(Place(media.queue_item_id, seek, media.source_id))
        self._count += 1
        return f"single-{self._count}"
