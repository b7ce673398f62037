"""
The record of the user's consent, kept beside the sign-in it was given for.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from . import texts

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "consent.json"


async def record(folder: Path, at: float) -> None:
    """
    Note that the risk was accepted, and in which words.

    :param folder: Folder of the account; must hold its session, which wants to be there first.
    :param at: When, in unix time.
    """
    note = {
        "accepted_at": round(at),
        "text_version": texts.CONSENT_VERSION,
        "text_digest": texts.consent_digest(),
    }
    await asyncio.to_thread(_write, folder / FILE_NAME, note)


async def read(folder: Path) -> dict[str, Any] | None:
    """
    The record, or ``None`` where there is none, or none that can be read.

    :param folder: Folder of the account.
    """
    return await asyncio.to_thread(_read, folder / FILE_NAME)


def _write(file: Path, note: dict[str, Any]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(note), encoding="utf-8")


def _read(file: Path) -> dict[str, Any] | None:
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None
