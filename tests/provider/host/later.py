"""
The host as it is since 2.10: a setup flow in place of the form, options of the loaded instance.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from house import Browser, House, until
from mass_alexa.provider import constants
from music_assistant.controllers.config import LOG_LEVEL_ENTRY, Config
from music_assistant.mass import SETUP_SECONDS, MusicAssistant
from music_assistant.models.setup_flow import (
    AbortFlow,
    SetupFlowContext,
    SetupFlowError,
    SetupSession,
    StepExpiredError,
)
from music_assistant_models.config_entries import ConfigEntry, ProviderConfig, ProviderError
from music_assistant_models.enums import ConfigEntryType, FlowStepType
from music_assistant_models.errors import LoginFailed, MusicAssistantError

if TYPE_CHECKING:
    from music_assistant.models.player_provider import PlayerProvider
    from music_assistant_models.config_entries import ConfigValueType
    from music_assistant_models.setup_flow import SetupFlowStep
    from world import Amazon

ENCRYPTED = "_encrypted_"
GIVEN = {constants.KEY_CONSENT: True, constants.KEY_SITE: "amazon.de"}
"""What a person fills into the first form of the flow."""


def _hidden(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return ENCRYPTED + base64.b64encode(value.encode()).decode()


def _shown(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(ENCRYPTED):
        return base64.b64decode(value.removeprefix(ENCRYPTED)).decode()
    return value


class LaterConfig(Config):
    """
    Stored settings, with what a flow collected kept apart from the options.
    """

    def get_provider_setup_value(
        self, instance_id: str, key: str, default: ConfigValueType = None
    ) -> ConfigValueType:
        data = self.get(f"providers/{instance_id}/setup_data") or {}
        return cast("ConfigValueType", _shown(data.get(key, default)))

    def update_provider_last_error(self, instance_id: str, error: ProviderError | None) -> None:
        if self.get(f"providers/{instance_id}"):
            self.set(f"providers/{instance_id}/last_error", error.to_dict() if error else None)

    async def get_provider_config(self, instance_id: str) -> ProviderConfig:
        raw = self.get(f"providers/{instance_id}")
        entries = [LOG_LEVEL_ENTRY]
        provider: Any = self.mass.get_provider(instance_id)
        if provider is not None:
            entries += await provider.get_config_entries()
        return cast("ProviderConfig", ProviderConfig.parse(entries, raw))


class LaterMusicAssistant(MusicAssistant):
    """
    A server that sets providers up in a flow.
    """

    def __init__(self, storage_path: str, cache_path: str) -> None:
        super().__init__(storage_path, cache_path)
        self.config: LaterConfig = LaterConfig(self)
        self._flows: dict[str, tuple[SetupSession, asyncio.Task[Any]]] = {}

    async def set_up(self, domain: str) -> SetupSession:
        context = SetupFlowContext(kind="setup", reason="user", domain=domain)
        return await self._begin(context)

    async def reconfigure(self, instance_id: str) -> SetupSession:
        raw = self.config.get(f"providers/{instance_id}")
        error = raw.get("last_error")
        reason = "user"
        if error:
            reason = "auth" if error["error_code"] == LoginFailed.error_code else "error"
        context = SetupFlowContext(
            kind="reconfigure",
            reason=cast("Any", reason),
            domain=raw["domain"],
            instance_id=instance_id,
            setup_data={key: _shown(one) for key, one in raw.get("setup_data", {}).items()},
            values={key: _shown(one) for key, one in raw["values"].items()},
        )
        return await self._begin(context)

    async def abort(self, flow_id: str) -> None:
        session, task = self._flows[flow_id]
        task.cancel()
        _, pending = await asyncio.wait({task}, timeout=10)
        assert not pending, "a flow that is given up has to end soon"
        session.abort("aborted")

    async def _begin(self, context: SetupFlowContext) -> SetupSession:
        module = importlib.import_module(f"music_assistant.providers.{context.domain}.setup_flow")
        finish = self._finish_new if context.instance_id is None else self._finish_existing
        session = SetupSession(self, token_hex(8), context, finish)
        task = self.create_task(self._run, session, module.run_setup)
        self._flows[session.flow_id] = (session, task)
        return session

    async def _run(self, session: SetupSession, flow: Any) -> None:
        try:
            await flow(session)
        except AbortFlow as err:
            session.abort(err.reason)
        except StepExpiredError:
            session.abort("timed_out")
        except SetupFlowError as err:
            session.abort(str(err))
        else:
            assert session.finished, "a flow that returns has to be finished"

    async def _finish_new(
        self, session: SetupSession, values: dict[str, ConfigValueType]
    ) -> dict[str, str]:
        domain = session.context.domain
        instance_id = f"{domain}--{token_hex(4)}"
        raw = {
            "type": "player",
            "domain": domain,
            "instance_id": instance_id,
            "default_name": self.get_provider_manifest(domain).name,
            "values": {},
            "setup_data": {key: _hidden(value) for key, value in values.items()},
        }
        self.config.set(f"providers/{instance_id}", raw)
        try:
            await self.load_provider_config(await self.config.get_provider_config(instance_id))
        except BaseException as err:
            self.config.get("providers").pop(instance_id)
            if isinstance(err, MusicAssistantError):
                raise SetupFlowError(str(err)) from err
            raise
        return {"instance_id": instance_id}

    async def _finish_existing(
        self, session: SetupSession, values: dict[str, ConfigValueType]
    ) -> dict[str, str]:
        instance_id = session.context.instance_id
        assert instance_id is not None
        key = f"providers/{instance_id}/setup_data"
        before = dict(self.config.get(key) or {})
        self.config.set(key, {**before, **{key: _hidden(one) for key, one in values.items()}})
        try:
            await self.load_provider_config(await self.config.get_provider_config(instance_id))
        except BaseException as err:
            self.config.set(key, before)
            if isinstance(err, MusicAssistantError):
                raise SetupFlowError(str(err)) from err
            raise
        return {"instance_id": instance_id}

    async def load_provider_config(self, config: ProviderConfig) -> None:
        await self.unload_provider(config.instance_id)
        raw = self.config.get(f"providers/{config.instance_id}")
        for key, value in raw["values"].items():
            if key not in config.values:
                config.values[key] = ConfigEntry(
                    key=key, type=ConfigEntryType.STRING, label=key, value=value
                )
        module = self.load_provider_module(config.domain)
        async with asyncio.timeout(SETUP_SECONDS):
            provider: PlayerProvider = await module.setup(
                self, self.get_provider_manifest(config.domain), config
            )
        entries = [LOG_LEVEL_ENTRY, *await cast("Any", provider).get_config_entries()]
        provider.config = cast("ProviderConfig", ProviderConfig.parse(entries, raw))
        provider.config.validate()
        await provider.handle_async_init()
        self.register_loaded(provider)
        await provider.loaded_in_mass()
        await provider.discover_players()
        self.config.update_provider_last_error(config.instance_id, None)

    async def load_provider(
        self,
        instance_id: str,
        allow_retry: bool = False,  # noqa: ARG002 - the host's
    ) -> None:
        try:
            await self.config.reload_provider(instance_id)
        except MusicAssistantError as err:
            note = ProviderError(error_code=err.error_code, message=str(err))
            self.config.update_provider_last_error(instance_id, note)

    async def unload_provider_with_error(self, instance_id: str, error: str | Exception) -> None:
        code = error.error_code if isinstance(error, MusicAssistantError) else 999
        note = ProviderError(error_code=code, message=str(error))
        self.config.update_provider_last_error(instance_id, note)
        await self.unload_provider(instance_id)


def shown(step: SetupFlowStep) -> dict[str, ConfigEntry]:
    """
    The entries of a step by key.
    """
    assert step.type == FlowStepType.FORM, step
    return {entry.key: entry for entry in step.entries}


async def step(session: SetupSession, kind: FlowStepType, count: int = 1) -> SetupFlowStep:
    """
    The newest step, once it is the given one of its kind.
    """

    def look() -> SetupFlowStep | None:
        of_kind = [one for one in session.steps if one.type == kind]
        newest = session.steps[-1] if session.steps else None
        return newest if len(of_kind) >= count and newest is of_kind[-1] else None

    found = await until(look)
    assert found is not None
    return found


async def sign_in(session: SetupSession, amazon: Amazon, count: int = 1) -> None:
    """
    Open the page of the flow and sign in there.
    """
    external = await step(session, FlowStepType.EXTERNAL, count)
    assert external.url
    async with Browser(external.url) as browser:
        await browser.open()
        page = await browser.sign_in(amazon)
        assert "Signed in" in page.text, page.text


async def set_up(later: House) -> str:
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    await step(session, FlowStepType.FORM)
    session.submit(GIVEN)
    await sign_in(session, later.amazon)
    finish = await step(session, FlowStepType.FINISH)
    assert finish.result
    later.amazon.knobs(otp_required=False)
    return str(finish.result["instance_id"])
