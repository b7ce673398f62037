"""
The list of devices.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from mass_alexa import Device, PlayerState
from mass_alexa.errors import AlexaError, SignInRequiredError

from .invocation import Invocation, command
from .tables import by_name, kind, plain_table, playback, short, volume

AllOption = Annotated[
    bool, typer.Option("--all", "-a", help="Also what is no player, and why it is none.")
]

WIDE = 110
"""Columns from which on the table shows whole serials and what plays."""
TITLE_AT = 106
"""Columns the wide table takes at most, the state of playback included."""


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "devices")(devices)


async def devices(run: Invocation, everything: AllOption = False) -> None:
    """
    List the devices of the account and what they do.
    """
    async with run.account() as account:
        known = await account.devices()
        try:
            states = {state.serial: state for state in await account.states()}
        except SignInRequiredError:
            raise
        except AlexaError as err:
            states = {}
            run.output.note(f"What the devices do now is unknown: {err.message}")
        shown = [device for device in known if everything or device.is_player]
        listed: list[dict[str, Any]] = []
        for device in shown:
            state = states.get(device.serial)
            listed.append({**device.to_dict(), "state": state.to_dict() if state else None})
        hidden = len(known) - len(shown)
        players = [device for device in shown if device.is_player]
        run.output.result(
            {"devices": listed, "hidden": hidden},
            table_of(players, states, width=run.output.out.width),
        )
        if everything and len(players) < len(shown):
            others = [device for device in shown if not device.is_player]
            run.output.say(Group("", reasons_of(others)))
        if not players:
            run.output.note("The account has no device that can be a player.")
        if hidden:
            more = "1 more is no player" if hidden == 1 else f"{hidden} more are no players"
            run.output.note(f"{more}; --all shows why.")


def table_of(devices: Sequence[Device], states: dict[str, PlayerState], *, width: int) -> Table:
    """
    Lay out players as a table.

    :param devices: The players.
    :param states: What they do now, by serial.
    :param width: Columns there are.
    """
    wide = width >= WIDE
    table = plain_table(gap=2 if wide else 1)
    table.add_column("Name", style="bold", no_wrap=True, max_width=18 if wide else 14)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Model", no_wrap=True, max_width=21 if wide else 19)
    table.add_column("Serial", style="cyan", no_wrap=True)
    table.add_column("Online", no_wrap=True)
    table.add_column("Vol", justify="right", no_wrap=True)
    table.add_column("State", overflow="ellipsis", no_wrap=True)
    for device in by_name(devices):
        state = states.get(device.serial)
        table.add_row(
            Text(device.name, overflow="ellipsis"),
            kind(device),
            _model(device),
            Text(device.serial if wide else short(device.serial)),
            _online(device, state),
            volume(state),
            _playback(state, room=max(width - TITLE_AT, 0) if wide else 0),
        )
    return table


def reasons_of(devices: Sequence[Device]) -> Table:
    """
    Lay out what is no player, and why.

    :param devices: The devices.
    """
    table = plain_table()
    table.add_column("No player", style="bold", no_wrap=True, max_width=22)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Serial", style="cyan", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for device in by_name(devices):
        table.add_row(
            Text(device.name, overflow="ellipsis"),
            kind(device),
            Text(short(device.serial)),
            Text(device.reason or "Amazon offers no control of it."),
        )
    return table


def _model(device: Device) -> Text:
    """
    Show the model, or the best there is.

    :param device: The device.
    """
    if device.model:
        return Text(device.model.replace(" Generation)", " gen)"), overflow="ellipsis")
    if device.members:
        return Text(f"{len(device.members)} devices", style="dim")
    return Text(device.device_type, style="dim", overflow="ellipsis")


def _online(device: Device, state: PlayerState | None) -> Text:
    """
    Show whether Amazon can reach a device.

    :param device: The device.
    :param state: What it does now; of a group this knows better.
    """
    is_online = device.online if state is None else state.online
    return Text("yes") if is_online else Text("no", style="red")


def _playback(state: PlayerState | None, *, room: int) -> Text:
    """
    Show what a device does.

    :param state: What it does now.
    :param room: Columns there are for what plays.
    """
    shown = playback(state)
    if room and state and state.online and state.playback != "unknown" and state.title:
        by = f" ({state.artist})" if state.artist else ""
        shown.append(f" {state.title}{by}", style="default")
        shown.truncate(room + len(state.playback), overflow="ellipsis")
    return shown
