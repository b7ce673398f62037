"""
What the user is told by the form and in the last error of a provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mass_alexa import Account

NOT_SIGNED_IN = "Not signed in to Amazon yet."
NOT_CONNECTED = "Signed in to Amazon, but not connected at the moment. Test connection says why."
SESSION_GONE = "The sign-in to Amazon is no longer kept on this server. Sign in again, then save."
NOT_ACCEPTED = "Amazon no longer accepts this sign-in. Sign in again, then save."
CONSENT_FIRST = "Accept the risk first, then press the button again."
PLAIN_HTTP = (
    "This server is reached without encryption (http): what you type on that page crosses your "
    "network in the clear."
)
TRY_NOW = "Press Test connection to try now."
LOADING = "The provider is being started."
KEPT = (
    "The sign-in is kept, as nothing else can take this server out of your Amazon account. "
    "Try again once that is mended."
)
REMOVE_YOURSELF = "remove the device yourself under Manage Your Content and Devices."
UNREADABLE = (
    f"If Amazon still lists this server, {REMOVE_YOURSELF} Then sign in again and save, or remove "
    "this provider."
)
OTHER_STAYS = "The sign-in that was saved before stays in use."
NOT_DELETED = (
    "What was kept of it here could not be deleted; the log of Music Assistant says where it is."
)


def describe(account: Account, players: int, offline: int) -> str:
    """
    A sentence about a working connection.

    :param account: The account.
    :param players: How many players it has.
    :param offline: How many of them Amazon cannot reach.
    """
    info = account.info
    # Not the e-mail address: every user of the server may read the form.
    name = info.name or "an account without a name"
    reach = f", {offline} of them offline" if offline else ""
    noun = "player" if players == 1 else "players"
    return f"Connected to {info.site} as {name}: {players} {noun}{reach}."


def farewell(*, told: bool, deleted: bool = True, other_stays: bool = False) -> str:
    """
    What a sign-out came to.

    :param told: Whether Amazon took notice.
    :param deleted: Whether the files of the sign-in are gone.
    :param other_stays: Whether it was a new one, and the provider goes on with the saved one.
    """
    if other_stays:
        what, rest = "The new sign-in is ended.", OTHER_STAYS
    else:
        what = "Signed out." if told else "Signed out on this server."
        rest = "Remove this provider, or sign in again and save."
    if told:
        there = (
            "Amazon no longer lists it." if other_stays else "Amazon no longer lists this server."
        )
    else:
        there = f"Amazon could not be told: {REMOVE_YOURSELF}"
    here = "What was kept of it here is deleted." if deleted else NOT_DELETED
    return f"{what} {there} {here} {rest}"
