"""
Commands about what is loaded: the place in it, and the order of what follows.
"""

import re
import time
from typing import Annotated

import typer

from mass_alexa import Account, Device
from mass_alexa.errors import InvalidInputError, UnexpectedAnswerError

from . import tables
from .control import SHOWN, DeviceArgument, switched, told
from .invocation import Invocation, command
from .selection import chosen

PlaceArgument = Annotated[
    str,
    typer.Argument(metavar="PLACE", help="Seconds, 1:30, 1:02:03, or a change such as +30 or -10."),
]
SwitchArgument = Annotated[
    str, typer.Argument(metavar="on|off", help="What to switch to; on if left out.")
]

_PLACE = re.compile(
    r"(?P<sign>[+-]?)(?:(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,5}):)?(?P<s>\d{1,6})", re.ASCII
)
SIXTY = 60


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    # A place such as -10 is no option.
    command(app, "seek", context_settings={"ignore_unknown_options": True})(seek)
    command(app, "shuffle")(shuffle)
    command(app, "repeat")(repeat)


async def seek(run: Invocation, device: DeviceArgument, place: PlaceArgument) -> None:
    """
    Go to a place in what plays.
    """
    seconds, relative = _place(place)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        if relative:
            seconds = max(seconds + await _position(account, target), 0)
        report = await account.seek(target.serial, seconds)
        told(run, report, known, f"goes to {tables.clock(seconds)}")


async def shuffle(run: Invocation, device: DeviceArgument, switch: SwitchArgument = "on") -> None:
    """
    Play the queue in any order, or in its own.
    """
    wanted = switched(run, switch)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        report = await account.set_shuffle(target.serial, wanted)
        told(run, report, known, "shuffled" if wanted else "no longer shuffled")


async def repeat(run: Invocation, device: DeviceArgument, switch: SwitchArgument = "on") -> None:
    """
    Begin the queue anew at its end, or not.
    """
    wanted = switched(run, switch)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        report = await account.set_repeat(target.serial, wanted)
        told(run, report, known, "repeated" if wanted else "no longer repeated")


def _place(text: str) -> tuple[int, bool]:
    """
    Read a place: seconds, and whether it is a change.

    :param text: What was typed.
    """
    found = _PLACE.fullmatch(text)
    parts = [int(found[name] or 0) for name in ("h", "m", "s")] if found else []
    if found is None or (found["m"] and parts[2] >= SIXTY) or (found["h"] and parts[1] >= SIXTY):
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InvalidInputError(
            "bad-position",
            f"'{shown}' is no place in what plays.",
            "Give seconds, minutes and seconds such as 1:30, or a change such as +30.",
        )
    seconds = (parts[0] * SIXTY + parts[1]) * SIXTY + parts[2]
    return (-seconds if found["sign"] == "-" else seconds), bool(found["sign"])


async def _position(account: Account, device: Device) -> int:
    """
    Tell where a device is in what it plays, or fail.

    :param account: The account.
    :param device: The device.
    """
    states = {state.serial: state for state in await account.states()}
    state = states.get(device.serial)
    at = tables.position(state, time.time()) if state else None
    if at is None:
        raise UnexpectedAnswerError(
            "position-unknown",
            f"Amazon does not tell where {device.name} is in what it plays.",
            "Give the place itself, such as 1:30.",
        )
    return int(at)
