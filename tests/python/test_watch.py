"""
Watching an account: the asynchronous iterator, whatever tells the changes.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

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


async def live(account: Account) -> Watch:
    """
    A watch whose stream of events is up, with everything before it read.
    """
    watch = account.watch()
    await links_when(watch, lambda links: links.push.ok is True)
    await player_when(watch, KITCHEN, lambda one: one.volume is not None)
    return watch


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


async def read_to_end(watch: Watch) -> None:
    async with asyncio.timeout(DEADLINE):
        async for _ in watch:
            pass


async def test_closing_wakes_who_waits(account: Account) -> None:
    watch = account.watch()
    waiting = await drained(watch)
    waiting.cancel()
    reading = asyncio.ensure_future(read_to_end(watch))
    await asyncio.sleep(0)
    watch.close()
    watch.close()
    await reading


async def test_closing_the_account_ends_every_watch(account: Account) -> None:
    watches = [account.watch() for _ in range(3)]
    readings = [asyncio.ensure_future(read_to_end(watch)) for watch in watches]
    await asyncio.sleep(0)
    await account.close()
    await asyncio.gather(*readings)
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
    links = await links_when(watch, lambda links: links.session.ok is False)
    # One refusal is no end of the session, and nothing else is to blame.
    assert (links.session.code, links.devices.ok) == ("token-refused", True)
    assert links.session.text
    await asyncio.wait({reading})
    assert reading.exception() is not None
    assert account.links().session.to_dict() == links.session.to_dict()


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
    # After some failures in a row nothing is asked for a while.
    assert links.state.code in {"amazon-down", "resting"}
    assert links.state.since >= links.devices.since
    await asyncio.wait({reading})
    assert reading.exception() is not None


async def test_a_turned_knob_arrives_within_a_second(amazon: Amazon, account: Account) -> None:
    watch = await live(account)
    for level in (61, 62, 63):
        amazon.patch(KITCHEN, volume=level)
        begun = time.monotonic()
        await player_when(watch, KITCHEN, lambda one, level=level: one.volume == level)  # type: ignore[misc]
        assert time.monotonic() - begun < 1.0
    assert account.links().push.ok is True


async def test_everything_that_people_do_arrives(amazon: Amazon, account: Account) -> None:
    watch = await live(account)
    amazon.play(KITCHEN)
    playing = await player_when(watch, KITCHEN, lambda one: one.title == "Blue in Green")
    assert (playing.playback, playing.provider) == ("playing", "Amazon Music")
    amazon.patch(KITCHEN, playing="PAUSED")
    await player_when(watch, KITCHEN, lambda one: one.playback == "paused")
    amazon.patch(KITCHEN, do_not_disturb=True)
    await player_when(watch, KITCHEN, lambda one: one.do_not_disturb is True)
    amazon.patch(KITCHEN, online=False)
    away = await player_when(watch, KITCHEN, lambda one: not one.online)
    assert away.reason == "Kitchen is offline."
    amazon.patch(KITCHEN, online=True)
    assert (await player_when(watch, KITCHEN, lambda one: one.online)).reason is None


async def test_a_renamed_device_is_a_change_of_the_devices(
    amazon: Amazon, account: Account
) -> None:
    await account.devices()
    watch = account.watch()
    amazon.patch(KITCHEN, name="Cookery")
    await account.devices(refresh=True)

    def is_renamed(change: Change) -> bool:
        devices = {one.serial: one.name for one in change.devices or []}
        return devices.get(KITCHEN) == "Cookery"

    assert (await change_when(watch, is_renamed)).kind == "devices"


async def test_a_lost_stream_comes_back(amazon: Amazon, account: Account) -> None:
    watch = await live(account)
    amazon.control("POST", "/control/push/drop", {"how": "end"})
    # Whether it is ever shown as down or not: what happens meanwhile is not lost.
    amazon.patch(BEDROOM, volume=64)
    await player_when(watch, BEDROOM, lambda one: one.volume == 64)


async def lag_of(work: Coroutine[Any, Any, None]) -> float:
    """
    The longest turn of the loop while something is done, in seconds.

    Counted as far as this process itself was at work: others on the machine hold it up too.
    """
    longest, task = 0.0, asyncio.ensure_future(work)
    last, worked = time.monotonic(), time.process_time()
    while not task.done():
        await asyncio.sleep(0)
        now, working = time.monotonic(), time.process_time()
        longest = max(longest, min(now - last, working - worked))
        last, worked = now, working
    await task
    return longest


async def test_many_devices_do_not_hold_the_loop_up(amazon: Amazon, account: Account) -> None:
    serials = set(amazon.control("POST", "/control/devices/populate", {"count": 200}))

    async def everything() -> None:
        assert serials <= {one.serial for one in await account.devices(refresh=True)}
        await account.states()
        watch = account.watch()
        left = set(serials)
        async with asyncio.timeout(DEADLINE):
            async for change in watch:
                if change.player and change.player.volume is not None:
                    left.discard(change.player.serial)
                if not left:
                    break
        watch.close()

    lags = [await lag_of(everything()) for _ in range(3)]
    assert min(lags) < 0.02, lags


async def test_a_watch_that_is_dropped_is_left(account: Account, store: Path) -> None:
    watch = account.watch()
    waiting = await drained(watch)
    waiting.cancel()
    del watch, waiting
    await account.close()
    assert store.exists()
