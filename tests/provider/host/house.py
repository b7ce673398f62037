"""
A host with the provider in it, and the hands of the person who uses it.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import aiohttp
from mass_alexa.provider import constants
from music_assistant_models.enums import EventType
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from music_assistant.mass import MusicAssistant
    from music_assistant.models.player import Player
    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType
    from world import Amazon

DOMAIN = constants.DOMAIN
DEADLINE = 30.0


async def until[T](look: Callable[[], T], holds: Callable[[T], bool] = bool) -> T:
    """
    Look until it holds; what was seen last is in the failure.
    """
    deadline = time.monotonic() + DEADLINE
    while not holds(seen := look()):
        assert time.monotonic() < deadline, f"never came: {seen}"
        await asyncio.sleep(0.02)
    return seen


class _Text(HTMLParser):
    """
    The text of a page, and of what it calls an alert.
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.fields: list[str] = []
        self.alert = ""
        self._pieces: list[str] = []
        self._alert_depth = 0
        self._style = False
        self.feed(markup)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input":
            self.fields.append(values.get("name") or "")
            return
        self._style = tag == "style"
        if self._alert_depth or values.get("role") == "alert":
            self._alert_depth += 1

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._style = False
        if self._alert_depth:
            self._alert_depth -= 1

    def handle_data(self, data: str) -> None:
        if self._style:
            return
        self._pieces.append(data)
        if self._alert_depth:
            self.alert = " ".join(f"{self.alert} {data}".split())


class Browser:
    """
    A browser at the sign-in page. It follows what the page does until that wants a person again.
    """

    def __init__(self, url: str, session: aiohttp.ClientSession | None = None) -> None:
        self.url = url
        self.at = URL(url)
        self.status = 0
        self._session = session or aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    def put_cookies(self, cookies: Mapping[str, str]) -> None:
        """
        Cookies that other pages of the same host have set.
        """
        self._session.cookie_jar.update_cookies(cookies, URL(self.url).with_path("/"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def open(self) -> _Text:
        async with self._session.get(self.url) as answer:
            self.status = answer.status
            return _Text(await answer.text())

    async def send(self, **fields: str) -> _Text:
        """
        Send the form and wait while the page says that it works.
        """
        async with self._session.post(self.url, data=fields) as answer:
            self.status = answer.status
            self.at = answer.url
            page = _Text(await answer.text())
        deadline = time.monotonic() + DEADLINE
        while "Signing in" in page.text:
            assert time.monotonic() < deadline, page.text
            await asyncio.sleep(0.05)
            page = await self.open()
        return page

    async def sign_in(self, amazon: Amazon, **other: str) -> _Text:
        """
        Fill the form as the owner of the account would, with some fields otherwise.
        """
        who = amazon.account
        right = {"email": who["email"], "password": who["password"], "otp": who["otp_seed"]}
        return await self.send(**{"way": "password", **right, **other})


class House:
    """
    The person's view: forms, buttons, players.
    """

    def __init__(self, mass: MusicAssistant, amazon: Amazon) -> None:
        self.mass = mass
        self.amazon = amazon
        self.module: Any = mass.load_provider_module(DOMAIN)

    def part(self, name: str) -> Any:
        """
        A module of the provider as the host has loaded it.
        """
        return importlib.import_module(f"music_assistant.providers.{DOMAIN}.{name}")

    async def form(
        self,
        action: str | None = None,
        values: Mapping[str, object] | None = None,
        instance_id: str | None = None,
    ) -> dict[str, ConfigEntry]:
        """
        The entries of the form by key, for values that can be anything.
        """
        given = None if values is None else cast("dict[str, ConfigValueType]", dict(values))
        entries = await self.mass.config.get_provider_config_entries(
            DOMAIN, instance_id=instance_id, action=action, values=given
        )
        return {entry.key: entry for entry in entries}

    async def shown(self, instance_id: str) -> dict[str, ConfigEntry]:
        """
        The form of an instance as it opens.
        """
        saved = self.mass.config.get(f"providers/{instance_id}/values")
        return await self.form(values=saved, instance_id=instance_id)

    def opened(self) -> list[str]:
        """
        Addresses that the user interface was asked to open, oldest first.
        """
        return [
            str(event.data) for event in self.mass.events if event.event == EventType.AUTH_SESSION
        ]

    async def page(self, count: int = 1) -> Browser:
        """
        A browser at the newest sign-in page.
        """
        addresses = await until(self.opened, lambda seen: len(seen) >= count)
        return Browser(addresses[-1])

    async def sign_in(
        self, instance_id: str | None = None, site: str = "amazon.de"
    ) -> dict[str, ConfigEntry]:
        """
        Accept the risk, press *Sign in* and do it; the form as it is afterwards.
        """
        count = len(self.opened())
        # A code serves once, and the next one would have to be waited for.
        self.amazon.knobs(otp_required=count == 0)
        values = {
            constants.KEY_CONSENT: True,
            constants.KEY_SITE: site,
            "session_id": f"session-{count}",
        }
        pressed = asyncio.create_task(self.form(constants.KEY_SIGN_IN, values, instance_id))
        async with await self.page(count + 1) as browser:
            await browser.open()
            page = await browser.sign_in(self.amazon)
            assert "Signed in" in page.text, page.text
            return await pressed

    async def add(self) -> str:
        """
        Add the provider as a person does; its instance id.
        """
        form = await self.sign_in()
        return await self.save(values_of(form))

    async def save(
        self, values: Mapping[str, ConfigValueType], instance_id: str | None = None
    ) -> str:
        saved = await self.mass.config.save_provider_config(DOMAIN, dict(values), instance_id)
        return saved.instance_id

    def provider(self, instance_id: str) -> Any:
        return self.mass.get_provider(instance_id)

    def players(self) -> dict[str, Player]:
        return {player.player_id: player for player in self.mass.players.all_players()}

    def player(self, serial: str) -> Player:
        return self.players()[serial]

    async def live(self, serial: str) -> Player:
        """
        The player of a device, once every change of it is told.
        """
        await until(lambda: serial in self.players() and not self.player(serial).needs_poll)
        await until(lambda: self.player(serial).state.volume_level is not None)
        return self.player(serial)

    async def refresh(self, instance_id: str) -> None:
        """
        Have the device list read as often as it takes to believe that something is gone.
        """
        account = self.provider(instance_id).account
        for _ in range(2):
            await account.devices(refresh=True)

    def account(self, instance_id: str) -> str:
        """
        Reference of the account that is saved.
        """
        return str(self.mass.config.get(f"providers/{instance_id}/values/{constants.KEY_ACCOUNT}"))

    def folders(self) -> list[Path]:
        """
        Folders of all accounts on disk.
        """
        root = Path(self.mass.storage_path) / ".mass_alexa"
        return list(root.iterdir()) if root.is_dir() else []

    def last_error(self, instance_id: str) -> Any:
        return self.mass.config.get(f"providers/{instance_id}/last_error")

    async def device(self, serial: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """
        The device in the simulator's model, once it is as expected.
        """
        deadline = time.monotonic() + DEADLINE
        while True:
            seen = await asyncio.to_thread(self.amazon.device, serial)
            if holds(seen):
                return seen
            assert time.monotonic() < deadline, f"never came: {seen}"
            await asyncio.sleep(0.02)


def values_of(form: Mapping[str, ConfigEntry]) -> dict[str, ConfigValueType]:
    """
    What the user interface sends of a form when it is saved.
    """
    return {key: entry.value for key, entry in form.items()}
