"""
What an account hangs on, as a test wants it.
"""

from __future__ import annotations

import time
from types import SimpleNamespace

SENTENCES = {
    "session": ("session-ended", "Amazon has ended this session. Sign in again."),
    "devices": ("amazon-down", "Amazon has a problem of its own. Try again later."),
    "state": ("unreachable", "Amazon cannot be reached. Check the connection."),
    "push": ("push-closed", "Amazon has closed the stream of events. Nothing needs to be done."),
}


def links(age: float = 180.0, **how: bool | None) -> SimpleNamespace:
    """
    All links, working unless named otherwise.
    """
    found = {}
    for name, (code, text) in SENTENCES.items():
        ok = how.get(name, True)
        broken = ok is False
        found[name] = SimpleNamespace(
            ok=ok,
            since=int(time.time() - age),
            code=code if broken else None,
            text=text if broken else None,
        )

    def to_dict() -> dict[str, dict[str, object]]:
        return {name: dict(vars(link)) for name, link in found.items()}

    return SimpleNamespace(**found, to_dict=to_dict)
