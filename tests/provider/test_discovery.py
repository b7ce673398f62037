"""
Which devices become players, and what becomes of the players when the devices change.
"""

from typing import Any

import pytest
from house import House, until, values_of
from music_assistant_models.enums import PlaybackState
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, STUDIO

ATTIC = "G0911W0000000008"
PLAYERS = {KITCHEN, BEDROOM, OTHER_BEDROOM, STUDIO, GARAGE, ATTIC}
OPTIONAL = (
    "/api/devices/deviceType/dsn/audio",
    "/api/np",
    "/api/dnd",
    "/api/endpoints",
    "/api/device-preferences",
    "/api/customer-status",
    "/api/welcome",
    "/nexus",
)
ANSWERS: dict[str, dict[str, Any]] = {
    "null": {"kind": "body", "body": "null"},
    "object": {"kind": "body", "body": "{}"},
    "list": {"kind": "body", "body": "[]"},
    "page": {"kind": "html"},
    "failure": {"kind": "status", "status": 500},
}


def echo(house: House, serial: str, name: str, **more: object) -> None:
    """
    Add a device to the household.
    """
    seed = {"serial": serial, "type": "A3RMGO6LYLH7YN", "family": "ECHO", "name": name, **more}
    house.amazon.control("POST", "/control/devices", seed)


@pytest.mark.parametrize("answer", ANSWERS)
async def test_s_d1_odd_answers_beside_the_list_still_give_all_players(
    house: House, answer: str
) -> None:
    form = await house.sign_in()
    for path in OPTIONAL:
        house.amazon.fault(path_prefix=path, **ANSWERS[answer])
    await house.save(values_of(form))
    assert set(house.players()) >= PLAYERS
    house.amazon.control("DELETE", "/control/faults")
    await house.mass.players.cmd_volume_set(KITCHEN, 21)
    await house.device(KITCHEN, lambda device: device["volume"] == 21)


async def test_s_d2_a_rename_keeps_the_player_and_what_it_plays(
    house: House, instance: str
) -> None:
    player = await house.live(KITCHEN)
    house.amazon.play(KITCHEN)
    await until(lambda: player.state.current_media is not None)
    house.mass.config.set(f"players/{KITCHEN}/values", {"icon": "mdi-pot"})
    house.amazon.patch(KITCHEN, name="Cookhouse")
    await house.refresh(instance)
    await until(lambda: player.state.name == "Cookhouse")
    assert house.player(KITCHEN) is player
    assert player.state.playback_state == PlaybackState.PLAYING
    assert player.state.current_media
    assert house.mass.config.get(f"players/{KITCHEN}/values/icon") == "mdi-pot"
    assert len([one for one in house.players().values() if "ook" in one.state.name]) == 1


async def test_s_d3_two_echos_of_one_name_are_two_players(house: House, instance: str) -> None:
    assert instance
    players = house.players()
    assert players[BEDROOM].state.name == players[OTHER_BEDROOM].state.name == "Bedroom"
    other = house.amazon.device(OTHER_BEDROOM)["volume"]
    await house.mass.players.cmd_volume_set(BEDROOM, 77)
    await house.device(BEDROOM, lambda device: device["volume"] == 77)
    assert house.amazon.device(OTHER_BEDROOM)["volume"] == other


async def test_s_d6_a_model_of_yesterday_is_a_player(house: House, instance: str) -> None:
    assert instance
    echo(house, "G0911W0000000077", "Annex", type="AZZUNHEARDOF002", family="NEWFAMILY")
    await house.refresh(instance)
    for serial in (ATTIC, "G0911W0000000077"):
        await house.live(serial)
        await house.mass.players.cmd_volume_set(serial, 17)
        await house.device(serial, lambda device: device["volume"] == 17)


async def test_s_d7_what_cannot_play_is_listed_with_the_reason(house: House, instance: str) -> None:
    provider = house.provider(instance)
    assert len(provider.roster.devices) >= 12
    others = [device for device in provider.roster.devices if not device.is_player]
    assert {device.kind for device in others} == {"app", "fire_tv"}
    for device in others:
        assert device.serial not in house.players()
        assert device.reason
        assert device.reason.endswith(".")
    assert len(house.players()) == len(provider.roster.devices) - len(others)


async def test_s_d8_devices_come_go_and_return(house: House, instance: str) -> None:
    kitchen = await house.live(KITCHEN)
    loft = "G0911W0000000042"
    echo(house, loft, "Loft")
    house.amazon.control("DELETE", f"/control/devices/{BEDROOM}")
    await house.refresh(instance)
    await until(lambda: loft in house.players() and BEDROOM not in house.players())
    assert house.player(KITCHEN) is kitchen
    assert house.mass.config.get(f"players/{BEDROOM}"), "its settings wait for it"
    echo(house, BEDROOM, "Bedroom", type="A4ZXE0RM7LQ7A")
    await house.refresh(instance)
    await until(lambda: BEDROOM in house.players())
    assert house.player(BEDROOM).state.available


async def test_s_d8_who_goes_offline_is_unavailable_with_the_reason(
    house: House, instance: str
) -> None:
    assert instance
    player = await house.live(KITCHEN)
    assert player.state.available
    house.amazon.patch(KITCHEN, online=False)
    await until(lambda: not player.state.available)
    assert player.state.extra_attributes["unavailable_because"] == "Kitchen is offline."
    assert [source.name for source in player.state.source_list] == ["Kitchen is offline."]
    house.amazon.patch(KITCHEN, online=True)
    await until(lambda: player.state.available)
    assert "unavailable_because" not in player.state.extra_attributes
    assert [source.name for source in player.state.source_list] == ["Alexa"]


async def test_s_g5_a_group_made_anew_is_one_entry(house: House, instance: str) -> None:
    (old,) = (one for one in house.players().values() if one.state.name == "Everywhere")
    anew = house.amazon.control("POST", f"/control/devices/{old.player_id}/recreate")["serial"]
    await house.refresh(instance)
    await until(lambda: old.player_id not in house.players() and anew in house.players())
    named = [one.player_id for one in house.players().values() if one.state.name == "Everywhere"]
    assert named == [anew]
    assert house.mass.config.get(f"players/{old.player_id}") is None, "not in the settings either"
    house.amazon.patch(anew, name="All over")
    await house.refresh(instance)
    await until(lambda: house.player(anew).state.name == "All over")
