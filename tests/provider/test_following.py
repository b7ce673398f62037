"""
What happens at the devices, as the server shows it.
"""

import asyncio
import time
from typing import Any

import pytest
from house import House, until, values_of
from links import links
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants
from music_assistant_models.enums import EventType, PlaybackState
from world import BEDROOM, KITCHEN, STUDIO

SHOWN_SECONDS = 1.0
"""From the push to what the server shows, at most."""
FREE_SECONDS = 0.02
"""How long the loop may be held, at most."""


async def test_s_s4_volumes_are_right_at_start_without_touching(house: House) -> None:
    house.amazon.patch(KITCHEN, volume=47)
    house.amazon.patch(STUDIO, muted=True)
    await house.add()
    assert (await house.live(KITCHEN)).state.volume_level == 47
    assert (await house.live(STUDIO)).state.volume_muted is True
    sent = [entry["path"] for entry in house.amazon.journal()]
    assert not any(path.startswith("/api/behaviors") for path in sent)


async def test_s_s4_a_knob_turned_is_shown_within_a_second(house: House, instance: str) -> None:
    assert instance
    player = await house.live(KITCHEN)
    took = []
    for level in (71, 12, 55):
        begun = time.monotonic()
        await asyncio.to_thread(house.amazon.patch, KITCHEN, volume=level)
        async with asyncio.timeout(SHOWN_SECONDS):
            while player.state.volume_level != level:
                await asyncio.sleep(0.005)
        took.append(time.monotonic() - begun)
    assert max(took) < SHOWN_SECONDS, took
    assert house.mass.events[-1].event == EventType.PLAYER_UPDATED


async def test_s_v6_a_volume_that_amazon_forgets_stays(house: House, instance: str) -> None:
    player = await house.live(KITCHEN)
    house.amazon.patch(KITCHEN, volume=63)
    await until(lambda: player.state.volume_level == 63)
    house.amazon.knobs(null_volumes=True)
    for _ in range(3):
        await house.provider(instance).states.read(0.0)
        assert player.state.volume_level == 63
        assert player.state.volume_muted is False


async def test_what_plays_is_shown_with_its_service(house: House, instance: str) -> None:
    assert instance
    player = await house.live(KITCHEN)
    begun = time.time()
    house.amazon.play(KITCHEN)
    await until(lambda: player.state.playback_state == PlaybackState.PLAYING)
    await until(lambda: player.state.current_media and player.state.current_media.duration)
    media = player.state.current_media
    assert media is not None
    assert (media.title, media.artist, media.album, media.duration) == (
        "Blue in Green",
        "Miles Davis",
        "Kind of Blue",
        337,
    )
    assert media.image_url
    assert media.image_url.startswith("https://")
    assert (media.source_id, player.state.active_source) == ("alexa_amazon_music",) * 2
    assert player.state.elapsed_time is not None
    assert player.state.elapsed_time_last_updated
    assert player.state.elapsed_time_last_updated >= begun - 1
    sources = {source.id: source for source in player.state.source_list}
    assert {one.name for one in sources.values()} == {"Alexa", "Amazon Music"}
    assert all(source.passive for source in sources.values())
    active = sources["alexa_amazon_music"]
    assert active.can_play_pause
    assert active.can_seek
    assert active.can_next_previous

    skill = {"provider": "Radio One", "provider_kind": "skill", "duration_s": 0}
    house.amazon.control("POST", "/control/play", {"serial": KITCHEN, **skill})
    await until(lambda: player.state.active_source == "alexa_radio_one")
    sources = {source.id: source for source in player.state.source_list}
    assert [one.name for one in sources.values()] == ["Alexa", "Amazon Music", "Radio One"]
    assert not sources["alexa_radio_one"].can_seek


async def test_device_info_says_what_it_is(house: House, instance: str) -> None:
    assert instance
    info = (await house.live(KITCHEN)).state.device_info
    assert (info.model, info.manufacturer) == ("Echo (4th Generation)", "Amazon")
    assert info.software_version == "9698496900"


