"""
The list of devices.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from mass_alexa import Device, PlayerState
from mass_alexa.errors import AlexaError, SignInRequiredError

from .invocation import Invocation, command

AllOption = Annotated[
    bool, typer.Option("--all", "-a", help="Also what is no player, and why it is none.")
]

WIDE = 110
"""Columns from which on the table shows whole serials and what plays."""
TITLE_AT = 106
"""Columns the wide table takes at most, the state of playback included."""
SHORT_SERIAL = 16
PLAYBACK_STYLES = {"playing": "green", "paused": "yellow"}
KINDS = {"fire_tv": "Fire TV"}


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
    table = _table(gap=2 if wide else 1)
    table.add_column("Name", style="bold", no_wrap=True, max_width=18 if wide else 14)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Model", no_wrap=True, max_width=21 if wide else 19)
    table.add_column("Serial", style="cyan", no_wrap=True)
    table.add_column("Online", no_wrap=True)
    table.add_column("Vol", justify="right", no_wrap=True)
    table.add_column("State", overflow="ellipsis", no_wrap=True)
    for device in _sorted(devices):
        state = states.get(device.serial)
        table.add_row(
            Text(device.name, overflow="ellipsis"),
            Text(KINDS.get(device.kind, device.kind)),
            _model(device),
            Text(device.serial if wide else _short(device.serial)),
            Text("yes") if device.online else Text("no", style="red"),
            _volume(state),
            _playback(state, room=max(width - TITLE_AT, 0) if wide else 0),
        )
    return table


def reasons_of(devices: Sequence[Device]) -> Table:
    """
    Lay out what is no player, and why.

    :param devices: The devices.
    """
    table = _table()
    table.add_column("No player", style="bold", no_wrap=True, max_width=22)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Serial", style="cyan", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for device in _sorted(devices):
        table.add_row(
            Text(device.name, overflow="ellipsis"),
            Text(KINDS.get(device.kind, device.kind)),
            Text(_short(device.serial)),
            Text(device.reason or "Amazon offers no control of it."),
        )
    return table


def _table(*, gap: int = 2) -> Table:
    """
    Make an empty table in the style of all lists.

    :param gap: Columns between two cells.
    """
    padding = (0, gap - 1, 0, 0)
    return Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)


def _sorted(devices: Sequence[Device]) -> list[Device]:
    """
    Put devices in the order of their names.

    :param devices: The devices.
    """
    return sorted(devices, key=lambda one: (one.name.casefold(), one.serial))


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


def _short(serial: str) -> str:
    """
    Cut a long serial; its beginning names the device just as well.

    :param serial: The serial.
    """
    return serial if len(serial) <= SHORT_SERIAL else f"{serial[: SHORT_SERIAL - 1]}…"


def _volume(state: PlayerState | None) -> Text:
    """
    Show a volume.

    :param state: What the device does now.
    """
    if state is None or state.volume is None:
        return Text("-", style="dim")
    return Text("muted" if state.muted else str(state.volume))


def _playback(state: PlayerState | None, *, room: int) -> Text:
    """
    Show what a device does.

    :param state: What it does now.
    :param room: Columns there are for what plays.
    """
    if state is None or state.playback == "unknown":
        return Text("-", style="dim")
    shown = Text(state.playback, style=PLAYBACK_STYLES.get(state.playback, ""))
    if room and state.title:
        by = f" ({state.artist})" if state.artist else ""
        shown.append(f" {state.title}{by}", style="default")
        shown.truncate(room + len(state.playback), overflow="ellipsis")
    return shown
