import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest
from mass_alexa import Account, Question, Stage
from mass_alexa.errors import (
    AlexaError,
    AlexaTimeout,
    ChallengeRequiredError,
    CredentialsRejectedError,
    NetworkError,
    UnexpectedPageError,
)
from world import Amazon


async def enrol(amazon: Amazon, store: Path, **change: Any) -> Account:
    who = amazon.account
    usual = {
        "email": who["email"],
        "password": who["password"],
        "otp": who["otp_seed"],
        "site": who["home_site"],
        "settings": amazon.settings(),
    }
    return await Account.enrol(store=store, **{**usual, **change})


def session_of(store: Path) -> bytes | None:
    file = store / "session.sealed"
    return file.read_bytes() if file.exists() else None


async def test_sign_in_registers_once_and_seals_the_session(amazon: Amazon, store: Path) -> None:
    account = await enrol(amazon, store)
    who = amazon.account
    assert account.info.customer_id == who["customer_id"]
    assert account.info.name == who["name"]
    assert account.info.site == who["home_site"]
    counters = amazon.counters
    assert (counters["password_posts"], counters["otp_posts"]) == (1, 1)
    assert counters["registrations"] == 1
    assert len(amazon.registered) == 1
    assert account.info.serial == amazon.registered[0]["serial"]
    await account.close()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.iterdir()}
    assert {"session.sealed", "key", "installation.json"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    written = b"".join(path.read_bytes() for path in store.iterdir())
    assert not [one for one in who["secrets"] if len(one) > 6 and one.encode() in written]


async def test_the_log_goes_on_after_the_first_page(
    amazon: Amazon, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(5, "mass_alexa"):
        await (await enrol(amazon, store)).close()
    told = [record.getMessage() for record in caplog.records]
    for path in ("/ap/signin", "/auth/register", "/ap/exchangetoken"):
        assert any(f'"{path}"' in one for one in told), path
    assert not [one for one in caplog.records if not one.name.startswith("mass_alexa")]


async def test_the_stages_of_a_sign_in_are_told(amazon: Amazon, store: Path) -> None:
    amazon.fault(method="POST", kind="delay", delay_ms=300)
    stages: list[Stage] = []
    await (await enrol(amazon, store, on_stage=stages.append)).close()
    texts = [stage.text for stage in stages if stage.text]
    assert "Sending the password" in texts
    assert len(texts) == len(set(texts)) >= 4
    assert not [text for text in texts if text.endswith(".") or not text[0].isupper()]


async def test_seed_in_any_spelling_and_code_both_work(amazon: Amazon, tmp_path: Path) -> None:
    seed = amazon.account["otp_seed"].lower()
    spaced = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)).replace(" ", "-", 3)
    amazon.knobs(otp_single_use=False)
    for number, otp in enumerate((spaced, amazon.code())):
        account = await enrol(amazon, tmp_path / str(number), otp=otp)
        await account.close()
    assert amazon.counters["registrations"] == 2


@pytest.mark.parametrize("coroutine", [False, True])
async def test_without_a_seed_the_code_is_asked_for(
    amazon: Amazon, store: Path, coroutine: bool
) -> None:
    asked: list[Question] = []

    def answer(question: Question) -> str:
        asked.append(question)
        return amazon.code()

    async def answer_later(question: Question) -> str:
        await asyncio.sleep(0)
        return answer(question)

    account = await enrol(amazon, store, otp=None, ask=answer_later if coroutine else answer)
    await account.close()
    assert [question.kind for question in asked] == ["code"]
    assert asked[0].prompt


async def test_a_question_nobody_answers_ends_the_sign_in(amazon: Amazon, store: Path) -> None:
    with pytest.raises(ChallengeRequiredError) as caught:
        await enrol(amazon, store, otp=None)
    assert caught.value.code == "answer-needed"
    assert session_of(store) is None


async def test_an_account_without_second_step_needs_no_seed(amazon: Amazon, store: Path) -> None:
    amazon.knobs(otp_required=False)
    account = await enrol(amazon, store, otp=None)
    await account.close()
    assert amazon.counters["otp_posts"] == 0


