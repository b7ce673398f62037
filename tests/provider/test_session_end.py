"""
The end of a session, its announcement, and outages that are none.
"""

import logging
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from house import House, until, values_of
from line import Line
from links import links
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants, sentences
from music_assistant_models.enums import EventType, PlaybackState
from music_assistant_models.errors import LoginFailed, PlayerCommandFailed
from world import BEDROOM, GARAGE, KITCHEN, Amazon

HOUR = 3600
TOKEN_PATHS = ("/auth/token", "/ap/exchangetoken")
ENDED = "Amazon has ended this session."


def session_ended() -> alexa_errors.SignInRequiredError:
    return alexa_errors.SignInRequiredError("session-ended", ENDED, "Sign in again.")


class Notices:
    """
    What an instance tells the users of the server: its last error, each time it is set.
    """

    def __init__(self, house: House, instance_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        put = house.mass.config.set

        def noted(key: str, value: Any) -> None:
            if key == f"providers/{instance_id}/last_error" and value is not None:
                self.texts.append(value)
            put(key, value)

        monkeypatch.setattr(house.mass.config, "set", noted)


async def an_hour(house: House, instance: str) -> None:
    """
    What the server would ask for in an hour, without the waiting between.
    """
    provider = house.provider(instance)
    for _ in range(0, HOUR, constants.POLL_SECONDS):
        provider.states._next = 0.0
        await house.mass.players.poll_all()
        await until(lambda: f"{instance}_poll" not in house.mass.pending)


def token_calls(amazon: Amazon) -> int:
    return sum(entry["path"].startswith(TOKEN_PATHS) for entry in amazon.journal())


async def test_s_t6_a_revoked_session_is_announced_once_and_asks_no_more(
    house: House,
    instance: str,
    amazon: Amazon,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = house.provider(instance)
    provider.cancel("watch")
    await until(lambda: house.player(KITCHEN).needs_poll)
    notices = Notices(house, instance, monkeypatch)
    before = token_calls(amazon)
    for what in ("refresh_tokens", "access_tokens", "cookies"):
        amazon.control("POST", "/control/expire", {"what": what})
    await an_hour(house, instance)
    assert notices.texts == [], "one refusal proves nothing"

    # Minutes later the token service refuses again, which is the end of the session.
    async def over(*_: object, **__: object) -> Any:
        raise session_ended()

    account = type(provider.account)
    for method in ("states", "devices", "set_volume", "play"):
        monkeypatch.setattr(account, method, over)
    with caplog.at_level(logging.WARNING):
        await an_hour(house, instance)
    instruction = f"{ENDED} {sentences.SIGN_IN_INSTRUCTION}"
    assert notices.texts == [instruction]
    assert caplog.text.count(instruction) == 1
    assert token_calls(amazon) - before <= 3
    updates = [one for one in house.mass.events if one.event == EventType.PROVIDERS_UPDATED]
    assert len(updates) == 1

    requests = len(amazon.journal())
    player = house.player(KITCHEN)
    assert player.state.available
    assert player.state.playback_state == PlaybackState.IDLE
    assert player.state.current_media is not None
    assert player.state.current_media.title == "Sign in to Amazon again"
    for command in (
        house.mass.players.cmd_volume_set(KITCHEN, 5),
        house.mass.players.cmd_volume_set(BEDROOM, 5),
    ):
        with pytest.raises(PlayerCommandFailed, match="sign in again"):
            await command
    with pytest.raises(LoginFailed, match="sign in again"):
        await player.play_media(player.state.current_media)
    await an_hour(house, instance)
    assert len(amazon.journal()) == requests, "nothing is sent any more"
    assert notices.texts == [instruction]
    form = await house.form(
        values=house.mass.config.get(f"providers/{instance}/values"), instance_id=instance
    )
    assert form[constants.KEY_STATUS].label == instruction


async def test_the_end_after_an_outage_leaves_the_players_to_say_so(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.part("standing"), "SILENT_SECONDS", 0.0)
    provider = house.provider(instance)
    provider.cancel("watch")
    provider.standing.take(links(state=False, push=False))
    await until(lambda: not house.player(KITCHEN).state.available)
    provider.standing.take(links(state=False, push=False, session=False))
    assert provider.ended == f"{ENDED} {sentences.SIGN_IN_INSTRUCTION}"
    assert house.player(KITCHEN).state.available
    assert not house.player(GARAGE).state.available, "that one is offline by itself"
    with pytest.raises(PlayerCommandFailed, match="sign in again"):
        await house.mass.players.cmd_volume_set(KITCHEN, 5)


async def test_a_renewal_that_was_refused_once_is_no_end(house: House, instance: str) -> None:
    provider = house.provider(instance)
    told = links(session=False)
    told.session.code = "token-refused"
    provider.standing.take(told)
    assert provider.ended is None
    assert "has not accepted the sign-in for " in provider.summary()


async def test_after_a_new_sign_in_everything_works_without_a_restart(
    house: House, instance: str, amazon: Amazon
) -> None:
    house.provider(instance).note_failure(session_ended())
    ended = house.provider(instance)
    form = await house.sign_in(instance)
    await house.save(values_of(form), instance)
    await until(lambda: house.provider(instance) not in {None, ended})
    await until(lambda: house.last_error(instance) is None)
    await until(lambda: house.player(KITCHEN).provider is house.provider(instance))
    await house.mass.players.cmd_volume_set(KITCHEN, 44)
    await house.device(KITCHEN, lambda device: device["volume"] == 44)
    assert len(amazon.registered) == 2


async def test_a_test_of_the_connection_revives_a_session_that_holds_after_all(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.part("compat"), "RELOAD_SECONDS", 0)
    ended = house.provider(instance)
    ended.note_failure(session_ended())
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_TEST, values, instance)
    assert str(form[constants.KEY_STATUS].label).endswith("The provider is being started.")
    await until(lambda: house.provider(instance) not in {None, ended})
    assert house.last_error(instance) is None


async def test_after_the_end_one_can_sign_out(house: House, instance: str, amazon: Amazon) -> None:
    for what in ("refresh_tokens", "access_tokens"):
        amazon.control("POST", "/control/expire", {"what": what})
    house.provider(instance).note_failure(session_ended())
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_SIGN_OUT, values, instance)
    assert str(form[constants.KEY_STATUS].label).startswith("Signed out.")
    assert amazon.registered == []
    assert house.folders() == []


