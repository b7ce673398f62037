"""
Providers that come and go while something of theirs is under way.
"""

import asyncio
import logging
from typing import Any

import pytest
from house import House, until, values_of
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants, library_log
from music_assistant.models.player import Player
from world import KITCHEN


class SlowRegistration:
    """
    A server that takes long over the first player it is given from now on, before it lists it.
    """

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.calls = 0
        self._register = house.mass.players.register
        monkeypatch.setattr(house.mass.players, "register", self.register)

    async def register(self, player: Player) -> None:
        self.calls += 1
        if not self.begun.is_set():
            self.begun.set()
            await self.go.wait()
        await self._register(player)


async def unregister_all(house: House) -> None:
    for player_id in house.players():
        await house.mass.players.unregister(player_id)


async def test_a_reload_during_registration_gives_all_players_to_the_new_provider(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = house.provider(instance)
    all_players = set(house.players())
    await unregister_all(house)
    server = SlowRegistration(house, monkeypatch)
    discovering = asyncio.create_task(old.discover_players())
    await server.begun.wait()
    reloading = asyncio.create_task(house.mass.config.reload_provider(instance))
    await until(lambda: bool(old.dropped))
    server.go.set()
    await asyncio.gather(discovering, reloading)
    new = house.provider(instance)
    assert new is not old
    assert set(house.players()) == all_players
    assert all(player.provider is new for player in house.players().values())


async def test_unloading_in_the_middle_of_a_registration_leaves_no_player(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = house.provider(instance)
    await unregister_all(house)
    server = SlowRegistration(house, monkeypatch)
    discovering = asyncio.create_task(provider.discover_players())
    await server.begun.wait()
    unloading = asyncio.create_task(house.mass.unload_provider(instance))
    await until(lambda: bool(provider.dropped))
    assert not unloading.done(), "it waits for the registration to end"
    server.go.set()
    await asyncio.gather(discovering, unloading)
    assert server.calls == 1, "the others are not begun any more"
    assert house.players() == {}
    await provider.discover_players()
    assert house.players() == {}


async def test_a_player_of_a_provider_that_is_no_more_is_taken_over(
    house: House, instance: str
) -> None:
    left = house.player(KITCHEN)
    await house.mass.unload_provider(instance)
    await house.mass.players.register(left)
    await house.mass.load_provider(instance)
    assert house.player(KITCHEN) is not left
    assert house.player(KITCHEN).provider is house.provider(instance)


async def test_a_save_that_cannot_be_loaded_is_said_and_tried_again(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> Any:
        raise alexa_errors.NetworkError("unreachable", "Amazon cannot be reached.", "Wait.")

    account = type(house.provider(instance).account)
    working = account.devices
    monkeypatch.setattr(house.part("compat"), "RELOAD_SECONDS", 0)
    monkeypatch.setattr(account, "devices", down)
    values = house.mass.config.get(f"providers/{instance}/values")
    await house.save({**values, constants.KEY_SITE: "amazon.com"}, instance)
    said = await until(lambda: house.last_error(instance))
    assert said == "Amazon cannot be reached. Wait."
    await until(lambda: f"load_provider_{instance}" in house.mass.pending)
    assert house.provider(instance) is None

    monkeypatch.setattr(account, "devices", working)
    form = await house.form(constants.KEY_TEST, values, instance)
    status = str(form[constants.KEY_STATUS].label)
    assert status.startswith("Tested just now. Connected to")
    assert status.endswith("The provider is being started.")
    await until(lambda: house.provider(instance) is not None)


async def test_the_text_of_an_error_is_no_wish_to_remove(house: House, instance: str) -> None:
    provider = house.provider(instance)
    await provider.unload("The provider stopped.")
    assert len(house.amazon.registered) == 1
    assert [path.name for path in house.folders()] == [house.account(instance)]


async def test_the_library_logs_what_the_most_curious_instance_wants(
    house: House, instance: str
) -> None:
    library = logging.getLogger("mass_alexa")
    values = house.mass.config.get(f"providers/{instance}/values")
    await house.save({**values, "log_level": "ERROR"}, instance)
    form = await house.sign_in()
    second = await house.save({**values_of(form), "log_level": "DEBUG"})
    assert library.level == logging.DEBUG
    await house.mass.config.reload_provider(instance)
    assert library.level == logging.DEBUG
    await house.mass.unload_provider(second)
    assert library.level == logging.ERROR
    await house.mass.unload_provider(instance)
    assert library.level == logging.NOTSET
    assert library_log.LIBRARY is library


async def test_what_fails_to_load_sets_no_log_level(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> Any:
        raise alexa_errors.SignInRequiredError("session-ended", "It ended.", "Sign in again.")

    monkeypatch.setattr(type(house.provider(instance).account), "devices", refused)
    for _ in range(2):
        await house.mass.load_provider(instance)
        assert house.provider(instance) is None
        assert logging.getLogger("mass_alexa").level == logging.NOTSET
