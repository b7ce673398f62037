"""
The setup flow of versions since 2.10, on a host that refuses what those versions refuse.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from house import Browser, House, until
from later import GIVEN, set_up, shown, sign_in, step
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import constants, sentences, texts
from music_assistant_models.enums import ConfigEntryType, FlowStepType
from music_assistant_models.errors import ActionUnavailable, LoginFailed
from world import KITCHEN, Amazon

if TYPE_CHECKING:
    from music_assistant.models.setup_flow import SetupSession


def stored(later: House, instance_id: str, key: str) -> Any:
    return later.mass.config.get_provider_setup_value(instance_id, key)  # type: ignore[attr-defined]


async def reconfigure(later: House, instance_id: str) -> SetupSession:
    session: SetupSession = await later.mass.reconfigure(instance_id)  # type: ignore[attr-defined]
    return session


async def test_from_nothing_to_players(later: House, amazon: Amazon) -> None:
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    form = shown(await step(session, FlowStepType.FORM))
    assert form[constants.KEY_NOTICE].label == texts.entry(constants.KEY_NOTICE)["label"]
    assert ConfigEntryType.SECURE_STRING not in {entry.type for entry in form.values()}
    assert constants.KEY_NEXT not in form, "there is no choice yet"
    assert sentences.PLAIN_HTTP in str(form[constants.KEY_STATUS].label)

    session.submit({constants.KEY_SITE: "amazon.de"})
    again = await step(session, FlowStepType.FORM, 2)
    assert again.errors == {constants.KEY_CONSENT: sentences.CONSENT_TO_GO_ON}
    assert shown(again)[constants.KEY_SITE].value == "amazon.de", "what was given is kept"
    assert later.folders() == []

    session.submit(GIVEN)
    external = await step(session, FlowStepType.EXTERNAL)
    assert external.expires_at is not None
    await sign_in(session, amazon)
    finish = await step(session, FlowStepType.FINISH)
    loading = next(one for one in session.steps if one.step_id == "loading")
    assert loading.progress_text == "Getting your Echo devices"
    assert finish.result
    instance_id = finish.result["instance_id"]
    assert KITCHEN in later.players()
    assert stored(later, instance_id, constants.KEY_CONSENT) is True
    assert [path.name for path in later.folders()] == [
        stored(later, instance_id, constants.KEY_ACCOUNT)
    ]
    assert amazon.counters["registrations"] == 1
    for step_ in session.steps:
        assert amazon.account["password"] not in str(step_.to_dict())


async def test_a_page_that_nobody_finishes_brings_the_form_back(
    later: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later.part("sign_in"), "SIGN_IN_SECONDS", 0.05)
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    await step(session, FlowStepType.FORM)
    session.submit(GIVEN)
    form = await step(session, FlowStepType.FORM, 2)
    assert form.errors == {"base": sentences.EXPIRED}
    entries = shown(form)
    assert entries[constants.KEY_CONSENT].value is True
    assert entries[constants.KEY_SITE].value == "amazon.de"
    assert later.mass.webserver.routes == []
    assert later.folders() == []


async def test_a_flow_that_is_given_up_leaves_nothing(later: House, amazon: Amazon) -> None:
    for signed_in in (False, True):
        session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
        await step(session, FlowStepType.FORM)
        if signed_in:
            session.submit(GIVEN)
            external = await step(session, FlowStepType.EXTERNAL)
            assert external.url
            async with Browser(external.url) as browser:
                await browser.open()
                await later.mass.abort(session.flow_id)  # type: ignore[attr-defined]
                await browser.open()
                assert browser.status == 404
        else:
            await later.mass.abort(session.flow_id)  # type: ignore[attr-defined]
        await until(lambda: later.folders() == [])
        assert later.mass.webserver.routes == []
        assert later.mass.config.get("providers") == {}
    assert amazon.registered == []


async def test_what_does_not_load_can_be_tried_again_without_another_sign_in(
    later: House, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = later.part("provider")
    open_account = provider.Account.open

    async def down(*_: object, **__: object) -> Any:
        raise alexa_errors.NetworkError("unreachable", "Amazon cannot be reached.", "Wait.")

    monkeypatch.setattr(provider.Account, "open", down)
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    await step(session, FlowStepType.FORM)
    session.submit(GIVEN)
    await sign_in(session, amazon)
    form = await step(session, FlowStepType.FORM, 2)
    assert form.errors == {"base": "Amazon cannot be reached. Wait."}
    assert shown(form)[constants.KEY_NEXT].value == "keep"
    assert later.mass.config.get("providers") == {}
    monkeypatch.setattr(provider.Account, "open", open_account)
    session.submit({**GIVEN, constants.KEY_NEXT: "keep"})
    await step(session, FlowStepType.FINISH)
    assert KITCHEN in later.players()
    assert amazon.counters["registrations"] == 1


async def test_given_up_after_a_failed_load_the_new_device_is_taken_back(
    later: House, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> Any:
        raise LoginFailed("No.")

    monkeypatch.setattr(later.module, "setup", refuse)
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    await step(session, FlowStepType.FORM)
    session.submit(GIVEN)
    await sign_in(session, amazon)
    await step(session, FlowStepType.FORM, 2)
    assert len(amazon.registered) == 1
    await later.mass.abort(session.flow_id)  # type: ignore[attr-defined]
    await until(lambda: later.folders() == [])
    assert amazon.registered == []


async def test_signing_in_again_after_the_session_ended(later: House, amazon: Amazon) -> None:
    instance_id = await set_up(later)
    before = stored(later, instance_id, constants.KEY_ACCOUNT)
    error = alexa_errors.SignInRequiredError("session-ended", "It ended.", "Sign in again.")
    later.provider(instance_id).note_failure(error)
    noted = later.last_error(instance_id)
    assert noted["error_code"] == LoginFailed.error_code, "the server asks for a sign-in"
    assert noted["message"].startswith("It ended. ")

    session = await reconfigure(later, instance_id)
    assert session.context.reason == "auth"
    form = shown(await step(session, FlowStepType.FORM))
    assert form[constants.KEY_CONSENT].value is True, "given once, not asked again"
    assert form[constants.KEY_SITE].value == "amazon.de"
    assert form[constants.KEY_NEXT].value == "sign_in_again"
    session.submit({})
    await sign_in(session, amazon)
    await step(session, FlowStepType.FINISH)
    assert later.last_error(instance_id) is None
    assert stored(later, instance_id, constants.KEY_ACCOUNT) != before
    await later.mass.players.cmd_volume_set(KITCHEN, 33)
    await later.device(KITCHEN, lambda device: device["volume"] == 33)


async def test_what_failed_otherwise_is_tried_again_first(later: House, amazon: Amazon) -> None:
    instance_id = await set_up(later)
    error = {"error_code": 5, "message": "It did not load."}
    later.mass.config.set(f"providers/{instance_id}/last_error", error)
    session = await reconfigure(later, instance_id)
    assert session.context.reason == "error"
    form = shown(await step(session, FlowStepType.FORM))
    assert form[constants.KEY_NEXT].value == "keep"
    session.submit({})
    await step(session, FlowStepType.FINISH)
    assert amazon.counters["registrations"] == 1
    assert later.last_error(instance_id) is None


async def test_an_instance_of_an_earlier_version_goes_on(later: House, amazon: Amazon) -> None:
    instance_id = await set_up(later)
    raw = later.mass.config.get(f"providers/{instance_id}")
    raw["values"] = {
        key: stored(later, instance_id, key)
        for key in (constants.KEY_ACCOUNT, constants.KEY_CONSENT, constants.KEY_SITE)
    }
    raw["setup_data"] = {}
    await later.mass.config.reload_provider(instance_id)
    assert later.provider(instance_id).available
    upkeep = later.part("upkeep")
    assert upkeep.saved_reference(later.mass, instance_id) == raw["values"][constants.KEY_ACCOUNT]
    session = await reconfigure(later, instance_id)
    form = shown(await step(session, FlowStepType.FORM))
    assert form[constants.KEY_CONSENT].value is True
    await later.mass.abort(session.flow_id)  # type: ignore[attr-defined]
    assert len(amazon.registered) == 1


async def test_an_account_among_the_setup_data_is_in_use(
    later: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = await set_up(later)
    await later.mass.unload_provider(instance_id)
    upkeep = later.part("upkeep")
    monkeypatch.setattr(upkeep, "UNSAVED_SECONDS", -1.0)
    assert await upkeep.prune(later.mass) == []
    assert len(later.folders()) == 1


async def test_the_options_show_the_state_and_have_buttons(later: House, amazon: Amazon) -> None:
    instance_id = await set_up(later)
    provider = later.provider(instance_id)
    entries = {entry.key: entry for entry in await provider.get_config_entries()}
    assert str(entries[constants.KEY_STATUS].label).startswith("Connected to amazon.de as ")
    tested = await provider.handle_config_action(constants.KEY_TEST)
    said = {entry.key: entry for entry in tested}[constants.KEY_STATUS].label
    assert str(said).startswith("Tested just now. ")
    with pytest.raises(ActionUnavailable):
        await provider.handle_config_action("no such")
    left = await provider.handle_config_action(constants.KEY_SIGN_OUT)
    said = {entry.key: entry for entry in left}[constants.KEY_STATUS].label
    assert str(said).startswith("Signed out.")
    assert later.last_error(instance_id)["error_code"] == LoginFailed.error_code
    assert amazon.registered == []


async def test_removing_it_signs_out(later: House, amazon: Amazon) -> None:
    instance_id = await set_up(later)
    await later.mass.config.remove_provider_config(instance_id)
    assert amazon.registered == []
    assert later.folders() == []


async def test_without_the_package_the_flow_says_so(
    later: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later.part("setup_flow"), "PROBLEM", "It is not installed.")
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    abort = await step(session, FlowStepType.ABORT)
    assert abort.reason == "It is not installed."


async def test_an_approval_is_counted_down(later: House, monkeypatch: pytest.MonkeyPatch) -> None:
    part = later.part("sign_in")
    waiting = {"until": None}
    monkeypatch.setattr(part.SignIn, "until", property(lambda _: waiting["until"]))
    monkeypatch.setattr(part.SignIn, "stage", property(lambda _: "Approve it in the Amazon app"))
    session = await later.mass.set_up(constants.DOMAIN)  # type: ignore[attr-defined]
    await step(session, FlowStepType.FORM)
    session.submit(GIVEN)
    await step(session, FlowStepType.EXTERNAL)
    waiting["until"] = time.time() + 60  # type: ignore[assignment]
    progress = await step(session, FlowStepType.PROGRESS)
    assert progress.progress_text == "Approve it in the Amazon app"
    assert progress.expires_at is not None
    waiting["until"] = None
    await step(session, FlowStepType.EXTERNAL, 2)
    await later.mass.abort(session.flow_id)  # type: ignore[attr-defined]
