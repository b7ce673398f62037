"""
Signing in on a page of our own that this program serves for as long as it takes.
"""

import asyncio
import contextlib
import ipaddress
import socket
import time

from mass_alexa import Account, SignInPage
from mass_alexa.errors import AlexaError, InvalidInputError

from . import desktop
from .invocation import Invocation
from .progress import Progress
from .web import WebServer

LOOPBACK = "127.0.0.1"
BASE_PATH = "/sign-in"
"""What stands before the part of the address that nobody can guess, which the core makes."""
LIFE = 600.0
"""Seconds for which a page can be used; that of the core."""
LOOK = 0.2
"""Seconds between two looks at how far the page is; chosen, only for display."""
LAST_PAGE_WITHIN = 5.0
"""Seconds the browser gets to fetch the page that says that it is done; it asks every second."""
HIGHEST_PORT = 65535
NEW_VERSION = 6


async def by_own_page(run: Invocation, site: str, listen: str | None) -> Account:
    """
    Serve the page, tell where it is and wait until somebody has signed in on it.

    :param run: The run.
    :param site: Site of the account.
    :param listen: Address and port to serve it at, if not on this machine alone.
    """
    host, port = (LOOPBACK, 0) if listen is None else _address(listen)
    page = SignInPage(str(run.options.folder), site, BASE_PATH, run.options.settings)
    try:
        server = await WebServer.start(page, host, port)
    except OSError as err:
        page.close()
        raise InvalidInputError(
            "bad-address",
            f"The page cannot be served at {host} port {port}: {err.strerror or err}.",
            "Name another address of this machine or another port with --listen.",
        ) from err
    async with server:
        try:
            _tell(run, host, f"http://{_shown(host)}:{server.port}{page.path}")
            account = await _waited(run, page)
            await server.until_answered(LAST_PAGE_WITHIN)
        finally:
            page.close()
    return account


def _tell(run: Invocation, host: str, url: str) -> None:
    """
    Say where the page is, and open it if it is for this machine.

    :param run: The run.
    :param host: Where it is served.
    :param url: Its address.
    """
    if ipaddress.ip_address(host).is_loopback:
        # Others on this machine may see the address while it is opened. It belongs to the browser
        # that has it first; who is quicker gets an empty form and we a page that says so.
        done = desktop.opened(url)
        run.output.instruction(
            "Sign in on this page, which should have opened:"
            if done
            else "Open this page in a browser on this machine and sign in there:"
        )
    else:
        run.output.warning(
            "This page goes over http, which is not encrypted: whoever can listen on the network "
            "between the two devices can read what is typed on it. Only do this in a network that "
            "you trust."
        )
        run.output.instruction("Open this page on another device and sign in there:")
    run.output.copyable("page", url)


async def _waited(run: Invocation, page: SignInPage) -> Account:
    """
    Wait for the sign-in and show how far it is.

    :param run: The run.
    :param page: The page.
    """
    end = time.time() + LIFE
    pending = asyncio.ensure_future(page.wait(LIFE))
    with Progress(run.output) as progress:
        try:
            while not pending.done():
                stage, until = page.stage, page.until
                progress.stage(stage or "Waiting for the sign-in in the browser", until or end)
                await asyncio.wait({pending}, timeout=LOOK)
            return Account(pending.result())
        except AlexaError as err:
            err.report = page.report
            raise
        finally:
            pending.cancel()


def _address(listen: str) -> tuple[str, int]:
    """
    Read an address and a port.

    :param listen: What was typed.
    """
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= HIGHEST_PORT:
        raise InvalidInputError(
            "bad-address",
            "--listen needs an IP address of this machine and a port.",
            "For example: --listen 192.168.1.10:8123, or 0.0.0.0:8123 for all of its addresses.",
        )
    return host, number


def _shown(host: str) -> str:
    """
    Tell under which address another device finds this machine.

    :param host: What is listened at.
    """
    address = ipaddress.ip_address(host)
    is_new = address.version == NEW_VERSION
    if address.is_unspecified:
        family = socket.AF_INET6 if is_new else socket.AF_INET
        # Sends nothing, only chooses the way out. Where there is none the address stays as it is.
        with socket.socket(family, socket.SOCK_DGRAM) as way, contextlib.suppress(OSError):
            way.connect(("2001:db8::1" if is_new else "192.0.2.1", 9))
            address = ipaddress.ip_address(way.getsockname()[0])
    return f"[{address}]" if is_new else str(address)
