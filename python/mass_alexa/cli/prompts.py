"""
Asking a person at the terminal. Secrets are read without echo, never from arguments.
"""

import asyncio
import codecs
import getpass
import os
import re
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mass_alexa.errors import InvalidInputError

PASTE_PAUSE = 0.05
"""Seconds without input after which a line is over; what is pasted comes all at once. Chosen."""
INTERRUPT_PAUSE = 0.2
"""Seconds after which a prompt looks for a Ctrl-C that it missed. Chosen."""
_MOVEMENT = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO.")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_END, _ERASE, _KILL = "\x04", "\x7f\b", "\x15"


def need_terminal(prompt: str) -> None:
    """
    Refuse to ask where there is no terminal: what is typed there could be echoed or logged.

    :param prompt: What would be asked for.
    """
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "no-terminal",
            f"There is no terminal to ask at for: {prompt[:1].lower()}{prompt[1:]}.",
            "Run this in a terminal, or see --help for the way without one.",
        )


def visible(prompt: str) -> str:
    """
    Ask for something that may be seen.

    :param prompt: What to ask for.
    """
    need_terminal(prompt)
    with _interruptible():
        sys.stderr.write(f"{prompt}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
    if not line:
        raise _ended(prompt)
    return line.strip()


def pasted(prompt: str) -> str:
    """
    Ask for something long that is pasted, such as an address.

    It is shown: a person wants to see that the paste arrived, and an address of a sign-in is worth
    nothing to whoever reads it, because its code works once, for minutes, and only together with a
    secret of this process. It is read by this program alone, so no shell and no history sees it.

    Read as it comes, because a terminal itself hands on no line of more than 4095 characters, on
    macOS 1024. Lines that come at once are one: what is copied may hold line breaks.

    :param prompt: What to ask for.
    """
    need_terminal(prompt)
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    raw = termios.tcgetattr(keyboard)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    termios.tcsetattr(keyboard, termios.TCSAFLUSH, raw)
    try:
        with _interruptible():
            sys.stderr.write(f"{prompt}: ")
            sys.stderr.flush()
            return _typed(keyboard, prompt)
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)
        sys.stderr.write("\n")
        sys.stderr.flush()


def number(prompt: str, most: int) -> int:
    """
    Ask for a whole number from 1 on, until one is typed.

    :param prompt: What to ask for.
    :param most: The largest one.
    """
    while True:
        typed = visible(f"{prompt} (1 to {most})")
        if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= most:
            return int(typed)


def passphrase(prompt: str, *, twice: bool, stdin_is_data: bool = False) -> str:
    """
    Ask for the passphrase of a backup.

    :param prompt: What to ask for.
    :param twice: Ask until the same was typed two times, because nobody sees what is typed.
    :param stdin_is_data: Ask at the terminal although standard input is none.
    """
    while True:
        first = secret(prompt, stdin_is_data=stdin_is_data)
        if not twice or secret("The same once more") == first:
            return first
        sys.stderr.write("These were not the same.\n")


def secret(prompt: str, *, stdin_is_data: bool = False) -> str:
    """
    Ask for something that nobody may see.

    :param prompt: What to ask for.
    :param stdin_is_data: Ask at the terminal although standard input is none.
    """
    if not (stdin_is_data and _has_terminal()):
        need_terminal(prompt)
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


def _typed(keyboard: int, prompt: str) -> str:
    """
    Read a line character by character and show it.

    :param keyboard: The terminal, in the mode for that.
    :param prompt: What is asked for.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = ""
    while True:
        # A Ctrl-C that comes just before the wait begins would not end it.
        while not select.select([keyboard], [], [], INTERRUPT_PAUSE)[0]:
            pass
        piece = os.read(keyboard, 4096)
        if not piece:
            raise _ended(prompt)
        for one in _MOVEMENT.sub("", decoder.decode(piece)):
            if one == _END and not text:
                raise _ended(prompt)
            if one in _ERASE:
                sys.stderr.write("\b \b" if text else "")
                text = text[:-1]
            elif one == _KILL:
                sys.stderr.write("\b \b" * len(text))
                text = ""
            elif not _CONTROL.match(one):
                sys.stderr.write(one)
                text += one
        sys.stderr.flush()
        if piece.endswith((b"\n", b"\r")) and not select.select([keyboard], [], [], PASTE_PAUSE)[0]:
            return text.strip()


def _has_terminal() -> bool:
    """
    Tell whether this process belongs to a terminal, wherever its standard input comes from.
    """
    try:
        with Path("/dev/tty").open("r+b", buffering=0):
            return True
    except OSError:
        return False


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
    never notice, also when it came just before.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with suppress(RuntimeError):  # where no loop runs
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise KeyboardInterrupt
        yield
    finally:
        signal.signal(signal.SIGINT, before)
