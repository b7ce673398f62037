"""
Watching the players: a live table at a terminal, a line for each change elsewhere.
"""

import asyncio
import logging
import time
from contextlib import closing
from datetime import UTC, datetime

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mass_alexa import Account, Device, PlayerState, Watch
from mass_alexa.errors import SignInRequiredError

from . import tables
from .house import LINKS, House, age, link_of, word
from .invocation import Invocation, command

SECOND = 1.0
PAINTED_APART = 0.1
"""Seconds between two paintings at least, so that a burst of changes costs little; chosen."""
AROUND = 4
"""Lines that are neither players nor status: two of the head, an empty one, and the last."""
WIDE = 100
"""Columns from which on names may be long."""
IN_DOUBT = "token-refused"
"""Code of a session that Amazon refused to renew once, which need not be its end."""
LINK_STYLES = {"ok": "green", "down": "bold red", "waiting": "dim"}


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "watch")(watch)


async def watch(run: Invocation) -> None:
    """
    Show what every player does, as it changes, until Ctrl-C.

    Where nobody looks it writes a line for each change; with --json each is an object.
    """
    out = run.output.out
    live = out.is_terminal and not out.is_dumb_terminal and not run.options.verbose
    # What goes wrong is told as a link that is down; nothing may be drawn over the table.
    logging.getLogger("mass_alexa").addHandler(logging.NullHandler())
    try:
        async with run.account() as account:
            with closing(account.watch()) as told:
                if live and not run.output.as_json:
                    await _paint(run, told)
                else:
                    await _write(run, told)
            await _explain(account)
    except asyncio.CancelledError:
        # Ctrl-C is how it ends, not how it fails.
        return


async def _explain(account: Account) -> None:
    """
    Fail with the reason why there is nothing to watch any more.

    :param account: The account.
    """
    # Whoever asks for something is told what is wrong and what helps; Amazon is not asked again.
    await account.devices(refresh=True)
    link = account.links().session
    raise SignInRequiredError(
        "session-ended", link.text or "Amazon has ended this session.", "Sign in again."
    )


def _is_over(house: House) -> bool:
    """
    Tell whether nothing will change any more.

    :param house: What was told.
    """
    session = house.links.session if house.links else None
    return session is not None and session.ok is False and session.code != IN_DOUBT


async def _write(run: Invocation, told: Watch) -> None:
    """
    Write what changes until the session is over.

    :param run: The run.
    :param told: What is told.
    """
    house = House()
    async for change in told:
        news = house.take(change)
        now = time.time()
        if run.output.as_json:
            run.output.record({"at": now, **change.to_dict()})
        for line in news:
            run.output.line(f"{datetime.fromtimestamp(now, UTC).astimezone():%H:%M:%S} {line}")
        if _is_over(house):
            return


async def _paint(run: Invocation, told: Watch) -> None:
    """
    Show what changes as a table until the session is over.

    :param run: The run.
    :param told: What is told.
    """
    house = House()
    out = run.output.out
    changed = asyncio.Event()

    async def read() -> None:
        async for change in told:
            house.take(change)
            changed.set()
            if _is_over(house):
                return

    reading = asyncio.ensure_future(read())
    reading.add_done_callback(lambda _: changed.set())
    with Live(console=out, auto_refresh=False, vertical_overflow="ellipsis") as live:
        try:
            while not reading.done():
                size = {"width": out.width, "height": out.height}
                live.update(picture(house, now=time.time(), **size), refresh=True)
                await asyncio.sleep(PAINTED_APART)
                # Whole seconds are when a position goes on.
                rest = SECOND - time.time() % SECOND
                try:
                    async with asyncio.timeout(rest):
                        await changed.wait()
                except TimeoutError:
                    pass
                changed.clear()
        finally:
            reading.cancel()
            live.update(picture(house, width=out.width, now=time.time()))
    reading.result()


def picture(house: House, *, width: int, now: float, height: int | None = None) -> RenderableType:
    """
    Lay out everything that is known.

    :param house: What was told.
    :param width: Columns there are.
    :param now: Unix time.
    :param height: Lines there are; without it all players are shown.
    """
    status = _status(house, now=now)
    if not house.devices:
        return Group(Text("Waiting for the list of devices…", style="dim"), Text(), *status)
    shown = players = house.players
    if height is not None:
        lines = sum(max(-(-len(line) // width), 1) for line in status)
        shown = _fitting(house, max(height - lines - AROUND, 1))
    parts: list[RenderableType] = [_players(house, shown, width=width, now=now)]
    if len(shown) < len(players):
        parts.append(Text(f"… and {len(players) - len(shown)} more", style="dim"))
    return Group(*parts, Text(), *status)


def _fitting(house: House, room: int) -> list[Device]:
    """
    Choose the players for which there is room: those that play before the others.

    :param house: What was told.
    :param room: Lines there are for them.
    """
    players = house.players
    if len(players) <= room:
        return players

    def rank(device: Device) -> bool:
        state = house.states.get(device.serial)
        return state is None or state.playback != "playing"

    return tables.by_name(sorted(players, key=rank)[: room - 1])


def _players(house: House, players: list[Device], *, width: int, now: float) -> Table:
    """
    Lay out players.

    :param house: What was told.
    :param players: Which.
    :param width: Columns there are.
    :param now: Unix time.
    """
    table = tables.plain_table()
    table.expand = True
    table.add_column("Name", style="bold", no_wrap=True, max_width=24 if width >= WIDE else 16)
    table.add_column("State", no_wrap=True)
    table.add_column("Vol", justify="right", no_wrap=True, min_width=len("muted"))
    table.add_column("Position", justify="right", no_wrap=True, min_width=len("59:59/59:59"))
    table.add_column("What plays", no_wrap=True, overflow="ellipsis", ratio=1)
    for device in players:
        state = house.states.get(device.serial)
        table.add_row(
            Text(house.label(device.serial), overflow="ellipsis"),
            tables.playback(state),
            tables.volume(state),
            Text(tables.progress(state, now) if state and state.online else ""),
            _what(house, device, state),
        )
    return table


def _what(house: House, device: Device, state: PlayerState | None) -> Text:
    """
    Show what plays on a device and where else, or why nothing can.

    :param house: What was told.
    :param device: The device.
    :param state: What it does now.
    """
    if state is None:
        return Text()
    if not state.online:
        return Text(state.reason or "", style="red", overflow="ellipsis")
    shown = Text(tables.track(state), overflow="ellipsis")
    if state.group in house.states and state.group != device.serial:
        # What plays stands in the row of the group.
        shown = Text(f"in {house.label(state.group)}", style="dim", overflow="ellipsis")
    if state.do_not_disturb:
        shown = Text.assemble(("do not disturb  " if shown else "do not disturb", "dim"), shown)
        shown.overflow = "ellipsis"
    return shown


def _status(house: House, *, now: float) -> list[Text]:
    """
    Show what the account hangs on, and since when it is so.

    :param house: What was told.
    :param now: Unix time.
    """
    line, wrong = Text(), dict[str, list[str]]()
    for name in LINKS:
        link = link_of(house.links, name) if house.links else None
        if link is None:
            continue
        line.append(f"{name} ")
        line.append(word(link), style=LINK_STYLES[word(link)])
        line.append(f" {age(link.since, now)}  " if link.ok is not None else "  ")
        if link.ok is False and link.text:
            wrong.setdefault(link.text, []).append(name)
    line.rstrip()
    # What several have in common is said once.
    return [
        line,
        *(Text(f"{', '.join(names)}: {text}", style="red") for text, names in wrong.items()),
    ]
