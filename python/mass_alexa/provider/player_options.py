"""
The settings of a player.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from music_assistant_models.config_entries import ConfigEntry
from music_assistant_models.enums import ConfigEntryType

from . import compat, player_compat, stream_compat, texts
from .constants import AUTOMATIC, KEY_PAIRING, KEY_QUIET
from .sentences import countdown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from music_assistant.models.player import Player

    from .streamed import StreamedPlayer

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
"""Settings of the server about music that it sends to a player, where that takes none."""
FORCED_KEYS: Final = frozenset(
    {"output_codec", "http_profile", "enable_icy_metadata", "sample_rates"}
)
"""Those that are no choice where it does: the gateway is what takes the streams."""


def entries(player: StreamedPlayer, inherited: Iterable[ConfigEntry]) -> list[ConfigEntry]:
    """
    The settings of a player.

    :param player: The player.
    :param inherited: Those that the server brings; versions since 2.8 add them later by themselves.
    """
    streaming = player.provider.streaming
    takes_music = streaming.wanted and player.is_single
    hidden = FORCED_KEYS if takes_music else IDLE_KEYS
    before = [replace(one, hidden=True) if one.key in hidden else one for one in inherited]
    if takes_music:
        forced = stream_compat.stream_entries()
        keys = {one.key for one in forced}
        before = [*(one for one in before if one.key not in keys), *forced, _pairing(player)]
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


def _pairing(player: StreamedPlayer) -> ConfigEntry:
    """
    The choice of the device of the skill, for when it is not found out right.
    """
    options = [compat.option(texts.option("pair_automatic"), AUTOMATIC)]
    gateway = player.provider.streaming.gateway
    for device in gateway.pairings() if gateway else ():
        known = ""
        if device.serial is not None:
            known = texts.option("pair_known" if device.serial == player.serial else "pair_other")
        age = countdown(time.time() - device.seen_at)
        title = texts.option("pair_device").format(id=device.id, age=age, known=known)
        options.append(compat.option(title, device.id))
    return compat.entry(
        key=KEY_PAIRING,
        type=ConfigEntryType.STRING,
        default_value=AUTOMATIC,
        required=False,
        options=options,
        advanced=True,
        **texts.entry(KEY_PAIRING),
    )


def respects_quiet(player: Player) -> bool:
    """
    Whether announcements leave a device alone that is set to do not disturb.

    :param player: The player.
    """
    return player_compat.player_setting(player, KEY_QUIET, default=True) is not False
