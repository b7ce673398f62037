"""
alexapy, as its integration for home automation uses it.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

from alexapy import AlexaAPI, AlexaLogin, AlexaProxy, HTTP2EchoClient


class _Device:
    """What :class:`AlexaAPI` reads of the object that stands for a device."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.device_serial_number = entry["serialNumber"]
        self._device_type = entry["deviceType"]
        self._device_family = entry["deviceFamily"]
        self._cluster_members = entry["clusterMembers"]
        self._locale = "de-DE"


class Client:
    """See :class:`measure.Client`."""

    def __init__(self) -> None:
        self._login: AlexaLogin | None = None
        self._api: AlexaAPI | None = None
        self._stream: HTTP2EchoClient | None = None
        self._volumes: dict[str, int] = {}
        self._changed = asyncio.Event()

    def _make(self, order: dict[str, Any], oauth: dict[str, Any]) -> AlexaLogin:
        self._device = order["device"]
        self._folder = Path(order["folder"])
        (self._folder / ".storage").mkdir(exist_ok=True, parents=True)
        return AlexaLogin(
            order["site"],
            order["email"],
            order["password"],
            lambda name: str(self._folder / name),
            oauth=oauth,
        )

    async def enrol(self, order: dict[str, Any]) -> None:
        self._login = self._make(order, {})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        proxy = AlexaProxy(self._login, f"http://127.0.0.1:{port}")
        await proxy.start_proxy("127.0.0.1")

        try:
            # In a process of its own, whose time is not the client's.
            person = await asyncio.create_subprocess_exec(
                sys.executable,
                Path(__file__).with_name("person.py"),
                stdin=asyncio.subprocess.PIPE,
            )
            wanted = {"start": str(proxy.access_url()), "goal": "Successfully logged in"}
            known = {name: order[name] for name in ("email", "password", "code")}
            await person.communicate(json.dumps(wanted | known).encode())
        finally:
            await proxy.stop_proxy()
        if not await self._login.test_loggedin():
            raise RuntimeError("the client does not take itself for signed in")
        await self.save()

    async def open(self, order: dict[str, Any]) -> None:
        oauth = json.loads((Path(order["folder"]) / "oauth.json").read_text(encoding="utf-8"))
        self._login = self._make(order, oauth)
        await self._login.login(cookies=await self._login.load_cookie())
        if not (self._login.status or {}).get("login_successful"):
            raise RuntimeError("the stored session was not taken")

    async def close(self) -> None:
        if self._stream is not None:
            self._stream.on_close("the end")
        if self._login is not None:
            await self._login.close()

    async def command(self, enabled: bool) -> None:
        if self._api is None:
            entries = await AlexaAPI.get_devices(self._login)
            entry = {entry["serialNumber"]: entry for entry in entries}[self._device]
            self._api = AlexaAPI(_Device(entry), self._login)
        if not await self._api.set_dnd_state(enabled):
            raise RuntimeError("the command failed")

    async def devices(self) -> dict[str, str]:
        found = await AlexaAPI.get_devices(self._login)
        return {entry["serialNumber"]: entry["accountName"] for entry in found}

    async def listen(self) -> None:
        async def nothing(*_: object) -> None:
            pass

        async def told(message: dict[str, Any]) -> None:
            # Two more layers, which it leaves to who uses it.
            for update in message["directive"]["payload"]["renderingUpdates"]:
                command = json.loads(update["resourceMetadata"])
                if command["command"] == "PUSH_VOLUME_CHANGE":
                    payload = json.loads(command["payload"])
                    serial = payload["dopplerId"]["deviceSerialNumber"]
                    self._volumes[serial] = payload["volumeSetting"]
                    self._changed.set()

        self._stream = HTTP2EchoClient(self._login, told, nothing, nothing, nothing)
        await self._stream.async_run()

    async def heard(self, volumes: dict[str, int]) -> None:
        while any(self._volumes.get(serial) != level for serial, level in volumes.items()):
            await self._changed.wait()
            self._changed.clear()

    async def save(self) -> None:
        assert self._login is not None
        await self._login.save_cookiefile()
        names = ("access_token", "refresh_token", "mac_dms", "expires_in", "code_verifier")
        oauth = {name: getattr(self._login, name, None) for name in names}
        (self._folder / "oauth.json").write_text(json.dumps(oauth), encoding="utf-8")

    async def load(self) -> None:
        assert self._login is not None
        await self._login.load_cookie()
        json.loads((self._folder / "oauth.json").read_text(encoding="utf-8"))
