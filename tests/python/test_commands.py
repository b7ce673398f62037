from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mass_alexa import Account, PlayerState
from mass_alexa.errors import (
    AmazonUnavailableError,
    DeviceOfflineError,
    InvalidInputError,
    NotControllableError,
    NotFoundError,
    ThrottledError,
)
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, PLAY, STUDIO, Amazon


async def state_of(account: Account, serial: str) -> PlayerState:
    return next(one for one in await account.states() if one.serial == serial)


async def test_playback_commands(amazon: Amazon, account: Account) -> None:
    amazon.play(KITCHEN)
    playing = await state_of(account, KITCHEN)
    assert (playing.playback, playing.title) == ("playing", PLAY["title"])
    assert (playing.artist, playing.album) == (PLAY["artist"], PLAY["album"])
    assert playing.duration == pytest.approx(337)

    report = await account.pause(KITCHEN)
    assert (report.done, report.skipped) == ([KITCHEN], [])
    amazon.device_when(KITCHEN, lambda one: one["playing"] == "PAUSED")
    assert (await state_of(account, KITCHEN)).playback == "paused"

    await account.play(KITCHEN)
    amazon.device_when(KITCHEN, lambda one: one["playing"] == "PLAYING")

    first = amazon.device(KITCHEN)["track"]
    await account.next(KITCHEN)
    second = amazon.device_when(KITCHEN, lambda one: one["track"] != first)["track"]
    await account.previous(KITCHEN)
    amazon.device_when(KITCHEN, lambda one: one["track"] != second)

    await account.stop(KITCHEN)
    amazon.device_when(KITCHEN, lambda one: one["playing"] != "PLAYING")
    assert (await state_of(account, KITCHEN)).playback != "playing"


async def test_volume_and_mute_hit_one_device_only(amazon: Amazon, account: Account) -> None:
    others = amazon.device(OTHER_BEDROOM)["volume"]
    await account.set_volume(BEDROOM, 63)
    amazon.device_when(BEDROOM, lambda one: one["volume"] == 63)
    assert amazon.device(OTHER_BEDROOM)["volume"] == others
    assert (await state_of(account, BEDROOM)).volume == 63
    for level in (0, 100):
        await account.set_volume(BEDROOM, level)
        amazon.device_when(BEDROOM, lambda one, level=level: one["volume"] == level)  # type: ignore[misc]

    await account.set_volume(BEDROOM, 40)
    await account.set_mute(BEDROOM, True)
    amazon.device_when(BEDROOM, lambda one: one["muted"] or one["volume"] == 0)
    await account.set_mute(BEDROOM, False)
    amazon.device_when(BEDROOM, lambda one: not one["muted"] and one["volume"] == 40)


async def test_speech(amazon: Amazon, account: Account) -> None:
    words = 'Grüße aus der Küche, "quoted" <b>& so</b> {curly}'
    await account.speak(BEDROOM, words)
    spoken = amazon.device_when(BEDROOM, lambda one: bool(one["spoken"]))["spoken"]
    assert "Grüße aus der Küche" in str(spoken)
    assert not amazon.device(OTHER_BEDROOM)["spoken"]


async def test_an_announcement_reaches_those_named(amazon: Amazon, account: Account) -> None:
    report = await account.announce([KITCHEN, STUDIO], "Dinner is ready", title="House")
    assert sorted(report.done) == [KITCHEN, STUDIO]
    for serial in (KITCHEN, STUDIO):
        amazon.device_when(serial, lambda one: "Dinner is ready" in str(one["announced"]))
    assert not amazon.device(BEDROOM)["announced"]


async def test_text_commands_and_sounds(amazon: Amazon, account: Account) -> None:
    await account.text_command(STUDIO, "what time is it")
    heard = amazon.device_when(STUDIO, lambda one: bool(one["text_commands"]))
    assert "what time is it" in str(heard["text_commands"])
    sound = "bell_02"
    await account.play_sound(KITCHEN, sound)
    amazon.device_when(KITCHEN, lambda one: sound in str(one["sounds"]))


