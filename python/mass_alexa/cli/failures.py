"""
What a failure means for whoever called the command: exit code and words.
"""

from mass_alexa import errors

OK = 0
UNEXPECTED = 1
USAGE = 2
INTERRUPTED = 130

_CODES: dict[type[errors.AlexaError], int] = {
    errors.InvalidInputError: USAGE,
    errors.SignInRequiredError: 3,
    errors.CredentialsRejectedError: 4,
    errors.ChallengeRequiredError: 4,
    errors.UnexpectedPageError: 4,
    errors.NotFoundError: 5,
    errors.DeviceOfflineError: 5,
    errors.NotControllableError: 5,
    errors.ForbiddenError: 5,
    errors.ThrottledError: 6,
    errors.AmazonUnavailableError: 6,
    errors.NetworkError: 6,
    errors.AlexaTimeout: 6,
    errors.UnexpectedAnswerError: 6,
    errors.StoreCorruptError: 7,
    errors.KeyUnavailableError: 7,
    errors.AccountClosed: UNEXPECTED,
}

_COMMANDS = {
    "no-session": "mass-alexa login",
    "session-ended": "mass-alexa login",
    "passkey": "mass-alexa login",
    "captcha": "mass-alexa login",
    "browser-check": "mass-alexa login",
    "verification": "mass-alexa login",
    "store-damaged": "mass-alexa login",
    "key-missing": "mass-alexa login",
    "key-mismatch": "mass-alexa login",
    "backup-damaged": "mass-alexa login",
    "bad-site": "mass-alexa sites",
    "developer-sign-in": "mass-alexa skill deploy",
}
"""What to type for a next step that the core, which knows no command, only names."""

_STEPS = {
    "token-refused": "Run it again in three minutes or more: if Amazon refuses once more, the "
    "session has ended.",
    "foreign-file": "Name another folder, or write over it with --force.",
    "several-vendors": "Run it again with --vendor and the id of one of them.",
    "session-exists": "Run it again with --replace; the session that is there is set aside.",
}
"""What helps where the core speaks of what a program does that goes on running."""

type Failure = dict[str, dict[str, str | int | float]]


def exit_code(error: errors.AlexaError) -> int:
    """
    Exit code of an error.

    :param error: What went wrong.
    """
    return _CODES.get(type(error), UNEXPECTED)


def next_step(error: errors.AlexaError) -> str:
    """
    Say what helps, with the command to type where there is one.

    :param error: What went wrong.
    """
    if error.code in _STEPS:
        return _STEPS[error.code]
    command = _COMMANDS.get(error.code)
    if command is None or command in error.next_step:
        return error.next_step
    return f"{error.next_step} (Command: {command})".lstrip()


def described(error: errors.AlexaError) -> Failure:
    """
    Describe an error for a program that reads it.

    :param error: What went wrong.
    """
    body: dict[str, str | int | float] = {
        "kind": error.kind,
        "code": error.code,
        "message": error.message,
        "next_step": next_step(error),
    }
    if error.status is not None:
        body["status"] = error.status
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
    if error.report:
        body["report"] = error.report
    return {"error": body}
