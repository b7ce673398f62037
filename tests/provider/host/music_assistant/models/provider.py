"""
What every provider is made of.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from music_assistant.constants import CONF_LOG_LEVEL, MASS_LOGGER_NAME

if TYPE_CHECKING:
    from music_assistant_models.config_entries import ProviderConfig
    from music_assistant_models.enums import ProviderFeature
    from music_assistant_models.provider import ProviderManifest

    from music_assistant.mass import MusicAssistant


class Provider:
    """
    One instance of a provider.
    """

    def __init__(
        self,
        mass: MusicAssistant,
        manifest: ProviderManifest,
        config: ProviderConfig,
        supported_features: set[ProviderFeature] | None = None,
    ) -> None:
        self.mass = mass
        self.manifest = manifest
        self.config = config
        self.supported_features = supported_features or set()
        self.available = False
        self.logger = logging.getLogger(MASS_LOGGER_NAME).getChild(manifest.domain)
        self._set_log_level_from_config(config)

    @property
    def domain(self) -> str:
        return self.manifest.domain

    @property
    def instance_id(self) -> str:
        return self.config.instance_id

    @property
    def name(self) -> str:
        return self.config.name or self.manifest.name

    async def handle_async_init(self) -> None:
        """
        Connect; what fails here is told to the user.
        """

    async def loaded_in_mass(self) -> None:
        """
        Called when the instance is registered.
        """

    async def unload(self, is_removed: bool = False) -> None:
        """
        Called when the instance goes.
        """

    async def update_config(self, config: ProviderConfig, changed_keys: set[str]) -> None:
        """
        Take a changed configuration; the log level at once, anything else by a reload.
        """
        self.config = config
        if f"values/{CONF_LOG_LEVEL}" in changed_keys:
            self._set_log_level_from_config(config)
        if any(key.startswith("values/") and CONF_LOG_LEVEL not in key for key in changed_keys):
            self.mass.call_later(
                0,
                self.mass.load_provider_config,
                config,
                task_id=f"provider_reload_{self.instance_id}",
            )

    def _set_log_level_from_config(self, config: ProviderConfig) -> None:
        level = str(config.get_value(CONF_LOG_LEVEL))
        self.logger.setLevel(logging.NOTSET if level == "GLOBAL" else level)
