"""
The settings about music on Echos: what they refuse and why, the check, and the troubles shown.
"""

from pathlib import Path
from typing import Any

import pytest
from concert import SKILL, STREAMING, Concert, gateway_of
from echos import FakeGateway, Step
from house import House, until, values_of
from later import set_up
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants, texts
from mass_alexa.provider.stream_settings import StreamSettings
from music_assistant_models.config_entries import ConfigEntry
from music_assistant_models.errors import PlayerCommandFailed, SetupFailedError
from world import KITCHEN

IN_THE_HALL = pytest.mark.asyncio(loop_scope="module")
SPOKEN = ["music assistant", "assistant musical", "écoute ça", "o'neil's tunes"]
GOOD: dict[str, object] = dict(STREAMING)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (constants.KEY_PUBLIC_URL, "", "Give the public address"),
        (constants.KEY_PUBLIC_URL, "http://music.example.org", "begin with https://"),
        (constants.KEY_PUBLIC_URL, "https://192.168.1.5", "is a number"),
        (constants.KEY_PUBLIC_URL, "https://nas.local", "this network only"),
        (constants.KEY_SKILL_ID, " ", "Give the id of your skill"),
        (constants.KEY_SKILL_ID, "my skill", "my skill is no id of a skill"),
        (constants.KEY_INVOCATION, "music 2", "music 2 cannot be an invocation name"),
        (constants.KEY_INVOCATION, "m" * 51, "at most 50 characters"),
        (constants.KEY_PORT, 0, "0 is no port"),
        (constants.KEY_PORT, 70000, "70000 is no port"),
        (constants.KEY_BIND, "here", "here is no address"),
        (constants.KEY_CERTIFICATES, "/nowhere/chain.pem", "needs both files"),
        (constants.KEY_PRIVATE_KEY, "/nowhere/key.pem", "needs both files"),
        (constants.KEY_PROXIES, "192.168.1.2, proxy", "proxy is neither an address"),
    ],
)
def test_s_k2_what_cannot_work_is_refused_with_the_reason(
    key: str, value: object, said: str
) -> None:
    assert StreamSettings.read(GOOD.get).problem() is None
    problem = StreamSettings.read((GOOD | {key: value}).get).problem()
    assert problem is not None
    assert said in problem
    assert problem.endswith(".")


