"""
The devices of an account, and the players registered for them.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from music_assistant_models.errors import AlreadyRegisteredError

from . import compat
from .player import AlexaPlayer, player_id

if TYPE_CHECKING:
    from mass_alexa import Device

    from .provider import AlexaProvider


class Roster:
    """
    Keeps the registered players in line with the device list.

    :param provider: The provider whose players they are.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider
        self._read_at = 0.0
        self._foreign: set[str] = set()
        self._registering = asyncio.Lock()
        self.devices: list[Device] = []
        self.missing: set[str] = set()

    @property
    def age(self) -> float:
        """
        Seconds since the device list was read.
        """
        return time.monotonic() - self._read_at

    def note(self, devices: list[Device]) -> None:
        """
        Take a device list that was just read.

        :param devices: What Amazon lists.
        """
        self.devices = devices
        self._read_at = time.monotonic()

    async def register(self) -> None:
        """
        Register the players that are not there yet and renew the others.
        """
        async with self._registering:
            for device in self.devices:
                if self._provider.dropped or self._provider.ended:
                    return
                if device.is_player:
                    await self._register(device)

    async def settle(self) -> None:
        """
        Wait for a registration under way, which ends early once the provider is dropped.
        """
        async with self._registering:
            pass

    async def unregister_missing(self) -> None:
        """
        Take players out whose device was missing twice: one short answer is no farewell.
        """
        listed = {device.serial for device in self.devices if device.is_player}
        missing = {player.serial for player in self.players()} - listed
        for serial in missing & self.missing:
            self._provider.logger.info("Device %s is no longer in the account.", serial[-4:])
            await self._provider.mass.players.unregister(player_id(serial))
        self.missing = missing - self.missing

    def players(self) -> list[AlexaPlayer]:
        """
        The registered players of this account.
        """
        return [one for one in self._provider.players if isinstance(one, AlexaPlayer)]

    def player(self, serial: str) -> AlexaPlayer | None:
        """
        The registered player of a device of this account.

        :param serial: Serial of the device.
        """
        player = compat.registered_player(self._provider.mass, player_id(serial))
        if isinstance(player, AlexaPlayer) and player.provider is self._provider:
            return player
        return None

    def is_half_of_pair(self, serial: str) -> bool:
        """
        Whether a device plays as one half of a stereo pair, which is a player of its own.

        :param serial: Serial of the device.
        """
        pairs = (device for device in self.devices if device.kind == "pair")
        return any(serial in device.members for device in pairs)

    async def _register(self, device: Device) -> None:
        controller = self._provider.mass.players
        known = compat.registered_player(self._provider.mass, player_id(device.serial))
        if isinstance(known, AlexaPlayer) and known.provider.dropped:
            # Left by a provider object that is no more; nobody would ever renew it.
            await controller.unregister(known.player_id)
            known = None
        if known is None:
            await self._register_new(device)
        elif own := self.player(device.serial):
            own.take_device(device)
        elif device.serial not in self._foreign:
            self._foreign.add(device.serial)
            self._provider.logger.warning(
                "%s is a player of another provider already and is left to it.", device.name
            )

    async def _register_new(self, device: Device) -> None:
        player = AlexaPlayer(self._provider, device)
        controller = self._provider.mass.players
        try:
            await controller.register(player)
        except AlreadyRegisteredError:
            self._provider.logger.debug("%s was registered meanwhile.", device.name)
        finally:
            # Also after a cancellation: the server lists a player before it is done with it.
            if self._provider.dropped and self.player(device.serial) is player:
                await controller.unregister(player.player_id)