async def test_all_devices_are_there_and_two_bedrooms_are_two(
    amazon: Amazon, account: Account
) -> None:
    devices = {device.serial: device for device in await account.devices()}
    assert devices.keys() >= {one["serial"] for one in amazon.control("GET", "/control/devices")}
    assert {BEDROOM, OTHER_BEDROOM} <= {one.serial for one in devices.values() if one.is_player}
    assert devices[BEDROOM].name == devices[OTHER_BEDROOM].name == "Bedroom"
    assert not devices[GARAGE].online
    for device in devices.values():
        assert device.to_dict()["serial"] == device.serial
        assert device.is_player or device.reason
        assert bool(device.features) or not device.is_player


async def test_a_renamed_device_stays_the_same(amazon: Amazon, account: Account) -> None:
    await account.devices()
    amazon.patch(KITCHEN, name="Cookery")
    names = {one.serial: one.name for one in await account.devices(refresh=True)}
    assert names[KITCHEN] == "Cookery"
    await account.set_volume(KITCHEN, 21)
    amazon.device_when(KITCHEN, lambda one: one["volume"] == 21)


@pytest.mark.parametrize(
    "call",
    [
        lambda account: account.pause("G0000000000000000"),
        lambda account: account.set_volume("G0000000000000000", 10),
        lambda account: account.speak("G0000000000000000", "hello"),
    ],
)
async def test_an_unknown_serial(
    account: Account, call: Callable[[Account], Awaitable[Any]]
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await call(account)
    assert caught.value.code == "no-such-device"


@pytest.mark.parametrize("level", [-1, 101, 1000])
async def test_a_volume_out_of_range_sends_nothing(
    amazon: Amazon, account: Account, level: int
) -> None:
    await account.devices()
    before = amazon.counters["requests"]
    with pytest.raises(InvalidInputError) as caught:
        await account.set_volume(KITCHEN, level)
    assert caught.value.code == "bad-volume"
    assert amazon.counters["requests"] == before


async def test_nothing_to_pause_and_nobody_at_home(amazon: Amazon, account: Account) -> None:
    amazon.patch(BEDROOM, playing="IDLE")
    with pytest.raises(NotControllableError) as idle:
        await account.next(BEDROOM)
    assert idle.value.code == "nothing-playing"
    with pytest.raises(DeviceOfflineError) as offline:
        await account.set_volume(GARAGE, 30)
    assert offline.value.code == "device-offline"


async def test_a_busy_amazon(amazon: Amazon, account: Account) -> None:
    await account.devices()
    amazon.knobs(throttle="429")
    with pytest.raises(ThrottledError) as throttled:
        await account.set_volume(KITCHEN, 30)
    assert throttled.value.retry_after is not None
    amazon.knobs(throttle="off")


async def test_a_broken_amazon(amazon: Amazon, account: Account) -> None:
    await account.devices()
    amazon.fault(path_prefix="/api/", kind="status", status=500)
    with pytest.raises(AmazonUnavailableError) as down:
        await account.set_volume(KITCHEN, 30)
    assert down.value.code == "amazon-down"


async def test_devices_without_any_optional_answer(amazon: Amazon, account: Account) -> None:
    expected = {one.serial for one in await account.devices() if one.is_player}
    for path in ("/nexus/", "/api/preferences", "/api/device-preferences", "/api/dnd", "/api/np"):
        amazon.fault(path_prefix=path, kind="status", status=500)
    players = {one.serial for one in await account.devices(refresh=True) if one.is_player}
    assert players == expected
    states = await account.states()
    assert {state.serial for state in states} <= expected
    assert {state.playback for state in states} == {"unknown"}
    assert (await state_of(account, KITCHEN)).volume == 35
    amazon.fault(path_prefix="/api/devices/deviceType", kind="status", status=500)
    with pytest.raises(AmazonUnavailableError):
        await account.states()
