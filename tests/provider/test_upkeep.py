"""
Accounts that nobody uses any more, and those that must not be taken for such.
"""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from house import House, until
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants, sentences
from music_assistant_models.errors import LoginFailed
from world import Amazon


@pytest.fixture
def upkeep(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """
    The upkeep that finds every unsaved account old enough, and has not looked yet.
    """
    part = house.part("upkeep")
    monkeypatch.setattr(part, "UNSAVED_SECONDS", -1.0)
    part._due.clear()
    return part


@pytest.fixture
async def idle(house: House, instance: str) -> str:
    """
    The provider, saved but not loaded.
    """
    await house.mass.unload_provider(instance)
    return instance


def store(house: House, instance_id: str) -> Path:
    path = house.part("accounts").folder(house.mass, house.account(instance_id))
    assert isinstance(path, Path)
    return path


async def press(house: House, action: str, instance_id: str) -> tuple[str, object]:
    values = house.mass.config.get(f"providers/{instance_id}/values")
    form = await house.form(action, values, instance_id)
    return str(form[constants.KEY_STATUS].label), form[constants.KEY_ACCOUNT].value


async def test_removed_while_it_is_not_loaded_it_is_signed_out_all_the_same(
    house: House, idle: str, upkeep: Any
) -> None:
    await house.mass.config.remove_provider_config(idle)
    assert len(house.amazon.registered) == 1, "the server tells nobody"
    assert upkeep.TIDY_SECONDS > 0
    await house.form()
    await until(lambda: house.folders() == [])
    assert house.amazon.registered == []


async def test_no_form_needs_to_be_opened_for_it(
    house: House, idle: str, upkeep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune, removed = upkeep.prune, []

    async def watched(mass: object) -> None:
        removed.append(await prune(mass))

    monkeypatch.setattr(upkeep, "prune", watched)
    monkeypatch.setattr(upkeep, "TIDY_SECONDS", -0.99)
    await house.form()
    await until(lambda: removed)
    await house.mass.config.remove_provider_config(idle)
    await until(lambda: house.folders() == [])
    assert house.amazon.registered == []


async def test_a_form_that_was_never_saved_keeps_its_sign_in_for_a_while(
    house: House, upkeep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.sign_in()
    monkeypatch.setattr(upkeep, "UNSAVED_SECONDS", 3600.0)
    assert await upkeep.prune(house.mass) == []
    monkeypatch.setattr(upkeep, "UNSAVED_SECONDS", -1.0)
    assert len(await upkeep.prune(house.mass)) == 1
    assert house.amazon.registered == []


async def test_a_loaded_account_is_in_use_whatever_is_saved(
    house: House, instance: str, upkeep: Any
) -> None:
    house.mass.config.set(f"providers/{instance}/values/{constants.KEY_ACCOUNT}", "a" * 16)
    assert await upkeep.prune(house.mass) == []
    assert len(house.amazon.registered) == 1


async def test_what_is_saved_while_another_account_ends_is_kept(
    house: House, upkeep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = house.part("accounts")
    both = ["a" * 16, "b" * 16]
    for reference in both:
        await accounts.prepare(house.mass, reference)

    async def discard(_: object, reference: str, *__: object) -> bool:
        (other,) = set(both) - {reference}
        raw = {"domain": constants.DOMAIN, "values": {constants.KEY_ACCOUNT: other}}
        house.mass.config.set("providers/new", raw)
        return True

    monkeypatch.setattr(accounts, "discard", discard)
    assert len(await upkeep.prune(house.mass)) == 1


async def test_what_cannot_be_opened_now_is_kept_for_later(
    house: House, idle: str, upkeep: Any
) -> None:
    reference = house.account(idle)
    key = store(house, idle) / "key"
    away = key.rename(Path(house.mass.storage_path) / "key")
    said, account = await press(house, constants.KEY_SIGN_OUT, idle)
    assert said.endswith(sentences.KEPT)
    assert account == reference
    house.mass.config.set("providers", {})
    assert await upkeep.prune(house.mass) == []
    assert [path.name for path in house.folders()] == [reference]
    assert len(house.amazon.registered) == 1

    away.rename(key)
    assert await upkeep.prune(house.mass) == [reference]
    assert house.amazon.registered == []


async def test_what_amazon_cannot_be_told_is_kept_for_later(
    house: House, idle: str, upkeep: Any, amazon: Amazon
) -> None:
    house.mass.config.set("providers", {})
    amazon.stop()
    assert await upkeep.prune(house.mass) == []
    assert [path.name for path in house.folders()] != [], idle


async def test_what_is_damaged_can_be_signed_out_of(house: House, idle: str) -> None:
    file = store(house, idle) / "session.sealed"
    file.write_bytes(file.read_bytes()[:-1])
    said, account = await press(house, constants.KEY_SIGN_OUT, idle)
    assert said.endswith(sentences.UNREADABLE)
    assert "remove the device yourself" in said
    assert account == ""
    assert house.folders() == []


async def test_a_sign_out_that_amazon_was_not_told_of_says_so(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = house.provider(instance)
    unload, told = house.mass.unload_provider_with_error, []

    async def counted(instance_id: str, error: str) -> None:
        told.append(error)
        await unload(instance_id, error)

    monkeypatch.setattr(house.mass, "unload_provider_with_error", counted)

    async def unreachable(_: object) -> None:
        # What a reading finds that is under way meanwhile.
        provider.note_failure(
            alexa_errors.SignInRequiredError("session-ended", "It ended.", "Sign in again.")
        )
        assert not [key for key in house.mass.pending if instance in key]
        raise alexa_errors.NetworkError("unreachable", "Amazon cannot be reached.", "Wait.")

    monkeypatch.setattr(type(provider.account), "sign_out", unreachable)
    said, account = await press(house, constants.KEY_SIGN_OUT, instance)
    assert said.startswith("Signed out on this server. Amazon could not be told")
    assert told == [house.last_error(instance)]
    assert told[0].startswith("Signed out on this server.")
    assert "no longer lists" not in said + house.last_error(instance)
    assert account == ""
    assert house.provider(instance) is None


async def test_files_that_cannot_be_deleted_are_named(
    house: House,
    instance: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = store(house, instance)
    accounts = house.part("accounts")

    def refuse(folder: Path, *, onexc: Any) -> None:
        onexc(None, str(folder), PermissionError(13, "Permission denied", str(folder)))

    monkeypatch.setattr(accounts, "shutil", SimpleNamespace(rmtree=refuse))
    with caplog.at_level(logging.WARNING):
        said, _ = await press(house, constants.KEY_SIGN_OUT, instance)
    assert said.startswith("Signed out. Amazon no longer lists this server. ")
    assert sentences.NOT_DELETED in said
    assert "deleted here" not in said.replace(sentences.NOT_DELETED, "")
    assert f"The sign-in in {path} could not be deleted" in caplog.text


async def test_a_deleted_account_is_no_longer_counted(house: House) -> None:
    accounts = house.part("accounts")
    backoff = house.part("backoff").BACKOFF
    backoff.refused("a" * 16, LoginFailed("No."))
    assert await accounts.delete(house.mass, "a" * 16), "nothing there is as good as deleted"
    assert backoff.rest("a" * 16) is None


def test_the_form_does_not_show_the_address_of_the_account() -> None:
    info = SimpleNamespace(name=None, email="ada@example.org", site="amazon.de")
    account: Any = SimpleNamespace(info=info)
    said = sentences.describe(account, 1, 0)
    assert said == "Connected to amazon.de as an account without a name: 1 player."
