"""
The texts of both surfaces, the form and the setup flow, out of one file.

Music Assistant reads ``strings.json`` of its own providers only, and that when it is built, so that
the texts go into the entries from here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from .constants import KEY_CONSENT, KEY_NOTICE

_STRINGS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "strings.json").read_text(encoding="utf-8")
)

CONSENT_VERSION: Final[str] = _STRINGS["consent_version"]
"""Version of what the user agrees to; changes with the text."""


def entry(key: str) -> dict[str, str]:
    """
    The texts of a config entry, by field.

    :param key: Key of the entry.
    """
    return dict(_STRINGS["config_entries"][key])


def option(name: str) -> str:
    """
    The title of a choice.

    :param name: Name of the choice.
    """
    return str(_STRINGS["options"][name])


def step(step_id: str, field: str) -> str:
    """
    A text of a step of the setup flow.

    :param step_id: The step.
    :param field: ``title``, ``description`` or ``progress_text``.
    """
    return str(_STRINGS["setup_flow"][step_id][field])


def message(name: str) -> str:
    """
    A sentence.

    :param name: Name of the sentence.
    """
    return str(_STRINGS["messages"][name])


def consent_digest() -> str:
    """
    Short digest of the very words the user agrees to.
    """
    words = "\n".join(entry(key)["label"] for key in (KEY_NOTICE, KEY_CONSENT))
    return hashlib.sha256(words.encode()).hexdigest()[:16]
