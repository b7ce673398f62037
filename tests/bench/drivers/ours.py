"""
mass-alexa, through its Python API.
"""

import asyncio
from typing import Any

from mass_alexa import Account, Settings, Watch, rotate_key


class Client:
    """See :class:`measure.Client`."""

    def __init__(self) -> None:
        self._account: Account | None = None
        self._watch: Watch | None = None
        self._device = ""
        self._store = ""

    @property
    def _open(self) -> Account:
        assert self._account is not None
        return self._account

    def _settings(self, order: dict[str, Any]) -> Settings:
        # The others have no throttle of their own, and open as many connections as they like.
        return Settings(
            connect_to=order["connect_to"],
            extra_ca=order["authority"],
            requests_per_second=0.0,
            burst=1000,
            in_flight=1000,
        )

    async def enrol(self, order: dict[str, Any]) -> None:
        self._account = await Account.enrol(
            store=order["folder"],
            email=order["email"],
            password=order["password"],
            otp=order["code"],
            site=order["site"],
            settings=self._settings(order),
        )

    async def open(self, order: dict[str, Any]) -> None:
        self._device, self._store, self._order = order["device"], order["folder"], order
        self._account = await Account.open(order["folder"], settings=self._settings(order))

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        if self._account is not None:
            await self._account.close()

    async def command(self, enabled: bool) -> None:
        await self._open.set_do_not_disturb(self._device, enabled)

    async def nothing(self) -> None:
        await self._open.settle()

    async def devices(self) -> dict[str, str]:
        found = await self._open.devices(refresh=True, extras=False)
        return {device.serial: device.name for device in found}

    async def listen(self) -> None:
        self._watch = self._open.watch()
        async for change in self._watch:
            if change.links is not None and change.links.push.ok:
                break

    async def heard(self, volumes: dict[str, int]) -> None:
        assert self._watch is not None
        missing = dict(volumes)
        async for change in self._watch:
            state = change.player
            if state is not None and missing.get(state.serial) == state.volume:
                del missing[state.serial]
                if not missing:
                    return
        await asyncio.Event().wait()

    async def save(self) -> None:
        # A new key and a new file: more than a save, which nobody can ask for from outside.
        await rotate_key(self._store)

    async def load(self) -> None:
        account = await Account.open(self._store, settings=self._settings(self._order))
        await account.close()
