"""
Where the sound of an item comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from music_assistant_models.enums import ContentType, MediaType
from music_assistant_models.media_items import AudioFormat
from music_assistant_models.streamdetails import StreamDetails

if TYPE_CHECKING:
    from music_assistant_models.queue_item import QueueItem

    from music_assistant.mass import MusicAssistant


async def get_stream_details(
    mass: MusicAssistant,  # noqa: ARG001 - of the real one
    queue_item: QueueItem,
    seek_position: int = 0,
    fade_in: bool = False,
    prefer_album_loudness: bool = False,  # noqa: ARG001
) -> StreamDetails:
    return StreamDetails(
        provider="library",
        item_id=queue_item.queue_item_id,
        audio_format=AudioFormat(content_type=ContentType.MP3),
        media_type=MediaType.TRACK,
        duration=queue_item.duration,
        seek_position=seek_position,
        fade_in=fade_in,
    )
