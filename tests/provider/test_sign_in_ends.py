"""
Every way out of a sign-in, and what it leaves: nothing.
"""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from house import Browser, House, until
from mass_alexa.provider import consent, constants, sentences, sign_in, texts
from world import KITCHEN, Amazon

VALUES = {
    constants.KEY_CONSENT: True,
    constants.KEY_SITE: "amazon.de",
    "session_id": "abc",
}


@pytest.fixture
def before(house: House, instance: str) -> set[str]:
    """
    Routes of the page on which the provider was signed in, which stays a little.
    """
    assert instance
    return set(house.mass.webserver.routes)


def status(form: object) -> str:
    assert isinstance(form, dict)
    return str(form[constants.KEY_STATUS].label)


def press(house: House, instance: str | None = None, session: str = "abc") -> asyncio.Task[object]:
    values = {**VALUES, "session_id": session}
    return asyncio.create_task(house.form(constants.KEY_SIGN_IN, values, instance))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def test_while_the_page_is_open_the_form_says_how_far_it_is(
    house: House, instance: str
) -> None:
    pressed = press(house, instance)
    async with await house.page(2) as browser:
        await browser.open()
        saved = house.mass.config.get(f"providers/{instance}/values")
        form = await house.form(values=saved, instance_id=instance)
        assert status(form).startswith("The sign-in page is open. ")
        assert status(form).endswith("(10 minutes left).")
        assert form[constants.KEY_CONSENT].value is True
        assert form[constants.KEY_SITE].value == "amazon.de"
    pressed.cancel()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3.0, "0 seconds"),
        (0.6, "1 second"),
        (59.4, "59 seconds"),
        (60.0, "1 minute"),
        (89.0, "1 minute"),
        (600.0, "10 minutes"),
    ],
)
def test_a_countdown_is_as_exact_as_it_helps(seconds: float, words: str) -> None:
    assert sentences.countdown(seconds) == words


async def test_two_windows_at_once_do_not_mix(house: House, amazon: Amazon) -> None:
    first = press(house, session="one")
    await until(house.opened)
    second = press(house, session="two")
    addresses = await until(house.opened, lambda seen: len(seen) == 2)
    assert len(house.mass.webserver.routes) == 4
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        windows = [Browser(address, session) for address in addresses]
        for window in windows:
            await window.open()
            assert window.status == 200
        page = await windows[1].sign_in(amazon)
        assert "Signed in" in page.text
        assert status(await second).startswith("Signed in to amazon.de")
        page = await windows[0].open()
        assert "Signed in" not in page.text
        assert not first.done()
        amazon.knobs(otp_required=False)
        page = await windows[0].sign_in(amazon)
        assert "Signed in" in page.text
    assert status(await first).startswith("Signed in to amazon.de")
    assert len(house.folders()) == 2


async def test_unloading_the_provider_takes_its_page_away(
    house: House, instance: str, before: set[str]
) -> None:
    pressed = press(house, instance)
    async with await house.page(2) as browser:
        await browser.open()
        await house.mass.unload_provider(instance)
        assert set(house.mass.webserver.routes) == before
        await browser.open()
        assert browser.status == 404
    assert status(await pressed) == sentences.WITHDRAWN
    assert len(house.folders()) == 1, "that of the provider"


async def test_the_page_of_a_success_outlives_the_reload_that_follows_it(
    house: House, instance: str, amazon: Amazon
) -> None:
    amazon.knobs(otp_required=False)
    pressed = press(house, instance)
    async with await house.page(2) as browser:
        await browser.open()
        await browser.sign_in(amazon)
        await pressed
        await house.mass.config.reload_provider(instance)
        page = await browser.open()
        assert "Signed in" in page.text


async def test_a_server_that_stops_takes_every_page_with_it(
    house: House, instance: str, amazon: Amazon
) -> None:
    amazon.knobs(otp_required=False)
    done = press(house, session="done")
    async with await house.page(2) as browser:
        await browser.open()
        await browser.sign_in(amazon)
    await done
    waiting = press(house, session="waiting")
    async with await house.page(3):
        assert len(house.mass.webserver.routes) == 6
    house.mass.closing = True
    await house.mass.unload_provider(instance)
    assert house.mass.webserver.routes == []
    assert status(await waiting) == sentences.WITHDRAWN


