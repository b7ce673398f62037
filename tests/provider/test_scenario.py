"""
The provider from the first form to its removal, each command read back from the simulated devices.
"""

import logging
from pathlib import Path

import pytest
from house import House, until, values_of
from mass_alexa.provider import constants
from music_assistant_models.enums import PlaybackState, PlayerFeature, PlayerType
from music_assistant_models.errors import (
    LoginFailed,
    PlayerCommandFailed,
    PlayerUnavailableError,
    SetupFailedError,
    UnsupportedFeaturedException,
)
from music_assistant_models.player import PlayerMedia
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, STUDIO, Amazon

PLAYERS = {KITCHEN, BEDROOM, OTHER_BEDROOM, STUDIO, GARAGE, "G0911W0000000008"}


def storage(house: House) -> Path:
    return Path(house.mass.storage_path) / ".mass_alexa"


async def test_sign_in_and_save_brings_the_players(house: House) -> None:
    empty = await house.form(values={"session_id": "s"})
    assert empty[constants.KEY_STATUS].label == "Not signed in to Amazon yet."
    assert constants.KEY_TEST not in empty

    form = await house.sign_in()
    status = str(form[constants.KEY_STATUS].label)
    assert status.startswith("Signed in to amazon.de as ")
    assert status.endswith("Now press Save to get your Echo devices.")
    reference = str(form[constants.KEY_ACCOUNT].value)
    folder = storage(house) / reference
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert (folder / "session.sealed").stat().st_mode & 0o777 == 0o600

    instance_id = await house.save(values_of(form))
    assert house.provider(instance_id).available
    assert set(house.players()) >= PLAYERS
    saved = await house.form(
        values=house.mass.config.get(f"providers/{instance_id}/values"), instance_id=instance_id
    )
    assert str(saved[constants.KEY_STATUS].label).startswith("Connected to amazon.de as ")


async def test_players_are_what_amazon_lists(house: House, instance: str) -> None:
    players = house.players()
    assert players[KITCHEN].state.name == "Kitchen"
    assert players[BEDROOM].state.name == players[OTHER_BEDROOM].state.name == "Bedroom"
    assert not players[GARAGE].state.available
    assert players[KITCHEN].state.available
    assert players[KITCHEN].supported_features == {
        PlayerFeature.VOLUME_SET,
        PlayerFeature.VOLUME_MUTE,
        PlayerFeature.PAUSE,
        PlayerFeature.NEXT_PREVIOUS,
        PlayerFeature.SEEK,
        PlayerFeature.PLAY_ANNOUNCEMENT,
    }
    assert players["G0911W0000000008"].state.name == "Attic", "an unknown model is a player"
    types = {player.state.type for player in players.values()}
    assert types == {PlayerType.PLAYER, PlayerType.STEREO_PAIR, PlayerType.GROUP}
    hidden = {player.state.name for player in players.values() if player.hidden_by_default}
    assert hidden == {"Left", "Right"}, "the halves of the pair"
    await until(lambda: players[KITCHEN].state.volume_level, lambda level: level == 35)
    assert house.provider(instance).manifest.multi_instance


async def test_every_command_reaches_the_device(house: House, instance: str) -> None:
    assert instance
    commands = house.mass.players
    house.amazon.play(KITCHEN)
    await until(
        lambda: house.player(KITCHEN).state.playback_state,
        lambda state: state == PlaybackState.PLAYING,
    )
    media = house.player(KITCHEN).state.current_media
    assert media is not None
    assert (media.title, media.artist, media.album) == (
        "Blue in Green",
        "Miles Davis",
        "Kind of Blue",
    )

    await commands.cmd_pause(KITCHEN)
    assert house.player(KITCHEN).state.playback_state == PlaybackState.PAUSED
    await house.device(KITCHEN, lambda device: device["playing"] == "PAUSED")
    await commands.cmd_play(KITCHEN)
    await house.device(KITCHEN, lambda device: device["playing"] == "PLAYING")

    await commands.cmd_volume_set(KITCHEN, 62)
    assert house.player(KITCHEN).state.volume_level == 62
    await house.device(KITCHEN, lambda device: device["volume"] == 62)
    await commands.cmd_volume_mute(KITCHEN, muted=True)
    assert house.player(KITCHEN).state.volume_muted
    await house.device(KITCHEN, lambda device: device["muted"] or device["volume"] == 0)
    await commands.cmd_volume_set(KITCHEN, 40)
    await house.device(KITCHEN, lambda device: device["volume"] == 40 and not device["muted"])

    before = len(house.amazon.journal())
    await commands.cmd_next_track(KITCHEN)
    await commands.cmd_previous_track(KITCHEN)
    sent = [entry["body"] for entry in house.amazon.journal()[before:]]
    assert any("NextCommand" in body for body in sent)
    assert any("PreviousCommand" in body for body in sent)

    await commands.cmd_stop(KITCHEN)
    assert house.player(KITCHEN).state.playback_state == PlaybackState.IDLE
    await house.device(KITCHEN, lambda device: device["playing"] != "PLAYING")


