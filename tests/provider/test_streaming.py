"""
Music of the server on Echos: what the server asks for, and what is shown of it.
"""

import asyncio
import time
from typing import Any

import pytest
from concert import SKILL, Concert
from house import until
from mass_alexa import errors as alexa_errors
from music_assistant_models.enums import EventType, PlaybackState, PlayerFeature
from music_assistant_models.errors import PlayerCommandFailed
from world import BEDROOM, KITCHEN, STUDIO

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACKS = ["So What", "Freddie Freeloader", "Blue in Green", "All Blues"]


async def test_a_queue_plays_item_by_item(stage: Concert) -> None:
    player = stage.player(KITCHEN)
    assert {PlayerFeature.PLAY_MEDIA, PlayerFeature.ENQUEUE} <= player.supported_features
    settings = stage.gateway.settings
    assert (settings.public_url, settings.skill_id) == ("https://music.example.org", SKILL)
    await stage.play(KITCHEN, TRACKS)
    item = stage.kind.memory.items[KITCHEN]
    assert item.url.endswith(f"/{KITCHEN}.mp3")
    assert (item.title, item.duration) == (TRACKS[0], 180.0)
    state = player.state
    assert state.playback_state == PlaybackState.PLAYING
    assert state.active_source == KITCHEN
    assert stage.queues.get(KITCHEN).active
    for title, following in zip(TRACKS[1:], [*TRACKS[2:], None], strict=True):
        await stage.follows(KITCHEN, title)
        stage.gateway.advance(KITCHEN)
        await stage.shows(KITCHEN, title)
        assert player._attr_current_media.title == title
        await stage.follows(KITCHEN, following)
    stage.gateway.advance(KITCHEN)
    await until(lambda: player.state.playback_state == PlaybackState.IDLE)
    assert player._attr_current_media is None
    assert stage.gateway.kinds(KITCHEN) == ["play"], "an Echo goes on by itself"


async def test_the_media_is_the_very_object_that_was_given(
    stage: Concert, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, given = stage.player(KITCHEN), []
    make = stage.queues.player_media_from_queue_item

    async def keep(item: Any) -> Any:
        given.append(await make(item))
        return given[-1]

    monkeypatch.setattr(stage.queues, "player_media_from_queue_item", keep)
    await stage.play(KITCHEN, TRACKS)
    assert player._attr_current_media is given[0]
    await stage.follows(KITCHEN, TRACKS[1])
    stage.gateway.advance(KITCHEN)
    await until(lambda: player._attr_current_media is given[1])


async def test_flow_mode_is_one_long_stream_that_names_no_item(stage: Concert) -> None:
    values = {"flow_mode": True, "output_codec": "flac"}
    stage.house.mass.config.set(f"players/{KITCHEN}/values", values)
    await stage.play(KITCHEN, TRACKS)
    item = stage.kind.memory.items[KITCHEN]
    assert "/flow/" in item.url
    assert item.url.endswith(".mp3"), "whatever was chosen before"
    assert (item.title, item.duration) == ("Music Assistant", None)


async def test_several_echos_play_at_once(stage: Concert) -> None:
    await asyncio.gather(
        *(stage.play(one, TRACKS[at:]) for at, one in enumerate((KITCHEN, BEDROOM, STUDIO)))
    )
    for at, serial in enumerate((KITCHEN, BEDROOM, STUDIO)):
        assert stage.player(serial)._attr_current_media.title == TRACKS[at]
        assert stage.gateway.kinds(serial) == ["play"]


async def test_s_p3_next_by_voice_advances_only_that_queue(stage: Concert) -> None:
    for serial in (KITCHEN, BEDROOM, STUDIO):
        await stage.play(serial, TRACKS)
    assert await stage.asked(BEDROOM, "next") is None
    await stage.shows(BEDROOM, TRACKS[1])
    for serial in (KITCHEN, STUDIO):
        assert stage.queues.get(serial).current_item.name == TRACKS[0]
        assert stage.gateway.kinds(serial) == ["play"]
    assert stage.done("next") == [], "the server's own command waits a second"
    assert await stage.asked(BEDROOM, "previous") is None
    await stage.shows(BEDROOM, TRACKS[0])
    assert await stage.asked(BEDROOM, "previous") is None
    await stage.shows(BEDROOM, TRACKS[0])


async def test_s_p4_a_pause_is_exactly_one_pause_at_the_queue(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    await stage.house.mass.players.cmd_pause(KITCHEN)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    assert len(stage.done("pause")) == 1
    assert stage.gateway.kinds(KITCHEN) == ["play", "pause"]
    await stage.house.mass.players.cmd_play(KITCHEN)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PLAYING)
    assert stage.gateway.kinds(KITCHEN) == ["play", "pause", "resume"]
    assert stage.house.amazon.device(KITCHEN)["heard"] == [], "nothing is spoken to the Echo"


async def test_s_p4_a_pause_by_voice_is_shown_and_no_command(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    stage.gateway.hold(KITCHEN, 83.0)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    assert stage.queues.get(KITCHEN).elapsed_time == pytest.approx(83, abs=1)
    assert stage.done("pause") == []
    assert stage.gateway.kinds(KITCHEN) == ["play"]


async def test_s_p5_pause_at_1_23_and_resume_there(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    stage.gateway.hold(KITCHEN, 83.0)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    assert await stage.asked(KITCHEN, "resume") is None
    assert stage.gateway.kinds(KITCHEN) == ["play", "resume"]
    assert stage.player(KITCHEN).position_now() == pytest.approx(83, abs=1)
    # The server stops what was paused for half a minute; it then plays from there anew.
    stage.gateway.hold(KITCHEN, 83.0)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    await stage.queues.stop_paused(KITCHEN)
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.IDLE)
    assert await stage.asked(KITCHEN, "resume") is None
    await stage.shows(KITCHEN, TRACKS[0])
    assert stage.done("play_index")[-1][3] == pytest.approx(83, abs=1)
    assert stage.kind.memory.items[KITCHEN].duration == pytest.approx(97, abs=1)
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: 82 <= seen <= 85)


async def test_s_p5_resume_after_a_restart(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    await stage.house.mass.players.cmd_seek(KITCHEN, 60)
    stage.gateway.hold(KITCHEN, 23.0)
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: seen >= 82)
    await stage.restart()
    await stage.shows(KITCHEN, TRACKS[0])
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: 82 <= seen <= 84)
    await stage.follows(KITCHEN, TRACKS[1])
    # The Echo wants the rest of the item, whose address nobody knows any more.
    held = stage.kind.memory.items[KITCHEN].id
    number = stage.gateway.ask(KITCHEN, "source", item=held)
    await until(lambda: number in stage.gateway.provided)
    item = stage.gateway.provided[number]
    assert item is not None
    assert item.id == held
    assert stage.house.mass.streams.serve(item.url)
    await stage.house.mass.players.cmd_play(KITCHEN)
    assert stage.gateway.kinds(KITCHEN) == ["resume"]
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: 82 <= seen <= 85)