async def test_a_route_that_is_taken_leaves_no_folder(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise RuntimeError("Route already registered.")

    monkeypatch.setattr(house.mass.webserver, "register_dynamic_route", taken)
    with pytest.raises(RuntimeError):
        await house.form(constants.KEY_SIGN_IN, VALUES)
    assert house.folders() == []
    assert sign_in.under_way(house.mass, "new abc") is None


@pytest.mark.parametrize("step", ["pressed", "opened", "refused", "asked", "link", "window"])
async def test_s_u4_given_up_at_any_step_nothing_has_changed(
    house: House, instance: str, before: set[str], amazon: Amazon, step: str
) -> None:
    folder = house.part("accounts").folder(house.mass, house.account(instance))
    # Until then the session learns where its events come from, and keeps that.
    await house.live(KITCHEN)
    kept = content(folder), dict(house.mass.config.get(f"providers/{instance}"))
    registered, counted = amazon.registered, amazon.counters["registrations"]
    amazon.knobs(otp_required=True)
    pressed = press(house, instance)
    async with await house.page(2) as browser:
        if step != "pressed":
            await browser.open()
        if step == "refused":
            page = await browser.sign_in(amazon, password="not the right one")
            assert page.alert
        if step == "asked":
            amazon.knobs(next_page="captcha")
            page = await browser.sign_in(amazon)
            assert "answer" in page.fields
        if step == "link":
            page = await browser.send(way="link", address="https://www.amazon.de/")
            assert page.alert
        if step == "window":
            page = await browser.send(way="window")
            assert "email" in page.fields
        pressed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pressed
        await browser.open()
        assert browser.status == 404
    await until(lambda: house.folders() == [folder])
    assert (content(folder), house.mass.config.get(f"providers/{instance}")) == kept
    assert (amazon.registered, amazon.counters["registrations"]) == (registered, counted)
    assert set(house.mass.webserver.routes) == before
    assert house.provider(instance).available


async def test_s_l9_cookies_of_the_server_stay_with_the_server(
    house: House, amazon: Amazon
) -> None:
    foreign = {f"local{number}": f"stays-here-{number}" for number in range(40)}
    pressed = press(house)
    async with await house.page() as browser:
        browser.put_cookies(foreign)
        await browser.open()
        page = await browser.send(way="window")
        assert "email" in page.fields
        page = await browser.send(again="1")
        page = await browser.sign_in(amazon)
        assert "Signed in" in page.text
    assert status(await pressed).startswith("Signed in to amazon.de")
    for entry in amazon.journal():
        sent = entry["headers"].get("cookie", "") + entry["body"] + entry["query"]
        assert "stays-here" not in sent
        assert "local" not in entry["headers"].get("cookie", "")


async def test_s_l8_under_another_name_of_the_server_the_page_explains_itself(
    house: House, amazon: Amazon
) -> None:
    pressed = press(house)
    async with await house.page() as browser:
        await browser.open()
        before = len(amazon.journal())
        elsewhere = browser.url.replace("127.0.0.1", "localhost")
        async with aiohttp.ClientSession() as other, other.get(elsewhere) as answer:
            text = await answer.text()
        assert answer.status == 421
        assert "This sign-in was begun at 127.0.0.1:" in text
        assert "localhost:" in text
        assert len(amazon.journal()) == before, "Amazon is not asked"
        page = await browser.open()
        assert "email" in page.fields, "where it was begun it goes on"
    pressed.cancel()


async def test_consent_is_kept_with_its_time_and_its_words(house: House) -> None:
    await house.sign_in()
    (folder,) = house.folders()
    record = await consent.read(folder)
    assert record is not None
    assert record["text_version"] == texts.CONSENT_VERSION
    assert record["text_digest"] == texts.consent_digest()
    assert record["accepted_at"] > 1_700_000_000
    assert (folder / consent.FILE_NAME).stat().st_mode & 0o077 == 0
    (folder / consent.FILE_NAME).write_text("[", encoding="utf-8")
    assert await consent.read(folder) is None


def test_other_words_are_another_version() -> None:
    """
    Whoever changes the notice or the box changes ``consent_version`` and this digest with it.
    """
    assert (texts.CONSENT_VERSION, texts.consent_digest()) == ("2026-11", "99ab0b7bb8cada99")
