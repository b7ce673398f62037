"""
The settings of a player.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from music_assistant_models.config_entries import ConfigEntry
from music_assistant_models.enums import ConfigEntryType

from . import compat, player_compat, texts
from .constants import KEY_QUIET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from music_assistant.models.player import Player

IDLE_KEYS: Final = frozenset(
    {
        "crossfade_duration",
        "flow_mode",
        "output_channels",
        "output_codec",
        "output_limiter",
        "sample_rates",
        "smart_fades_mode",
        "volume_normalization",
        "volume_normalization_target",
    }
)
"""Settings of the server about music that it sends to a player, which these do not take."""


def entries(player: Player, inherited: Iterable[ConfigEntry]) -> list[ConfigEntry]:
    """
    The settings of a player.

    :param player: The player.
    :param inherited: Those that the server brings; versions since 2.8 add them later by themselves.
    """
    before = [replace(one, hidden=True) if one.key in IDLE_KEYS else one for one in inherited]
    if not player_compat.player_features(["PLAY_ANNOUNCEMENT"]) & player.supported_features:
        return before
    quiet = compat.entry(
        key=KEY_QUIET,
        type=ConfigEntryType.BOOLEAN,
        default_value=True,
        required=False,
        category="announcements",
        **texts.entry(KEY_QUIET),
    )
    return [*before, quiet]


def respects_quiet(player: Player) -> bool:
    """
    Whether announcements leave a device alone that is set to do not disturb.

    :param player: The player.
    """
    return player_compat.player_setting(player, KEY_QUIET, default=True) is not False
