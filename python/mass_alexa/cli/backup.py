"""
Keeping a session somewhere else, sealed with a passphrase, and bringing it back.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mass_alexa import export_session, import_session
from mass_alexa.errors import InvalidInputError

from . import prompts
from .invocation import Invocation, command

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup; - is standard output or input.")
]
PassphraseOption = Annotated[
    bool,
    typer.Option(
        "--passphrase-stdin",
        help="Read the passphrase from the first line of standard input instead of asking.",
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", "-f", help="Write over a file that is there.")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Set a session that is there aside.")
]

STREAM = Path("-")


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "export")(backup)
    command(app, "import")(restore)


async def backup(
    run: Invocation,
    file: FileArgument,
    passphrase_stdin: PassphraseOption = False,
    force: ForceOption = False,
) -> None:
    """
    Write the session to a file that only a passphrase opens.

    The session here goes on. The backup is the same sign-in: signing out in one place ends both.
    """
    if file == STREAM:
        _no_room_for(run)
        if sys.stdout.isatty():
            raise InvalidInputError(
                "usage",
                "The backup is nothing to look at, and standard output is a terminal.",
                "Name a file, or send standard output into one.",
            )
    else:
        # Said before anybody has thought of a passphrase.
        _check_target(file, force=force)
    async with run.account():
        pass  # nor should anybody think of one where there is no session
    if passphrase_stdin:
        (passphrase,) = prompts.lines_of_stdin("Passphrase")
    else:
        passphrase = prompts.passphrase("New passphrase, 8 characters or more", twice=True)
    data = await export_session(run.options.folder, passphrase)
    if file == STREAM:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    _write(file, data, force=force)
    run.output.result(
        {"file": str(file.absolute()), "size": len(data)},
        Text(f"The session is in {file}, readable by you only and sealed with the passphrase."),
    )
    run.output.note(
        "Whoever has both has the session; without the passphrase nobody opens it, not you either."
    )


async def restore(
    run: Invocation,
    file: FileArgument,
    passphrase_stdin: PassphraseOption = False,
    replace: ReplaceOption = False,
) -> None:
    """
    Bring a session back from a file that export wrote.
    """
    data = b"" if file == STREAM else _read(file)
    if passphrase_stdin:
        if file == STREAM:
            # One reader for both: what text reading took ahead would be missing from the backup.
            line, _, data = sys.stdin.buffer.read().partition(b"\n")
            passphrase = line.removesuffix(b"\r").decode("utf-8")
        else:
            (passphrase,) = prompts.lines_of_stdin("Passphrase")
    else:
        if file == STREAM:
            data = sys.stdin.buffer.read()
        passphrase = prompts.passphrase(
            "Passphrase of the backup", twice=False, stdin_is_data=file == STREAM
        )
    info = await import_session(run.options.folder, data, passphrase, replace=replace)
    whose = info.name or info.email or info.customer_id
    run.output.result(
        {"account": info.to_dict()},
        Text(f"The session of {whose} at {info.site} is back. See it with: mass-alexa status"),
    )


def _no_room_for(run: Invocation) -> None:
    """
    Refuse to write a result where the backup itself goes.

    :param run: The run.
    """
    if run.output.as_json:
        raise InvalidInputError(
            "usage",
            "Standard output takes the backup or --json, not both.",
            f"Name a file, or leave --json out. See: mass-alexa {run.name} --help",
        )


def _check_target(file: Path, *, force: bool) -> None:
    """
    Refuse to write over what is there, and over what is no ordinary file at all.

    :param file: Where to write.
    :param force: Whether a file may be written over.
    """
    if not os.path.lexists(file):
        return
    if not force or not file.is_file():
        raise InvalidInputError(
            "file-exists",
            f"There is {'a file' if file.is_file() else 'something else'} at {file} already.",
            "Name another file" + (", or write over it with --force." if file.is_file() else "."),
        )


def _read(file: Path) -> bytes:
    """
    Read a backup.

    :param file: Where it is.
    """
    try:
        return file.read_bytes()
    except OSError as err:
        raise InvalidInputError(
            "bad-file",
            f"The backup cannot be read: {err.strerror or err} ({file}).",
            "Name the file that export wrote.",
        ) from err


def _write(file: Path, data: bytes, *, force: bool) -> None:
    """
    Write a backup whole or not at all, readable by this user only.

    :param file: Where to write.
    :param data: What to write.
    :param force: Write over a file that is there.
    """
    part = ""
    try:
        if force:
            handle, part = tempfile.mkstemp(prefix=".mass-alexa-", dir=file.absolute().parent)
        else:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            part = str(file)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if force:
            Path(part).replace(file)
        part = ""
    except FileExistsError:
        _check_target(file, force=False)
        raise
    except OSError as err:
        raise InvalidInputError(
            "bad-file",
            f"The backup cannot be written: {err.strerror or err} ({file}).",
            "Name another file.",
        ) from err
    finally:
        if part:
            with contextlib.suppress(OSError):
                Path(part).unlink()
