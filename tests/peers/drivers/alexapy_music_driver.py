"""
alexapy as Music Assistant's built-in provider for Alexa uses it.

Its settings sign in through the proxy, under the server's own web address and with two routes
only, and keep the cookies in a file of the provider's. Its start takes the cookies from there and
lists the devices; every player is a device with the music capability, known by its name. A player
sets the volume, and otherwise says sentences to the device.
"""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web
from alexapy import AlexaAPI, AlexaLogin, AlexaProxy
from alexapy_account import Device, Server, browse, login_of
from errand import Errand, run

_LOCALE = "de-DE"
_PROXY = "/alexa/auth/proxy/"
_FORMS = f"{_PROXY}ap/signin"
_DONE = "You may close this window"
_MUSIC = "MUSIC_SKILL"
# What the companion skill's interface gives for its intents, or else the provider's own words.
_SENTENCES = {"pause": "pause", "play": "resume", "stop": "stop"}


class _Routes:
    """The routes that the server's web address gets for a sign-in; all others are unknown."""

    def __init__(self, proxy: AlexaProxy) -> None:
        """
        Lead the routes to a proxy.
        """
        self.signed_in = asyncio.Event()
        self._proxy = proxy

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """
        Answer a request of the person's browser.
        """
        begins = request.method == "GET" and request.path == _PROXY
        posts = request.method == "POST" and request.path.startswith(_FORMS)
        if not begins and not posts:
            return web.Response(status=404)
        response: web.StreamResponse = await self._proxy.all_handler(request)
        if "Successfully logged in" not in (getattr(response, "text", "") or ""):
            return response
        self.signed_in.set()
        return web.Response(text=f"<html><body>{_DONE}</body></html>", content_type="text/html")


def _login(errand: Errand) -> AlexaLogin:
    # Names of files are whole paths there: the client's own ones lead to nowhere.
    return login_of(errand, path=lambda name: name)


async def _configure(errand: Errand, cookies: Path) -> None:
    async with errand.step("enrol") as seen:
        login = _login(errand)
        try:
            async with Server() as server:
                start = server.address + _PROXY
                routes = _Routes(AlexaProxy(login, start))
                server.handler = routes.answer
                await browse(errand, start, _DONE)
                await errand.wait(routes.signed_in.is_set, seconds=5)
            if not await login.test_loggedin():
                raise RuntimeError("the client does not take itself for signed in")
            cookies.parent.mkdir(exist_ok=True)
            await asyncio.to_thread(login.session.cookie_jar.save, str(cookies))
        finally:
            seen["serial"] = login.uuid
            seen["refresh_token"] = bool(login.refresh_token)
            await login.close()


async def _load(errand: Errand, cookies: Path) -> AlexaLogin:
    login = _login(errand)
    async with errand.step("refresh") as seen:
        login._cookiefile = [str(cookies)]
        await login.login(cookies=await login.load_cookie())
        seen["probe"] = bool((login.status or {}).get("login_successful"))
    return login


def _players(entries: list[dict[str, Any]]) -> dict[str, Device]:
    return {
        entry["accountName"]: Device(entry, entry["deviceOwnerCustomerId"], _LOCALE)
        for entry in entries
        if _MUSIC in (entry.get("capabilities") or [])
    }


async def _control(errand: Errand, login: AlexaLogin, players: dict[str, Device]) -> None:
    def api(serial: str) -> AlexaAPI:
        # Each command gets an API of its own.
        device = next(it for it in players.values() if it.device_serial_number == serial)
        return AlexaAPI(device, login)

    async with errand.step("volume"):
        await api(errand.task["serial"]).set_volume(errand.task["volume"] / 100)
    async with errand.step("transport"):
        for part, sentence in _SENTENCES.items():
            await api(errand.task["serial"]).run_custom(sentence)
            await errand.check(part)
    async with errand.step("speech") as seen:
        # Music begins with a sentence to the companion skill.
        await api(errand.task["serial"]).run_custom(errand.task["text_command"])
        seen["sent"] = ["text_command"]


async def _work(errand: Errand) -> None:
    cookies = errand.folder / ".alexa" / f"alexa_media.{errand.email}.pickle"
    await _configure(errand, cookies)
    login = await _load(errand, cookies)
    try:
        async with errand.step("devices") as seen:
            entries = await AlexaAPI.get_devices(login)
            players = _players(entries)
            seen["listed"] = {it["serialNumber"]: it["accountName"] for it in entries}
            seen["found"] = {it.device_serial_number: name for name, it in players.items()}
        await _control(errand, login, players)
    finally:
        await login.close()


if __name__ == "__main__":
    run(_work)
