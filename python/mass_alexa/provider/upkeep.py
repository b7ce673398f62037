"""
Which accounts are still wanted, and the end of those that are not.

Music Assistant tells nobody when a provider is removed that is not loaded, and a form that was
never saved leaves no trace but the folder of its account.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from . import accounts, compat
from .constants import DOMAIN, KEY_ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from music_assistant.mass import MusicAssistant

UNSAVED_SECONDS = 3600.0
"""How long an account may wait for the form to be saved; chosen."""
TIDY_SECONDS = 3600.0
"""Between two looks for accounts that nobody uses; chosen."""

LOGGER = logging.getLogger(f"music_assistant.{DOMAIN}")

_TASK = f"{DOMAIN}_tidy"
_due: WeakKeyDictionary[MusicAssistant, float] = WeakKeyDictionary()


def keep_tidy(mass: MusicAssistant, *, at_once: bool = False) -> None:
    """
    End unused accounts in the background, from now on and for as long as the server runs.

    It belongs to no provider: the last one may be gone, and its account still there.

    :param mass: The server.
    :param at_once: Look now even if the last look was not long ago.
    """
    now = time.monotonic()
    if mass.closing or (now < _due.get(mass, 0.0) and not at_once):
        return
    _due[mass] = now + TIDY_SECONDS
    # A second later than due, as a timer may be early by a hair.
    mass.call_later(TIDY_SECONDS + 1, keep_tidy, mass, task_id=_TASK)
    mass.create_task(prune, mass, task_id=_TASK)


async def prune(mass: MusicAssistant, logger: logging.Logger = LOGGER) -> list[str]:
    """
    Sign out and delete accounts that no provider refers to; returns their references.

    What cannot be signed out now is left for the next time.

    :param mass: The server.
    :param logger: Told about each.
    """
    removed = []
    for reference in await asyncio.to_thread(_stale_references, accounts.root(mass)):
        # Asked anew for each: a sign-out takes long enough for a form to be saved meanwhile.
        if reference in _references_in_use(mass):
            continue
        if await accounts.discard(mass, reference, logger):
            logger.info("Removed a sign-in to Amazon that no provider uses any more.")
            removed.append(reference)
    return removed


def in_use_elsewhere(mass: MusicAssistant, reference: str, instance_id: str) -> bool:
    """
    Whether another provider has the same account.

    :param mass: The server.
    :param reference: A valid reference.
    :param instance_id: The provider that asks.
    """
    return reference in _references_in_use(mass, ignore=instance_id)


def saved_reference(mass: MusicAssistant, instance_id: str | None) -> str | None:
    """
    The account of a provider as it was saved last.

    :param mass: The server.
    :param instance_id: The provider, ``None`` for one that does not exist yet.
    """
    if instance_id is None:
        return None
    if reference := accounts.valid_reference(compat.flow_value(mass, instance_id, KEY_ACCOUNT)):
        return reference
    values = (mass.config.get("providers", {}).get(instance_id) or {}).get("values") or {}
    return accounts.valid_reference(values.get(KEY_ACCOUNT))


def _references_in_use(mass: MusicAssistant, ignore: str | None = None) -> set[str]:
    """
    What is saved, and what is loaded: between a save and the reload both are in use.
    """
    saved = {
        saved_reference(mass, instance_id)
        for instance_id, raw in dict(mass.config.get("providers", {})).items()
        if raw.get("domain") == DOMAIN and instance_id != ignore
    }
    loaded = {
        accounts.valid_reference(getattr(provider, "reference", None))
        for provider in mass.providers
        if provider.domain == DOMAIN and provider.instance_id != ignore
    }
    return {reference for reference in saved | loaded if reference}


def _stale_references(root: Path) -> list[str]:
    if not root.is_dir():
        return []
    oldest = time.time() - UNSAVED_SECONDS
    return [
        path.name
        for path in root.iterdir()
        if accounts.valid_reference(path.name) and path.stat().st_mtime < oldest
    ]
