"""
Everything that can go wrong, one class per kind.

A kind says what the caller should do about it; the ``code`` inside a kind says what happened and is
stable. Every error carries a sentence for a person and the step that helps.
"""

from collections.abc import Sequence
from typing import ClassVar


class AlexaError(Exception):
    """
    Base of all errors of this package.

    :param code: Stable name of what happened, such as ``wrong-password``.
    :param message: What happened, one sentence for a person, free of secrets.
    :param next_step: What the person can do about it, one sentence.
    :param status: HTTP status of Amazon's answer, where there was one.
    :param retry_after: Seconds to wait before the same may be tried again, where that is known.
    :param causes: What lies behind it, outermost first.
    :param report: The pages that a sign-in met before it failed: a line each with name and status,
        free of secrets. Empty for all other errors.
    """

    kind: ClassVar[str] = "Unexpected"

    def __init__(
        self,
        code: str,
        message: str,
        next_step: str = "",
        *,
        status: int | None = None,
        retry_after: float | None = None,
        causes: Sequence[str] = (),
        report: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.status = status
        self.retry_after = retry_after
        self.causes = tuple(causes)
        self.report = report

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        state = {
            "status": self.status,
            "retry_after": self.retry_after,
            "causes": self.causes,
            "report": self.report,
        }
        return type(self), (self.code, self.message, self.next_step), state


class SignInRequiredError(AlexaError):
    """
    There is no usable session: sign in first, or again.
    """

    kind = "SignInRequired"


class ChallengeRequiredError(AlexaError):
    """
    Amazon asks for something only the account's owner can do, such as a captcha or an approval.
    """

    kind = "ChallengeRequired"


class CredentialsRejectedError(AlexaError):
    """
    Amazon refused the e-mail address, the password or the code.
    """

    kind = "CredentialsRejected"


class ThrottledError(AlexaError):
    """
    Amazon asks for fewer requests; ``retry_after`` says how long to wait.
    """

    kind = "Throttled"


class NotControllableError(AlexaError):
    """
    The device cannot do this, or not now.
    """

    kind = "NotControllable"


class DeviceOfflineError(AlexaError):
    """
    Amazon cannot reach the device.
    """

    kind = "DeviceOffline"


class NotFoundError(AlexaError):
    """
    The account has no such device or thing.
    """

    kind = "NotFound"


class ForbiddenError(AlexaError):
    """
    Amazon does not let this account do this.
    """

    kind = "Forbidden"


class AmazonUnavailableError(AlexaError):
    """
    Amazon answers with an error of its own.
    """

    kind = "AmazonUnavailable"


class NetworkError(AlexaError):
    """
    Amazon cannot be reached: no name, no connection, or no trusted certificate.
    """

    kind = "Network"


class AlexaTimeout(AlexaError, TimeoutError):  # noqa: N818 - reads like the builtin it is
    """
    Amazon did not answer in time.
    """

    kind = "Timeout"


class UnexpectedPageError(AlexaError):
    """
    The sign-in showed a page that is not known.
    """

    kind = "UnexpectedPage"


class UnexpectedAnswerError(AlexaError):
    """
    An answer of Amazon does not have the expected shape.
    """

    kind = "UnexpectedAnswer"


class StoreCorruptError(AlexaError):
    """
    The session file is damaged or not of this program; it was left as it is or set aside.
    """

    kind = "StoreCorrupt"


class KeyUnavailableError(AlexaError):
    """
    The key of the session file is missing or is another one.
    """

    kind = "KeyUnavailable"


class InvalidInputError(AlexaError, ValueError):
    """
    What was handed in cannot be right; nothing was sent.
    """

    kind = "InvalidInput"


class AccountClosed(AlexaError):  # noqa: N818 - a state more than an error
    """
    The account was closed before or during the call.
    """

    kind = "Closed"


KINDS: dict[str, type[AlexaError]] = {
    cls.kind: cls
    for cls in (
        SignInRequiredError,
        ChallengeRequiredError,
        CredentialsRejectedError,
        ThrottledError,
        NotControllableError,
        DeviceOfflineError,
        NotFoundError,
        ForbiddenError,
        AmazonUnavailableError,
        NetworkError,
        AlexaTimeout,
        UnexpectedPageError,
        UnexpectedAnswerError,
        StoreCorruptError,
        KeyUnavailableError,
        InvalidInputError,
        AccountClosed,
    )
}
"""Every kind of the core and its class."""


def from_native(
    kind: str,
    code: str,
    message: str,
    next_step: str,
    status: int | None,
    retry_after: float | None,
    causes: list[str],
) -> AlexaError:
    """
    Make the error of a kind; the binding calls this.

    :param kind: Name of the kind in the core.
    :param code: Stable name of what happened.
    :param message: One sentence for a person.
    :param next_step: What helps.
    :param status: HTTP status, if any.
    :param retry_after: Seconds to wait, if known.
    :param causes: What lies behind it, outermost first.
    """
    cls = KINDS.get(kind, AlexaError)
    return cls(code, message, next_step, status=status, retry_after=retry_after, causes=causes)
