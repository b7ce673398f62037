"""
Asking a person at the terminal. Secrets are read without echo, never from arguments.
"""

import getpass
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mass_alexa.errors import InvalidInputError


def visible(prompt: str) -> str:
    """
    Ask for something that may be seen.

    :param prompt: What to ask for.
    """
    _need_terminal(prompt)
    sys.stderr.write(f"{prompt}: ")
    sys.stderr.flush()
    with _interruptible():
        line = sys.stdin.readline()
    if not line:
        raise _ended(prompt)
    return line.strip()


def secret(prompt: str) -> str:
    """
    Ask for something that nobody may see.

    :param prompt: What to ask for.
    """
    _need_terminal(prompt)
    try:
        with _interruptible():
            return getpass.getpass(f"{prompt}: ")
    except EOFError as err:
        raise _ended(prompt) from err


def confirmed(question: str, *, otherwise: str) -> bool:
    """
    Ask for a yes.

    :param question: What to ask.
    :param otherwise: Option that says yes where nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "no-terminal",
            "This needs a yes, and there is no terminal to ask at.",
            f"Run it again with {otherwise}.",
        )
    return visible(f"{question} [y/N]").casefold() in {"y", "yes"}


def lines_of_stdin(*names: str) -> list[str]:
    """
    Read one line for each name from standard input.

    :param names: What the lines are, for the error if one is missing.
    """
    lines = []
    for name in names:
        with _interruptible():
            line = sys.stdin.readline()
        if not line:
            raise _ended(name)
        lines.append(line.rstrip("\r\n"))
    return lines


def _need_terminal(prompt: str) -> None:
    """
    Refuse to ask where there is no terminal: what is typed there could be echoed or logged.

    :param prompt: What would be asked for.
    """
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "no-terminal",
            f"There is no terminal to ask at for: {prompt.lower()}.",
            "Run this in a terminal, or see --help for the way without one.",
        )


def _ended(name: str) -> InvalidInputError:
    """
    Make the error for an input that ended too early.

    :param name: What was missing.
    """
    return InvalidInputError(
        "input-ended", f"The input ended before this came: {name.lower()}.", "Start again."
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """
    Let Ctrl-C end a prompt at once.

    A running event loop takes the first Ctrl-C as a wish to cancel, which a blocking read would
    never notice.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
