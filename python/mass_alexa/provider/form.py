"""
The form of the provider: its entries. It never holds a secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import ConfigEntryType

from mass_alexa import sites

from . import accounts, compat
from .constants import (
    DEFAULT_SITE,
    KEY_ACCOUNT,
    KEY_CONSENT,
    KEY_NOTICE,
    KEY_SIGN_IN,
    KEY_SIGN_IN_AGAIN,
    KEY_SIGN_OUT,
    KEY_SITE,
    KEY_STATUS,
    KEY_TEST,
)
from .sentences import NOT_SIGNED_IN, PLAIN_HTTP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

_TEXTS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "strings.json").read_text(encoding="utf-8")
)["config_entries"]


@dataclass(slots=True)
class Form:
    """
    What the form says at the moment.

    :param consent: Whether the user accepts the risk.
    :param site: Retail site of the account.
    :param account: Reference of the account, where somebody has signed in.
    :param status: Text of the status line.
    :param plain_http: Whether the sign-in page is served without encryption.
    """

    consent: bool
    site: str
    account: str | None
    status: str = NOT_SIGNED_IN
    plain_http: bool = False

    @classmethod
    def read(cls, values: Mapping[str, ConfigValueType] | None) -> Form:
        """
        Take what is usable out of the values of a client, which can be anything.

        :param values: Values by key, if there are any.
        """
        values = values or {}
        site = values.get(KEY_SITE)
        return cls(
            consent=values.get(KEY_CONSENT) is True,
            site=site if isinstance(site, str) and site else DEFAULT_SITE,
            account=accounts.valid_reference(values.get(KEY_ACCOUNT)),
        )

    def entries(self, *, saved: bool) -> tuple[ConfigEntry, ...]:
        """
        The form as Music Assistant shows it, each entry with its value.

        :param saved: Whether the provider exists; before that, only what leads to it is offered.
        """
        return (
            _entry(KEY_NOTICE, compat.notice_type()),
            _entry(KEY_CONSENT, ConfigEntryType.BOOLEAN, default_value=False, value=self.consent),
            _entry(
                KEY_SITE,
                ConfigEntryType.STRING,
                default_value=DEFAULT_SITE,
                options=[compat.option(site, site) for site in sites()],
                value=self.site,
            ),
            compat.entry(key=KEY_STATUS, type=ConfigEntryType.LABEL, label=self.status),
            *self._buttons(saved=saved),
            compat.entry(
                key=KEY_ACCOUNT,
                type=ConfigEntryType.STRING,
                label="Account",
                default_value="",
                required=False,
                hidden=True,
                # An empty text, as Music Assistant would put the old value in place of none.
                value=self.account or "",
            ),
        )

    def _buttons(self, *, saved: bool) -> list[ConfigEntry]:
        sign_in_key = KEY_SIGN_IN_AGAIN if self.account else KEY_SIGN_IN
        keys = [sign_in_key, KEY_SIGN_OUT] if self.account else [sign_in_key]
        if self.account and saved:
            keys.insert(0, KEY_TEST)
        return [self._sign_in_button(key) if key == sign_in_key else _button(key) for key in keys]

    def _sign_in_button(self, key: str) -> ConfigEntry:
        description = _TEXTS[key]["description"]
        if self.plain_http:
            description = f"{description} {PLAIN_HTTP}"
        return _button(key, depends_on=KEY_CONSENT, description=description)


def _button(key: str, **values: Any) -> ConfigEntry:
    return _entry(key, ConfigEntryType.ACTION, action=key, **values)


def _entry(key: str, kind: ConfigEntryType, **values: Any) -> ConfigEntry:
    return compat.entry(**(_TEXTS[key] | {"key": key, "type": kind} | values))
