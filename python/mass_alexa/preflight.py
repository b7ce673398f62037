"""
The check of the whole way from an Echo to the gateway: which link of it is broken, and what helps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike, fspath

from . import _native
from ._native import Step
from .account import Account
from .settings import Settings
from .skill import INVOCATION_NAME

type OnFound = Callable[[Step], None]
"""Told each step once, in order, as soon as it is certain."""


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """
    What is known about a gateway that runs somewhere else, such as in Music Assistant.

    :param public_url: The address by which Amazon and the Echos reach it.
    :param public_at: IP address and port that its name leads to, instead of asking DNS.
    :param skill_id: Id of the skill; without, the one that was deployed last from the store.
    :param invocation_name: Name by which the skill is opened, as spoken.
    """

    public_url: str
    public_at: str | None = None
    skill_id: str | None = None
    invocation_name: str = INVOCATION_NAME


async def check(
    gateway: GatewayAddress,
    store: str | PathLike[str],
    *,
    account: Account | None = None,
    serial: str | None = None,
    settings: Settings | None = None,
    on_found: OnFound | None = None,
) -> list[Step]:
    """
    Look at a gateway through its public address, and at its skill from the developer's side.

    Only the running gateway can try it out with a real Echo, see
    :meth:`mass_alexa.gateway.Gateway.check`.

    :param gateway: What is known about it.
    :param store: Folder of the session, where the consent of the developer is kept as well.
    :param account: The account of the Echo, for its language.
    :param serial: Serial of the Echo.
    :param settings: How to reach Amazon; its ``extra_ca`` counts for the public address too.
    :param on_found: Told each step as soon as it is certain.
    """
    known = (gateway.public_url, gateway.public_at, gateway.skill_id, gateway.invocation_name)
    native = None if account is None else account.native
    return await _native.check_skill(
        known, fspath(store), settings or Settings(), native, serial, on_found
    )


__all__ = ["GatewayAddress", "OnFound", "Step", "check"]