REFUSALS = [
    ({"password": "wr0ng-but-secret"}, {}, CredentialsRejectedError, "wrong-password"),
    ({"otp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, {}, CredentialsRejectedError, "wrong-code"),
    ({}, {"next_page": "unknown"}, UnexpectedPageError, "unknown-page"),
    ({}, {"next_page": "captcha"}, ChallengeRequiredError, "answer-needed"),
    ({}, {"next_page": "passkey"}, ChallengeRequiredError, "passkey"),
    ({}, {"next_page": "locked"}, ChallengeRequiredError, "account-locked"),
    (
        {},
        {"next_page": "approval", "approval_refused": "denied"},
        ChallengeRequiredError,
        "approval",
    ),
    ({}, {"pages_after_password": ["waf"]}, ChallengeRequiredError, "browser-check"),
]


@pytest.mark.parametrize(
    ("given", "knobs", "cls", "code"), REFUSALS, ids=[one[3] for one in REFUSALS]
)
async def test_a_refused_sign_in_says_why_and_leaves_the_old_session(
    amazon: Amazon,
    store: Path,
    given: dict[str, str],
    knobs: dict[str, str],
    cls: type[AlexaError],
    code: str,
) -> None:
    await (await enrol(amazon, store)).close()
    before = session_of(store)
    assert before is not None
    amazon.knobs(otp_single_use=False, **knobs)
    with pytest.raises(cls) as caught:
        await enrol(amazon, store, **given)
    assert caught.value.code == code
    assert caught.value.message.endswith((".", "?"))
    assert caught.value.next_step
    for value in (*given.values(), *amazon.account["secrets"]):
        assert value not in str(caught.value)
        assert not [cause for cause in caught.value.causes if value in cause]
    assert session_of(store) == before
    assert amazon.counters["registrations"] == 1
    async with await Account.open(store, settings=amazon.settings()) as account:
        assert (await account.check()).signed_in


async def test_nothing_is_left_where_nothing_was(amazon: Amazon, store: Path) -> None:
    with pytest.raises(CredentialsRejectedError):
        await enrol(amazon, store, password="wr0ng-but-secret")
    assert session_of(store) is None


async def test_a_stopped_simulator_is_a_network_error(amazon: Amazon, store: Path) -> None:
    who = amazon.account
    settings = amazon.settings()
    amazon.stop()
    with pytest.raises(NetworkError) as caught:
        await Account.enrol(
            store=store, email=who["email"], password=who["password"], settings=settings
        )
    assert caught.value.code == "unreachable"
    assert session_of(store) is None


async def test_an_unknown_authority_is_told_as_such(amazon: Amazon, store: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        await enrol(amazon, store, settings=amazon.settings(extra_ca=None))
    assert caught.value.code == "tls"


async def test_no_answer_in_time(amazon: Amazon, store: Path) -> None:
    amazon.fault(path_prefix="/ap/", kind="delay", delay_ms=30_000)
    with pytest.raises(AlexaTimeout) as caught:
        await enrol(amazon, store, settings=amazon.settings(timeout=0.5))
    assert caught.value.code == "timeout"


async def test_a_cancelled_sign_in_drops_its_request_and_stores_nothing(
    amazon: Amazon, store: Path
) -> None:
    amazon.fault(method="POST", path_prefix="/ap/", kind="delay", delay_ms=60_000)
    running = asyncio.ensure_future(enrol(amazon, store, on_stage=lambda _: None))
    while not any(one["method"] == "POST" for one in await asyncio.to_thread(amazon.journal)):
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while not (await asyncio.to_thread(lambda: amazon.counters))["aborted_connections"]:
        await asyncio.sleep(0.02)
    assert session_of(store) is None


async def test_two_sign_ins_at_once_keep_to_their_stores(amazon: Amazon, tmp_path: Path) -> None:
    amazon.knobs(otp_single_use=False)
    accounts = await asyncio.gather(
        enrol(amazon, tmp_path / "one"), enrol(amazon, tmp_path / "two")
    )
    serials = {account.info.serial for account in accounts}
    assert len(serials) == 2
    assert serials == {one["serial"] for one in amazon.registered}
    await accounts[0].sign_out()
    assert (await accounts[1].check()).signed_in
    for account in accounts:
        await account.close()
