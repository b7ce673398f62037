"""
The log level of mass_alexa: one logger for all instances of the provider.
"""

from __future__ import annotations

import logging

LIBRARY = logging.getLogger("mass_alexa")

_levels: dict[str, int] = {}


def follow(instance_id: str, level: int) -> None:
    """
    Log at least what an instance wants logged.

    :param instance_id: The instance.
    :param level: Its level.
    """
    _levels[instance_id] = level
    _apply()


def leave(instance_id: str) -> None:
    """
    Forget what an instance wanted.

    :param instance_id: The instance.
    """
    _levels.pop(instance_id, None)
    _apply()


def _apply() -> None:
    LIBRARY.setLevel(min(_levels.values(), default=logging.NOTSET))
