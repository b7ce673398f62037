"""
The provider as Music Assistant loads it.

All that concerns Alexa is done by mass_alexa, which has to be importable by the server's
interpreter. Where it is not, the form says so.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from music_assistant_models.config_entries import ConfigEntry
from music_assistant_models.enums import ConfigEntryType
from music_assistant_models.errors import LoginFailed, SetupFailedError

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant
    from music_assistant.models.player_provider import PlayerProvider
    from music_assistant_models.config_entries import ConfigValueType, ProviderConfig
    from music_assistant_models.enums import ProviderFeature
    from music_assistant_models.provider import ProviderManifest

SUPPORTED_FEATURES: set[ProviderFeature] = set()

PROBLEM = ""
try:
    from . import accounts, compat, upkeep
    from .config import config_entries
    from .constants import KEY_ACCOUNT, KEY_CONSENT
    from .provider import AlexaProvider
    from .sentences import CONSENT_NEEDED, SIGN_IN_NEEDED, TAKEN
except ImportError as err:
    if (err.name or "").partition(".")[0] != "mass_alexa":
        raise
    PROBLEM = (
        f"The package mass-alexa is not installed for {sys.executable} ({err}). "
        "Install it there and restart Music Assistant."
    )

KEY_MISSING = "mass_alexa_missing"


async def setup(
    mass: MusicAssistant, manifest: ProviderManifest, config: ProviderConfig
) -> PlayerProvider:
    """
    Make an instance of the provider; refuses a form that is not ready.

    :param mass: The server.
    :param manifest: Our manifest.
    :param config: The saved form.
    """
    if PROBLEM:
        raise SetupFailedError(PROBLEM)
    if compat.setup_value(mass, config, KEY_CONSENT) is not True:
        raise SetupFailedError(CONSENT_NEEDED)
    reference = accounts.valid_reference(compat.setup_value(mass, config, KEY_ACCOUNT))
    if reference is None:
        raise LoginFailed(SIGN_IN_NEEDED)
    if upkeep.in_use_elsewhere(mass, reference, config.instance_id):
        raise SetupFailedError(TAKEN)
    return AlexaProvider(mass, manifest, config, SUPPORTED_FEATURES, reference)


async def get_config_entries(
    mass: MusicAssistant,
    instance_id: str | None = None,
    action: str | None = None,
    values: dict[str, ConfigValueType] | None = None,
) -> tuple[ConfigEntry, ...]:
    """
    The form, after a button if one was pressed.

    :param mass: The server.
    :param instance_id: The provider whose form it is; ``None`` while it is being added.
    :param action: Key of the button.
    :param values: Values of the form.
    """
    if PROBLEM:
        return (ConfigEntry(key=KEY_MISSING, type=ConfigEntryType.LABEL, label=PROBLEM),)
    return await config_entries(mass, instance_id, action, values)
