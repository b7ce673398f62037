"""
The devices of an account, and the players registered for them.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from music_assistant_models.errors import AlreadyRegisteredError

from . import owners, player_compat
from .breath import Breath
from .player import AlexaPlayer
from .shown import player_id

if TYPE_CHECKING:
    from collections.abc import Collection

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

    async def take(self, devices: list[Device]) -> None:
        """
        Take the devices as they are now: what is not among them is gone for good.

        :param devices: What the account has. A device missing from one list only is still here.
        """
        self.note(devices)
        self._provider.states.keep(device.serial for device in devices)
        await self._unregister_gone()
        await self.register()

    async def register(self) -> None:
        """
        Register the players that are not there yet and renew the others.
        """
        async with self._registering:
            breath = Breath()
            for device in self.devices:
                if self._provider.dropped or self._provider.ended:
                    return
                if device.is_player:
                    await self._register(device)
                    await breath.take()

    async def settle(self) -> None:
        """
        Wait for a registration under way, which ends early once the provider is dropped.
        """
        async with self._registering:
            pass

    def players(self) -> list[AlexaPlayer]:
        """
        The registered players of this account.
        """
        return [one for one in self._provider.players if isinstance(one, AlexaPlayer)]

    async def show(self) -> None:
        """
        Have all players show how things stand, one after the other.
        """
        breath = Breath()
        shown: tuple[bool, str | None] | None = None
        while shown != (now := (self._provider.standing.reachable, self._provider.ended)):
            shown = now
            for player in self.players():
                if self._provider.ended:
                    player.show_end()
                else:
                    player.show()
                await breath.take()

    def player(self, serial: str) -> AlexaPlayer | None:
        """
        The registered player of a device of this account.

        :param serial: Serial of the device.
        """
        return self.player_of(player_id(serial))

    def player_of(self, player_id: str) -> AlexaPlayer | None:
        """
        A registered player of this account.

        :param player_id: Its id.
        """
        player = player_compat.registered_player(self._provider.mass, player_id)
        if isinstance(player, AlexaPlayer) and player.provider is self._provider:
            return player
        return None

    def lists(self, serial: str) -> bool:
        """
        Whether a device is in the account and can play.

        :param serial: Serial of the device.
        """
        return any(device.serial == serial and device.is_player for device in self.devices)

    def is_half_of_pair(self, serial: str) -> bool:
        """
        Whether a device plays as one half of a stereo pair, which is a player of its own.

        :param serial: Serial of the device.
        """
        pairs = (device for device in self.devices if device.kind == "pair")
        return any(serial in device.members for device in pairs)

    def members(self, group: Device) -> list[str]:
        """
        Serials of what plays in a speaker group, a stereo pair as one.

        :param group: The group.
        """
        pairs = [one for one in self.devices if one.kind == "pair" and one.serial in group.members]
        halves = {serial for pair in pairs for serial in pair.members}
        return [serial for serial in group.members if serial not in halves]

    def groups_with(self, serials: Collection[str]) -> list[AlexaPlayer]:
        """
        The players of the speaker groups that one of some devices belongs to.

        :param serials: Serials of the devices.
        """
        groups = (device for device in self.devices if device.kind == "group")
        found = (
            self.player(one.serial)
            for one in groups
            if any(each in serials for each in one.members)
        )
        return [player for player in found if player is not None]

    async def _unregister_gone(self) -> None:
        listed = {device.serial for device in self.devices if device.is_player}
        groups = {device.name for device in self.devices if device.kind == "group"}
        for player in self.players():
            if player.serial in listed:
                continue
            self._provider.logger.info("Device %s is no longer in the account.", player.serial[-4:])
            # Whoever makes a group anew does not want to see the old one in the settings.
            anew = player.is_group and player.device_name in groups
            await self._provider.mass.players.unregister(player.player_id, permanent=anew)

    async def _register(self, device: Device) -> None:
        controller = self._provider.mass.players
        known = player_compat.registered_player(self._provider.mass, player_id(device.serial))
        if isinstance(known, AlexaPlayer) and known.provider.dropped:
            # Left by a provider object that is no more; nobody would ever renew it.
            await controller.unregister(known.player_id)
            known = None
        if known is None:
            if not owners.is_left_to_another(self._provider, device.serial):
                await self._register_new(device)
        elif own := self.player(device.serial):
            own.take_device(device)
        elif device.serial not in self._foreign:
            self._foreign.add(device.serial)
            self._provider.logger.info(
                "%s is a player of another provider already and is left to it.", device.name
            )

    async def _register_new(self, device: Device) -> None:
        player = AlexaPlayer(self._provider, device)
        player_compat.adopt(player)
        controller = self._provider.mass.players
        try:
            await controller.register(player)
        except AlreadyRegisteredError:
            self._provider.logger.debug("%s was registered meanwhile.", device.name)
        finally:
            # Also after a cancellation: the server lists a player before it is done with it.
            if self._provider.dropped and self.player(device.serial) is player:
                await controller.unregister(player.player_id)
