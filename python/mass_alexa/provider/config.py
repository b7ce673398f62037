"""
The form of the provider: its entries, and what its buttons do. It never holds a secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_assistant_models.enums import ConfigEntryType

from mass_alexa import Account, AlexaError, normalise_site, sites
from mass_alexa.errors import InvalidInputError

from . import accounts, compat
from .backoff import BACKOFF
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
from .sign_in import sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

    from .provider import AlexaProvider

_TEXTS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "strings.json").read_text(encoding="utf-8")
)["config_entries"]

NOT_SIGNED_IN = "Not signed in to Amazon yet."
NOT_CONNECTED = "Signed in to Amazon, but not connected at the moment. Test connection says why."
SESSION_GONE = "The sign-in to Amazon is no longer kept on this server. Sign in again, then save."
CONSENT_FIRST = "Accept the risk first, then press the button again."
ADMIN_ONLY = "Only an administrator of Music Assistant can do this."
SIGNED_OUT = (
    "Signed out. Amazon no longer lists this server, and the sign-in is deleted here. "
    "Remove this provider, or sign in again and save."
)
SIGNED_OUT_HERE = (
    "Signed out on this server. Amazon could not be told: remove the device yourself under "
    "Manage Your Content and Devices."
)


@dataclass(slots=True)
class Form:
    """
    What the form says at the moment.

    :param consent: Whether the user accepts the risk.
    :param site: Retail site of the account.
    :param account: Reference of the account, where somebody has signed in.
    :param status: Text of the status line.
    """

    consent: bool
    site: str
    account: str | None
    status: str = NOT_SIGNED_IN

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
        return [
            _entry(
                key,
                ConfigEntryType.ACTION,
                action=key,
                depends_on=KEY_CONSENT if key == sign_in_key else None,
            )
            for key in keys
        ]


async def config_entries(
    mass: MusicAssistant,
    instance_id: str | None,
    action: str | None,
    values: dict[str, ConfigValueType] | None,
) -> tuple[ConfigEntry, ...]:
    """
    The form after a button, if one was pressed.

    :param mass: The server.
    :param instance_id: The provider whose form it is; ``None`` while it is being added.
    :param action: Key of the button.
    :param values: Values of the form, in any state of completeness.
    """
    form = Form.read(values)
    form.status = await _status(mass, instance_id, form)
    if action is not None:
        if not compat.may_administer():
            form.status = ADMIN_ONLY
        elif action in (KEY_SIGN_IN, KEY_SIGN_IN_AGAIN):
            session_id = (values or {}).get("session_id")
            await _sign_in(mass, instance_id, form, session_id)
        elif form.account and action == KEY_TEST:
            form.status = await _test(mass, instance_id, form.account)
        elif form.account and action == KEY_SIGN_OUT:
            await _sign_out(mass, instance_id, form, form.account)
    return form.entries(saved=instance_id is not None)


def _entry(key: str, kind: ConfigEntryType, **values: Any) -> ConfigEntry:
    return compat.entry(key=key, type=kind, **_TEXTS[key], **values)


async def _status(mass: MusicAssistant, instance_id: str | None, form: Form) -> str:
    if form.account is None:
        return NOT_SIGNED_IN
    if provider := _provider(mass, instance_id, form.account):
        return provider.summary()
    if await accounts.has_session(mass, form.account):
        return NOT_CONNECTED
    return SESSION_GONE


async def _sign_in(
    mass: MusicAssistant, instance_id: str | None, form: Form, session_id: ConfigValueType
) -> None:
    if not form.consent:
        form.status = CONSENT_FIRST
        return
    try:
        form.site = normalise_site(form.site)
    except InvalidInputError as err:
        form.status = str(err)
        return
    session = session_id if isinstance(session_id, str) else None
    outcome = await sign_in(mass, instance_id or "new", session, form.site)
    form.status = outcome.text
    form.account = outcome.reference or form.account
    form.site = outcome.site or form.site


async def _test(mass: MusicAssistant, instance_id: str | None, reference: str) -> str:
    provider = _provider(mass, instance_id, reference)
    try:
        if provider and provider.account:
            return await _ask(provider.account)
        path = accounts.folder(mass, reference)
        async with await Account.open(path, settings=accounts.settings()) as account:
            answer = await _ask(account)
    except AlexaError as err:
        return str(err)
    BACKOFF.accepted(reference)
    return answer


async def _ask(account: Account) -> str:
    status = await account.check()
    if status.signed_in is False:
        return "Amazon no longer accepts this sign-in. Sign in again, then save."
    players = [device for device in await account.devices(refresh=True) if device.is_player]
    offline = sum(1 for device in players if not device.online)
    return f"Tested just now. {describe(account, len(players), offline)}"


def describe(account: Account, players: int, offline: int) -> str:
    """
    A sentence about a working connection.

    :param account: The account.
    :param players: How many players it has.
    :param offline: How many of them Amazon cannot reach.
    """
    info = account.info
    name = info.name or info.email or "an account without a name"
    reach = f", {offline} of them offline" if offline else ""
    noun = "player" if players == 1 else "players"
    return f"Connected to {info.site} as {name}: {players} {noun}{reach}."


async def _sign_out(
    mass: MusicAssistant, instance_id: str | None, form: Form, reference: str
) -> None:
    if provider := _provider(mass, instance_id, reference):
        done = await provider.sign_out()
    else:
        try:
            path = accounts.folder(mass, reference)
            account = await Account.open(path, settings=accounts.settings())
        except AlexaError as err:
            form.status = f"{err} Nothing was kept of it here."
            form.account = None
            await accounts.delete(mass, reference)
            return
        async with account:
            done = await accounts.sign_out(account)
        await accounts.delete(mass, reference)
    form.account = None
    form.status = SIGNED_OUT if done else SIGNED_OUT_HERE


def _provider(
    mass: MusicAssistant, instance_id: str | None, reference: str
) -> AlexaProvider | None:
    provider: Any = mass.get_provider(instance_id) if instance_id else None
    return provider if getattr(provider, "reference", None) == reference else None
