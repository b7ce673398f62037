"""
The groups and pairs of the account.
"""

import time
from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from mass_alexa import Device, PlayerState

from . import tables
from .invocation import Invocation, command

INDENT = "  "


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "groups")(groups)


async def groups(run: Invocation) -> None:
    """
    List speaker groups and stereo pairs with their members, and what plays where.
    """
    async with run.account() as account:
        devices = await account.devices(extras=False)
        states = {state.serial: state for state in await account.states()}
    known = {device.serial: device for device in devices}
    found = [device for device in tables.by_name(devices) if device.members]
    described = [_described(group, known, states) for group in found]
    if not found:
        run.output.result({"groups": described}, Text("The account has no group and no pair."))
        run.output.note("Groups are made in the Alexa app, under Devices.")
        return
    run.output.result({"groups": described}, _table(found, known, states))


def _described(
    group: Device, known: dict[str, Device], states: dict[str, PlayerState]
) -> dict[str, Any]:
    """
    Describe a group for a program.

    :param group: The group.
    :param known: All devices by serial.
    :param states: What they do now, by serial.
    """

    def one(serial: str) -> dict[str, Any]:
        device, state = known.get(serial), states.get(serial)
        online = state.online if state else bool(device and device.online)
        return {
            "serial": serial,
            "name": device.name if device else None,
            "kind": device.kind if device else None,
            "online": online,
            "state": state.to_dict() if state else None,
        }

    return {**one(group.serial), "members": [one(serial) for serial in group.members]}


def _table(
    groups: Sequence[Device], known: dict[str, Device], states: dict[str, PlayerState]
) -> Table:
    """
    Lay out groups, each above its members.

    :param groups: The groups.
    :param known: All devices by serial.
    :param states: What they do now, by serial.
    """
    table = tables.plain_table()
    table.expand = True
    table.add_column("Group", no_wrap=True, max_width=26)
    table.add_column("Kind", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Vol", justify="right", no_wrap=True)
    table.add_column("What plays", no_wrap=True, overflow="ellipsis", ratio=1)
    labels = tables.labels(list(known.values()))
    for number, group in enumerate(groups):
        if number:
            table.add_row()
        table.add_row(
            Text(group.name, style="bold", overflow="ellipsis"),
            tables.kind(group),
            tables.playback(states.get(group.serial)),
            tables.volume(states.get(group.serial)),
            _what(states.get(group.serial)),
        )
        for serial in group.members:
            device, state = known.get(serial), states.get(serial)
            name = labels.get(serial, tables.short(serial))
            table.add_row(
                Text(f"{INDENT}{name}", overflow="ellipsis"),
                tables.kind(device) if device else Text("-", style="dim"),
                tables.playback(state) if state else _away(device),
                tables.volume(state),
                _member(state, group),
            )
    return table


def _away(device: Device | None) -> Text:
    """
    Show how a member stands that is no player.

    :param device: The member, if Amazon lists it.
    """
    if device is None:
        return Text("not listed", style="dim")
    return Text("-", style="dim") if device.online else Text("offline", style="red")


def _what(state: PlayerState | None) -> Text:
    """
    Show what plays, and where in it.

    :param state: What the device does now.
    """
    if state is None or not tables.track(state):
        return Text()
    at = tables.progress(state, time.time())
    return Text(f"{at}  {tables.track(state)}".lstrip(), overflow="ellipsis")


def _member(state: PlayerState | None, group: Device) -> Text:
    """
    Show what plays on a member, if it is something else than on its group.

    :param state: What the member does now.
    :param group: The group.
    """
    if state is not None and state.group == group.serial:
        return Text("with the group", style="dim")
    return _what(state)