def test_files_of_a_certificate_have_to_be_there(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text("")
    given = GOOD | {constants.KEY_CERTIFICATES: str(chain), constants.KEY_PRIVATE_KEY: str(key)}
    assert f"no file {key}" in (StreamSettings.read(given.get).problem() or "")
    key.write_text("")
    assert StreamSettings.read(given.get).problem() is None
    settings = StreamSettings.read(given.get).for_gateway()
    assert (settings.certificates, settings.key) == (str(chain), str(key))


@pytest.mark.parametrize("name", SPOKEN)
def test_s_k5_any_name_that_can_be_spoken_is_taken(name: str) -> None:
    settings = StreamSettings.read((GOOD | {constants.KEY_INVOCATION: name.title()}).get)
    assert settings.problem() is None
    assert settings.for_gateway().invocation_name == name


def test_whatever_a_client_sends_is_read() -> None:
    odd = {key: [1, {}] for key in StreamSettings().values()}
    assert StreamSettings.read(odd.get) == StreamSettings()
    proxies = StreamSettings.read((GOOD | {constants.KEY_PROXIES: " 10.0.0.1,,10.1.0.0/16 "}).get)
    assert proxies.for_gateway().trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


async def test_nothing_listens_until_it_is_switched_on(
    house: House, kind: type[FakeGateway], instance: str
) -> None:
    assert kind.started == []
    form = await house.shown(instance)
    assert form[constants.KEY_STREAM].value is False
    assert constants.KEY_CHECK not in form
    assert all(form[key].label for key in StreamSettings().values())
    player: Any = house.player(KITCHEN)
    assert "play_media" not in {one.value for one in player.supported_features}
    # A save that cannot work says so at once, and leaves the players as they are.
    bad = {**values_of(form), **STREAMING, constants.KEY_SKILL_ID: ""}
    with pytest.raises(SetupFailedError, match="Give the id of your skill"):
        await house.save(bad, instance)
    told = texts.message("skill_id_missing")
    await until(lambda: house.last_error(instance), lambda seen: seen == told)
    await until(lambda: KITCHEN in house.players())
    assert kind.started == []
    await house.save({**bad, constants.KEY_SKILL_ID: SKILL}, instance)
    await until(lambda: len(kind.started), lambda seen: seen == 1)
    await until(lambda: house.last_error(instance), lambda seen: seen is None)


@IN_THE_HALL
async def test_a_gateway_that_cannot_start_takes_no_player_away(stage: Concert) -> None:
    house = stage.house
    taken = alexa_errors.InvalidInputError(
        "port-taken", "Port 8098 is taken.", "Choose another one."
    )
    stage.kind.refusal = taken
    await stage.restart()
    stage.queues.fill(KITCHEN, ["So What"])
    with pytest.raises(PlayerCommandFailed, match="Port 8098 is taken"):
        await stage.queues.play_index(KITCHEN, 0)
    await until(lambda: house.last_error(stage.instance), lambda seen: "Port 8098" in str(seen))
    form = await house.shown(stage.instance)
    assert "Port 8098 is taken." in str(form[constants.KEY_STREAM_STATUS].label)
    # It is tried again by itself.
    stage.kind.refusal, before = None, len(stage.kind.started)
    house.provider(stage.instance).streaming._start_again()
    await until(lambda: len(stage.kind.started), lambda seen: seen == before + 1)
    await until(lambda: house.last_error(stage.instance), lambda seen: seen is None)


@IN_THE_HALL
async def test_troubles_are_shown_until_it_plays_again(
    stage: Concert, caplog: pytest.LogCaptureFixture
) -> None:
    house = stage.house
    wrong = alexa_errors.UnexpectedAnswerError(
        "clock-wrong", "The clock is 400 seconds ahead.", "Set it."
    )
    stage.gateway.trouble(None, wrong)
    await until(lambda: house.last_error(stage.instance), lambda seen: "400 seconds" in str(seen))
    stage.gateway.trouble(KITCHEN, wrong)
    await until(lambda: "Kitchen: The clock is" in caplog.text)
    await stage.play(KITCHEN, ["So What"])
    await until(lambda: house.last_error(stage.instance), lambda seen: seen is None)


@IN_THE_HALL
async def test_s_k1_the_check_names_the_link_that_is_broken(stage: Concert) -> None:
    house = stage.house
    stage.kind.steps = (
        Step("address", "passed", "The public address is set."),
        Step("dns", "failed", "The name music.example.org is not known.", "Make an entry for it."),
        Step("launch", "skipped", "No Echo was chosen."),
    )
    saved = house.mass.config.get(f"providers/{stage.instance}/values")
    values = {**saved, constants.KEY_CHECK_ON: KITCHEN}
    form = await house.form(constants.KEY_CHECK, values, stage.instance)
    told = str(form[constants.KEY_STREAM_STATUS].label)
    assert "is not known. Make an entry for it." in told
    assert texts.message("check_well") not in told
    assert stage.gateway.calls[-1][1] == KITCHEN
    assert form[constants.KEY_CHECK_ON].value == KITCHEN
    assert form[constants.KEY_PUBLIC_URL].value == "https://music.example.org"
    stage.kind.steps = stage.kind.steps[:1]
    form = await house.form(constants.KEY_CHECK, saved, stage.instance)
    assert str(form[constants.KEY_STREAM_STATUS].label).startswith(texts.message("check_well"))
    assert stage.gateway.calls[-1][1] is None
    other = {**saved, constants.KEY_PORT: 9000}
    form = await house.form(constants.KEY_CHECK, other, stage.instance)
    assert form[constants.KEY_STREAM_STATUS].label == texts.message("check_save_first")


@IN_THE_HALL
async def test_an_echo_can_be_chosen_for_a_device_of_the_skill(stage: Concert) -> None:
    stage.gateway.heard("ab12cd")
    player = stage.player(KITCHEN)

    async def choices() -> dict[str, str]:
        entries = {one.key: one for one in await player.get_config_entries()}
        assert entries["output_codec"].default_value == "mp3"
        assert "flow_mode" not in entries, "left to the user"
        return {str(one.value): one.title for one in entries[constants.KEY_PAIRING].options}

    assert (await choices())["ab12cd"].startswith("ab12cd, heard of ")
    key = f"players/{KITCHEN}/values/{constants.KEY_PAIRING}"
    stage.house.mass.config.set(key, "ab12cd")
    await player.on_config_updated()
    assert stage.gateway.calls[-1] == ("pair", "ab12cd", KITCHEN)
    assert "(this Echo)" in (await choices())["ab12cd"]
    await player.on_config_updated()
    stage.house.mass.config.set(key, constants.AUTOMATIC)
    await player.on_config_updated()
    assert [call[1:] for call in stage.gateway.calls if call[0] == "pair"] == [
        ("ab12cd", KITCHEN),
        ("ab12cd", None),
    ]


@IN_THE_HALL
async def test_the_report_holds_counters_and_no_address(stage: Concert) -> None:
    await stage.play(KITCHEN, ["So What"])
    report = await stage.house.provider(stage.instance).get_diagnostics()
    streaming = report["streaming"]
    assert streaming["running"] is True
    assert streaming["stages"] == ["playing"]
    assert "example.org" not in str(report)
    assert SKILL not in str(report)


async def test_later_versions_have_it_among_their_options(
    later: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = gateway_of(later, monkeypatch)
    instance = await set_up(later)

    async def options() -> dict[str, ConfigEntry]:
        return {one.key: one for one in await later.provider(instance).get_config_entries()}

    assert (await options())[constants.KEY_STREAM].value is False
    for key, value in STREAMING.items():
        later.mass.config.set(f"providers/{instance}/values/{key}", value)
    await later.mass.load_provider(instance)
    assert len(kind.started) == 1
    shown = await options()
    assert shown[constants.KEY_PUBLIC_URL].value == "https://music.example.org"
    assert shown[constants.KEY_CHECK].action == constants.KEY_CHECK
    kind.steps = (Step("dns", "failed", "The name is not known.", "Make an entry for it."),)
    checked = await later.provider(instance).handle_config_action(constants.KEY_CHECK)
    told = {one.key: one for one in checked}[constants.KEY_STREAM_STATUS]
    assert "The name is not known. Make an entry for it." in str(told.label)
    kind.refusal = alexa_errors.InvalidInputError("port-taken", "Port 8098 is taken.", "Look.")
    await later.mass.load_provider(instance)
    await until(lambda: later.last_error(instance), lambda seen: "8098" in str(seen))
