"""
Signing in on Amazon's own page, through the package.
"""

import asyncio
from pathlib import Path

import pytest
from mass_alexa import Account, AlexaError, Stage
from mass_alexa.errors import NetworkError
from world import Amazon


class Person:
    """
    Signs in at the link and copies addresses as told: the last page's, or a text.
    """

    def __init__(self, amazon: Amazon, *answers: str | None) -> None:
        self.amazon = amazon
        self.answers = list(answers)
        self.links: list[str] = []
        self.problems: list[str | None] = []

    async def __call__(self, link: str, problem: AlexaError | None) -> str:
        self.links.append(link)
        self.problems.append(problem.code if problem else None)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            return answer
        return await asyncio.to_thread(self.amazon.visit, link)


async def sign_in(person: Person, store: Path, site: str = "amazon.de") -> Account:
    return await Account.sign_in_by_link(
        store=store, ask=person, site=site, settings=person.amazon.settings()
    )


async def test_s_l3_a_passkey_account_signs_in_by_link(amazon: Amazon, store: Path) -> None:
    amazon.knobs(passkey_only=True)
    person = Person(amazon)
    async with await sign_in(person, store) as account:
        assert account.info.customer_id == amazon.account["customer_id"]
        assert (await account.check()).signed_in
    counters = amazon.counters
    assert (counters["password_posts"], counters["otp_posts"]) == (0, 0)
    assert counters["registrations"] == len(amazon.registered) == 1
    assert person.problems == [None]


async def test_a_wrong_address_keeps_the_link(amazon: Amazon, store: Path) -> None:
    person = Person(amazon, "https://example.org/", "", "https://www.amazon.com/ap/signin?x=1")
    await (await sign_in(person, store)).close()
    assert person.problems == [None, "bad-link", "bad-link", "bad-link"]
    assert len(set(person.links)) == 1
    assert amazon.counters["registrations"] == 1


async def test_a_used_address_brings_a_new_link(
    amazon: Amazon, store: Path, tmp_path: Path
) -> None:
    amazon.knobs(code_seconds=0, otp_single_use=False)
    person = Person(amazon)

    async def ask(link: str, problem: AlexaError | None) -> str:
        if problem is not None:
            amazon.knobs(code_seconds=300)
        return await person(link, problem)

    account = await Account.sign_in_by_link(
        store=store, ask=ask, site="amazon.de", settings=amazon.settings()
    )
    await account.close()
    assert person.problems == [None, "link-used"]
    assert len(set(person.links)) == 2
    assert len(amazon.registered) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"amazon", "store"}] == []


async def test_the_stages_of_a_sign_in_by_link_are_told(amazon: Amazon, store: Path) -> None:
    amazon.fault(method="POST", path_prefix="/auth/", kind="delay", delay_ms=300)
    stages: list[Stage] = []
    account = await Account.sign_in_by_link(
        store=store,
        ask=Person(amazon),
        site="amazon.de",
        on_stage=stages.append,
        settings=amazon.settings(),
    )
    await account.close()
    assert stages
    assert not [one for one in stages if one.text.endswith(".")]


async def test_a_failure_ends_it_and_stores_nothing(amazon: Amazon, store: Path) -> None:
    person = Person(amazon)

    async def ask(link: str, problem: AlexaError | None) -> str:
        address = await person(link, problem)
        amazon.stop()
        return address

    settings = amazon.settings()
    with pytest.raises(NetworkError) as caught:
        await Account.sign_in_by_link(store=store, ask=ask, site="amazon.de", settings=settings)
    assert caught.value.code == "unreachable"
    assert not (store / "session.sealed").exists()


async def test_s_u4_cancelled_while_the_person_is_away(amazon: Amazon, store: Path) -> None:
    waiting = asyncio.Event()

    async def ask(_link: str, _problem: AlexaError | None) -> str:
        waiting.set()
        await asyncio.sleep(60)
        return ""

    running = asyncio.ensure_future(
        Account.sign_in_by_link(store=store, ask=ask, site="amazon.de", settings=amazon.settings())
    )
    await waiting.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not store.exists()
    assert amazon.counters["registrations"] == 0
