"""
Watching an account: the asynchronous iterator, whatever tells the changes.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from mass_alexa import Account, Change, Links, PlayerState, Watch
from world import BEDROOM, KITCHEN, Amazon

DEADLINE = 20.0


async def change_when(watch: Watch, holds: Callable[[Change], bool]) -> Change:
    """
    The first change that fits; what comes before it is read over.
    """
    async with asyncio.timeout(DEADLINE):
        async for change in watch:
            if holds(change):
                return change
    raise AssertionError("the watch has ended")


async def player_when(
    watch: Watch, serial: str, holds: Callable[[PlayerState], bool]
) -> PlayerState:
    def fits(change: Change) -> bool:
        state = change.player
        return state is not None and state.serial == serial and holds(state)

    found = (await change_when(watch, fits)).player
    assert found is not None
    return found


async def links_when(watch: Watch, holds: Callable[[Links], bool]) -> Links:
    found = (await change_when(watch, lambda one: one.links is not None and holds(one.links))).links
    assert found is not None
    return found


async def is_ended(watch: Watch) -> bool:
    async with asyncio.timeout(DEADLINE):
        return [change async for change in watch] == []


async def read_all(account: Account) -> None:
    """
    Read both lists, so that there is something to tell to whoever comes.
    """
    await account.states()


async def test_a_watch_begins_with_how_everything_is(amazon: Amazon, account: Account) -> None:
    amazon.play(KITCHEN)
    players = {one.serial for one in await account.devices() if one.is_player}
    states = {one.serial: one for one in await account.states()}
    watch = account.watch()
    first = await anext(watch)
    assert (first.kind, first.player, first.devices) == ("links", None, None)
    assert first.links is not None
    assert first.links.session.ok is first.links.devices.ok is first.links.state.ok is True
    assert first.links.push.ok is not False
    second = await anext(watch)
    assert second.kind == "devices"
    assert {one.serial for one in second.devices or [] if one.is_player} == players
    seen: dict[str, PlayerState] = {}
    async with asyncio.timeout(DEADLINE):
        while seen.keys() != players:
            change = await anext(watch)
            if change.player:
                assert change.to_dict() == {"kind": "player", "player": change.player.to_dict()}
                seen[change.player.serial] = change.player
    kitchen = seen[KITCHEN]
    assert (kitchen.playback, kitchen.title, kitchen.online) == ("playing", "Blue in Green", True)
    assert (kitchen.reason, kitchen.group) == (None, None)
    assert "play_pause" in kitchen.controls
    assert kitchen.volume == states[KITCHEN].volume
    assert kitchen.volume_at is not None
    watch.close()
    assert await is_ended(watch)


async def test_what_a_reading_tells_arrives(amazon: Amazon, account: Account) -> None:
    await read_all(account)
    watch = account.watch()
    amazon.patch(KITCHEN, volume=61)
    waiting = asyncio.ensure_future(player_when(watch, KITCHEN, lambda one: one.volume == 61))
    await read_all(account)
    assert (await waiting).volume_at is not None


async def test_who_is_slow_gets_the_latest_only(amazon: Amazon, account: Account) -> None:
    await read_all(account)
    watch = account.watch()
    for level in (11, 12, 13):
        await account.set_volume(KITCHEN, level)
        amazon.device_when(KITCHEN, lambda one, level=level: one["volume"] == level)  # type: ignore[misc]
        await read_all(account)
    levels: list[int | None] = []
    async with asyncio.timeout(DEADLINE):
        while levels[-1:] != [13]:
            change = await anext(watch)
            if change.player and change.player.serial == KITCHEN:
                levels.append(change.player.volume)
    assert levels == [13]


async def test_each_of_two_watchers_is_told_all(amazon: Amazon, account: Account) -> None:
    await read_all(account)
    one, other = account.watch(), account.watch()
    amazon.patch(BEDROOM, volume=62)
    await read_all(account)
    for watch in (one, other):
        assert (await player_when(watch, BEDROOM, lambda state: state.volume == 62)).online
    one.close()
    assert await is_ended(one)
    amazon.patch(BEDROOM, volume=63)
    await read_all(account)
    await player_when(other, BEDROOM, lambda state: state.volume == 63)


async def drained(watch: Watch) -> "asyncio.Future[Change]":
    """
    Read what there is; gives the wait for what comes next.
    """
    while True:
        waiting = asyncio.ensure_future(anext(watch))
        # What is there already comes within two turns of the loop.
        for _ in range(5):
            await asyncio.sleep(0)
        if not waiting.done():
            return waiting
        waiting.result()


async def test_a_cancelled_wait_loses_nothing(amazon: Amazon, account: Account) -> None:
    await read_all(account)
    watch = account.watch()
    waiting = await drained(watch)
    for level in range(20, 40):
        amazon.patch(KITCHEN, volume=level)
        reading = asyncio.ensure_future(account.states())
        # At whatever moment: before, while and after the change is on its way.
        for _ in range(level - 20):
            await asyncio.sleep(0.001)
        waiting.cancel()
        await asyncio.wait({waiting})
        await reading
        if waiting.cancelled():
            state = await player_when(watch, KITCHEN, lambda one, level=level: one.volume == level)  # type: ignore[misc]
            assert state.volume == level
        waiting = await drained(watch)
    waiting.cancel()


async def test_a_second_reader_is_told_so(account: Account) -> None:
    watch = account.watch()
    waiting = await drained(watch)
    with pytest.raises(RuntimeError, match="already"):
        await anext(watch)
    waiting.cancel()
    watch.close()
    assert await is_ended(watch)


async def test_closing_wakes_who_waits(account: Account) -> None:
    watch = account.watch()
    waiting = await drained(watch)
    watch.close()
    watch.close()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_closing_the_account_ends_every_watch(account: Account) -> None:
    watches = [account.watch() for _ in range(3)]
    waits = [await drained(watch) for watch in watches]
    await account.close()
    async with asyncio.timeout(DEADLINE):
        for waiting in waits:
            with pytest.raises(StopAsyncIteration):
                await waiting
    for watch in (*watches, account.watch()):
        assert await is_ended(watch)


async def test_s_s8_a_session_in_doubt_is_a_change_of_the_links(
    amazon: Amazon, account: Account
) -> None:
    await read_all(account)
    watch = account.watch()
    await links_when(watch, lambda links: links.session.ok is True)
    for what in ("refresh_tokens", "access_tokens", "cookies"):
        amazon.control("POST", "/control/expire", {"what": what})
    reading = asyncio.ensure_future(account.devices(refresh=True))
    links = await links_when(watch, lambda links: links.devices.ok is False)
    # One refusal is no end of the session.
    assert (links.devices.code, links.session.ok) == ("token-refused", True)
    assert links.devices.text
    await asyncio.wait({reading})
    assert reading.exception() is not None
    assert account.links().devices.to_dict() == links.devices.to_dict()


async def test_an_outage_of_one_list_is_blamed_on_it_alone(
    amazon: Amazon, account: Account
) -> None:
    await read_all(account)
    watch = account.watch()
    for path in ("/api/np", "/api/devices/deviceType"):
        amazon.fault(path_prefix=path, kind="status", status=500)
    reading = asyncio.ensure_future(account.states())
    links = await links_when(watch, lambda links: links.state.ok is False)
    assert (links.session.ok, links.devices.ok) == (True, True)
    assert links.state.code == "amazon-down"
    assert links.state.since >= links.devices.since
    await asyncio.wait({reading})
    assert reading.exception() is not None
    amazon.control("DELETE", "/control/faults")
    await read_all(account)
    assert (await links_when(watch, lambda links: links.state.ok is True)).state.code is None


async def test_a_watch_that_is_dropped_is_left(account: Account, store: Path) -> None:
    watch = account.watch()
    waiting = await drained(watch)
    waiting.cancel()
    del watch, waiting
    await account.close()
    assert store.exists()
