"""
Names the server and its providers share.
"""

from typing import Final

from music_assistant_models.config_entries import ConfigEntry, ConfigValueOption
from music_assistant_models.enums import ConfigEntryType

MASS_LOGGER_NAME: Final = "music_assistant"
CONF_LOG_LEVEL: Final = "log_level"
CONF_ENTRY_OUTPUT_CODEC_ENFORCE_MP3 = ConfigEntry(
    key="output_codec",
    type=ConfigEntryType.STRING,
    label="Output codec",
    options=[ConfigValueOption("FLAC", "flac"), ConfigValueOption("MP3 (lossy)", "mp3")],
    default_value="mp3",
    hidden=True,
)
CONF_ENTRY_HTTP_PROFILE_HIDDEN = ConfigEntry(
    key="http_profile",
    type=ConfigEntryType.STRING,
    label="HTTP profile",
    default_value="default",
    hidden=True,
)
