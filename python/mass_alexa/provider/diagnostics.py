"""
What helps to find out why something does not work: counters and states, nothing secret or personal.
"""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import mass_alexa
from mass_alexa.disclosure import OPEN_STATUS

from . import accounts, compat, consent, sign_in
from .sentences import progress

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

    from .provider import AlexaProvider

SEPARATOR = " \N{MIDDLE DOT} "

# The user interface takes a label for a pattern, and these for its signs.
PLAIN = str.maketrans({"{": "(", "}": ")", "|": "/", "@": "(at)"})


async def collect(
    mass: MusicAssistant,
    reference: str | None,
    provider: AlexaProvider | None,
    owner: str | None = None,
) -> dict[str, Any]:
    """
    Everything that is known without asking Amazon; JSON as it is.

    :param mass: The server.
    :param reference: Reference of the account, where there is one.
    :param provider: The loaded provider, where there is one.
    :param owner: Which form asks, for a sign-in that is under way there.
    """
    report: dict[str, Any] = {
        "at": round(time.time()),
        "versions": {
            "mass_alexa": mass_alexa.__version__,
            "music_assistant": getattr(mass, "version", None),
            "python": platform.python_version(),
            "setup_flow": compat.has_setup_flow(mass),
        },
    }
    if reference:
        report["sign_in_kept"] = await accounts.has_session(mass, reference)
        report["consent"] = await consent.read(accounts.folder(mass, reference))
    if provider and provider.account:
        report |= _of_account(provider)
    if under_way := sign_in.under_way(mass, owner) if owner else None:
        report["sign_in_under_way"] = {
            "stage": progress(under_way.stage, under_way.seconds_left),
            "report": under_way.report.splitlines(),
        }
    if failure := sign_in.last_failure(mass):
        report["last_failed_sign_in"] = {
            "at": round(failure.at),
            "told": failure.text,
            "report": failure.report.splitlines(),
        }
    return report


def text(report: dict[str, Any]) -> str:
    """
    A report as it can be read, and copied, in a form, which shows it as one paragraph.

    :param report: What was collected.
    """
    return SEPARATOR.join(
        f"{part}: {_flat(part, content)}" for part, content in report.items()
    ).translate(PLAIN)


def _flat(name: str, content: Any) -> str:
    if isinstance(content, dict):
        return ", ".join(f"{key} {_flat(key, value)}" for key, value in content.items()) or "none"
    if isinstance(content, list):
        return "; ".join(str(one) for one in content) or "none"
    if content is None:
        return "none"
    if isinstance(content, int | float) and (name == "at" or name.endswith("_at")):
        return datetime.fromtimestamp(content, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(content)


def _of_account(provider: AlexaProvider) -> dict[str, Any]:
    status = provider.connected_or_ended.status()
    known = status.to_dict()
    devices = provider.roster.devices
    players = [device for device in devices if device.is_player]
    return {
        "session": {name: known.get(name) for name in (*OPEN_STATUS, "warning")},
        "ended": provider.ended,
        "reachable": provider.standing.reachable,
        "links": provider.standing.report(),
        "devices": {
            "listed": len(devices),
            "players": len(players),
            "offline": sum(1 for device in players if not device.online),
        },
        "records": status.records,
        "streaming": provider.streaming.report(),
    }
