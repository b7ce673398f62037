"""
Whose command is being handled.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

current_user: ContextVar[Any] = ContextVar("current_user", default=None)


def get_current_user() -> Any:
    """
    The user, with a ``role``; ``None`` where the server itself acts.
    """
    return current_user.get()


def set_current_user(user: Any) -> None:
    current_user.set(user)
