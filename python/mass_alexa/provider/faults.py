"""
Errors of mass_alexa as errors of Music Assistant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from music_assistant_models import errors as mass

from mass_alexa import errors as alexa

from .sentences import SIGN_IN_INSTRUCTION

if TYPE_CHECKING:
    from mass_alexa import AlexaError

SIGN_IN_KINDS = (
    alexa.SignInRequiredError,
    alexa.ChallengeRequiredError,
    alexa.CredentialsRejectedError,
)
"""Kinds that only the owner of the account can mend, by signing in."""

TEMPORARY_KINDS = (
    alexa.ThrottledError,
    alexa.AmazonUnavailableError,
    alexa.NetworkError,
    alexa.AlexaTimeout,
)
"""Kinds that pass by themselves."""

_UNHEARD_KINDS = (
    alexa.NetworkError,
    alexa.AlexaTimeout,
    alexa.StoreCorruptError,
    alexa.KeyUnavailableError,
    alexa.InvalidInputError,
    alexa.AccountClosed,
)
"""Kinds that say nothing about what Amazon thinks of being asked."""

_SIGN_IN_STEPS = ("Sign in again.", "Sign in first.")
"""What the core says one should do when the account needs a person."""

_COMMAND_CLASSES: tuple[tuple[type[AlexaError], type[mass.MusicAssistantError]], ...] = (
    (alexa.DeviceOfflineError, mass.PlayerUnavailableError),
    (alexa.NotFoundError, mass.PlayerUnavailableError),
    (alexa.AccountClosed, mass.PlayerUnavailableError),
    (alexa.InvalidInputError, mass.InvalidDataError),
    (alexa.ForbiddenError, mass.ProviderPermissionDenied),
    (alexa.NotControllableError, mass.PlayerCommandFailed),
)


def command_error(error: AlexaError) -> mass.MusicAssistantError:
    """
    What Music Assistant is told when a command failed.

    :param error: What mass_alexa says.
    """
    if isinstance(error, SIGN_IN_KINDS):
        return mass.LoginFailed(instruction(error.message))
    if isinstance(error, TEMPORARY_KINDS):
        return _temporary(error)
    for kind, target in _COMMAND_CLASSES:
        if isinstance(error, kind):
            return target(str(error))
    return mass.PlayerCommandFailed(str(error))


def load_error(error: AlexaError) -> mass.MusicAssistantError:
    """
    What Music Assistant is told when the provider cannot be loaded.

    :param error: What mass_alexa says.
    """
    if isinstance(error, SIGN_IN_KINDS):
        return mass.LoginFailed(instruction(error.message))
    if isinstance(error, TEMPORARY_KINDS):
        return _temporary(error)
    return mass.SetupFailedError(str(error))


def is_refusal(error: AlexaError) -> bool:
    """
    Whether Amazon answered, and not with what was asked for: it is then left alone for a while.

    :param error: What mass_alexa says.
    """
    return not isinstance(error, _UNHEARD_KINDS) and error.code != "no-session"


def instruction(message: str) -> str:
    """
    What the user is told when the account needs a person: what happened, and what to press.

    :param message: What happened. What the core would have done about it is left out: it does not
        know where that is done here.
    """
    for step in _SIGN_IN_STEPS:
        message = message.removesuffix(step).rstrip()
    return f"{message} {SIGN_IN_INSTRUCTION}"


def _temporary(error: AlexaError) -> mass.MusicAssistantError:
    return mass.ResourceTemporarilyUnavailable(
        str(error), backoff_time=round(error.retry_after or 0)
    )
