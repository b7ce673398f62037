"""
Commands that a device carries out: playback, volume, silence.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.text import Text

from mass_alexa import Account, CommandReport, Device, PlayerState
from mass_alexa.errors import InvalidInputError, NotControllableError, UnexpectedAnswerError

from .invocation import Invocation, command
from .selection import chosen

DeviceArgument = Annotated[
    str, typer.Argument(metavar="DEVICE", help="Name or serial, or the beginning of either.")
]
LevelArgument = Annotated[
    str | None,
    typer.Argument(metavar="LEVEL", help="0 to 100, or a change such as +5 or -5."),
]
SwitchArgument = Annotated[
    str, typer.Argument(metavar="on|off", help="Silence, or the volume of before.")
]

LOUDEST = 100
SHOWN = 20
"""Characters of a wrong volume that are repeated; chosen."""
DIGITS = len(str(LOUDEST))


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "play")(play)
    command(app, "pause")(pause)
    command(app, "stop")(stop)
    command(app, "next")(next_track)
    command(app, "previous")(previous_track)
    # A level such as -5 is no option.
    command(app, "volume", context_settings={"ignore_unknown_options": True})(volume)
    command(app, "mute")(mute)


async def play(run: Invocation, device: DeviceArgument) -> None:
    """
    Resume what is loaded.
    """
    await _simple(run, device, Account.play, "plays on")


async def pause(run: Invocation, device: DeviceArgument) -> None:
    """
    Pause.
    """
    await _simple(run, device, Account.pause, "paused")


async def stop(run: Invocation, device: DeviceArgument) -> None:
    """
    Stop whatever the device does.
    """
    await _simple(run, device, Account.stop, "stopped")


async def next_track(run: Invocation, device: DeviceArgument) -> None:
    """
    Skip to the next track.
    """
    await _simple(run, device, Account.next, "skips to the next track")


async def previous_track(run: Invocation, device: DeviceArgument) -> None:
    """
    Go back to the previous track.
    """
    await _simple(run, device, Account.previous, "goes back to the previous track")


async def volume(run: Invocation, device: DeviceArgument, level: LevelArgument = None) -> None:
    """
    Set the volume, or show it.
    """
    wanted = None if level is None else _level(level)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        if wanted is None or wanted.relative:
            state = await _state(account, target)
            if wanted is None:
                _show_volume(run, target, state)
                return
            now = _known_volume(target, state)
            amount = min(max(now + wanted.amount, 0), LOUDEST)
        else:
            amount = wanted.amount
        report = await account.set_volume(target.serial, amount)
        told(run, report, known, f"volume {amount}")


async def mute(run: Invocation, device: DeviceArgument, switch: SwitchArgument = "on") -> None:
    """
    Silence a device, or end its silence.
    """
    wanted = switched(run, switch)
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        report = await account.set_mute(target.serial, wanted)
        told(run, report, known, "muted" if wanted else "no longer muted")


def switched(run: Invocation, switch: str) -> bool:
    """
    Read an on or off.

    :param run: The run.
    :param switch: What was typed.
    """
    if switch not in ("on", "off"):
        raise InvalidInputError(
            "usage", f"'{switch}' is neither on nor off.", f"See: mass-alexa {run.name} --help"
        )
    return switch == "on"


def told(run: Invocation, report: CommandReport, known: list[Device], words: str) -> None:
    """
    Say what became of a command; a command that no device carried out is a failure.

    :param run: The run.
    :param report: What became of it.
    :param known: The devices of the account, among them members of groups that were meant.
    :param words: What those do now that carried it out.
    """
    names = {device.serial: device.name for device in known}
    if not report.done and report.skipped:
        serial, reason = report.skipped[0]
        raise NotControllableError(
            "not-controllable",
            f"{names.get(serial, serial)}: {reason}",
            "See the features of each device with: mass-alexa devices --json",
        )
    done = ", ".join(names.get(serial, serial) for serial in report.done)
    # That a device was seen to do it is more than that Amazon took the command.
    seen = " (confirmed)" if report.confirmed else ""
    # A command that had nothing to do, such as a pause of silence, says so in its note.
    shown = f"{done}: {words}{seen}." if done else (report.note or "There was nothing to do.")
    run.output.result({"command": run.name, **report.to_dict()}, Text(shown))
    for serial, reason in report.skipped:
        run.output.note(f"{names.get(serial, serial)} was left out: {reason}")
    if report.note and done:
        run.output.note(report.note)


async def _simple(
    run: Invocation,
    device: str,
    action: Callable[[Account, str], Awaitable[CommandReport]],
    words: str,
) -> None:
    """
    Carry out a command that needs nothing but the device.

    :param run: The run.
    :param device: What was typed for the device.
    :param action: The command.
    :param words: What the device does afterwards.
    """
    async with run.account() as account:
        known = await account.devices(extras=False)
        target = chosen(known, device)
        told(run, await action(account, target.serial), known, words)


class _Level:
    """
    A volume as typed.

    :param amount: The level, or the change of it.
    :param relative: Whether it is a change.
    """

    def __init__(self, amount: int, *, relative: bool) -> None:
        self.amount = amount
        self.relative = relative


def _level(text: str) -> _Level:
    """
    Read a volume.

    :param text: What was typed.
    """
    relative = text.startswith(("+", "-"))
    digits = text[1:] if relative else text
    number = digits.isascii() and digits.isdigit() and len(digits) <= DIGITS
    if not number or int(digits) > LOUDEST:
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InvalidInputError(
            "bad-volume",
            f"'{shown}' is no volume.",
            "Give a whole number from 0 to 100, or a change such as +5.",
        )
    return _Level(int(text), relative=relative)


async def _state(account: Account, device: Device) -> PlayerState | None:
    """
    Read what a device does now.

    :param account: The account.
    :param device: The device.
    """
    states = await account.states()
    return next((state for state in states if state.serial == device.serial), None)


def _known_volume(device: Device, state: PlayerState | None) -> int:
    """
    Tell the volume of a device, or fail.

    :param device: The device.
    :param state: What it does now.
    """
    if state is None or state.volume is None:
        raise UnexpectedAnswerError(
            "volume-unknown",
            f"Amazon does not tell the volume of {device.name}.",
            "Give the level itself, from 0 to 100.",
        )
    return state.volume


def _show_volume(run: Invocation, device: Device, state: PlayerState | None) -> None:
    """
    Show the volume of a device.

    :param run: The run.
    :param device: The device.
    :param state: What it does now.
    """
    level = _known_volume(device, state)
    muted = state.muted if state else None
    run.output.result(
        {"command": run.name, "serial": device.serial, "volume": level, "muted": muted},
        Text(f"{device.name}: volume {level}{', muted' if muted else ''}."),
    )
