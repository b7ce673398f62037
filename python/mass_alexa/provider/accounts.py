"""
Where the accounts of this server live on disk, and how they end.

An account is known to the settings by a random reference only. Its folder is
``<storage>/.mass_alexa/<reference>/``; everything in it is made and read by mass_alexa.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import shutil
import string
from pathlib import Path
from typing import TYPE_CHECKING

from mass_alexa import Account, AlexaError, Settings

from .backoff import BACKOFF
from .constants import DOMAIN, SIGN_OUT_SECONDS
from .faults import SIGN_IN_KINDS

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

ROOT_NAME = ".mass_alexa"
REFERENCE_LENGTH = 16
SESSION_FILE = "session.sealed"
DAMAGED = "store-damaged"

LOGGER = logging.getLogger(f"music_assistant.{DOMAIN}")

_REFERENCE = re.compile(rf"[a-z0-9]{{{REFERENCE_LENGTH}}}")
_ALPHABET = string.ascii_lowercase + string.digits


def settings() -> Settings:
    """
    How this server reaches Amazon: directly, unless its environment names another way.

    ``MASS_ALEXA_CONNECT_TO`` and ``MASS_ALEXA_EXTRA_CA`` are those of the command line.
    """
    return Settings(
        connect_to=os.environ.get("MASS_ALEXA_CONNECT_TO") or None,
        extra_ca=os.environ.get("MASS_ALEXA_EXTRA_CA") or None,
    )


def new_reference() -> str:
    """
    A reference nobody can guess.
    """
    return "".join(secrets.choice(_ALPHABET) for _ in range(REFERENCE_LENGTH))


def valid_reference(value: object) -> str | None:
    """
    The value if it is a reference. Clients can send anything, and it becomes part of a path.

    :param value: What a form or the settings say.
    """
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def folder(mass: MusicAssistant, reference: str) -> Path:
    """
    The folder of an account.

    :param mass: The server.
    :param reference: A valid reference.
    """
    return root(mass) / reference


async def prepare(mass: MusicAssistant, reference: str) -> Path:
    """
    Make the folder of a new account, readable by this user only.

    :param mass: The server.
    :param reference: A valid reference.
    """
    path = folder(mass, reference)

    def make() -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)

    await asyncio.to_thread(make)
    return path


async def has_session(mass: MusicAssistant, reference: str) -> bool:
    """
    Whether a sign-in of this account is kept.

    :param mass: The server.
    :param reference: A valid reference.
    """
    return await asyncio.to_thread((folder(mass, reference) / SESSION_FILE).is_file)


async def delete(mass: MusicAssistant, reference: str) -> bool:
    """
    Remove the folder of an account; false, and in the log, if something of it stays.

    :param mass: The server.
    :param reference: A valid reference.
    """
    failures: list[OSError] = []

    def note(_: object, __: str, err: BaseException) -> None:
        if isinstance(err, OSError) and not isinstance(err, FileNotFoundError):
            failures.append(err)

    path = folder(mass, reference)
    await asyncio.to_thread(shutil.rmtree, path, onexc=note)
    BACKOFF.accepted(reference)
    if failures:
        LOGGER.warning(
            "The sign-in in %s could not be deleted (%s). Delete that folder.", path, failures[0]
        )
    return not failures


async def sign_out(account: Account, logger: logging.Logger = LOGGER) -> bool:
    """
    Take an account's registration back, as far as Amazon can be reached; never raises its errors.

    :param account: The open account.
    :param logger: Told when it did not work out.
    """
    name = account.info.device_name or "this server"
    try:
        async with asyncio.timeout(SIGN_OUT_SECONDS):
            await account.sign_out()
    except (AlexaError, TimeoutError) as err:
        logger.warning(
            "Amazon could not be told of the sign-out (%s). Remove %s yourself under "
            "Manage Your Content and Devices on %s.",
            err,
            name,
            account.info.site,
        )
        return False
    return True


async def discard(mass: MusicAssistant, reference: str, logger: logging.Logger = LOGGER) -> bool:
    """
    End an account nobody wants and delete it.

    False where it stays for a later attempt: only what is kept of it can take the registration
    at Amazon back.

    :param mass: The server.
    :param reference: A valid reference.
    :param logger: Told what Amazon could not be told.
    """
    if await has_session(mass, reference):
        try:
            account = await Account.open(folder(mass, reference), settings=settings())
        except AlexaError as err:
            if not is_lost(err):
                logger.debug("An unused sign-in cannot be opened and is kept: %s", err)
                return False
        else:
            async with account:
                if not await sign_out(account, logger):
                    return False
    return await delete(mass, reference)


def is_lost(error: AlexaError) -> bool:
    """
    Whether an account that could not be opened can never be: it is gone, or damaged.

    Anything else may pass, such as a setting, a permission or a key on a disk that is not there.

    :param error: Why it could not be opened.
    """
    return isinstance(error, SIGN_IN_KINDS) or error.code == DAMAGED


def root(mass: MusicAssistant) -> Path:
    """
    The folder of all accounts.

    :param mass: The server.
    """
    return Path(mass.storage_path) / ROOT_NAME
