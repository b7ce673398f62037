"""
Commands: shown at once, taken back when they fail, and said why.
"""

import asyncio
import logging
import time
from types import SimpleNamespace
from typing import Any

import pytest
from house import House, until
from mass_alexa import errors as alexa_errors
from music_assistant_models.enums import PlaybackState
from music_assistant_models.errors import PlayerCommandFailed, PlayerUnavailableError
from world import BEDROOM, GARAGE, KITCHEN

NOTHING_HAPPENED = "Amazon took the command, but Kitchen did not follow."
REPORT = SimpleNamespace(done=[KITCHEN], skipped=[], note=None, confirmed=True)


class Slow:
    """
    A command that waits until it is told how to end.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._end: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def __call__(self, *args: Any) -> Any:
        self.calls.append(args)
        return await asyncio.shield(self._end)

    def work(self) -> None:
        self._end.set_result(REPORT)

    def fail(self, error: alexa_errors.AlexaError | None = None) -> None:
        self._end.set_exception(
            error or alexa_errors.AlexaTimeout("not-confirmed", NOTHING_HAPPENED, "Try again.")
        )


def put(house: House, monkeypatch: pytest.MonkeyPatch, name: str) -> Slow:
    """
    Put a slow command in the place of one of the account.
    """
    slow = Slow()
    account = house.part("provider").Account
    monkeypatch.setattr(account, name, lambda _, *args: slow(*args), raising=False)
    return slow


async def playing(house: House) -> Any:
    player = await house.live(KITCHEN)
    house.amazon.play(KITCHEN)
    await until(lambda: player.state.current_media is not None)
    return player


async def test_a_pause_is_shown_at_once_and_stays(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = await playing(house)
    slow = put(house, monkeypatch, "pause")
    pressed = asyncio.create_task(house.mass.players.cmd_pause(KITCHEN))
    await until(lambda: player.state.playback_state == PlaybackState.PAUSED)
    at = player.state.elapsed_time
    # News from before the pause arrives meanwhile.
    player.take_state(house.provider(instance).states.of(KITCHEN))
    assert player.state.playback_state == PlaybackState.PAUSED
    assert player.state.elapsed_time == at
    house.amazon.patch(KITCHEN, volume=58)
    await until(lambda: player.state.volume_level == 58)
    assert player.state.playback_state == PlaybackState.PAUSED, "the rest is shown as it is"
    slow.work()
    await pressed
    assert player.state.playback_state == PlaybackState.PAUSED
    # Nothing has happened at the device, and that is shown in the end.
    await until(lambda: player.state.playback_state == PlaybackState.PLAYING)


@pytest.mark.parametrize(
    ("command", "method", "arguments"),
    [
        ("cmd_pause", "pause", ()),
        ("cmd_stop", "stop", ()),
        ("cmd_seek", "seek", (100,)),
        ("cmd_volume_set", "set_volume", (88,)),
        ("cmd_volume_mute", "set_mute", (True,)),
    ],
)
async def test_what_fails_is_taken_back_and_said(
    house: House,
    instance: str,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    method: str,
    arguments: tuple[Any, ...],
) -> None:
    assert instance
    player = await playing(house)

    def shown() -> tuple[Any, ...]:
        state = player.state
        media = state.current_media.title if state.current_media else None
        return state.playback_state, state.volume_level, state.volume_muted, media

    def position() -> float:
        return float(player.state.elapsed_time or 0)

    before = shown()
    slow = put(house, monkeypatch, method)
    send = getattr(house.mass.players, command)
    pressed = asyncio.create_task(send(KITCHEN, *arguments))
    await until(lambda: shown() != before or position() == 100.0)
    slow.fail()
    with pytest.raises(PlayerCommandFailed) as caught:
        await pressed
    assert str(caught.value) == f"{NOTHING_HAPPENED} Try again."
    assert shown() == before
    assert position() < 100.0


async def test_a_command_that_is_given_up_is_taken_back(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    player = await playing(house)
    put(house, monkeypatch, "pause")
    pressed = asyncio.create_task(house.mass.players.cmd_pause(KITCHEN))
    await until(lambda: player.state.playback_state == PlaybackState.PAUSED)
    pressed.cancel()
    await asyncio.gather(pressed, return_exceptions=True)
    assert player.state.playback_state == PlaybackState.PLAYING


async def test_a_slider_holds_nobody_up_where_the_server_lets_volumes_queue(
    house: House,
    instance: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert instance
    player: Any = await house.live(KITCHEN)
    before = player.state.volume_level
    slow = put(house, monkeypatch, "set_volume")
    lock = house.mass.players._player_command_locks.setdefault(
        f"cmd_volume_set_{KITCHEN}", asyncio.Lock()
    )
    begun = time.monotonic()
    for level in range(40, 60):
        async with lock:
            await player.volume_set(level)
    assert time.monotonic() - begun < 2
    assert player.state.volume_level == 59
    assert [args[1] for args in slow.calls] == list(range(40, 60))
    with caplog.at_level(logging.WARNING):
        slow.fail()
        await until(lambda: player.state.volume_level == before)
    assert NOTHING_HAPPENED in caplog.text

    quick = put(house, monkeypatch, "set_volume")
    quick.fail()
    async with lock:
        with pytest.raises(Exception, match=NOTHING_HAPPENED):
            await player.volume_set(70)


async def test_s_p1_stop_and_pause_of_an_idle_echo_are_done(
    house: House, instance: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert instance
    player: Any = await house.live(KITCHEN)
    with caplog.at_level(logging.WARNING):
        await house.mass.players.cmd_stop(KITCHEN)
        await player.stop()
    assert player.state.playback_state == PlaybackState.IDLE
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_s_p7_order_and_position_are_those_of_the_queue(house: House, instance: str) -> None:
    player = await playing(house)
    account = house.provider(instance).account
    for shuffle, repeat in ((True, False), (True, True), (False, False)):
        await account.set_shuffle(KITCHEN, shuffle)
        await account.set_repeat(KITCHEN, repeat)
        await until(
            lambda shuffle=shuffle, repeat=repeat: (  # type: ignore[misc]
                player.state.extra_attributes.get("shuffle") is shuffle
                and player.state.extra_attributes.get("repeat") is repeat
            )
        )
    await house.mass.players.cmd_seek(KITCHEN, 120)
    assert 119 < player.position_now() < 125
    house.amazon.control("POST", "/control/clock", {"advance_s": 10})
    await house.mass.players.cmd_next_track(KITCHEN)
    await until(lambda: player.state.current_media.title != "Blue in Green")
    await until(lambda: player.position_now() < 10)


async def test_commands_to_an_offline_player_say_so(house: House, instance: str) -> None:
    assert instance
    garage: Any = house.player(GARAGE)
    with pytest.raises(PlayerUnavailableError, match=r"Garage is .*offline"):
        await garage.volume_set(10)
    with pytest.raises(PlayerUnavailableError, match=r"Garage is .*offline"):
        await garage.pause()
    assert not garage.state.available
    assert garage.state.volume_level != 10


async def test_one_member_offline_is_no_failure_of_the_others(house: House, instance: str) -> None:
    assert instance
    await house.live(BEDROOM)
    group: Any = next(p for p in house.players().values() if p.state.name == "Everywhere")
    house.amazon.patch(BEDROOM, online=False)
    await until(lambda: not house.player(BEDROOM).state.available)
    await group.volume_set(31)
    await house.device(KITCHEN, lambda device: device["volume"] == 31)
    assert house.amazon.device(BEDROOM)["volume"] != 31
