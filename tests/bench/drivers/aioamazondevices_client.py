"""
aioamazondevices, as its integration for home automation uses it.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
from aioamazondevices.api import AmazonEchoApi
from aioamazondevices.structures import AmazonSaveDataConfig
from aiohttp import ClientSession


class Client:
    """See :class:`measure.Client`."""

    def __init__(self) -> None:
        self._session = ClientSession()
        self._stream: httpx.AsyncClient | None = None
        self._volumes: dict[str, Any] = {}
        self._changed = asyncio.Event()

    async def _make(self, order: dict[str, Any], stored: dict[str, Any] | None) -> None:
        self._device = order["device"]
        self._file = Path(order["folder"]) / "login.json"
        self._api = AmazonEchoApi(
            self._session,
            order["email"],
            order["password"],
            save_data=AmazonSaveDataConfig(path=Path(order["folder"])),
            login_data=stored,
        )

    async def enrol(self, order: dict[str, Any]) -> None:
        await self._make(order, None)
        self._stored = await self._api.login.login_mode_interactive(order["code"])
        await self.save()

    async def open(self, order: dict[str, Any]) -> None:
        stored = json.loads((Path(order["folder"]) / "login.json").read_text(encoding="utf-8"))
        await self._make(order, stored)
        self._stored = await self._api.login.login_mode_stored_data()
        self._known = {}

    async def close(self) -> None:
        if self._stream is not None:
            await self._api.stop_http2_processing()
            await self._stream.aclose()
        await self._session.close()

    async def command(self, enabled: bool) -> None:
        if not self._known:
            self._known = await self._api.get_devices_data()
        await self._api.set_do_not_disturb(self._known[self._device], enabled)

    async def devices(self) -> dict[str, str]:
        # The list alone: the whole of `get_devices_data` asks for much more. The two requests of
        # its device handler are what it takes to know the devices.
        await self._api._device_handler.update_devices()
        found = self._api._device_handler.devices
        return {serial: device.account_name for serial, device in found.items()}

    async def listen(self) -> None:
        # What its integration hands over.
        self._stream = httpx.AsyncClient(http2=True, timeout=None)
        reconnected = asyncio.Event()

        async def changed(volumes: dict[str, Any]) -> None:
            self._volumes = volumes
            self._changed.set()

        self._api.on_volume_state_event.append(changed)
        self._api.on_volume_state_event.freeze()
        await self._api.start_http2_processing(self._stream)
        client = self._api._http2_client
        assert client is not None
        reconnected = client._connected_event
        await reconnected.wait()

    async def heard(self, volumes: dict[str, int]) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            known = {serial: self._volumes.get(serial) for serial in volumes}
            if all(it is not None and it.volume == volumes[s] for s, it in known.items()):
                return

    async def save(self) -> None:
        self._file.write_text(json.dumps(self._stored), encoding="utf-8")

    async def load(self) -> None:
        json.loads(self._file.read_text(encoding="utf-8"))
