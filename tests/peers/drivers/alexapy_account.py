"""
What the drivers of alexapy share: the device it is given, a web server, what it keeps.

Its API takes an object of the caller's for every device and reads a handful of its attributes.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from alexapy import AlexaLogin
from browser import Browser
from errand import Errand

_MOST_FORM_PAGES = 6
_TOKENS = (
    "access_token",
    "refresh_token",
    "expires_in",
    "mac_dms",
    "code_verifier",
    "authorization_code",
)


class Device:
    """What the API of alexapy reads of the object that stands for a device."""

    def __init__(self, entry: dict[str, Any], family: str, locale: str) -> None:
        """
        Take over an entry of the device list.

        :param entry: the entry as the service sent it.
        :param family: what the caller holds for the device's family.
        :param locale: language of what is said to it.
        """
        self.device_serial_number = entry["serialNumber"]
        self._device_type = entry["deviceType"]
        self._device_family = family
        self._cluster_members = entry["clusterMembers"]
        self._locale = locale


class Server:
    """A web server of the application, with the way of its proxy for a handler."""

    def __init__(self) -> None:
        """
        Take a port; what answers there is set before the first request.
        """
        self.handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)

    async def __aenter__(self) -> Self:
        """
        Serve until the end of the body.
        """
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """
        End.
        """
        await self._runner.cleanup()
        self._socket.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.handler is None:
            return web.Response(status=404)
        return await self.handler(request)


async def browse(errand: Errand, start: str, goal: str) -> None:
    """
    Walk through a sign-in as its person, in a browser.

    :param errand: has the account.
    :param start: the first page.
    :param goal: text of the last page.
    """
    loop = asyncio.get_running_loop()

    def answer(name: str) -> str | None:
        if name == "otpCode":
            return str(asyncio.run_coroutine_threadsafe(errand.code(), loop).result())
        return {"email": errand.email, "password": errand.password}.get(name)

    await asyncio.to_thread(Browser().walk, start, answer, goal)


async def sign_in_by_form(errand: Errand, login: AlexaLogin) -> None:
    """
    Let the client fill in Amazon's forms itself, page by page.

    :raises RuntimeError: it does not get to the end.
    """
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


def login_of(
    errand: Errand, kept: dict[str, Any] | None = None, path: Callable[[str], str] | None = None
) -> AlexaLogin:
    """
    Make a login object as an application does at its start.

    :param errand: has the account.
    :param kept: what :func:`keep` stored, without it as before the first sign-in.
    :param path: places a file of the client's, without it in the errand's folder.
    """
    return AlexaLogin(
        errand.site,
        errand.email,
        errand.password,
        path or (lambda name: str(errand.folder / name)),
        oauth=(kept or {}).get("oauth"),
        uuid=(kept or {}).get("uuid"),
    )


def keep(login: AlexaLogin, file: Path) -> None:
    """
    Store what its integration for home automation stores: the tokens and the serial number.
    """
    tokens = {name: getattr(login, name) for name in _TOKENS}
    file.touch(mode=0o600)
    file.write_text(json.dumps({"uuid": login.uuid, "oauth": tokens}))


def kept_in(file: Path) -> dict[str, Any]:
    """
    Return what was stored.
    """
    found = json.loads(file.read_text())
    assert isinstance(found, dict)
    return found
