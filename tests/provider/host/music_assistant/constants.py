"""
Names the server and its providers share.
"""

from typing import Final

MASS_LOGGER_NAME: Final = "music_assistant"
CONF_LOG_LEVEL: Final = "log_level"
