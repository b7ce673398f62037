"""
What the user is told by the form, by the setup flow and in the last error of a provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .texts import message

if TYPE_CHECKING:
    from mass_alexa import Account

NOT_SIGNED_IN = message("not_signed_in")
NOT_SAVED = message("not_saved")
SAVE_NOW = message("save_now")
NOT_CONNECTED = message("not_connected")
SESSION_GONE = message("session_gone")
NOT_ACCEPTED = message("not_accepted")
CONSENT_FIRST = message("consent_first")
CONSENT_TO_GO_ON = message("consent_to_go_on")
CONSENT_NEEDED = message("consent_needed")
SIGN_IN_NEEDED = message("sign_in_needed")
TAKEN = message("taken")
PLAIN_HTTP = message("plain_http")
REPLACED = message("page_replaced")
EXPIRED = message("page_expired")
GIVEN_UP = message("page_given_up")
WITHDRAWN = message("page_withdrawn")
NO_BROWSER = message("page_not_opened")
TRY_NOW = message("try_now")
LOADING = message("loading")
KEPT = message("kept")
REMOVE_YOURSELF = message("remove_yourself")
UNREADABLE = (
    f"If Amazon still lists this server, {REMOVE_YOURSELF} Then sign in again and save, or remove "
    "this provider."
)
OTHER_STAYS = message("other_stays")
NOT_DELETED = message("not_deleted")
SIGN_IN_INSTRUCTION = message("sign_in_instruction")
ENDED_TITLE = message("ended_title")
ENDED_SUBTITLE = message("ended_subtitle")
SILENT = message("silent")
LINK_BROKEN = {name: message(f"link_{name}") for name in ("session", "devices", "state", "push")}
"""What a broken link of an account means, by the name of the link."""
ANNOUNCEMENT_ADDRESS = message("announcement_address")
ANNOUNCEMENT_QUIET = message("announcement_quiet")
MADE_BY_AMAZON = message("made_by_amazon")

_A_MINUTE = 60


def stream_ready(url: str, port: int, known: int) -> str:
    """
    A sentence about a gateway that runs.

    :param url: Its public address.
    :param port: Its port.
    :param known: How many Echos are known to the skill.
    """
    count = {0: "none", 1: "one"}.get(known, "many")
    echos = message(f"stream_known_{count}").format(count=known)
    return message("stream_ready").format(url=url, port=port, known=echos)


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


def waiting(stage: str, seconds: float) -> str:
    """
    How far a sign-in is on the page that is open for it.

    :param stage: What goes on there, without a full stop.
    :param seconds: How long that may take at most.
    """
    return f"The sign-in page is open. {progress(stage, seconds)}"


def progress(stage: str, seconds: float | None) -> str:
    """
    What goes on, and until when at most.

    :param stage: What goes on, without a full stop.
    :param seconds: How long it may take, where there is an end.
    """
    what = stage.rstrip(".")
    return f"{what}." if seconds is None else f"{what} ({countdown(seconds)} left)."


def countdown(seconds: float) -> str:
    """
    A time in words, as exact as it helps.

    :param seconds: The time; none is left where it is negative.
    """
    whole = max(0, round(seconds))
    if whole < _A_MINUTE:
        return f"{whole} second" if whole == 1 else f"{whole} seconds"
    minutes = round(whole / _A_MINUTE)
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


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
