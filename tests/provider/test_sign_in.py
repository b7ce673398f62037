"""
The sign-in page as a person meets it, and everything that can go wrong with it.
"""

import asyncio

import aiohttp
import pytest
from house import House, until, values_of
from mass_alexa import errors as alexa_errors
from mass_alexa.provider import compat, constants, sentences
from world import Amazon

VALUES = {
    constants.KEY_CONSENT: True,
    constants.KEY_SITE: "amazon.de",
    "session_id": "abc",
}


def status(form: object) -> str:
    assert isinstance(form, dict)
    return str(form[constants.KEY_STATUS].label)


async def test_a_wrong_password_is_said_on_the_page_and_can_be_tried_again(
    house: House, amazon: Amazon
) -> None:
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser:
        page = await browser.open()
        assert browser.status == 200
        assert {"email", "password", "otp", "address"} <= set(page.fields)
        page = await browser.sign_in(amazon, password="not the right one")
        assert "password" in page.alert.lower()
        assert not pressed.done()
        page = await browser.sign_in(amazon)
        assert "Signed in" in page.text
        form = await pressed
        page = await browser.open()
        assert "Signed in" in page.text, "the page stays long enough to be read"
    assert status(form).startswith("Signed in to amazon.de")
    await house.save(values_of(form))
    assert amazon.counters["registrations"] == 1


async def test_the_route_goes_when_the_sign_in_is_over(
    house: House, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.part("sign_in"), "DONE_PAGE_SECONDS", 0.0)
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser:
        await browser.open()
        assert len(house.mass.webserver.routes) == 2
        await browser.sign_in(amazon)
    assert status(await pressed).startswith("Signed in")
    await until(lambda: not house.mass.webserver.routes)


async def test_pressed_again_the_page_is_replaced(house: House, amazon: Amazon) -> None:
    first = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page(1) as old:
        await old.open()
        second = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
        async with await house.page(2) as new:
            await new.open()
            assert status(await first).startswith("A newer sign-in page")
            await old.open()
            assert old.status in {404, 410}
            page = await new.sign_in(amazon)
            assert "Signed in" in page.text
    assert status(await second).startswith("Signed in")
    assert len(house.folders()) == 1


async def test_nobody_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.part("sign_in"), "SIGN_IN_SECONDS", 0.05)
    form = await house.form(constants.KEY_SIGN_IN, VALUES)
    assert status(form).startswith("Nobody finished signing in")
    assert form[constants.KEY_ACCOUNT].value == ""
    assert form[constants.KEY_CONSENT].value is True
    assert form[constants.KEY_SITE].value == "amazon.de"
    assert house.mass.webserver.routes == []
    assert house.folders() == []


async def test_a_cancelled_form_takes_its_page_with_it(house: House) -> None:
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser:
        pressed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pressed
        await browser.open()
        assert browser.status == 404
    assert house.mass.webserver.routes == []
    assert house.folders() == []


async def test_the_address_cannot_be_guessed_and_is_not_open_to_a_second_browser(
    house: House, amazon: Amazon
) -> None:
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser, aiohttp.ClientSession() as stranger:
        await browser.open()
        base = house.mass.webserver.base_url
        assert browser.url.startswith(f"{base}/mass_alexa/sign-in/")
        assert len(browser.url.rsplit("/", 1)[1]) >= 32
        async with stranger.get(f"{base}/mass_alexa/sign-in/") as answer:
            assert answer.status == 404
        for address in (browser.url, f"{browser.url}x", f"{browser.url}/x"):
            async with stranger.get(address) as answer:
                assert answer.status == 403, address
        await browser.sign_in(amazon)
    await pressed


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({**VALUES, constants.KEY_CONSENT: False}, "Accept the risk first"),
        ({**VALUES, constants.KEY_CONSENT: None}, "Accept the risk first"),
        ({"session_id": "abc"}, "Accept the risk first"),
        ({}, "Accept the risk first"),
        (None, "Accept the risk first"),
        ({**VALUES, constants.KEY_SITE: "amazon.example"}, "amazon.example"),
        ({constants.KEY_CONSENT: True}, "cannot be opened from here"),
        ({**VALUES, "session_id": None}, "cannot be opened from here"),
        ({**VALUES, "session_id": 7}, "cannot be opened from here"),
    ],
)
async def test_forms_that_cannot_sign_in_say_why(
    house: House, values: dict[str, object] | None, said: str
) -> None:
    form = await house.form(constants.KEY_SIGN_IN, values)
    assert said in status(form)
    assert house.opened() == []
    assert house.folders() == []


@pytest.mark.parametrize("action", [None, constants.KEY_TEST, constants.KEY_SIGN_OUT, "no such"])
@pytest.mark.parametrize(
    "reference",
    [None, 5, "", "../../../etc", "ABCDEFGHIJKLMNOP", "abcdefghijklmno/", "a" * 17, ["a"], "a\x00"],
)
async def test_a_reference_can_be_anything(
    house: House, action: str | None, reference: object
) -> None:
    form = await house.form(action, {constants.KEY_ACCOUNT: reference})
    assert form[constants.KEY_ACCOUNT].value == ""
    assert status(form) == "Not signed in to Amazon yet."
    assert house.folders() == []


