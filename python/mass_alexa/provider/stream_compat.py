"""
The differences between the versions of Music Assistant that concern its queues and its streams.
"""

from __future__ import annotations

import importlib
import inspect
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from music_assistant_models.errors import InvalidDataError
from yarl import URL

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigEntry
    from music_assistant_models.player import PlayerMedia
    from music_assistant_models.queue_item import QueueItem

FORMAT: Final = "mp3"
"""What every Echo plays (documented)."""

_AUDIO_MODULE = "music_assistant.helpers.audio"
_CONSTANTS_MODULE = "music_assistant.constants"
_FORCED = (
    "CONF_ENTRY_OUTPUT_CODEC_ENFORCE_MP3",
    "CONF_ENTRY_HTTP_PROFILE_HIDDEN",
    "CONF_ENTRY_ENABLE_ICY_METADATA_HIDDEN",
)
"""Settings that are between the server and the gateway, and nothing to choose."""


async def stream_url(mass: MusicAssistant, player_id: str, media: PlayerMedia) -> str:
    """
    Where the server hands out the sound of a media, as MP3.

    :param mass: The server.
    :param player_id: Player that shall play it.
    :param media: What shall be played.
    """
    resolve: Any = getattr(mass.streams, "resolve_stream_url", None)
    url = media.uri
    # Before 2.8 the address of the media is that of its sound, and this is another function.
    if resolve is not None and "media" in inspect.signature(resolve).parameters:
        try:
            url = await resolve(player_id, media)
        except InvalidDataError:
            # What is no item of a queue, such as an announcement, has it too.
            url = media.uri
    return _as_mp3(mass, url)


def is_flow(url: str) -> bool:
    """
    Whether a stream is one of many items without an end of each.

    :param url: Its address.
    """
    return "/flow/" in URL(url).path


def queue_item(mass: MusicAssistant, queue_id: str, item_id: str) -> QueueItem | None:
    """
    An item of a queue; ``None`` where the queue or the item is no more, or not yet.

    :param mass: The server.
    :param queue_id: The queue.
    :param item_id: The item.
    """
    queues = mass.player_queues
    return queues.get_item(queue_id, item_id) if queues.get(queue_id) else None


def seek_of(mass: MusicAssistant, queue_id: str, item_id: str) -> int:
    """
    How many seconds of an item its sound leaves out, because somebody went to that position.

    :param mass: The server.
    :param queue_id: The queue.
    :param item_id: The item.
    """
    item = queue_item(mass, queue_id, item_id)
    details = item.streamdetails if item else None
    return int(details.seek_position or 0) if details else 0


async def media_again(
    mass: MusicAssistant, queue_id: str, item_id: str, seek: int
) -> PlayerMedia | None:
    """
    The media of an item of a queue that the server no longer has at hand, as after its restart.

    :param mass: The server.
    :param queue_id: The queue.
    :param item_id: The item.
    :param seek: Seconds of it that its sound left out before and has to leave out again.
    """
    item = queue_item(mass, queue_id, item_id)
    queue: Any = mass.player_queues.get(queue_id)
    if item is None or queue is None:
        return None
    if getattr(queue, "session_id", "") is None:
        # The same that the server does whenever it begins to play.
        queue.session_id = secrets.token_hex(4)
    if item.streamdetails is None:
        details = importlib.import_module(_AUDIO_MODULE).get_stream_details
        item.streamdetails = await details(mass=mass, queue_item=item, seek_position=seek)
    make: Any = mass.player_queues.player_media_from_queue_item
    arguments = [item, False] if "flow_mode" in inspect.signature(make).parameters else [item]
    media: PlayerMedia = await make(*arguments)
    return media


def stream_entries() -> list[ConfigEntry]:
    """
    The settings of a player about its streams that are no choice here, hidden.
    """
    constants = importlib.import_module(_CONSTANTS_MODULE)
    found = (getattr(constants, name, None) for name in _FORCED)
    return [replace(entry) for entry in found if entry is not None]


def _as_mp3(mass: MusicAssistant, url: str) -> str:
    """
    The same stream as MP3, whatever was chosen for the player before.
    """
    own = getattr(mass.streams, "base_url", None)
    address = URL(url)
    if not own or address.origin() != URL(own).origin() or not address.suffix:
        return url
    if address.suffix == f".{FORMAT}":
        return url
    return str(address.with_suffix(f".{FORMAT}", keep_query=True))
