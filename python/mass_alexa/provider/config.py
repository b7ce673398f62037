"""
What the buttons of the form do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mass_alexa import Account, AlexaError, normalise_site

from . import accounts, compat, diagnostics, sign_in, stream_form, upkeep
from .backoff import BACKOFF
from .constants import (
    KEY_CHECK,
    KEY_DIAGNOSTICS,
    KEY_SIGN_IN,
    KEY_SIGN_IN_AGAIN,
    KEY_SIGN_OUT,
    KEY_TEST,
)
from .form import Form
from .sentences import (
    CONSENT_FIRST,
    KEPT,
    LOADING,
    NO_BROWSER,
    NOT_ACCEPTED,
    NOT_CONNECTED,
    NOT_DELETED,
    NOT_SAVED,
    NOT_SIGNED_IN,
    OTHER_STAYS,
    SAVE_NOW,
    SESSION_GONE,
    UNREADABLE,
    describe,
    farewell,
    waiting,
)

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
    session_id = (values or {}).get("session_id")
    owner = instance_id or f"new {session_id if isinstance(session_id, str) else None}"
    provider = _provider(mass, instance_id, form.account)
    form.status = await _status(mass, owner, provider, form, saved=instance_id is not None)
    form.warning = provider.warning if provider else None
    form.provider = provider
    if action is not None:
        if refusal := compat.refusal():
            form.status = refusal
        elif action in (KEY_SIGN_IN, KEY_SIGN_IN_AGAIN):
            await _sign_in(mass, owner, form, session_id)
        elif form.account and action == KEY_TEST:
            form.status = await test(mass, instance_id, form.account)
        elif action == KEY_CHECK:
            form.stream_status = await stream_form.check(provider, form.stream, form.check_on)
        elif form.account and action == KEY_SIGN_OUT:
            await _sign_out(mass, instance_id, form, form.account)
        elif action == KEY_DIAGNOSTICS:
            report = await diagnostics.collect(mass, form.account, provider, owner)
            form.report = diagnostics.text(report)
    return form.entries(saved=instance_id is not None)


async def _status(
    mass: MusicAssistant, owner: str, provider: AlexaProvider | None, form: Form, *, saved: bool
) -> str:
    if under_way := sign_in.under_way(mass, owner):
        return waiting(under_way.stage, under_way.seconds_left)
    if form.account is None:
        return NOT_SIGNED_IN
    if provider:
        return provider.summary()
    if await accounts.has_session(mass, form.account):
        return NOT_CONNECTED if saved else NOT_SAVED
    return SESSION_GONE


async def _sign_in(
    mass: MusicAssistant, owner: str, form: Form, session_id: ConfigValueType
) -> None:
    if not form.consent:
        form.status = CONSENT_FIRST
        return
    if not isinstance(session_id, str):
        form.status = NO_BROWSER
        return
    try:
        form.site = normalise_site(form.site)
        attempt = await sign_in.SignIn.open(mass, owner, form.site)
    except AlexaError as err:
        form.status = str(err)
        return
    try:
        if not compat.open_in_browser(mass, session_id, attempt.url):
            form.status = NO_BROWSER
            return
        outcome = await attempt.finish()
    finally:
        await attempt.close()
    form.status = outcome.text
    if outcome.reference:
        form.status = f"{outcome.text} {SAVE_NOW}"
        form.account = outcome.reference
    form.site = outcome.site or form.site


async def test(mass: MusicAssistant, instance_id: str | None, reference: str) -> str:
    """
    Ask Amazon how an account stands, and load its provider again where only that is missing.

    :param mass: The server.
    :param instance_id: The provider, ``None`` for one that does not exist yet.
    :param reference: A valid reference.
    """
    provider = _provider(mass, instance_id, reference)
    try:
        if provider and provider.account:
            answer = await _ask(provider.account)
        else:
            path = accounts.folder(mass, reference)
            async with await Account.open(path, settings=accounts.settings()) as account:
                answer = await _ask(account)
    except AlexaError as err:
        return str(err)
    if answer == NOT_ACCEPTED:
        return answer
    BACKOFF.accepted(reference)
    if instance_id is None:
        return answer
    loaded: Any = mass.get_provider(instance_id)
    if loaded is not None and not getattr(loaded, "ended", None):
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
    mass: MusicAssistant, instance_id: str | None, reference: str | None
) -> AlexaProvider | None:
    provider: Any = mass.get_provider(instance_id) if instance_id and reference else None
    return provider if getattr(provider, "reference", None) == reference else None
