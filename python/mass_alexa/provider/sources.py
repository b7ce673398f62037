"""
What Alexa plays from, and what it plays, in the server's words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from music_assistant_models.player import PlayerSource

from . import player_compat

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from music_assistant_models.player import PlayerMedia

    from mass_alexa import PlayerState

ALEXA = "alexa"
"""
Source of whatever no service is known for.

It is the active one also while nothing plays, on a player that takes no music of the server: Music
Assistant would take *play* for a wish to resume a queue of its own.
"""
NAME = "Alexa"

_ODD = re.compile(r"[^a-z0-9]+")


class Sources:
    """
    The sources of one player: Alexa itself, and the services that were seen playing.

    All are passive, as only Alexa chooses among them.

    :param has_queue: Whether the player takes music of the server, whose queue is the source then
        while nothing else is.
    """

    def __init__(self, *, has_queue: bool = False) -> None:
        self._names: dict[str, str] = {ALEXA: NAME}
        self._rest = None if has_queue else ALEXA
        self.active: str | None = self._rest

    def play(self, service: str | None) -> None:
        """
        Note what plays.

        :param service: Name of the service; ``None`` for none, or where Amazon does not say.
        """
        self.active = _source_id(service)
        if service and self.active != ALEXA:
            self._names[self.active] = service

    def rest(self) -> None:
        """
        Note that nothing of Alexa's own plays.
        """
        self.active = self._rest

    def listed(
        self, features: Collection[str], controls: Collection[str], notice: str | None = None
    ) -> list[PlayerSource]:
        """
        All sources, each with what it allows.

        :param features: The commands that work on the device.
        :param controls: What the loaded item allows; empty where that is not known.
        :param notice: Shown in place of the name of Alexa itself.
        """
        return [
            _source(
                source_id,
                notice if notice and source_id == ALEXA else name,
                features,
                controls if source_id == self.active else (),
            )
            for source_id, name in self._names.items()
        ]


def media(state: PlayerState, uri: str, source_id: str) -> PlayerMedia | None:
    """
    The item that is loaded; ``None`` where it has no title.

    :param state: What the player does.
    :param uri: What to call it.
    :param source_id: Source that it comes from.
    """
    if state.title is None:
        return None
    values: Mapping[str, object] = {
        "uri": uri,
        "title": state.title,
        "artist": state.artist,
        "album": state.album,
        "image_url": state.image_url,
        "duration": None if state.duration is None else round(state.duration),
        "source_id": source_id,
        "elapsed_time": None if state.position is None else round(state.position),
        "elapsed_time_last_updated": state.updated_at,
    }
    return player_compat.media(**values)


def _source_id(service: str | None) -> str:
    slug = _ODD.sub("_", (service or "").lower()).strip("_")
    return f"{ALEXA}_{slug}" if slug and slug != ALEXA else ALEXA


def _source(
    source_id: str, name: str, features: Collection[str], controls: Collection[str]
) -> PlayerSource:
    def allows(control: str, *needed: str) -> bool:
        return set(needed) <= set(features) and (not controls or control in controls)

    return PlayerSource(
        id=source_id,
        name=name,
        passive=True,
        can_play_pause=allows("play_pause", "play", "pause"),
        can_next_previous=allows("next", "next") and allows("previous", "previous"),
        can_seek=allows("seek", "seek"),
    )
