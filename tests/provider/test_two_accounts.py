"""
Two accounts of one family, which list some of the same devices.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from house import House, until, values_of
from mass_alexa.provider import constants
from world import KITCHEN, STUDIO, Amazon

DEN = "G0911W0000000021"


@contextmanager
def reaching(house: House, amazon: Amazon) -> Iterator[None]:
    """
    Have what signs in or loads meanwhile reach this account.
    """
    before, house.amazon = house.amazon, amazon
    try:
        yield
    finally:
        house.amazon = before


async def added(house: House, amazon: Amazon) -> str:
    """
    Sign in to an account and save; its instance id.
    """
    with reaching(house, amazon):
        form = await house.sign_in()
        return await house.save(values_of(form))


def players_of(house: House, instance: str) -> set[str]:
    return {
        player_id
        for player_id, player in house.players().items()
        if player.provider.instance_id == instance
    }


@pytest.fixture
def quick(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.part("provider"), "TAKE_OVER_SECONDS", 0.0)
    monkeypatch.setattr(house.part("owners"), "OWNER_SECONDS", 0.0)


async def test_s_d5_shared_devices_are_one_player_each_and_outlive_either_account(
    house: House, instance: str, relative: Amazon
) -> None:
    first = players_of(house, instance)
    second_instance = await added(house, relative)
    second = house.provider(second_instance)
    shared = {one.serial for one in second.roster.devices if one.is_player} & first
    assert len(shared) == 3
    assert players_of(house, second_instance) == {DEN}
    assert players_of(house, instance) == first
    for serial in shared:
        assert house.mass.config.get(f"players/{serial}/provider") == instance
    house.mass.config.set(f"players/{KITCHEN}/values/icon", "mdi-pot")

    await house.mass.config.remove_provider_config(instance)
    assert house.provider(second_instance) is second
    await until(lambda: players_of(house, second_instance) == {DEN, *shared})
    assert set(house.players()) == {DEN, *shared}
    for serial in shared:
        assert house.mass.config.get(f"players/{serial}/provider") == second_instance
    player = await house.live(KITCHEN)
    relative.patch(KITCHEN, volume=52)
    await until(lambda: player.state.volume_level == 52)
    await house.mass.players.cmd_volume_set(KITCHEN, 14)
    relative.device_when(KITCHEN, lambda device: device["volume"] == 14)


async def test_s_d5_the_first_account_does_not_notice_that_the_second_goes(
    house: House, instance: str, relative: Amazon
) -> None:
    before = house.players()
    second = await added(house, relative)
    await house.mass.config.remove_provider_config(second)
    assert house.players() == before
    assert len(house.folders()) == 1
    await house.mass.players.cmd_volume_set(KITCHEN, 12)
    await house.device(KITCHEN, lambda device: device["volume"] == 12)
    assert players_of(house, instance) == set(before)


async def test_s_d5_a_reload_does_not_change_hands(
    house: House, instance: str, relative: Amazon
) -> None:
    second = await added(house, relative)
    before = players_of(house, instance)
    await house.mass.config.reload_provider(instance)
    assert players_of(house, instance) == before
    await house.mass.unload_provider(instance)
    with reaching(house, relative):
        await house.mass.config.reload_provider(second)
    assert players_of(house, second) == {DEN}, "they are left to the one that had them before"
    await house.mass.load_provider(instance)
    assert players_of(house, instance) == before


@pytest.mark.usefixtures("quick")
async def test_s_d5_what_a_disabled_account_leaves_is_taken_over(
    house: House, instance: str, relative: Amazon
) -> None:
    second = await added(house, relative)
    house.mass.config.set(f"providers/{instance}/enabled", False)
    await house.mass.unload_provider(instance)
    await until(lambda: {KITCHEN, DEN} < players_of(house, second))
    taken = players_of(house, second)
    house.mass.config.set(f"providers/{instance}/enabled", True)
    await house.mass.load_provider(instance)
    assert players_of(house, second) == taken
    assert STUDIO in house.players()
    assert not players_of(house, instance) & taken


async def test_a_second_sign_in_to_the_same_account_brings_no_second_players(
    house: House, instance: str
) -> None:
    form = await house.sign_in()
    second = await house.save(values_of(form))
    assert second != instance
    storage = Path(house.mass.storage_path) / ".mass_alexa"
    assert len(list(storage.iterdir())) == 2
    assert players_of(house, second) == set()
    status = str(
        (await house.form(values=values_of(form), instance_id=second))[constants.KEY_STATUS].label
    )
    assert status.startswith("Connected to amazon.de as ")
    await house.mass.config.remove_provider_config(second)
    assert len(list(storage.iterdir())) == 1
