"""
What is known about an account and its session, laid out for a person.
"""

import time
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from mass_alexa import AccountInfo, SessionStatus

MINUTE = 60
KEYS = {
    "env-file": "the file that MASS_ALEXA_KEY_FILE names",
    "keyring": "the keyring of the operating system",
    "key-file": "a file beside the session",
}
"""Where the key of a session can be."""

KEY_FILE_NOTE = (
    "A key beside the session protects less: who copies the folder has both. A keyring or "
    "MASS_ALEXA_KEY_FILE keeps them apart."
)


def facts(info: AccountInfo, now: SessionStatus, *, signed_in: str = "") -> Table:
    """
    Lay out what is known about an account and its session.

    :param info: Whose account.
    :param now: How its session stands.
    :param signed_in: What to say of that, if it is known otherwise.
    """
    rows: list[tuple[str, Any]] = [
        ("Account", " ".join(filter(None, (info.name, f"<{info.email}>" if info.email else "")))),
        ("Site", info.site),
        ("Signed in", signed_in or "not asked"),
        ("Registered as", info.device_name),
        ("Enrolled", moment(now.enrolled_at)),
        ("Access token", _left(now.access_token_expires_at)),
        ("Cookies from", moment(now.cookies_at)),
        ("Ends", _end(now.ends_at)),
        ("Clock", _skew(now.clock_skew)),
        ("Sign-ins", sign_ins(now.records)),
        ("Session in", now.store),
        ("Its key", KEYS.get(now.key_source, now.key_source)),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(name, Text(str(value)))
    return table


def moment(at: float | None) -> str | None:
    """
    Show a time in the time zone of this machine.

    :param at: Unix time.
    """
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def sign_ins(records: dict[str, Any]) -> str | None:
    """
    Sum up how often somebody had to sign in.

    :param records: Counters of the session.
    """
    outcomes: dict[str, int] = records.get("sign_ins") or {}
    if not outcomes:
        return None
    shown = [f"{outcomes.get('ok', 0)}"]
    between = records.get("mean_days_between_sign_ins")
    if between is not None:
        shown.append(f"{between:.1f} days apart on average")
    failed = sum(count for outcome, count in outcomes.items() if outcome != "ok")
    if failed:
        shown.append(f"{failed} more failed")
    return ", ".join(shown)


def _left(until: float | None) -> str | None:
    """
    Say how long something is valid.

    :param until: Unix time of its end.
    """
    if until is None:
        return None
    left = until - time.time()
    if left <= 0:
        return "due for renewal"
    return f"valid for {left / MINUTE:.0f} min" if left >= MINUTE else f"valid for {left:.0f} s"


def _end(at: float | None) -> str | None:
    """
    Say when the session is expected to end.

    :param at: Unix time, where renewals fail.
    """
    return None if at is None else f"{moment(at)}, unless it can be renewed before"


def _skew(seconds: float | None) -> str | None:
    """
    Say how far this machine's clock is off.

    :param seconds: Amazon's clock minus this machine's.
    """
    if seconds is None:
        return None
    if abs(seconds) <= 1:
        return "agrees with Amazon's"
    return f"{abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} Amazon's"
