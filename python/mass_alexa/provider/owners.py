"""
Devices that are in more than one account: each is one player, of one provider at a time.

Accounts of one Amazon household list each other's devices. The provider that had a device before
keeps it, so that it does not change hands at every start; when that provider goes, another one that
lists the device takes it over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from . import player_compat
from .constants import DOMAIN, OWNER_SECONDS
from .shown import player_id

if TYPE_CHECKING:
    from .provider import AlexaProvider


def is_left_to_another(provider: AlexaProvider, serial: str) -> bool:
    """
    Whether a device is for another instance to register.

    :param provider: The instance that lists it.
    :param serial: Serial of the device.
    """
    mass = provider.mass
    owner = player_compat.owner(mass, player_id(serial))
    if owner is None or owner == provider.instance_id:
        return False
    saved = mass.config.get(f"providers/{owner}")
    if not saved or saved.get("domain") != DOMAIN or not saved.get("enabled", True):
        return False
    for other in mass.providers:
        if other.instance_id == owner:
            roster: Any = getattr(other, "roster", None)
            return roster is not None and bool(roster.lists(serial))
    # It may be about to load, or to load anew.
    return time.monotonic() - provider.started < OWNER_SECONDS


def tell_others(provider: AlexaProvider, delay: float) -> None:
    """
    Have the other instances look whether there is something for them to take over.

    :param provider: The instance that goes.
    :param delay: Seconds until they look.
    """
    for other in provider.mass.providers:
        consider: Any = getattr(other, "consider_take_over", None)
        if other is not provider and other.domain == DOMAIN and consider is not None:
            consider(delay)
