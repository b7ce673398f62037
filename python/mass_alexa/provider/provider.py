"""
The provider: one Amazon account and its players.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from music_assistant.constants import CONF_LOG_LEVEL
from music_assistant.models.player_provider import PlayerProvider
from music_assistant_models.errors import LoginFailed, SetupFailedError

from mass_alexa import Account, AlexaError

from . import accounts, compat, diagnostics, faults, library_log, options, owners, sign_in, upkeep
from .announcer import Announcer
from .backoff import BACKOFF
from .constants import (
    FRESH_SECONDS,
    KEY_CHECK_ON,
    OWNER_SECONDS,
    TAKE_OVER_SECONDS,
    WARNING_SECONDS,
)
from .roster import Roster
from .sentences import NOT_CONNECTED, SIGN_IN_INSTRUCTION, TRY_NOW, describe, farewell
from .standing import Standing
from .states import States
from .stream_settings import StreamSettings
from .streaming import Streaming
from .watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigEntry, ProviderConfig
    from music_assistant_models.enums import ProviderFeature
    from music_assistant_models.provider import ProviderManifest

UNIMPORTANT = {f"values/{CONF_LOG_LEVEL}", f"values/{KEY_CHECK_ON}"}
"""Changes that need no reload."""
STREAM_KEYS = {f"values/{key}" for key in StreamSettings().values()}
TASKS = ("watch", "poll", "show", "silence", "owners", "warning", "gateway", "trouble")
"""What goes on in the background of an instance."""


class AlexaProvider(PlayerProvider):
    """
    One instance of the provider.

    :param mass: The server.
    :param manifest: Our manifest.
    :param config: The saved form.
    :param supported_features: Features of the provider itself.
    :param reference: Reference of the account.
    """

    def __init__(
        self,
        mass: MusicAssistant,
        manifest: ProviderManifest,
        config: ProviderConfig,
        supported_features: set[ProviderFeature],
        reference: str,
    ) -> None:
        super().__init__(mass, manifest, config, supported_features)
        self.reference = reference
        self.account: Account | None = None
        self.roster = Roster(self)
        self.states = States(self)
        self.standing = Standing(self)
        self.announcer = Announcer()
        self.streaming = Streaming(self)
        self.started = time.monotonic()
        self._watcher = Watcher(self)
        self.dropped = False
        self.ended: str | None = None
        self._warned = False
        self._set_library_log_level()

    @property
    def connected(self) -> Account:
        """
        The open account. Once the session has ended, everything fails at once and says so.
        """
        if self.ended:
            raise LoginFailed(self.ended)
        return self.connected_or_ended

    @property
    def connected_or_ended(self) -> Account:
        """
        The open account, whether or not its session has ended.
        """
        if self.account is None:
            raise LoginFailed(f"Amazon is not connected. {SIGN_IN_INSTRUCTION}")
        return self.account

    @property
    def warning(self) -> str | None:
        """
        What will need the user soon, from what is known.
        """
        if self.account is None or self.ended:
            return None
        return self.account.status().warning

    async def handle_async_init(self) -> None:
        """
        Open the account and read its devices; what fails here is told to the user.
        """
        if rest := BACKOFF.rest(self.reference):
            refusal, _ = rest
            library_log.leave(self.instance_id)
            raise type(refusal)(f"{refusal} {TRY_NOW}")
        store = accounts.folder(self.mass, self.reference)
        account = None
        loaded = False
        try:
            account = await Account.open(store, settings=accounts.settings())
            self.roster.note(await account.devices(refresh=True))
            loaded = True
        except AlexaError as err:
            error = faults.load_error(err)
            if faults.is_refusal(err):
                BACKOFF.refused(self.reference, error, err.retry_after)
            raise error from err
        finally:
            if not loaded:
                # What fails here is never unloaded.
                library_log.leave(self.instance_id)
                if account is not None:
                    await account.close()
        BACKOFF.accepted(self.reference)
        self.account = account
        # Before the players are there, so that they show at once what has been playing.
        await self.streaming.start()

    async def loaded_in_mass(self) -> None:
        """
        Start what goes on in the background.
        """
        await super().loaded_in_mass()
        self._look_for_warning()
        self._watcher.start()
        self.consider_take_over(OWNER_SECONDS + 1)
        # What this sign-in replaced is in use no longer.
        upkeep.keep_tidy(self.mass, at_once=True)

    async def discover_players(self) -> None:
        """
        Bring the players in line with the device list, which is read anew unless it is fresh.
        """
        if self.dropped or self.ended:
            return
        if self.roster.age > FRESH_SECONDS:
            await self._read_devices()
        await self.roster.register()

    async def update_config(self, config: ProviderConfig, changed_keys: set[str]) -> None:
        """
        Take a changed configuration.

        :param config: The new one.
        :param changed_keys: What changed in it.
        """
        reload = {key for key in changed_keys if key.startswith("values/")} - UNIMPORTANT
        # The server would load the provider anew without keeping why it failed.
        if reload and compat.reload_later(self.mass, self.instance_id):
            changed_keys = changed_keys - reload
        await super().update_config(config, changed_keys - {f"values/{KEY_CHECK_ON}"})
        self._set_library_log_level()
        settings = StreamSettings.saved(self.mass, self.instance_id)
        if not settings.wanted or STREAM_KEYS.isdisjoint(changed_keys | reload):
            return
        # It is saved, and can be put right: whoever saves it is told at once.
        if problem := await asyncio.to_thread(settings.problem):
            raise SetupFailedError(problem)

    async def unload(self, is_removed: bool = False) -> None:  # noqa: FBT001, FBT002 - the host's
        """
        End everything; when the provider is removed, its sign-in too.

        :param is_removed: Whether the user removed the provider.
        """
        # Some versions put the text of an error into the flag.
        removed = is_removed is True
        self._drop()
        sign_in.withdraw(self.mass, self.instance_id)
        await self.roster.settle()
        if removed:
            await self.streaming.silence()
        library_log.leave(self.instance_id)
        await self.streaming.close()
        account, self.account = self.account, None
        if account is not None:
            if removed:
                await accounts.sign_out(account, self.logger)
            await account.close()
        if removed:
            await accounts.delete(self.mass, self.reference)
        # After a removal nobody comes back for them; a second lets the server finish with it.
        owners.tell_others(self, 1 if removed else TAKE_OVER_SECONDS)

    async def sign_out(self) -> str:
        """
        Sign out at the user's wish and stop; returns what the user is told.
        """
        account = self.connected_or_ended
        # First of all, or a reading under way would find the session ended and say so.
        self._drop()
        await self.streaming.silence()
        told = await accounts.sign_out(account, self.logger)
        await compat.unload_to_sign_in(self.mass, self.instance_id, farewell(told=told))
        deleted = await accounts.delete(self.mass, self.reference)
        return farewell(told=told, deleted=deleted)

    def summary(self) -> str:
        """
        A sentence about the connection, from what is known.
        """
        if self.ended or self.account is None:
            return self.ended or NOT_CONNECTED
        players = [device for device in self.roster.devices if device.is_player]
        offline = sum(1 for device in players if not device.online)
        text = describe(self.account, len(players), offline)
        broken = self.standing.sentence()
        return f"{text} {broken}" if broken else text

    async def get_config_entries(self, *args: Any, **kwargs: Any) -> tuple[ConfigEntry, ...]:
        """
        The settings of this instance; versions before 2.10 ask the module for its form instead.

        :param args: What the version hands over.
        :param kwargs: The same, by name.
        """
        inherited = getattr(super(), "get_config_entries", None)
        before = await inherited(*args, **kwargs) if inherited else ()
        return (*before, *options.entries(self))

    async def handle_config_action(self, action: str) -> tuple[ConfigEntry, ...]:
        """
        Do what a button of the settings is for (2.10 and later).

        :param action: Key of the button.
        """
        return await options.act(self, action)

    async def get_diagnostics(self) -> dict[str, Any]:
        """
        What a report of a problem needs (2.10 and later).
        """
        return await diagnostics.collect(self.mass, self.reference, self)

    def start(self, name: str, work: Callable[..., Awaitable[object]], *args: object) -> None:
        """
        Run something in the background, once at a time, until the provider is unloaded.

        :param name: One of :data:`TASKS`.
        :param work: What to run.
        :param args: Its arguments.
        """
        if not self.dropped and not self.ended:
            self.mass.create_task(work, *args, task_id=self._task(name))

    def plan(self, name: str, delay: float, work: Callable[[], None]) -> None:
        """
        Call something later; a newer plan of the same name takes its place.

        :param name: One of :data:`TASKS`.
        :param delay: Seconds until then.
        :param work: What to call.
        """
        if not self.dropped and not self.ended:
            self.mass.call_later(delay, work, task_id=self._task(name))

    def cancel(self, name: str) -> None:
        """
        End what was started or planned under a name.

        :param name: One of :data:`TASKS`.
        """
        self.mass.cancel_timer(self._task(name))
        self.mass.cancel_task(self._task(name))

    def note_failure(self, error: AlexaError) -> None:
        """
        End the session if the account needs its owner.

        :param error: What failed.
        """
        if isinstance(error, faults.SIGN_IN_KINDS):
            self.end(error.message, error.retry_after)

    def end(self, message: str, retry_after: float | None = None) -> None:
        """
        End the session; once, with an instruction.

        The players stay, so that a command to one of them can say what to do.

        :param message: What happened.
        :param retry_after: Seconds Amazon asked for, if it did.
        """
        if self.dropped or self.ended:
            return
        self.ended = text = faults.instruction(message)
        BACKOFF.refused(self.reference, LoginFailed(text), retry_after)
        self.logger.warning("%s", text)
        for name in TASKS:
            self.cancel(name)
        compat.note_login_failed(self.mass, self.instance_id, text)
        # Not one of those that end with the session.
        self.mass.create_task(self.roster.show)

    def consider_take_over(self, delay: float) -> None:
        """
        Look later whether another instance has left devices that are in this account too.

        :param delay: Seconds until then.
        """
        self.plan("owners", delay, self._take_over)

    def pass_warning_on(self) -> None:
        """
        Log a warning once, and again after it was gone.
        """
        warning = self.warning
        if warning and not self._warned:
            self.logger.warning("%s", warning)
        self._warned = bool(warning)

    def _take_over(self) -> None:
        self.start("owners", self.roster.register)
        left = self.started + OWNER_SECONDS - time.monotonic()
        if left > 0:
            self.plan("owners", left + 1, self._take_over)

    def _look_for_warning(self) -> None:
        self.pass_warning_on()
        self.plan("warning", WARNING_SECONDS, self._look_for_warning)

    async def _read_devices(self) -> None:
        try:
            self.roster.note(await self.connected.devices(refresh=True))
        except AlexaError as err:
            self.logger.debug("The device list cannot be read: %s", err)
            self.note_failure(err)

    def _drop(self) -> None:
        """
        Begin nothing any more and end what goes on in the background.
        """
        self.dropped = True
        for name in TASKS:
            self.cancel(name)

    def _task(self, name: str) -> str:
        return f"{self.instance_id}_{name}"

    def _set_library_log_level(self) -> None:
        library_log.follow(self.instance_id, self.logger.getEffectiveLevel())