async def test_an_expected_end_is_warned_of_once_in_the_log_and_in_the_form(
    house: House,
    instance: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    warning = "Amazon refuses to renew this session; it is expected to end within 3 days."
    provider = house.provider(instance)
    said: dict[str, str | None] = {"warning": warning}
    status = SimpleNamespace(warning=None)
    monkeypatch.setattr(
        type(provider.account), "status", lambda _: SimpleNamespace(**vars(status) | said)
    )
    values = house.mass.config.get(f"providers/{instance}/values")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            provider.pass_warning_on()
    assert caplog.text.count(warning) == 1
    form = await house.form(values=values, instance_id=instance)
    assert form[constants.KEY_WARNING].label == warning
    assert house.last_error(instance) is None
    assert house.player(KITCHEN).state.available

    said["warning"] = None
    provider.pass_warning_on()
    form = await house.form(values=values, instance_id=instance)
    assert constants.KEY_WARNING not in form
    said["warning"] = warning
    with caplog.at_level(logging.WARNING):
        provider.pass_warning_on()
    assert caplog.text.count(warning) == 2, "a new one"


@pytest.fixture
async def line(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    line = Line(house.amazon.address)
    await line.mend()
    settings: Callable[[], Any] = lambda: house.amazon.settings(  # noqa: E731
        connect_to=line.address
    )
    monkeypatch.setattr(house.part("accounts"), "settings", settings)
    yield line
    await line.cut()


async def test_s_t7_six_hours_offline_need_nobody(
    house: House,
    line: Line,
    amazon: Amazon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(house.part("standing"), "SILENT_SECONDS", 0.0)
    # No answer of before is good enough.
    monkeypatch.setattr(house.part("states"), "POLL_SECONDS", 0.0)
    instance = await house.add()
    provider = house.provider(instance)
    await until(lambda: not house.player(KITCHEN).needs_poll)
    notices = Notices(house, instance, monkeypatch)
    folder = house.part("accounts").folder(house.mass, provider.reference)
    await line.cut()
    await until(lambda: house.player(KITCHEN).needs_poll)
    for _ in range(6):
        await an_hour(house, instance)
        await until(lambda: not house.player(KITCHEN).state.available)
    assert notices.texts == []
    assert provider.ended is None
    assert house.provider(instance) is provider

    await line.mend()
    provider.states._next = 0.0
    await house.mass.players.poll_all()
    await until(lambda: house.player(KITCHEN).state.available)
    assert not house.player(GARAGE).state.available, "that one is offline by itself"
    await house.mass.players.cmd_volume_set(KITCHEN, 41)
    await house.device(KITCHEN, lambda device: device["volume"] == 41)
    assert notices.texts == []
    assert amazon.counters["registrations"] == 1
    assert (folder / "session.sealed").exists()


async def test_s_x7_removing_the_provider_leaves_nothing_at_amazon(
    house: House, instance: str, amazon: Amazon
) -> None:
    (registered,) = amazon.registered
    assert registered
    await house.mass.config.remove_provider_config(instance)
    assert amazon.registered == []
    assert house.folders() == []
    assert house.players() == {}
    paths = [entry["path"] for entry in amazon.journal()]
    minted = max(n for n, path in enumerate(paths) if path == "/auth/token")
    assert paths.index("/auth/deregister") > minted, "with a token that was minted for it"


async def test_what_amazon_refuses_at_the_start_is_not_asked_again_and_again(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def over(*_: object, **__: object) -> Any:
        nonlocal asked
        asked += 1
        raise session_ended()

    monkeypatch.setattr(type(house.provider(instance).account), "devices", over)
    for _ in range(30):
        await house.mass.load_provider(instance)
    assert asked == 1
    with pytest.raises(LoginFailed, match="Press Test connection to try now"):
        await house.mass.config.reload_provider(instance)
