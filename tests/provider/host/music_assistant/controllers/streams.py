"""
The addresses of streams. Nothing is served here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from music_assistant_models.errors import InvalidDataError

if TYPE_CHECKING:
    from music_assistant_models.player import PlayerMedia

    from music_assistant.mass import MusicAssistant


class Streams:
    """
    Streams of queues, by session.
    """

    base_url = "http://192.168.1.2:8097"

    def __init__(self, mass: MusicAssistant) -> None:
        self.mass = mass

    async def resolve_stream_url(self, player_id: str, media: PlayerMedia) -> str:
        session_id = (media.custom_data or {}).get("session_id")
        if not session_id or not media.queue_item_id:
            msg = "Can not resolve stream URL: Invalid PlayerMedia data"
            raise InvalidDataError(msg)
        get = self.mass.config.get_raw_player_config_value
        codec = get(player_id, "output_codec", "flac")
        kind = "flow" if get(player_id, "flow_mode", False) else "single"
        path = f"{session_id}/{media.source_id}/{media.queue_item_id}/{player_id}.{codec}"
        return f"{self.base_url}/{kind}/{path}"

    def serve(self, url: str) -> bool:
        """
        A request for a stream: whether there is one, which the queue then knows to be loaded.
        """
        kind, session_id, queue_id, item_id, _ = url.removeprefix(f"{self.base_url}/").split("/")
        queue = self.mass.player_queues.get(queue_id)
        if kind not in ("single", "flow") or queue is None:
            return False
        known = self.mass.player_queues.get_item(queue_id, item_id)
        if known is None or queue.session_id not in (None, session_id):
            return False
        self.mass.player_queues.track_loaded_in_buffer(queue_id, item_id)
        return True
