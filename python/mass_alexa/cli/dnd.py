"""
Which devices are not to be disturbed.
"""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mass_alexa import Account, Device
from mass_alexa.errors import NotControllableError, UnexpectedAnswerError

from . import tables
from .control import switched, told
from .invocation import Invocation, command
from .selection import chosen

FEATURE = "do_not_disturb"

DeviceArgument = Annotated[
    str | None,
    typer.Argument(metavar="DEVICE", help="Name or serial; without it all are listed."),
]
SwitchArgument = Annotated[
    str | None,
    typer.Argument(metavar="on|off", help="What to switch to; without it, it is only shown."),
]


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "dnd")(dnd)


async def dnd(
    run: Invocation, device: DeviceArgument = None, switch: SwitchArgument = None
) -> None:
    """
    Show which devices are not to be disturbed, or switch one.

    Alexa then makes no announcement there and rings no call; music plays and alarms ring.
    """
    wanted = None if switch is None else switched(run, switch)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = None if device is None else chosen(known, device)
        if target is not None and wanted is not None:
            report = await account.set_do_not_disturb(target.serial, wanted)
            told(run, report, known, "not to be disturbed" if wanted else "may be disturbed")
            return
        if target is not None and FEATURE not in target.features:
            raise _none(target)
        able = [one for one in known if FEATURE in one.features]
        shown = able if target is None else [target]
        switches = await _switches(account, shown)
    if target is not None and switches[target.serial] is None:
        raise UnexpectedAnswerError(
            "dnd-unknown",
            f"Amazon does not tell whether {target.name} may be disturbed.",
            "Switch it: that works all the same.",
        )
    listed = [
        {"serial": one.serial, "name": one.name, FEATURE: switches[one.serial]}
        for one in tables.by_name(shown)
    ]
    run.output.result({"devices": listed}, _table(shown, known, switches))


async def _switches(account: Account, devices: list[Device]) -> dict[str, bool | None]:
    """
    Read who is not to be disturbed, by serial.

    :param account: The account.
    :param devices: Whose switches.
    """
    states = {one.serial: one for one in await account.states(do_not_disturb=True)}
    return {
        one.serial: state.do_not_disturb if (state := states.get(one.serial)) else None
        for one in devices
    }


def _none(device: Device) -> NotControllableError:
    """
    Make the error for a device without such a switch.

    :param device: The device.
    """
    if device.members:
        return NotControllableError(
            "not-supported",
            f"{device.name} has no such switch of its own: it belongs to each member.",
            "Name a member; see them with: mass-alexa groups",
        )
    return NotControllableError(
        "not-supported",
        f"{device.name}: {device.reason or 'It has no such switch.'}",
        "See which devices have one with: mass-alexa dnd",
    )


def _table(devices: list[Device], known: list[Device], switches: dict[str, bool | None]) -> Table:
    """
    Lay out the switches.

    :param devices: Whose.
    :param known: All devices.
    :param switches: Their switches, by serial.
    """
    table = tables.plain_table()
    table.add_column("Name", style="bold", no_wrap=True, max_width=30)
    table.add_column("Serial", style="cyan", no_wrap=True)
    table.add_column("Do not disturb", no_wrap=True)
    labels = tables.labels(known)
    words = {True: Text("on", style="yellow"), False: Text("off"), None: Text("-", style="dim")}
    for device in tables.by_name(devices):
        table.add_row(
            Text(labels[device.serial], overflow="ellipsis"),
            Text(tables.short(device.serial)),
            words[switches[device.serial]],
        )
    return table