async def test_players_are_polled_only_where_nothing_is_told(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = house.provider(instance)
    player = await house.live(KITCHEN)
    asked = 0

    async def states(*_: object, **__: object) -> list[Any]:
        nonlocal asked
        asked += 1
        return []

    monkeypatch.setattr(type(provider.account), "states", states)
    provider.states._next = 0.0
    await house.mass.players.poll_all()
    assert asked == 0
    provider.standing.take(links(push=False))
    assert player.needs_poll
    assert player.poll_interval == constants.POLL_SECONDS
    await house.mass.players.poll_all()
    await house.mass.players.poll_all()
    await until(lambda: f"{instance}_poll" not in house.mass.pending)
    assert asked == 1, "one reading serves all"
    provider.standing.take(links())
    assert not player.needs_poll


async def test_s_s8_the_status_names_the_link_that_is_broken_and_no_other(
    house: House, instance: str
) -> None:
    provider = house.provider(instance)
    await house.live(KITCHEN)
    provider.cancel("watch")
    await until(lambda: house.player(KITCHEN).needs_poll)
    values = house.mass.config.get(f"providers/{instance}/values")

    async def status() -> str:
        form = await house.form(values=values, instance_id=instance)
        return str(form[constants.KEY_STATUS].label)

    provider.standing.take(links())
    whole = await status()
    assert whole.startswith("Connected to amazon.de as ")
    said = {
        "devices": "The list of devices could not be read for 3 minutes: ",
        "state": "What plays and how loud could not be read for 3 minutes: ",
        "push": "Amazon has not told changes by itself for 3 minutes",
    }
    for name, text in said.items():
        told = links(**{name: False})
        provider.standing.take(told)
        now = await status()
        assert now.startswith(f"{whole} {text}")
        assert now.endswith(getattr(told, name).text)
        assert sum(other in now for other in said.values()) == 1
    provider.standing.take(links())
    assert await status() == whole
    provider.standing.take(links(session=False))
    assert (await status()).startswith("Amazon has ended this session. Open the settings")


DEVICES = "/api/devices-v2/device"
SESSIONS = "/api/np/list-media-sessions"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (DEVICES, "The list of devices could not be read for "),
        (SESSIONS, "What plays and how loud could not be read for "),
        (None, "Amazon has not told changes by itself for "),
    ],
)
async def test_s_s8_what_breaks_at_amazon_is_named(
    house: House, instance: str, broken: str | None, said: str
) -> None:
    provider = house.provider(instance)
    player = await house.live(KITCHEN)
    whole = provider.summary()
    if broken is None:
        house.amazon.knobs(push_refuse=503)
    else:
        house.amazon.fault(path_prefix=broken, kind="status", status=500)
    if broken == DEVICES:
        with pytest.raises(alexa_errors.AlexaError):
            await provider.account.devices(refresh=True)
    else:
        # After each gap all is read anew.
        house.amazon.control("POST", "/control/push/drop", {"how": "end"})
    await until(provider.summary, lambda text: said in text)
    now = provider.summary()
    assert now.startswith(f"{whole} {said}")
    assert now.count(" for ") == 1, "no other link"
    assert player.state.available
    if broken == DEVICES:
        house.amazon.control("DELETE", "/control/faults")
        await provider.account.devices(refresh=True)
        await until(provider.summary, lambda text: text == whole)


