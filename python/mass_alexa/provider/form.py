"""
The form of the provider: its entries. It never holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import ConfigEntryType

from mass_alexa import sites

from . import accounts, compat, stream_form, texts
from .constants import (
    DEFAULT_SITE,
    KEY_ACCOUNT,
    KEY_CHECK_ON,
    KEY_CONSENT,
    KEY_DIAGNOSTICS,
    KEY_NOTICE,
    KEY_REPORT,
    KEY_SIGN_IN,
    KEY_SIGN_IN_AGAIN,
    KEY_SIGN_OUT,
    KEY_SITE,
    KEY_STATUS,
    KEY_TEST,
    KEY_WARNING,
)
from .sentences import NOT_SIGNED_IN, PLAIN_HTTP
from .stream_settings import StreamSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

    from .provider import AlexaProvider


@dataclass(slots=True)
class Form:
    """
    What the form says at the moment.

    :param consent: Whether the user accepts the risk.
    :param site: Retail site of the account.
    :param account: Reference of the account, where somebody has signed in.
    :param status: Text of the status line.
    :param warning: What will need the user soon, where there is such a thing.
    :param report: Diagnostics, where they were asked for.
    :param plain_http: Whether the sign-in page is served without encryption.
    :param stream: What is set about playing music on Echos.
    :param stream_status: What is to be told about that.
    :param check_on: The player that is chosen for a check of it.
    :param provider: The loaded provider, where there is one.
    """

    consent: bool
    site: str
    account: str | None
    status: str = NOT_SIGNED_IN
    warning: str | None = None
    report: str | None = None
    plain_http: bool = False
    stream: StreamSettings = field(default_factory=StreamSettings)
    stream_status: str | None = None
    check_on: str = stream_form.NO_ECHO
    provider: AlexaProvider | None = None

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
            stream=StreamSettings.read(values.get),
            check_on=str(values.get(KEY_CHECK_ON) or stream_form.NO_ECHO),
        )

    def entries(self, *, saved: bool) -> tuple[ConfigEntry, ...]:
        """
        The form as Music Assistant shows it, each entry with its value.

        :param saved: Whether the provider exists; before that, only what leads to it is offered.
        """
        return (
            notice(),
            consent(accepted=self.consent),
            site(self.site),
            *standing(self.status, self.warning),
            *self._buttons(saved=saved),
            *shown_report(self.report),
            *(self._streaming() if saved else ()),
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

    def _streaming(self) -> list[ConfigEntry]:
        return stream_form.entries(self.stream, self.provider, self.stream_status, self.check_on)

    def _buttons(self, *, saved: bool) -> list[ConfigEntry]:
        sign_in_key = KEY_SIGN_IN_AGAIN if self.account else KEY_SIGN_IN
        keys = [sign_in_key, KEY_SIGN_OUT] if self.account else [sign_in_key]
        if self.account and saved:
            keys.insert(0, KEY_TEST)
        keys.append(KEY_DIAGNOSTICS)
        return [self._sign_in_button(key) if key == sign_in_key else button(key) for key in keys]

    def _sign_in_button(self, key: str) -> ConfigEntry:
        description = texts.entry(key)["description"]
        if self.plain_http:
            description = f"{description} {PLAIN_HTTP}"
        return button(key, depends_on=KEY_CONSENT, description=description)


def notice() -> ConfigEntry:
    """
    What the user has to know before anything else.
    """
    return _entry(KEY_NOTICE, compat.notice_type())


def consent(*, accepted: bool) -> ConfigEntry:
    """
    The box to tick.

    :param accepted: Whether it is ticked.
    """
    return _entry(KEY_CONSENT, ConfigEntryType.BOOLEAN, default_value=False, value=accepted)


def site(chosen: str) -> ConfigEntry:
    """
    The choice of the retail site.

    :param chosen: The present choice.
    """
    return _entry(
        KEY_SITE,
        ConfigEntryType.STRING,
        default_value=DEFAULT_SITE,
        options=[compat.option(one, one) for one in sites()],
        value=chosen,
    )


def standing(status: str, warning: str | None) -> list[ConfigEntry]:
    """
    How things stand, and what will need the user soon.

    :param status: A sentence.
    :param warning: Another one, or ``None``.
    """
    entries = [label(KEY_STATUS, status)]
    if warning:
        entries.append(compat.entry(key=KEY_WARNING, type=compat.notice_type(), label=warning))
    return entries


def shown_report(report: str | None) -> list[ConfigEntry]:
    """
    Diagnostics as a text that can be copied.

    :param report: The text, or ``None`` where nobody asked for it.
    """
    return [label(KEY_REPORT, report)] if report else []


def button(key: str, **values: Any) -> ConfigEntry:
    """
    A button of the form.

    :param key: Its key, and that of its texts.
    :param values: Other fields.
    """
    return _entry(key, ConfigEntryType.ACTION, action=key, **values)


def choice(key: str, names: list[str], chosen: str) -> ConfigEntry:
    """
    A choice between things to do.

    :param key: Its key, and that of its texts.
    :param names: What there is, by the names of the titles.
    :param chosen: The present choice.
    """
    options = [compat.option(texts.option(name), name) for name in names]
    return _entry(
        key, ConfigEntryType.STRING, default_value=names[0], options=options, value=chosen
    )


def label(key: str, text: str) -> ConfigEntry:
    """
    A text that is only shown.

    :param key: Its key.
    :param text: The text.
    """
    return compat.entry(key=key, type=ConfigEntryType.LABEL, label=text)


def _entry(key: str, kind: ConfigEntryType, **values: Any) -> ConfigEntry:
    return compat.entry(**(texts.entry(key) | {"key": key, "type": kind} | values))
