"""
How lists of devices look: the same words and columns in every command.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from mass_alexa import Device, PlayerState

SHORT_SERIAL = 16
TAIL = 4
"""Characters of a serial that tell two devices of one name apart; chosen."""
PLAYBACK_STYLES = {"playing": "green", "paused": "yellow"}
KINDS = {"fire_tv": "Fire TV"}
MINUTE = 60
HOUR = 3600


def plain_table(*, gap: int = 2) -> Table:
    """
    Make an empty table in the style of all lists.

    :param gap: Columns between two cells.
    """
    padding = (0, gap - 1, 0, 0)
    return Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)


def by_name(devices: Iterable[Device]) -> list[Device]:
    """
    Put devices in the order of their names.

    :param devices: The devices.
    """
    return sorted(devices, key=lambda one: (one.name.casefold(), one.serial))


def labels(devices: Sequence[Device]) -> dict[str, str]:
    """
    Name devices, by serial; two of one name get the ends of their serials.

    :param devices: The devices.
    """
    names = Counter(device.name for device in devices if device.is_player)
    return {
        device.serial: f"{device.name} …{device.serial[-TAIL:]}"
        if device.is_player and names[device.name] > 1
        else device.name
        for device in devices
    }


def kind(device: Device) -> Text:
    """
    Show the kind of a device.

    :param device: The device.
    """
    return Text(KINDS.get(device.kind, device.kind))


def short(serial: str) -> str:
    """
    Cut a long serial; its beginning names the device just as well.

    :param serial: The serial.
    """
    return serial if len(serial) <= SHORT_SERIAL else f"{serial[: SHORT_SERIAL - 1]}…"


def volume(state: PlayerState | None) -> Text:
    """
    Show a volume.

    :param state: What the device does now.
    """
    if state is None or state.volume is None:
        return Text("-", style="dim")
    return Text("muted" if state.muted else str(state.volume))


def playback(state: PlayerState | None) -> Text:
    """
    Show whether a device plays, or that it is away.

    :param state: What it does now.
    """
    if state is not None and not state.online:
        return Text("offline", style="red")
    if state is None or state.playback == "unknown":
        return Text("-", style="dim")
    return Text(state.playback, style=PLAYBACK_STYLES.get(state.playback, ""))


def track(state: PlayerState) -> str:
    """
    Name what is loaded, and the service that it comes from.

    :param state: What a device does now.
    """
    by = state.artist or state.album
    named = f"{state.title} - {by}" if state.title and by else state.title or by or ""
    if not state.provider:
        return named
    return f"{named} ({state.provider})" if named else state.provider


def position(state: PlayerState, now: float) -> float | None:
    """
    Tell where a device is in what it plays, in seconds.

    :param state: What it does, as it was told.
    :param now: Unix time.
    """
    if state.position is None or state.playback not in ("playing", "paused"):
        return None
    if state.playback == "paused":
        return state.position
    counted = state.position + max(now - state.updated_at, 0.0)
    return counted if state.duration is None else min(counted, max(state.duration, state.position))


def clock(seconds: float) -> str:
    """
    Write a position or a length, such as ``4:05`` or ``1:04:05``.

    :param seconds: How long it is.
    """
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def progress(state: PlayerState, now: float) -> str:
    """
    Write where a device is in what it plays, such as ``1:05/5:37``.

    :param state: What it does, as it was told.
    :param now: Unix time.
    """
    at = position(state, now)
    if at is None:
        return ""
    return clock(at) if state.duration is None else f"{clock(at)}/{clock(state.duration)}"
