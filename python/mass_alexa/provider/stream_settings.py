"""
What the user sets about playing the music of Music Assistant on Echos, and what is wrong with it.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mass_alexa.errors import AlexaError
from mass_alexa.gateway import PORT, GatewaySettings, public_address

from .constants import (
    DEFAULT_INVOCATION,
    KEY_BIND,
    KEY_CERTIFICATES,
    KEY_INVOCATION,
    KEY_PORT,
    KEY_PRIVATE_KEY,
    KEY_PROXIES,
    KEY_PUBLIC_URL,
    KEY_SKILL_ID,
    KEY_STREAM,
)
from .texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigValueType

ANYWHERE: Final = "0.0.0.0"  # noqa: S104 - the Echos come from outside
PUBLIC_AT: Final = "MASS_ALEXA_PUBLIC_AT"
"""Environment variable: where the public name leads to from inside the network."""

_SKILL_ID = re.compile(r"amzn1\.ask\.skill\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INVOCATION = re.compile(r"[^\W\d_]+(?:[ .'\N{RIGHT SINGLE QUOTATION MARK}]+[^\W\d_]+)*\.?")
_LONGEST_INVOCATION = 50
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """
    The part of the settings that is about streaming.

    :param wanted: Whether music of Music Assistant shall play on Echos.
    :param public_url: Address by which the world reaches the gateway.
    :param skill_id: Id of the skill.
    :param invocation: Name by which the skill is opened.
    :param port: Port of the gateway.
    :param bind: Address of this machine that it listens at.
    :param certificates: Path of its certificates; empty where a proxy speaks TLS.
    :param key: Path of their key.
    :param proxies: Addresses and networks of proxies, with commas between them.
    """

    wanted: bool = False
    public_url: str = ""
    skill_id: str = ""
    invocation: str = DEFAULT_INVOCATION
    port: int = PORT
    bind: str = ANYWHERE
    certificates: str = ""
    key: str = ""
    proxies: str = ""

    @classmethod
    def read(cls, get: Callable[[str], object]) -> StreamSettings:
        """
        Take what is usable out of values that can be anything.

        :param get: Gives the value of a key; ``None`` where there is none.
        """

        def words(key: str, default: str = "") -> str:
            value = get(key)
            return value.strip() if isinstance(value, str) and value.strip() else default

        port = get(KEY_PORT)
        return cls(
            wanted=get(KEY_STREAM) is True,
            public_url=words(KEY_PUBLIC_URL),
            skill_id=words(KEY_SKILL_ID),
            invocation=words(KEY_INVOCATION, DEFAULT_INVOCATION).lower(),
            port=int(port) if isinstance(port, int | float) else PORT,
            bind=words(KEY_BIND, ANYWHERE),
            certificates=words(KEY_CERTIFICATES),
            key=words(KEY_PRIVATE_KEY),
            proxies=words(KEY_PROXIES),
        )

    @classmethod
    def saved(cls, mass: MusicAssistant, instance_id: str) -> StreamSettings:
        """
        What is saved for an instance, whether or not it is loaded.

        :param mass: The server.
        :param instance_id: The instance.
        """
        values: dict[str, ConfigValueType] = dict(
            mass.config.get(f"providers/{instance_id}/values") or {}
        )
        return cls.read(values.get)

    def values(self) -> dict[str, ConfigValueType]:
        """
        The same as values of the form, by key.
        """
        return {
            KEY_STREAM: self.wanted,
            KEY_PUBLIC_URL: self.public_url,
            KEY_SKILL_ID: self.skill_id,
            KEY_INVOCATION: self.invocation,
            KEY_PORT: self.port,
            KEY_BIND: self.bind,
            KEY_CERTIFICATES: self.certificates,
            KEY_PRIVATE_KEY: self.key,
            KEY_PROXIES: self.proxies,
        }

    def problem(self) -> str | None:
        """
        What has to be put right first, as a sentence; ``None`` where all is well.

        Looks at files, so it is not for the thread of the event loop.
        """
        checks = (
            self._address_problem,
            self._skill_problem,
            self._listen_problem,
            self._certificate_problem,
            self._proxy_problem,
        )
        return next((found for check in checks if (found := check())), None)

    def for_gateway(self) -> GatewaySettings:
        """
        The same for the gateway, where there is no problem.
        """
        return GatewaySettings(
            public_url=public_address(self.public_url),
            skill_id=self.skill_id,
            invocation_name=self.invocation,
            port=self.port,
            bind=self.bind,
            certificates=self.certificates or None,
            key=self.key or None,
            trusted_proxies=self._proxies(),
            public_at=os.environ.get(PUBLIC_AT) or None,
        )

    def _address_problem(self) -> str | None:
        if not self.public_url:
            return message("public_url_missing")
        try:
            public_address(self.public_url)
        except AlexaError as err:
            return str(err)
        return None

    def _skill_problem(self) -> str | None:
        if not self.skill_id:
            return message("skill_id_missing")
        if not _SKILL_ID.fullmatch(self.skill_id):
            return message("skill_id_odd").format(given=self.skill_id)
        name = self.invocation
        if len(name) > _LONGEST_INVOCATION or not _INVOCATION.fullmatch(name):
            return message("invocation_odd").format(given=name)
        return None

    def _listen_problem(self) -> str | None:
        if not 0 < self.port <= _LAST_PORT:
            return message("port_odd").format(given=self.port)
        try:
            ipaddress.ip_address(self.bind)
        except ValueError:
            return message("bind_odd").format(given=self.bind)
        return None

    def _certificate_problem(self) -> str | None:
        if not self.certificates and not self.key:
            return None
        if not self.certificates or not self.key:
            return message("certificate_half")
        for path in (self.certificates, self.key):
            if not Path(path).is_file():
                return message("certificate_missing").format(path=path)
            if not os.access(path, os.R_OK):
                return message("certificate_unreadable").format(path=path)
        return None

    def _proxy_problem(self) -> str | None:
        for proxy in self._proxies():
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                return message("proxy_odd").format(given=proxy)
        return None

    def _proxies(self) -> tuple[str, ...]:
        return tuple(one for part in self.proxies.split(",") if (one := part.strip()))
