"""
Where the accounts of this server live on disk, and which of them are still wanted.

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
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mass_alexa import Account, AlexaError, Settings

from .constants import DOMAIN, KEY_ACCOUNT, SIGN_OUT_SECONDS

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

ROOT_NAME = ".mass_alexa"
REFERENCE_LENGTH = 16
SESSION_FILE = "session.sealed"
UNSAVED_SECONDS = 3600.0
"""How long an account may wait for the form to be saved; chosen."""

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
    return _root(mass) / reference


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


async def delete(mass: MusicAssistant, reference: str) -> None:
    """
    Remove the folder of an account.

    :param mass: The server.
    :param reference: A valid reference.
    """
    await asyncio.to_thread(shutil.rmtree, folder(mass, reference), ignore_errors=True)


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


async def prune(mass: MusicAssistant, logger: logging.Logger = LOGGER) -> list[str]:
    """
    Sign out and delete accounts that no saved provider refers to; returns their references.

    Such are left by a form that was never saved and by a sign-in that a newer one replaced.

    :param mass: The server.
    :param logger: Told about each.
    """
    wanted = _references_in_use(mass)
    removed = []
    for reference in await asyncio.to_thread(_stale_references, _root(mass)):
        if reference in wanted:
            continue
        if await has_session(mass, reference):
            await _end(mass, reference, logger)
        await delete(mass, reference)
        logger.info("Removed a sign-in to Amazon that no provider uses any more.")
        removed.append(reference)
    return removed


def in_use_elsewhere(mass: MusicAssistant, reference: str, instance_id: str) -> bool:
    """
    Whether another saved provider has the same account.

    :param mass: The server.
    :param reference: A valid reference.
    :param instance_id: The provider that asks.
    """
    return reference in _references_in_use(mass, ignore=instance_id)


async def _end(mass: MusicAssistant, reference: str, logger: logging.Logger = LOGGER) -> None:
    try:
        account = await Account.open(folder(mass, reference), settings=settings())
    except AlexaError as err:
        logger.debug("An unused sign-in cannot be opened: %s", err)
        return
    async with account:
        await sign_out(account, logger)


def _root(mass: MusicAssistant) -> Path:
    return Path(mass.storage_path) / ROOT_NAME


def _references_in_use(mass: MusicAssistant, ignore: str | None = None) -> set[str]:
    references = set()
    for instance_id, raw in dict(mass.config.get("providers", {})).items():
        if raw.get("domain") != DOMAIN or instance_id == ignore:
            continue
        if reference := valid_reference((raw.get("values") or {}).get(KEY_ACCOUNT)):
            references.add(reference)
    return references


def _stale_references(root: Path) -> list[str]:
    if not root.is_dir():
        return []
    oldest = time.time() - UNSAVED_SECONDS
    return [
        path.name
        for path in root.iterdir()
        if valid_reference(path.name) and path.stat().st_mtime < oldest
    ]
