"""
Speaker groups, which are made in the Alexa app, as the server models groups.
"""

from typing import Any

import pytest
from house import House, until
from music_assistant_models.enums import PlaybackState, PlayerType
from music_assistant_models.errors import UnsupportedFeaturedException
from music_assistant_models.player import PlayerMedia
from world import BEDROOM, KITCHEN, OTHER_BEDROOM, STUDIO

MEMBERS = (KITCHEN, BEDROOM, STUDIO)


def group_of(house: House) -> Any:
    return next(one for one in house.players().values() if one.state.name == "Everywhere")


async def test_s_g1_a_group_is_marked_and_refuses_in_words(house: House, instance: str) -> None:
    assert instance
    group = group_of(house)
    assert group.state.type == PlayerType.GROUP
    await until(lambda: set(group.state.group_members) == set(MEMBERS))
    assert set(group.state.static_group_members) == set(MEMBERS)
    assert group.state.synced_to is None
    with pytest.raises(UnsupportedFeaturedException, match="plays music of Music Assistant once"):
        await group.play_media(PlayerMedia(uri="library://track/1", title="So"))
    with pytest.raises(UnsupportedFeaturedException, match="in the Alexa app"):
        await group.set_members(player_ids_to_remove=[KITCHEN])


@pytest.mark.parametrize("shape", ["listed", "paused"])
async def test_s_g2_a_group_that_plays_shows_at_all_its_members(
    house: House, instance: str, shape: str
) -> None:
    assert instance
    house.amazon.knobs(member_state=shape)
    await house.live(KITCHEN)
    group = group_of(house)
    house.amazon.play(group.player_id)
    for player in (group, *(house.player(serial) for serial in MEMBERS)):
        await until(lambda player=player: player.state.playback_state == PlaybackState.PLAYING)  # type: ignore[misc]
        await until(lambda player=player: player.state.current_media is not None)  # type: ignore[misc]
        assert player.state.current_media.title == "Blue in Green"
        assert player.state.active_source == "alexa_amazon_music"
    for serial in MEMBERS:
        await until(lambda serial=serial: house.player(serial).state.active_group)  # type: ignore[misc]
        assert house.player(serial).state.active_group == group.player_id
        assert house.player(serial).state.extra_attributes["plays_in"] == group.player_id
    other = house.player(OTHER_BEDROOM).state
    assert (other.playback_state, other.active_group) == (PlaybackState.IDLE, None)

    await house.mass.players.cmd_volume_set(BEDROOM, 66)
    await house.device(BEDROOM, lambda device: device["volume"] == 66)
    assert house.amazon.device(KITCHEN)["volume"] != 66, "the volume of a member is its own"

    await house.mass.players.cmd_pause(KITCHEN)
    await until(lambda: group.state.playback_state == PlaybackState.PAUSED)
    await until(lambda: house.player(STUDIO).state.playback_state != PlaybackState.PLAYING)


async def test_a_member_that_plays_something_else_is_on_its_own(
    house: House, instance: str
) -> None:
    assert instance
    await house.live(KITCHEN)
    group = group_of(house)
    house.amazon.play(KITCHEN)
    await until(lambda: house.player(KITCHEN).state.current_media is not None)
    await until(lambda: set(group.state.group_members) == {BEDROOM, STUDIO})
    assert set(group.state.static_group_members) == set(MEMBERS)
    await house.mass.players.cmd_stop(KITCHEN)
    await until(lambda: set(group.state.group_members) == set(MEMBERS))


async def test_the_volume_of_a_group_moves_each_member_once(house: House, instance: str) -> None:
    assert instance
    await house.live(KITCHEN)
    group = group_of(house)
    levels = {KITCHEN: 30, BEDROOM: 40, STUDIO: 50}
    for serial, level in levels.items():
        house.amazon.patch(serial, volume=level)
    await until(lambda: group.state.group_volume == 40)
    await until(lambda: group.state.volume_level == 40)
    await house.mass.players.cmd_volume_set(group.player_id, 55)
    for serial, level in levels.items():
        await house.device(serial, lambda device, level=level: device["volume"] == level + 15)  # type: ignore[misc]
    assert house.amazon.device(OTHER_BEDROOM)["volume"] == 28
    await until(lambda: group.state.group_volume == 55)


async def test_a_group_is_silenced_as_one(house: House, instance: str) -> None:
    assert instance
    await house.live(KITCHEN)
    group = group_of(house)
    await house.mass.players.cmd_volume_mute(group.player_id, muted=True)
    for serial in MEMBERS:
        await house.device(serial, lambda device: device["muted"] or device["volume"] == 0)
    await until(lambda: house.player(STUDIO).state.volume_muted is True)


async def test_a_group_with_other_members_is_shown_so(house: House, instance: str) -> None:
    group = group_of(house)
    house.amazon.patch(group.player_id, members=[KITCHEN, OTHER_BEDROOM])
    await house.refresh(instance)
    await until(lambda: set(group.state.group_members) == {KITCHEN, OTHER_BEDROOM})
    assert set(group.state.static_group_members) == {KITCHEN, OTHER_BEDROOM}
