"""
E-mail address, password and authenticator on our own page, in a real browser.
"""

import re

from bridge import Serve
from browsers import Somebody
from playwright.async_api import expect
from steps import LETTERS, MAIL_CODE, answer, give_password, see, signed_in
from world import Amazon


async def test_signs_in_after_a_wrong_password(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    served = serve()
    page = await (await visitor()).open(served.address)
    await give_password(page, amazon, password="not the right one")
    await see(page, "Your password is incorrect")
    await expect(page.get_by_role("alert")).to_be_in_viewport()
    email = page.get_by_label("E-mail address or phone number")
    await expect(email).to_have_value(amazon.account["email"])
    assert "not the right one" not in await page.content()
    await give_password(page, amazon, otp=amazon.account["otp_seed"])
    await see(page, "Signed in as Alex")
    await signed_in(served)
    assert amazon.counters["registrations"] == 1


async def test_asks_for_letters_a_choice_and_codes(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    amazon.knobs(pages_after_email=["cvf_captcha"], pages_after_password=["claims_picker", "code"])
    served = serve()
    page = await (await visitor()).open(served.address)
    await give_password(page, amazon)
    picture = page.get_by_role("img", name="Picture with letters")
    await expect(picture).to_be_visible(timeout=30_000)
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 20")
    await answer(page, "Letters and digits", LETTERS)
    await page.get_by_label(re.compile("^E-mail a")).check()
    await page.get_by_role("button", name="Continue").click()
    await see(page, re.compile("by mail or message"))
    await answer(page, "Code", MAIL_CODE)
    await see(page, re.compile("one-time code"))
    await answer(page, "Code", amazon.code())
    await see(page, "Signed in as Alex")
    await signed_in(served)
    assert amazon.counters["password_posts"] == 1


async def test_s_l2_counts_down_until_the_sign_in_is_approved(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    amazon.knobs(pages_after_password=["approval"])
    served = serve()
    page = await (await visitor()).open(served.address)
    await give_password(page, amazon)
    await see(page, re.compile(r"^[0-5]:\d\d left$"))
    await see(page, "approve")
    amazon.knobs(approved=True)
    await see(page, "Signed in as Alex")
    await signed_in(served)
