"""
What happens when Amazon does not do what it should while the provider runs.
"""

from typing import Any

import pytest
from house import House
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import backoff, constants, faults, sentences, shown
from music_assistant_models import errors as mass_errors
from music_assistant_models.errors import LoginFailed
from world import KITCHEN, Amazon

CASES: list[tuple[str, type[mass_errors.MusicAssistantError]]] = [
    ("SignInRequired", mass_errors.LoginFailed),
    ("ChallengeRequired", mass_errors.LoginFailed),
    ("CredentialsRejected", mass_errors.LoginFailed),
    ("Throttled", mass_errors.ResourceTemporarilyUnavailable),
    ("NotControllable", mass_errors.PlayerCommandFailed),
    ("DeviceOffline", mass_errors.PlayerUnavailableError),
    ("NotFound", mass_errors.PlayerUnavailableError),
    ("Forbidden", mass_errors.ProviderPermissionDenied),
    ("AmazonUnavailable", mass_errors.ResourceTemporarilyUnavailable),
    ("Network", mass_errors.ResourceTemporarilyUnavailable),
    ("Timeout", mass_errors.ResourceTemporarilyUnavailable),
    ("UnexpectedPage", mass_errors.PlayerCommandFailed),
    ("UnexpectedAnswer", mass_errors.PlayerCommandFailed),
    ("StoreCorrupt", mass_errors.PlayerCommandFailed),
    ("KeyUnavailable", mass_errors.PlayerCommandFailed),
    ("InvalidInput", mass_errors.InvalidDataError),
    ("Closed", mass_errors.PlayerUnavailableError),
]
REFUSED = "Amazon has ended the sign-in."


def session_ended() -> alexa_errors.SignInRequiredError:
    return alexa_errors.SignInRequiredError("session-ended", REFUSED, "Sign in again.")


async def test_a_refused_account_rests_and_a_test_of_the_connection_wakes_it(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = type(house.provider(instance).account)
    working = account.devices
    asked = 0

    async def refused(*_: object, **__: object) -> Any:
        nonlocal asked
        asked += 1
        raise session_ended()

    monkeypatch.setattr(account, "devices", refused)
    await house.mass.load_provider(instance)
    assert house.last_error(instance) == f"{REFUSED} {sentences.SIGN_IN_INSTRUCTION}"
    for _ in range(5):
        await house.mass.load_provider(instance)
    assert asked == 1, "Music Assistant tries every two minutes, Amazon is not asked as often"
    assert house.last_error(instance).endswith("Press Test connection to try now.")

    monkeypatch.setattr(account, "devices", working)
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_TEST, values, instance)
    assert str(form[constants.KEY_STATUS].label).startswith("Tested just now. Connected to")
    await house.mass.load_provider(instance)
    assert house.provider(instance).available


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("Forbidden", 1),
        ("UnexpectedAnswer", 1),
        ("UnexpectedPage", 1),
        ("Throttled", 1),
        ("AmazonUnavailable", 1),
        ("Network", 3),
        ("Timeout", 3),
        ("StoreCorrupt", 3),
    ],
)
async def test_whoever_amazon_turns_away_does_not_come_back_every_two_minutes(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch, kind: str, times: int
) -> None:
    asked = 0

    async def refused(*_: object, **__: object) -> Any:
        nonlocal asked
        asked += 1
        raise alexa_errors.KINDS[kind]("some-code", "It failed.", "Do this.", retry_after=3600.0)

    monkeypatch.setattr(type(house.provider(instance).account), "devices", refused)
    caught = []
    for _ in range(3):
        with pytest.raises(mass_errors.MusicAssistantError) as one:
            await house.mass.config.reload_provider(instance)
        caught.append(one)
    assert asked == times
    assert len({type(one.value) for one in caught}) == 1
    if times == 1:
        assert str(caught[-1].value) == "It failed. Do this. Press Test connection to try now."
        rest = house.part("backoff").BACKOFF.rest(house.account(instance))
        assert rest[1] > 3000, "Amazon named the time"


async def test_a_stopped_amazon_is_said_when_loading(
    house: House, instance: str, amazon: Amazon
) -> None:
    amazon.stop()
    with pytest.raises(mass_errors.ResourceTemporarilyUnavailable) as caught:
        await house.mass.config.reload_provider(instance)
    assert "mazon" in str(caught.value)
    assert house.provider(instance) is None


async def test_a_damaged_session_is_said_and_not_overwritten(house: House, instance: str) -> None:
    values = house.mass.config.get(f"providers/{instance}/values")
    folder = house.part("accounts").folder(house.mass, values[constants.KEY_ACCOUNT])
    file = folder / "session.sealed"
    await house.mass.unload_provider(instance)
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises((mass_errors.SetupFailedError, LoginFailed)) as caught:
        await house.mass.config.reload_provider(instance)
    assert str(caught.value).endswith(".")
    kept = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    assert bytes(damaged) in kept, "nothing is lost"


def test_the_rest_grows_and_ends() -> None:
    now = 1000.0
    rests = backoff.Backoff(lambda: now)
    no = LoginFailed("No.")
    assert rests.rest("a") is None
    pauses = []
    for _ in range(8):
        rests.refused("a", no)
        found = rests.rest("a")
        assert found is not None
        pauses.append(found[1])
        now += found[1]
        assert rests.rest("a") is None
    assert pauses == [600, 1200, 2400, 4800, 9600, 19200, 21600, 21600]
    rests.refused("b", no, retry_after=90000.0)
    assert rests.rest("b") == (no, 90000.0)
    rests.accepted("b")
    assert rests.rest("b") is None


@pytest.mark.parametrize(("kind", "expected"), CASES)
def test_every_kind_has_its_error(
    kind: str, expected: type[mass_errors.MusicAssistantError]
) -> None:
    assert set(alexa_errors.KINDS) >= {kind}
    error = alexa_errors.KINDS[kind]("some-code", "It failed.", "Do this.", retry_after=12.4)
    mapped = faults.command_error(error)
    assert type(mapped) is expected
    assert str(mapped).startswith("It failed. ")
    assert str(mapped) != "It failed. "
    if isinstance(mapped, mass_errors.ResourceTemporarilyUnavailable):
        assert mapped.backoff_time == 12
    assert isinstance(
        faults.load_error(error),
        mass_errors.LoginFailed
        | mass_errors.ResourceTemporarilyUnavailable
        | mass_errors.SetupFailedError,
    )


def test_no_kind_is_forgotten() -> None:
    assert {kind for kind, _ in CASES} == set(alexa_errors.KINDS)


def test_ids_are_serials_where_music_assistant_can_use_them() -> None:
    assert shown.player_id(KITCHEN) == KITCHEN
    odd = shown.player_id("a/b ../c")
    assert odd.startswith("mass_alexa_")
    assert odd == shown.player_id("a/b ../c") != shown.player_id("a/b ../d")
