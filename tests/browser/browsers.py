"""
Two kinds of browsers: one that can reach this machine only, as whoever opens our pages, and one
for which every Amazon host is the simulator, as the browser that a person signs in with.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Request

type Somebody = Callable[[], Awaitable[Person]]

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_LOOPBACK = ("127.0.0.1", "localhost")
# Where the looks of Amazon's pages and the pictures of captchas come from. The guided window leaves
# them there: what is asked for goes without cookies and without the address of the page.
_LOOKS = (
    "m.media-amazon.com",
    "images-na.ssl-images-amazon.com",
    "opfcaptcha-prod.s3.amazonaws.com",
)
_KINDS = {"stylesheet", "image", "font"}
# Nothing of the browser's own: no updates, no reports, no looking up of names.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)


@dataclass
class Person:
    """
    Somebody with a browser of their own, and what that browser did.

    :param context: cookies and pages of this person.
    :param asked: everything that was asked for.
    :param complaints: what the browser found fault with: scripts, policies, missing things.
    """

    context: BrowserContext
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str) -> Page:
        """
        A new tab with this address.
        """
        page = await self.context.new_page()
        await page.goto(address)
        return page

    def note(self, request: Request) -> None:
        """
        Remember what was asked for.
        """
        self.asked.append(request)

    def foreign(self) -> list[str]:
        """
        Addresses that were asked for although nothing leads there.
        """
        return [it.url for it in self.asked if _is_foreign(it)]


def _is_foreign(request: Request) -> bool:
    address = urlsplit(request.url)
    if address.scheme in {"data", "about"} or address.hostname in _LOOPBACK:
        return False
    given_away = any(request.headers.get(name) for name in ("cookie", "referer"))
    is_look = address.hostname in _LOOKS and request.resource_type in _KINDS
    return given_away or not is_look


@asynccontextmanager
async def visiting_browser(playwright: Playwright, simulator: str) -> AsyncIterator[Browser]:
    """
    A browser that finds this machine and, for looks alone, the simulator; nothing else.

    :param simulator: its address and port.
    """
    looks = "".join(f"MAP {host} {simulator} , " for host in _LOOKS)
    rules = f"{looks}MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
    async with _launched(playwright, rules) as browser:
        yield browser


@asynccontextmanager
async def amazon_browser(playwright: Playwright, simulator: str) -> AsyncIterator[Browser]:
    """
    A browser for which every host is the simulator.

    :param simulator: its address and port.
    """
    rules = f"MAP * {simulator} , EXCLUDE 127.0.0.1"
    async with _launched(playwright, rules) as browser:
        yield browser


@asynccontextmanager
async def _launched(playwright: Playwright, rules: str) -> AsyncIterator[Browser]:
    arguments = [*_QUIET, f"--host-resolver-rules={rules}"]
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        yield browser
    finally:
        await browser.close()


async def person(browser: Browser) -> Person:
    """
    Somebody new: no cookies, nothing remembered, and the simulator's certificates are trusted.
    """
    context = await browser.new_context(ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(20_000)
    somebody = Person(context)
    context.on("request", somebody.note)
    context.on("weberror", lambda it: somebody.complaints.append(str(it.error)))
    context.on("console", lambda it: _note(somebody, it.type, it.text))
    return somebody


def _note(somebody: Person, kind: str, text: str) -> None:
    # A page that answers 403 or 422 on purpose is reported as a resource that failed to load.
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        somebody.complaints.append(f"{kind}: {text}")
