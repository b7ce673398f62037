"""
The differences between the versions of Music Assistant that concern players.
"""

from __future__ import annotations

import importlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import PlayerFeature, PlayerType
from music_assistant_models.errors import MusicAssistantError
from music_assistant_models.player import PlayerMedia

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from music_assistant.mass import MusicAssistant
    from music_assistant.models.player import Player
    from music_assistant_models.config_entries import ConfigValueType

_TAGS_MODULE = "music_assistant.helpers.tags"


def media(**values: Any) -> PlayerMedia:
    """
    Make the description of what plays, of the fields this version knows.

    :param values: Fields by name; unknown ones are left out.
    """
    known = {field.name for field in fields(PlayerMedia)}
    return PlayerMedia(**{key: value for key, value in values.items() if key in known})


def player_features(names: Iterable[str]) -> set[PlayerFeature]:
    """
    Features by name, those this version has.

    :param names: Names of the enumeration's members.
    """
    return {PlayerFeature[name] for name in names if name in PlayerFeature.__members__}


def player_type(name: str) -> PlayerType:
    """
    A player type by name, or the ordinary one where this version does not have it.

    :param name: Name of the enumeration's member.
    """
    return PlayerType.__members__.get(name, PlayerType.PLAYER)


def registered_player(mass: MusicAssistant, player_id: str) -> Player | None:
    """
    The player registered under an id.

    :param mass: The server.
    :param player_id: Id of the player.
    """
    lookup = getattr(mass.players, "get_player", None) or getattr(mass.players, "get")  # noqa: B009
    player: Player | None = lookup(player_id)
    return player


def claim_output(player: Player, *, active: bool) -> None:
    """
    Tell the server whether a player plays by its own means.

    Versions with output protocols (2.8) make a stop of every pause otherwise.

    :param player: The player.
    :param active: Whether it has something playing or paused.
    """
    claim = getattr(player, "set_active_output_protocol", None)
    if claim is not None:
        claim("native" if active else None)


def show_extra(player: Player, values: Mapping[str, str | int | float | bool | None]) -> None:
    """
    Give clients of the server something it has no field of its own for.

    :param player: The player.
    :param values: What to show by name; ``None`` for what is not to be seen.
    """
    shown = getattr(player, "extra_attributes", None)
    if not isinstance(shown, dict):
        return
    for name, value in values.items():
        if value is None:
            shown.pop(name, None)
        else:
            shown[name] = value


def volumes_queue(mass: MusicAssistant, player_id: str) -> bool:
    """
    Whether the server gives a player its next volume only after the one before is done (2.7).

    :param mass: The server.
    :param player_id: Id of the player.
    """
    locks = getattr(mass.players, "_player_command_locks", {})
    names = ("cmd_volume_set", "cmd_group_volume")
    held = (locks.get(f"{name}_{player_id}") for name in names)
    return any(lock is not None and lock.locked() for lock in held)


def player_setting(player: Player, key: str, default: ConfigValueType) -> ConfigValueType:
    """
    What the user set for a player.

    :param player: The player.
    :param key: Key of the entry.
    :param default: What holds where nothing is set.
    """
    value: ConfigValueType = player.mass.config.get_raw_player_config_value(
        player.player_id, key, default
    )
    return value


async def seconds_of(url: str) -> float | None:
    """
    The length of a recording, as the server measures it; ``None`` where it cannot.

    :param url: Address of the recording.
    """
    try:
        measure = importlib.import_module(_TAGS_MODULE).async_parse_tags
    except (ImportError, AttributeError):
        return None
    try:
        found = await measure(url, require_duration=True)
    except (MusicAssistantError, OSError, TypeError):
        return None
    length: float | None = getattr(found, "duration", None)
    return length


def owner(mass: MusicAssistant, player_id: str) -> str | None:
    """
    The instance that the stored settings of a player belong to.

    :param mass: The server.
    :param player_id: Id of the player.
    """
    found = mass.config.get(f"players/{player_id}/provider")
    return found if isinstance(found, str) else None


def adopt(player: Player) -> None:
    """
    Make the stored settings of a player those of its provider, or they would go with another one.

    :param player: The player, made but not registered.
    """
    instance_id = player.provider.instance_id
    if owner(player.mass, player.player_id) != instance_id:
        player.mass.config.set(f"players/{player.player_id}/provider", instance_id)
