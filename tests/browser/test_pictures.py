"""
A look at every page of our own, on a desktop and on a phone, light and dark.
"""

import re

from bridge import Serve
from browsers import Somebody
from pictures import Pictures
from playwright.async_api import Page, expect
from steps import (
    LETTERS,
    MAIL_CODE,
    answer,
    choose_window,
    give_email_to_amazon,
    give_password,
    open_part,
    paste,
    see,
    signed_in,
)
from world import Amazon


async def _unfold(page: Page) -> None:
    button = page.get_by_role("button", name="Open the guided window")
    await open_part(page, "In a guided window", button)
    email = page.get_by_label("E-mail address or phone number")
    await open_part(page, "With e-mail and password", email)


async def test_the_choice_of_ways(serve: Serve, visitor: Somebody, pictures: Pictures) -> None:
    page = await (await visitor()).open(serve().address)
    await pictures.take(page, "choice")
    await _unfold(page)
    await pictures.take(page, "choice-unfolded")
    await paste(page, "https://www.amazon.com/ap/signin?x=1")
    await see(page, "bad-link")
    await pictures.take(page, "bad-link")


async def test_the_password_way_and_its_questions(
    serve: Serve, visitor: Somebody, amazon: Amazon, pictures: Pictures
) -> None:
    amazon.knobs(pages_after_email=["cvf_captcha"], pages_after_password=["claims_picker", "code"])
    served = serve()
    page = await (await visitor()).open(served.address)
    await give_password(page, amazon)
    await expect(page.get_by_role("img")).to_be_visible(timeout=30_000)
    await pictures.take(page, "question-captcha")
    await answer(page, "Letters and digits", LETTERS)
    await see(page, re.compile("^E-mail a"))
    await pictures.take(page, "question-choice")
    await page.get_by_role("button", name="Continue").click()
    await see(page, re.compile("by mail or message"))
    await pictures.take(page, "question-code")
    await answer(page, "Code", MAIL_CODE)
    await see(page, re.compile("one-time code"))
    await answer(page, "Code", amazon.code())
    await see(page, "Signed in as Alex")
    await pictures.take(page, "done")
    await signed_in(served)


async def test_waiting_for_an_approval(
    serve: Serve, visitor: Somebody, amazon: Amazon, pictures: Pictures
) -> None:
    amazon.knobs(pages_after_password=["approval"])
    page = await (await visitor()).open(serve().address)
    await give_password(page, amazon)
    await see(page, re.compile(r"^[0-5]:\d\d left$"))
    await pictures.take(page, "waiting")


async def test_what_went_wrong(
    serve: Serve, visitor: Somebody, amazon: Amazon, pictures: Pictures
) -> None:
    for name, knobs, sign in (
        ("wrong-password", {"password_problem": "Your password is incorrect"}, "wrong-password"),
        ("unknown-page", {"password_problem": None, "next_page": "unknown"}, "unknown-page"),
        ("passkey", {"passkey_only": True}, "passkey"),
    ):
        amazon.knobs(**knobs)
        page = await (await visitor()).open(serve().address)
        await give_password(page, amazon)
        await expect(page.get_by_text(sign, exact=True)).to_be_visible(timeout=30_000)
        summary = page.get_by_text("Pages that were seen")
        await summary.click()
        await pictures.take(page, f"failed-{name}")


async def test_pages_with_one_sentence(
    serve: Serve, visitor: Somebody, amazon: Amazon, pictures: Pictures
) -> None:
    served = serve()
    page = await (await visitor()).open(served.address)
    await choose_window(page)
    await page.goto(served.address)
    await pictures.take(page, "window-open")
    await page.goto(f"{served.address}/window/evil.example/")
    await pictures.take(page, "window-foreign")
    await page.goto(f"{served.address}/nothing")
    await pictures.take(page, "not-found")
    stranger = await (await visitor()).open(served.address)
    await pictures.take(stranger, "another-browser")
    await page.goto(served.address.replace("127.0.0.1", "localhost"))
    await pictures.take(page, "another-address")
    amazon.knobs(passkey_only=True)
    await page.goto(served.address)
    await page.get_by_role("button", name="Open it once more").click()
    await give_email_to_amazon(page, amazon)
    await page.wait_for_load_state()
    await pictures.take(page, "window-passkey")
    served.page.close()
    await page.goto(served.address)
    await pictures.take(page, "over")
