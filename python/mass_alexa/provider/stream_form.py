"""
The entries of the settings about playing music on Echos, for the form and the options alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from music_assistant_models.config_entries import ConfigEntry
from music_assistant_models.enums import ConfigEntryType

from mass_alexa import AlexaError

from . import compat, texts
from .constants import (
    KEY_BIND,
    KEY_CERTIFICATES,
    KEY_CHECK,
    KEY_CHECK_ON,
    KEY_INVOCATION,
    KEY_PORT,
    KEY_PRIVATE_KEY,
    KEY_PROXIES,
    KEY_PUBLIC_URL,
    KEY_SKILL_ID,
    KEY_STREAM,
    KEY_STREAM_STATUS,
)
from .diagnostics import PLAIN, SEPARATOR
from .stream_settings import StreamSettings

if TYPE_CHECKING:
    from mass_alexa.gateway import Step

    from .provider import AlexaProvider

NO_ECHO: Final = "none"
MARKS: Final = {
    "passed": "\N{CHECK MARK}",
    "failed": "\N{BALLOT X}",
    "warned": "!",
    "skipped": "\N{EN DASH}",
}
"""How a step of a check is marked, by its verdict."""

_PLAIN: Final = (KEY_PUBLIC_URL, KEY_SKILL_ID)
_ADVANCED: Final = (
    KEY_INVOCATION,
    KEY_PORT,
    KEY_BIND,
    KEY_CERTIFICATES,
    KEY_PRIVATE_KEY,
    KEY_PROXIES,
)


def entries(
    settings: StreamSettings,
    provider: AlexaProvider | None,
    said: str | None = None,
    check_on: str = NO_ECHO,
) -> list[ConfigEntry]:
    """
    The whole part of the settings.

    :param settings: What they say.
    :param provider: The loaded provider, where there is one.
    :param said: What is to be told, in place of how things stand.
    :param check_on: The player that is chosen for a check.
    """
    defaults = StreamSettings().values()
    values = settings.values()
    shown = [
        _entry(KEY_STREAM, ConfigEntryType.BOOLEAN, default_value=False, value=settings.wanted)
    ]
    if told := said or (provider.streaming.summary() if provider else None):
        label = compat.entry(key=KEY_STREAM_STATUS, type=ConfigEntryType.LABEL, label=told)
        shown.append(label)
    for key in (*_PLAIN, *_ADVANCED):
        kind = ConfigEntryType.INTEGER if key == KEY_PORT else ConfigEntryType.STRING
        shown.append(
            _entry(
                key,
                kind,
                default_value=defaults[key],
                value=values[key],
                required=False,
                advanced=key in _ADVANCED,
                depends_on=KEY_STREAM,
            )
        )
    if provider is not None and settings.wanted:
        shown += _check(provider, check_on)
    return shown


async def check(provider: AlexaProvider | None, given: StreamSettings, player_id: str) -> str:
    """
    Walk the way to an Echo; gives what is to be told.

    :param provider: The loaded provider, where there is one.
    :param given: The settings as they are shown, which may not be saved.
    :param player_id: The player to open the skill on, or :data:`NO_ECHO`.
    """
    if provider is None or not provider.streaming.wanted:
        return texts.message("check_off")
    streaming = provider.streaming
    if given != streaming.settings:
        return texts.message("check_save_first")
    await streaming.start()
    if streaming.gateway is None:
        return streaming.problem or texts.message("stream_starting")
    players = {player.player_id: player for player in provider.roster.players()}
    chosen = players.get(player_id)
    try:
        steps = await streaming.gateway.check(chosen.serial if chosen else None)
    except AlexaError as err:
        return str(err)
    return told(steps)


def told(steps: list[Step]) -> str:
    """
    A check in words, one step after the other.

    :param steps: What was found.
    """
    found = [
        f"{MARKS[step.verdict]} {step.sentence} {step.next_step or ''}".rstrip() for step in steps
    ]
    if all(step.verdict in ("passed", "skipped") for step in steps):
        found.insert(0, texts.message("check_well"))
    return SEPARATOR.join(found).translate(PLAIN)


def _check(provider: AlexaProvider, check_on: str) -> list[ConfigEntry]:
    echos = [player for player in provider.roster.players() if player.is_single]
    options = [compat.option(texts.option("check_no_echo"), NO_ECHO)]
    options += [compat.option(player.display_name, player.player_id) for player in echos]
    return [
        _entry(
            KEY_CHECK_ON,
            ConfigEntryType.STRING,
            default_value=NO_ECHO,
            value=check_on,
            required=False,
            options=options,
            depends_on=KEY_STREAM,
        ),
        _entry(KEY_CHECK, ConfigEntryType.ACTION, action=KEY_CHECK),
    ]


def _entry(key: str, kind: ConfigEntryType, **values: Any) -> ConfigEntry:
    return compat.entry(**(texts.entry(key) | {"key": key, "type": kind} | values))
