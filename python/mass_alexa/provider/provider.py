"""
The provider: one Amazon account and its players.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from music_assistant.models.player_provider import PlayerProvider
from music_assistant_models.errors import AlreadyRegisteredError, LoginFailed

from mass_alexa import Account, AlexaError

from . import accounts, compat, faults
from .backoff import BACKOFF
from .config import SIGNED_OUT, describe
from .constants import (
    DEVICES_SECONDS,
    FRESH_SECONDS,
    MISSING_SECONDS,
)
from .player import AlexaPlayer, player_id
from .states import StateReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ProviderConfig
    from music_assistant_models.enums import ProviderFeature
    from music_assistant_models.provider import ProviderManifest

    from mass_alexa import Device


TASKS = ("devices", "states", "confirm", "prune")
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
        self.states = StateReader(self)
        self._devices: list[Device] = []
        self._devices_at = 0.0
        self._missing: set[str] = set()
        self._foreign: set[str] = set()
        self._dropped = False
        self._registering = asyncio.Lock()
        self._set_library_log_level()

    @property
    def connected(self) -> Account:
        """
        The open account.
        """
        if self.account is None:
            raise LoginFailed(f"Amazon is not connected. {faults.SIGN_IN_INSTRUCTION}")
        return self.account

    async def handle_async_init(self) -> None:
        """
        Open the account and read its devices; what fails here is told to the user.
        """
        if rest := BACKOFF.rest(self.reference):
            text, seconds = rest
            minutes = max(1, round(seconds / 60))
            raise LoginFailed(f"{text} Amazon is asked again in {minutes} min.")
        store = accounts.folder(self.mass, self.reference)
        account = None
        loaded = False
        try:
            account = await Account.open(store, settings=accounts.settings())
            self._devices = await account.devices(refresh=True)
            self._devices_at = time.monotonic()
            loaded = True
        except AlexaError as err:
            error = faults.load_error(err)
            if isinstance(error, LoginFailed) and err.code != "no-session":
                BACKOFF.refused(self.reference, str(error), err.retry_after)
            raise error from err
        finally:
            if account is not None and not loaded:
                await account.close()
        BACKOFF.accepted(self.reference)
        self.account = account

    async def loaded_in_mass(self) -> None:
        """
        Start what goes on in the background.
        """
        await super().loaded_in_mass()
        self.plan("devices", DEVICES_SECONDS, self._refresh_devices)
        self.start("prune", accounts.prune, self.mass, self.logger)

    async def discover_players(self) -> None:
        """
        Bring the players in line with the device list, which is read anew unless it is fresh.
        """
        if time.monotonic() - self._devices_at > FRESH_SECONDS:
            await self._read_devices()
        await self._register_players()

    async def update_config(self, config: ProviderConfig, changed_keys: set[str]) -> None:
        """
        Take a changed configuration.

        :param config: The new one.
        :param changed_keys: What changed in it.
        """
        await super().update_config(config, changed_keys)
        self._set_library_log_level()

    async def unload(self, is_removed: bool = False) -> None:  # noqa: FBT001, FBT002 - the host's
        """
        End everything; when the provider is removed, its sign-in too.

        :param is_removed: Whether the user removed the provider.
        """
        self._dropped = True
        for name in TASKS:
            self.cancel(name)
        account, self.account = self.account, None
        if account is not None:
            if is_removed:
                await accounts.sign_out(account, self.logger)
            await account.close()
        if is_removed:
            await accounts.delete(self.mass, self.reference)

    async def sign_out(self) -> bool:
        """
        Sign out at the user's wish and stop; true if Amazon took notice.
        """
        done = await accounts.sign_out(self.connected, self.logger)
        self._dropped = True
        await self.mass.unload_provider_with_error(self.instance_id, SIGNED_OUT)
        await accounts.delete(self.mass, self.reference)
        return done

    def summary(self) -> str:
        """
        A sentence about the connection, from what is known.
        """
        players = [device for device in self._devices if device.is_player]
        offline = sum(1 for device in players if not device.online)
        text = describe(self.connected, len(players), offline)
        return text if self.states.reachable else f"{text} Amazon does not answer at the moment."

    def is_half_of_pair(self, serial: str) -> bool:
        """
        Whether a device plays as one half of a stereo pair, which is a player of its own.

        :param serial: Serial of the device.
        """
        pairs = (device for device in self._devices if device.kind == "pair")
        return any(serial in device.members for device in pairs)

    def own_players(self) -> list[AlexaPlayer]:
        """
        The registered players of this account.
        """
        return [player for player in self.players if isinstance(player, AlexaPlayer)]

    def player(self, serial: str) -> AlexaPlayer | None:
        """
        The registered player of a device of this account.

        :param serial: Serial of the device.
        """
        player = compat.registered_player(self.mass, player_id(serial))
        return player if isinstance(player, AlexaPlayer) and player.provider is self else None

    def start(self, name: str, work: Callable[..., Awaitable[object]], *args: object) -> None:
        """
        Run something in the background, once at a time, until the provider is unloaded.

        :param name: One of :data:`TASKS`.
        :param work: What to run.
        :param args: Its arguments.
        """
        if not self._dropped:
            self.mass.create_task(work, *args, task_id=self._task(name))

    def plan(self, name: str, delay: float, work: Callable[[], None]) -> None:
        """
        Call something later; a newer plan of the same name takes its place.

        :param name: One of :data:`TASKS`.
        :param delay: Seconds until then.
        :param work: What to call.
        """
        if not self._dropped:
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
        Stop the provider if the account needs its owner; once, with an instruction.

        :param error: What failed.
        """
        if self._dropped or not isinstance(error, faults.SIGN_IN_KINDS):
            return
        self._dropped = True
        text = faults.instruction(error)
        BACKOFF.refused(self.reference, text, error.retry_after)
        self.logger.warning("%s", text)
        # A task of its own: unloading cancels the one this may be running in.
        self.mass.create_task(self.mass.unload_provider_with_error, self.instance_id, text)

    def _refresh_devices(self) -> None:
        self.start("devices", self._refreshed_devices)

    async def _refreshed_devices(self) -> None:
        self.plan("devices", DEVICES_SECONDS, self._refresh_devices)
        await self._read_devices()
        await self._register_players()
        await accounts.prune(self.mass, self.logger)

    async def _read_devices(self) -> None:
        try:
            self._devices = await self.connected.devices(refresh=True)
        except AlexaError as err:
            self.logger.debug("The device list cannot be read: %s", err)
            self.note_failure(err)
            return
        self._devices_at = time.monotonic()
        await self._unregister_missing()

    async def _register_players(self) -> None:
        async with self._registering:
            for device in self._devices:
                if device.is_player:
                    await self._register(device)
        self.states.poll()

    async def _register(self, device: Device) -> None:
        known = compat.registered_player(self.mass, player_id(device.serial))
        if known is None:
            player = AlexaPlayer(self, device)
            try:
                await self.mass.players.register(player)
            except AlreadyRegisteredError:
                self.logger.debug("%s was registered meanwhile.", device.name)
        elif own := self.player(device.serial):
            own.take_device(device)
        elif device.serial not in self._foreign:
            self._foreign.add(device.serial)
            self.logger.warning(
                "%s is a player of another provider already and is left to it.", device.name
            )

    async def _unregister_missing(self) -> None:
        """
        Take players out whose device was missing twice: one short answer is no farewell.
        """
        listed = {device.serial for device in self._devices if device.is_player}
        missing = {player.serial for player in self.own_players()} - listed
        for serial in missing & self._missing:
            self.logger.info("Device %s is no longer in the account.", serial[-4:])
            await self.mass.players.unregister(player_id(serial))
        self._missing = missing - self._missing
        if self._missing:
            self.plan("devices", MISSING_SECONDS, self._refresh_devices)

    def _task(self, name: str) -> str:
        return f"{self.instance_id}_{name}"

    def _set_library_log_level(self) -> None:
        logging.getLogger("mass_alexa").setLevel(self.logger.getEffectiveLevel())