async def test_one_device_is_commanded_and_no_other(house: House, instance: str) -> None:
    assert instance
    other = house.amazon.device(OTHER_BEDROOM)["volume"]
    await house.mass.players.cmd_volume_set(BEDROOM, 77)
    await house.device(BEDROOM, lambda device: device["volume"] == 77)
    assert house.amazon.device(OTHER_BEDROOM)["volume"] == other


async def test_music_of_the_server_is_refused_in_words(house: House, instance: str) -> None:
    assert instance
    with pytest.raises(
        UnsupportedFeaturedException, match="Kitchen plays music of Music Assistant once"
    ):
        await house.player(KITCHEN).play_media(PlayerMedia(uri="library://track/1", title="So"))
    assert PlayerFeature.PLAY_MEDIA not in house.player(KITCHEN).supported_features


async def test_play_without_anything_loaded_is_answered_by_amazon(
    house: House, instance: str
) -> None:
    assert instance
    with pytest.raises(PlayerCommandFailed) as caught:
        await house.mass.players.cmd_play(KITCHEN)
    assert "queue" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert house.player(KITCHEN).state.playback_state == PlaybackState.IDLE


async def test_an_offline_device_is_named(house: House, instance: str) -> None:
    assert instance
    with pytest.raises(PlayerUnavailableError):
        await house.mass.players.cmd_volume_set(GARAGE, 10)


async def test_reload_keeps_the_session(house: House, instance: str) -> None:
    before = house.amazon.counters
    await house.mass.config.reload_provider(instance)
    assert set(house.players()) >= PLAYERS
    after = house.amazon.counters
    assert after["registrations"] == before["registrations"]
    assert after["password_posts"] == before["password_posts"]


async def test_the_log_level_of_the_provider_is_that_of_its_library(
    house: House, instance: str
) -> None:
    library = logging.getLogger("mass_alexa")
    before = library.level
    values = house.mass.config.get(f"providers/{instance}/values")
    provider = house.provider(instance)
    try:
        await house.save({**values, "log_level": "ERROR"}, instance)
        assert library.level == logging.ERROR
        assert house.provider(instance) is provider, "no reload for a log level"
    finally:
        library.setLevel(before)


async def test_unload_leaves_nothing_behind(house: House, instance: str) -> None:
    await house.mass.players.poll_all()
    await house.mass.unload_provider(instance)
    assert not house.players()
    left = [key for key in house.mass.pending if instance in key]
    assert left == []
    assert len(house.amazon.registered) == 1, "unloading is no sign-out"


async def test_removal_signs_out(house: House, instance: str) -> None:
    assert len(house.amazon.registered) == 1
    assert any(storage(house).iterdir())
    await house.mass.config.remove_provider_config(instance)
    assert house.amazon.registered == []
    assert list(storage(house).iterdir()) == []


async def test_saving_is_refused_with_the_reason(house: House, amazon: Amazon) -> None:
    with pytest.raises(LoginFailed, match="You have not signed in to Amazon yet"):
        await house.save({constants.KEY_CONSENT: True, constants.KEY_SITE: "amazon.de"})
    form = await house.sign_in()
    with pytest.raises(SetupFailedError, match="accept the risk"):
        await house.save({**values_of(form), constants.KEY_CONSENT: False})
    unknown = {**values_of(form), constants.KEY_ACCOUNT: "abcdefghijklmnop"}
    with pytest.raises(LoginFailed, match="sign in again"):
        await house.save(unknown)
    assert house.mass.config.get("providers") == {}
    instance_id = await house.save(values_of(form))
    with pytest.raises(SetupFailedError, match="Another provider uses this sign-in"):
        await house.save(values_of(form))
    assert house.provider(instance_id).available
    assert amazon.counters["registrations"] == 1