async def test_a_short_silence_takes_no_players_away_and_a_long_one_says_why(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = house.provider(instance)
    player = await house.live(KITCHEN)
    provider.cancel("watch")
    await until(lambda: player.needs_poll)
    provider.standing.take(links(state=False, push=False))
    assert player.state.available
    assert f"{instance}_silence" in house.mass.pending
    provider.standing.take(links(push=False))
    assert f"{instance}_silence" not in house.mass.pending
    monkeypatch.setattr(house.part("standing"), "SILENT_SECONDS", 0.0)
    provider.standing.take(links(state=False, push=False))
    await until(lambda: not player.state.available)
    why = str(player.state.extra_attributes["unavailable_because"])
    assert why.startswith("Amazon has not answered for 3 minutes: Amazon cannot be reached.")
    assert provider.summary().endswith(why)
    provider.standing.take(links())
    assert player.state.available
    assert "unavailable_because" not in player.state.extra_attributes


async def test_news_of_a_silence_do_not_make_it_longer(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = house.provider(instance)
    player = await house.live(KITCHEN)
    provider.cancel("watch")
    await until(lambda: player.needs_poll)
    monkeypatch.setattr(house.part("standing"), "SILENT_SECONDS", 0.3)
    async with asyncio.timeout(2.0):
        while player.state.available:
            provider.standing.take(links(state=False, push=False))
            await asyncio.sleep(0.05)


async def test_a_burst_is_few_passes(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    player: Any = await house.live(KITCHEN)
    shown = 0
    show = player.show

    def counted() -> None:
        nonlocal shown
        shown += 1
        show()

    monkeypatch.setattr(player, "show", counted)
    levels = range(40, 80)

    def turn() -> None:
        for level in levels:
            house.amazon.patch(KITCHEN, volume=level)

    await asyncio.to_thread(turn)
    await until(lambda: player.state.volume_level == levels[-1])
    assert shown < len(levels)


class Ways:
    """
    Ways to listen: those that fail at once, each in its way, and then the one that works.
    """

    def __init__(self, working: Any, *errors: BaseException) -> None:
        self._working = working
        self._errors = list(errors)
        self.opened = 0

    def open(self, account: Any) -> Any:
        self.opened += 1
        return Failing(self._errors.pop(0)) if self._errors else self._working(account)


class Failing:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def __anext__(self) -> Any:
        raise self._error

    def close(self) -> None:
        pass


async def test_listening_begins_again_whatever_ends_it(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(house.part("watcher"), "WATCH_FIRST_SECONDS", 0.01)
    account = house.part("provider").Account
    errors = (
        StopAsyncIteration(),
        alexa_errors.NetworkError("unreachable", "Amazon cannot be reached.", "Wait."),
        ValueError("a mistake of ours"),
        asyncio.CancelledError(),
    )
    ways = Ways(account.watch, *errors)
    monkeypatch.setattr(account, "watch", lambda one: ways.open(one))  # noqa: PLW0108
    instance = await house.add()
    player = await house.live(KITCHEN)
    assert ways.opened == len(errors) + 1
    assert "a mistake of ours" in caplog.text
    house.amazon.patch(KITCHEN, volume=9)
    await until(lambda: player.state.volume_level == 9)
    await house.mass.unload_provider(instance)
    await asyncio.sleep(0.05)
    assert ways.opened == len(errors) + 1, "not after the end"


async def test_the_loop_is_free_while_two_hundred_devices_are_read(house: House) -> None:
    populate = ("POST", "/control/devices/populate", {"count": 200})
    await asyncio.to_thread(house.amazon.control, *populate)
    form = await house.sign_in()
    held: list[float] = []

    async def probe() -> None:
        while True:
            # Of one turn of the loop; what the machine does besides is not counted.
            begun = time.thread_time()
            await asyncio.sleep(0)
            held.append(time.thread_time() - begun)

    probing = asyncio.create_task(probe())
    await house.save(values_of(form))
    await until(lambda: len(house.players()) > 200)
    await until(
        lambda: all(
            one.state.volume_level is not None
            for one in house.players().values()
            if one.state.available
        )
    )
    probing.cancel()
    assert max(held) < FREE_SECONDS, f"{max(held) * 1000:.1f} ms"


async def test_nobody_is_told_after_the_end(house: House, instance: str) -> None:
    player: Any = await house.live(BEDROOM)
    await house.mass.players.cmd_volume_set(BEDROOM, 33)
    await house.mass.unload_provider(instance)
    before = len(house.mass.events)
    player.show()
    player.show_end()
    assert len(house.mass.events) == before
    assert not [key for key in house.mass.pending if instance in key]
