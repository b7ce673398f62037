"""
Configuration of providers: the forms, what was saved of them, and what happens on saving.
"""

from __future__ import annotations

from copy import deepcopy
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from music_assistant_models.config_entries import ConfigEntry, ConfigValueType, ProviderConfig
from music_assistant_models.enums import ConfigEntryType

from music_assistant.constants import CONF_LOG_LEVEL

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

LOG_LEVEL_ENTRY = ConfigEntry(
    key=CONF_LOG_LEVEL,
    type=ConfigEntryType.STRING,
    label="Log level",
    default_value="GLOBAL",
    required=False,
)


class Config:
    """
    Stored settings, a tree addressed with ``/``.
    """

    def __init__(self, mass: MusicAssistant) -> None:
        self.mass = mass
        self._data: dict[str, Any] = {"providers": {}, "players": {}}

    def get(self, key: str, default: Any = None) -> Any:
        node: Any = self._data
        for part in key.split("/"):
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return node

    def set(self, key: str, value: Any) -> None:
        *parents, last = key.split("/")
        node = self._data
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value

    def remove(self, key: str) -> None:
        *parents, last = key.split("/")
        node: Any = self.get("/".join(parents))
        if isinstance(node, dict):
            node.pop(last, None)

    def create_default_player_config(self, player_id: str, provider: str) -> None:
        """
        Keep a player's settings from its first registration on; they stay those of that provider.
        """
        if self.get(f"players/{player_id}") is None:
            raw = {"player_id": player_id, "provider": provider, "enabled": True, "values": {}}
            self.set(f"players/{player_id}", raw)

    def get_raw_player_config_value(
        self, player_id: str, key: str, default: ConfigValueType = None
    ) -> Any:
        return self.get(f"players/{player_id}/values/{key}", default)

    async def get_provider_config(self, instance_id: str) -> ProviderConfig:
        raw = self.get(f"providers/{instance_id}")
        if raw is None:
            msg = f"No config found for provider id {instance_id}"
            raise KeyError(msg)
        entries = await self.get_provider_config_entries(
            raw["domain"], instance_id=instance_id, values=raw["values"]
        )
        return cast("ProviderConfig", ProviderConfig.parse(entries, raw))

    async def get_provider_config_entries(
        self,
        provider_domain: str,
        instance_id: str | None = None,
        action: str | None = None,
        values: dict[str, ConfigValueType] | None = None,
    ) -> list[ConfigEntry]:
        """
        The form of a provider, with what an action made of it.
        """
        module = self.mass.load_provider_module(provider_domain)
        entries = [
            LOG_LEVEL_ENTRY,
            *await module.get_config_entries(
                self.mass, instance_id=instance_id, action=action, values=values
            ),
        ]
        if action and values is not None:
            entries = deepcopy(entries)
            for entry in entries:
                if entry.value is None:
                    entry.value = values.get(entry.key, entry.default_value)
        return entries

    async def save_provider_config(
        self,
        provider_domain: str,
        values: dict[str, ConfigValueType],
        instance_id: str | None = None,
    ) -> ProviderConfig:
        """
        Save a form. A new instance that does not load is forgotten again and the error raised.
        """
        if instance_id is not None:
            return await self._update(instance_id, values)
        manifest = self.mass.get_provider_manifest(provider_domain)
        instance_id = f"{provider_domain}--{token_hex(4)}"
        entries = await self.get_provider_config_entries(
            provider_domain, instance_id=instance_id, values=values
        )
        raw = {
            "type": manifest.type.value,
            "domain": provider_domain,
            "instance_id": instance_id,
            "default_name": manifest.name,
            "values": values,
        }
        config = cast("ProviderConfig", ProviderConfig.parse(entries, raw))
        config.validate()
        self.set(f"providers/{instance_id}", config.to_raw())
        try:
            await self.mass.load_provider_config(config)
        except BaseException:
            self._data["providers"].pop(instance_id, None)
            raise
        return await self.get_provider_config(instance_id)

    async def remove_provider_config(self, instance_id: str) -> None:
        self._data["providers"].pop(instance_id)
        await self.mass.unload_provider(instance_id, is_removed=True)
        for player_id, raw in list(self._data["players"].items()):
            if raw["provider"] == instance_id:
                self.remove(f"players/{player_id}")

    async def reload_provider(self, instance_id: str) -> None:
        await self.mass.load_provider_config(await self.get_provider_config(instance_id))

    async def _update(self, instance_id: str, values: dict[str, ConfigValueType]) -> ProviderConfig:
        config = await self.get_provider_config(instance_id)
        changed = config.update(values)
        config.validate()
        self.set(f"providers/{instance_id}", config.to_raw())
        if provider := self.mass.get_provider(instance_id):
            await provider.update_config(config, changed)
        else:
            await self.mass.load_provider_config(config)
        return config
