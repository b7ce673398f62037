"""
What the buttons of the form do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mass_alexa import Account, AlexaError, normalise_site
from mass_alexa.errors import InvalidInputError

from . import accounts, compat, upkeep
from .backoff import BACKOFF
from .constants import KEY_SIGN_IN, KEY_SIGN_IN_AGAIN, KEY_SIGN_OUT, KEY_TEST
from .form import Form
from .sentences import (
    CONSENT_FIRST,
    KEPT,
    LOADING,
    NOT_ACCEPTED,
    NOT_CONNECTED,
    NOT_DELETED,
    NOT_SIGNED_IN,
    OTHER_STAYS,
    SESSION_GONE,
    UNREADABLE,
    describe,
    farewell,
)
from .sign_in import sign_in

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigEntry, ConfigValueType

    from .provider import AlexaProvider


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
    upkeep.keep_tidy(mass)
    form = Form.read(values)
    form.plain_http = getattr(mass.webserver, "base_url", "").startswith("http:")
    form.status = await _status(mass, instance_id, form)
    if action is not None:
        if refusal := compat.refusal():
            form.status = refusal
        elif action in (KEY_SIGN_IN, KEY_SIGN_IN_AGAIN):
            session_id = (values or {}).get("session_id")
            await _sign_in(mass, instance_id, form, session_id)
        elif form.account and action == KEY_TEST:
            form.status = await _test(mass, instance_id, form.account)
        elif form.account and action == KEY_SIGN_OUT:
            await _sign_out(mass, instance_id, form, form.account)
    return form.entries(saved=instance_id is not None)


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
    outcome = await sign_in(mass, instance_id or f"new {session}", session, form.site)
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
    if answer == NOT_ACCEPTED:
        return answer
    BACKOFF.accepted(reference)
    if instance_id is None or mass.get_provider(instance_id) is not None:
        return answer
    # The server tries again by itself only after its own start.
    saved = upkeep.saved_reference(mass, instance_id) == reference
    wanted = saved and mass.config.get(f"providers/{instance_id}/enabled", True)
    return f"{answer} {LOADING}" if wanted and compat.reload_later(mass, instance_id) else answer


async def _ask(account: Account) -> str:
    status = await account.check()
    if status.signed_in is False:
        return NOT_ACCEPTED
    players = [device for device in await account.devices(refresh=True) if device.is_player]
    offline = sum(1 for device in players if not device.online)
    return f"Tested just now. {describe(account, len(players), offline)}"


async def _sign_out(
    mass: MusicAssistant, instance_id: str | None, form: Form, reference: str
) -> None:
    provider = _provider(mass, instance_id, reference)
    if provider and provider.account:
        form.status = await provider.sign_out()
        form.account = None
        return
    saved = upkeep.saved_reference(mass, instance_id)
    stays = saved not in (None, reference)
    try:
        path = accounts.folder(mass, reference)
        account = await Account.open(path, settings=accounts.settings())
    except AlexaError as err:
        if not accounts.is_lost(err):
            form.status = f"{err} {KEPT}"
            return
        deleted = await accounts.delete(mass, reference)
        rest = OTHER_STAYS if stays else UNREADABLE
        form.status = f"{err} {rest}" if deleted else f"{err} {NOT_DELETED} {rest}"
    else:
        async with account:
            told = await accounts.sign_out(account)
        deleted = await accounts.delete(mass, reference)
        form.status = farewell(told=told, deleted=deleted, other_stays=stays)
    form.account = saved if stays else None


def _provider(
    mass: MusicAssistant, instance_id: str | None, reference: str
) -> AlexaProvider | None:
    provider: Any = mass.get_provider(instance_id) if instance_id else None
    return provider if getattr(provider, "reference", None) == reference else None
