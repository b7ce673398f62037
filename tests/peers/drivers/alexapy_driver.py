"""
alexapy: sign-in through its capturing proxy or by its own form login, then devices and volume.

Which sign-in is the first argument: ``proxy`` (a scripted browser walks through the proxy, as its
integration for home automation does it) or ``form``.
"""

import asyncio
import socket
import sys
from typing import Any

from alexapy import AlexaAPI, AlexaLogin, AlexaProxy
from browser import Browser
from errand import Errand, run

_MOST_FORM_PAGES = 6


class _Device:
    """What :class:`AlexaAPI` reads of the object that stands for a device."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.device_serial_number = entry["serialNumber"]
        self._device_type = entry["deviceType"]
        self._device_family = entry["deviceFamily"]
        self._cluster_members = entry["clusterMembers"]
        self._locale = "de-DE"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _through_proxy(errand: Errand, login: AlexaLogin) -> None:
    proxy = AlexaProxy(login, f"http://127.0.0.1:{_free_port()}")
    await proxy.start_proxy("127.0.0.1")
    try:
        loop = asyncio.get_running_loop()

        def answer(name: str) -> str | None:
            if name == "otpCode":
                return asyncio.run_coroutine_threadsafe(errand.code(), loop).result()
            return {"email": errand.email, "password": errand.password}.get(name)

        start = str(proxy.access_url())
        await asyncio.to_thread(Browser().walk, start, answer, "Successfully logged in")
    finally:
        await proxy.stop_proxy()
    if not await login.test_loggedin():
        raise RuntimeError("the client does not take itself for signed in")


async def _by_form(errand: Errand, login: AlexaLogin) -> None:
    for _ in range(_MOST_FORM_PAGES):
        # The client appends a code that it has to the password, so it gets one when it asks.
        wanted = (login.status or {}).get("securitycode_required")
        await login.login(data={"securitycode": await errand.code()} if wanted else {})
        status = login.status or {}
        if status.get("login_successful"):
            return
        if message := status.get("error_message") or status.get("login_failed"):
            raise RuntimeError(f"the sign-in ended with {message!r}")
    raise RuntimeError(f"no end of the sign-in after {_MOST_FORM_PAGES} pages")


async def _work(errand: Errand) -> None:
    (errand.folder / ".storage").mkdir(exist_ok=True)
    login = AlexaLogin(
        errand.site,
        errand.email,
        errand.password,
        lambda name: str(errand.folder / name),
    )
    try:
        async with errand.step("enrol") as seen:
            try:
                await {"proxy": _through_proxy, "form": _by_form}[sys.argv[1]](errand, login)
            finally:
                seen["serial"] = login.uuid
                seen["refresh_token"] = bool(login.refresh_token)
                seen["signed_in"] = bool((login.status or {}).get("login_successful"))
        async with errand.step("devices") as seen:
            entries = await AlexaAPI.get_devices(login)
            seen["found"] = {entry["serialNumber"]: entry["accountName"] for entry in entries}
        async with errand.step("volume"):
            entry = {entry["serialNumber"]: entry for entry in entries}[errand.device]
            api = AlexaAPI(_Device(entry), login)
            await api.set_volume(errand.task["volume"] / 100, queue_delay=0)
    finally:
        await login.close()


if __name__ == "__main__":
    run(_work)