async def test_only_administrators_press_buttons(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.part("compat"), "refusal", lambda: compat.ADMIN_ONLY)
    for action in (constants.KEY_SIGN_IN, constants.KEY_TEST, constants.KEY_SIGN_OUT):
        form = await house.form(action, VALUES)
        assert status(form) == "Only an administrator of Music Assistant can do this."
    assert house.opened() == []


async def test_testing_the_connection(house: House, instance: str) -> None:
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_TEST, values, instance)
    assert status(form).startswith("Tested just now. Connected to amazon.de as ")
    assert "1 of them offline" in status(form)
    await house.mass.unload_provider(instance)
    form = await house.form(None, values, instance)
    assert "not connected at the moment" in status(form)
    form = await house.form(constants.KEY_TEST, values, instance)
    assert status(form).startswith("Tested just now. Connected to amazon.de as ")


async def test_testing_without_amazon_says_so(house: House, instance: str, amazon: Amazon) -> None:
    values = house.mass.config.get(f"providers/{instance}/values")
    amazon.stop()
    form = await house.form(constants.KEY_TEST, values, instance)
    assert "Connected" not in status(form)
    assert status(form).endswith(".")
    assert form[constants.KEY_ACCOUNT].value == values[constants.KEY_ACCOUNT]


async def test_signing_out_from_the_form(house: House, instance: str, amazon: Amazon) -> None:
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_SIGN_OUT, values, instance)
    assert status(form).startswith("Signed out.")
    assert form[constants.KEY_ACCOUNT].value == ""
    assert amazon.registered == []
    assert house.folders() == []
    assert house.provider(instance) is None
    assert "sign in again" in house.last_error(instance)
    await house.mass.load_provider(instance)
    assert "sign in again" in house.last_error(instance)


async def test_signing_out_before_saving(house: House, amazon: Amazon) -> None:
    form = await house.sign_in()
    form = await house.form(constants.KEY_SIGN_OUT, values_of(form))
    assert status(form).startswith("Signed out.")
    assert amazon.registered == []
    assert house.folders() == []


async def test_signing_in_again_replaces_the_account_on_saving(
    house: House, instance: str, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.mass.config.get(f"providers/{instance}/values")[constants.KEY_ACCOUNT]
    form = await house.sign_in(instance)
    after = form[constants.KEY_ACCOUNT].value
    assert after not in {"", before}
    assert len(amazon.registered) == 2
    monkeypatch.setattr(house.part("upkeep"), "UNSAVED_SECONDS", -1.0)
    old = house.provider(instance)
    await house.save(values_of(form), instance)
    deadline = asyncio.get_running_loop().time() + 30
    while len(house.folders()) != 1 or house.provider(instance) in {None, old}:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    assert [path.name for path in house.folders()] == [after]
    assert len(amazon.registered) == 1


async def test_two_people_who_add_a_provider_do_not_replace_each_other(
    house: House, amazon: Amazon
) -> None:
    first = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page(1) as mine:
        await mine.open()
        second = asyncio.create_task(
            house.form(constants.KEY_SIGN_IN, {**VALUES, "session_id": "of another tab"})
        )
        async with await house.page(2):
            page = await mine.sign_in(amazon)
            assert "Signed in" in page.text
    assert status(await first).startswith("Signed in to amazon.de")
    second.cancel()


async def test_a_page_without_encryption_is_said_to_be_one(house: House) -> None:
    assert house.mass.webserver.base_url.startswith("http:")
    form = await house.form()
    assert "in the clear" in str(form[constants.KEY_SIGN_IN].description)
    house.mass.webserver.base_url = "https://music.example"
    form = await house.form()
    assert "in the clear" not in str(form[constants.KEY_SIGN_IN].description)


async def test_signing_out_of_a_new_sign_in_keeps_the_saved_one(
    house: House, instance: str, amazon: Amazon
) -> None:
    saved = house.account(instance)
    form = await house.sign_in(instance)
    assert len(amazon.registered) == 2
    form = await house.form(constants.KEY_SIGN_OUT, values_of(form), instance)
    assert status(form).startswith("The new sign-in is ended.")
    assert status(form).endswith("The sign-in that was saved before stays in use.")
    assert form[constants.KEY_ACCOUNT].value == saved
    assert [path.name for path in house.folders()] == [saved]
    assert len(amazon.registered) == 1
    assert house.provider(instance).available


async def test_a_sign_in_that_succeeds_while_its_page_goes_is_ended(
    house: House, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = house.part("sign_in")
    finish = part.SignIn._finish

    async def too_late(sign_in: object) -> None:
        await finish(sign_in)
        sign_in._succeeded = False  # type: ignore[attr-defined]
        raise alexa_errors.AccountClosed("closed", "The page went.")

    monkeypatch.setattr(part.SignIn, "_finish", too_late)
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser:
        await browser.open()
        await browser.sign_in(amazon)
    assert status(await pressed) == sentences.REPLACED
    assert house.folders() == []
    assert amazon.counters["registrations"] == 1
    assert amazon.registered == []
