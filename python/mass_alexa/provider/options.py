"""
The settings of a provider that is set up, for the versions with a setup flow (2.10 and later).

The sign-in itself belongs to the flow there; what is left are the state and the buttons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from music_assistant_models.errors import ActionUnavailable

from . import config, diagnostics, form, stream_form
from .constants import KEY_CHECK, KEY_CHECK_ON, KEY_DIAGNOSTICS, KEY_SIGN_OUT, KEY_TEST
from .stream_settings import StreamSettings

if TYPE_CHECKING:
    from music_assistant_models.config_entries import ConfigEntry

    from .provider import AlexaProvider


def entries(
    provider: AlexaProvider,
    said: str | None = None,
    report: str | None = None,
    stream_said: str | None = None,
) -> tuple[ConfigEntry, ...]:
    """
    State and buttons.

    :param provider: The provider.
    :param said: What a button came to, in place of the state.
    :param report: Diagnostics, where they were asked for.
    :param stream_said: What a check of streaming came to.
    """
    settings = StreamSettings.saved(provider.mass, provider.instance_id)
    return (
        *form.standing(said or provider.summary(), provider.warning),
        *(form.button(key) for key in (KEY_TEST, KEY_SIGN_OUT, KEY_DIAGNOSTICS)),
        *form.shown_report(report),
        *stream_form.entries(settings, provider, stream_said, _check_on(provider)),
    )


async def act(provider: AlexaProvider, action: str) -> tuple[ConfigEntry, ...]:
    """
    Do what a button is for. The server has looked whether the user may.

    :param provider: The provider.
    :param action: Key of the button.
    """
    if action == KEY_TEST:
        said = await config.test(provider.mass, provider.instance_id, provider.reference)
        return entries(provider, said)
    if action == KEY_SIGN_OUT:
        return entries(provider, await provider.sign_out())
    if action == KEY_CHECK:
        settings = StreamSettings.saved(provider.mass, provider.instance_id)
        told = await stream_form.check(provider, settings, _check_on(provider))
        return entries(provider, stream_said=told)
    if action == KEY_DIAGNOSTICS:
        report = await diagnostics.collect(provider.mass, provider.reference, provider)
        return entries(provider, report=diagnostics.text(report))
    raise ActionUnavailable(f"There is no button {action}.")


def _check_on(provider: AlexaProvider) -> str:
    chosen = provider.mass.config.get(f"providers/{provider.instance_id}/values/{KEY_CHECK_ON}")
    return chosen if isinstance(chosen, str) else stream_form.NO_ECHO