async def test_what_plays_outlives_a_restart(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    await stage.restart()
    assert stage.kind.started[-2].closed
    assert stage.gateway.kinds(KITCHEN) == []
    player = stage.player(KITCHEN)
    await until(lambda: player.state.playback_state == PlaybackState.PLAYING)
    await stage.shows(KITCHEN, TRACKS[0])
    await stage.follows(KITCHEN, TRACKS[1])
    stage.gateway.advance(KITCHEN)
    await stage.shows(KITCHEN, TRACKS[1])
    assert stage.gateway.kinds(KITCHEN) == [], "it was never told anything"


async def test_s_p6_twenty_commands_and_the_music_goes_on(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    player = stage.player(KITCHEN)
    players = stage.house.mass.players
    await asyncio.gather(
        *(players.cmd_volume_set(KITCHEN, level) for level in range(30, 46)),
        *(players.cmd_volume_mute(KITCHEN, muted) for muted in (True, False, True, False)),
        return_exceptions=True,
    )
    assert player.state.playback_state == PlaybackState.PLAYING
    assert stage.gateway.kinds(KITCHEN) == ["play"]
    assert stage.queues.get(KITCHEN).current_item.name == TRACKS[0]


async def test_s_s5_the_title_is_that_of_what_is_heard(stage: Concert) -> None:
    tracks = [f"Track {number}" for number in range(10)]
    ids = await stage.play(KITCHEN, tracks)
    for at in range(1, 10):
        skip = at in (2, 3, 4)
        if skip:
            assert await stage.asked(KITCHEN, "next") is None
        else:
            await stage.follows(KITCHEN, tracks[at])
            stage.gateway.advance(KITCHEN)
        await stage.shows(KITCHEN, tracks[at])
        heard = stage.kind.memory.stages[KITCHEN].item
        assert heard is not None
        assert heard.startswith(ids[at])
        assert stage.player(KITCHEN)._attr_current_media.queue_item_id == ids[at]
    assert await stage.asked(KITCHEN, "next") == "There is nothing more in the queue."


async def test_seek_plays_from_there(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    await stage.house.mass.players.cmd_seek(KITCHEN, 120)
    assert stage.kind.memory.items[KITCHEN].duration == 60.0
    assert stage.gateway.kinds(KITCHEN) == ["play", "play"]
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: 120 <= seen < 123)
    await stage.follows(KITCHEN, TRACKS[1])


async def test_start_over_shuffle_and_repeat_belong_to_the_queue(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    await stage.house.mass.players.cmd_seek(KITCHEN, 120)
    assert await stage.asked(KITCHEN, "start_over") is None
    assert stage.done("play_index")[-1][2:] == (0, 0)
    for on in (True, False):
        assert await stage.asked(KITCHEN, "shuffle", on) is None
        assert await stage.asked(KITCHEN, "repeat", on) is None
        assert stage.queues.get(KITCHEN).shuffle_enabled is on
    assert [call[2] for call in stage.done("repeat")] == ["all", "off"]
    assert await stage.asked(KITCHEN, "stop") is None
    await until(lambda: stage.player(KITCHEN).state.playback_state == PlaybackState.IDLE)
    assert await stage.asked(KITCHEN, "sing") is not None


async def test_resume_by_voice_begins_what_the_queue_holds(stage: Concert) -> None:
    problem = await stage.asked(KITCHEN, "resume")
    assert problem is not None
    assert "is empty" in problem
    stage.queues.fill(KITCHEN, TRACKS)
    assert await stage.asked(KITCHEN, "resume") is None
    await stage.shows(KITCHEN, TRACKS[0])
    assert await stage.asked("G0911W0000009999", "resume") is not None


async def test_what_no_longer_follows_is_taken_back(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS[:2])
    await stage.follows(KITCHEN, TRACKS[1])
    stage.queues.update_items(KITCHEN, stage.queues.items(KITCHEN)[:1])
    await stage.follows(KITCHEN, None)


async def test_what_fails_is_said_and_taken_back(stage: Concert) -> None:
    stage.queues.fill(KITCHEN, TRACKS)
    stage.kind.refusal = alexa_errors.AlexaTimeout(
        "launch-unanswered", "The Echo did not open the skill.", "Use *Check streaming*."
    )
    with pytest.raises(PlayerCommandFailed, match="did not open the skill"):
        await stage.queues.play_index(KITCHEN, 0)
    assert stage.player(KITCHEN).state.playback_state == PlaybackState.IDLE


async def test_an_echo_that_gives_up_says_why(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    stage.gateway.fail(KITCHEN, "The Echo could not reach the public address.")
    player = stage.player(KITCHEN)
    await until(lambda: player.state.playback_state == PlaybackState.IDLE)
    because = player.state.extra_attributes["stopped_because"]
    assert because == "The Echo could not reach the public address."


async def test_what_alexa_plays_by_itself_is_shown_again(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    stage.gateway.hold(KITCHEN)
    player = stage.player(KITCHEN)
    await until(lambda: player.state.playback_state == PlaybackState.PAUSED)
    stage.house.amazon.play(KITCHEN)
    await until(lambda: player.state.active_source, lambda seen: seen.startswith("alexa"))
    assert player.state.playback_state == PlaybackState.PLAYING
    await stage.house.mass.players.cmd_pause(KITCHEN)
    assert stage.gateway.kinds(KITCHEN) == ["play"], "that goes to Alexa"
    await stage.house.device(KITCHEN, lambda device: device["playing"] == "PAUSED")


async def test_news_of_what_has_ended_are_not_taken_for_more(
    stage: Concert, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the title that Alexa will name.
    await stage.play(KITCHEN, ["Blue in Green"])
    await stage.house.mass.players.cmd_stop(KITCHEN)
    player = stage.player(KITCHEN)
    stage.house.amazon.play(KITCHEN)
    known = stage.house.provider(stage.instance).states
    await until(lambda: known.of(KITCHEN).playback, lambda seen: seen == "playing")
    player.show()
    assert player.state.playback_state == PlaybackState.IDLE
    monkeypatch.setattr(stage.house.part("streaming"), "AFTERGLOW_SECONDS", -60.0)
    player.show()
    assert player.state.playback_state == PlaybackState.PLAYING, "somebody wants to hear it again"


async def test_announcements_go_over_what_plays_from_here(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    players = stage.house.mass.players
    await players.play_announcement(KITCHEN, "http://192.168.1.9/bell.mp3", 40)
    announced = [call for call in stage.gateway.calls if call[0] == "announce"]
    assert len(announced) == 1
    assert announced[0][2].endswith(f"/announcement/{KITCHEN}.mp3")
    volume = stage.house.amazon.device(KITCHEN)["volume"]
    await until(lambda: stage.player(KITCHEN).state.volume_level, lambda seen: seen == volume)
    sent = [one["body"] for one in stage.house.amazon.journal()]
    assert sum("Volume" in body for body in sent) >= 2, "louder, and back"
    # What Alexa plays by itself would not go on after that.
    stage.house.amazon.play(BEDROOM)
    bedroom = stage.player(BEDROOM)
    await until(lambda: bedroom.state.playback_state == PlaybackState.PLAYING)
    with pytest.raises(PlayerCommandFailed, match="begins with https"):
        await players.play_announcement(BEDROOM, "http://192.168.1.9/bell.mp3")


async def test_a_group_says_what_cannot_be_kept_in_time(stage: Concert) -> None:
    groups = [one for one in stage.house.players().values() if one.type.value == "group"]
    assert groups
    stage.queues.fill(groups[0].player_id, TRACKS)
    with pytest.raises(PlayerCommandFailed, match="do not stay in time with each other"):
        await stage.queues.play_index(groups[0].player_id, 0)


async def test_news_of_many_stages_hold_nobody_up(stage: Concert) -> None:
    await stage.play(KITCHEN, TRACKS)
    before = len(stage.house.mass.events)
    begun = time.monotonic()
    for at in range(100):
        stage.gateway.hold(KITCHEN, float(at))
    await until(lambda: stage.queues.get(KITCHEN).elapsed_time, lambda seen: seen == 99)
    assert time.monotonic() - begun < 2
    events = stage.house.mass.events[before:]
    assert [one for one in events if one.event == EventType.QUEUE_ADDED] == []
