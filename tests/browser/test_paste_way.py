"""
Signing in on Amazon's own page in one browser, and pasting the last address in another.
"""

import re

import pytest
from bridge import Serve
from browsers import Person, Somebody
from playwright.async_api import Page, expect
from steps import (
    give_code_to_amazon,
    give_email_to_amazon,
    give_password_to_amazon,
    link_of,
    paste,
    see,
    signed_in,
)
from world import Amazon

LANDING = re.compile(r"/ap/maplanding\?")


async def sign_in_at_amazon(page: Page, amazon: Amazon, *, by_passkey: bool = False) -> None:
    await give_email_to_amazon(page, amazon)
    if by_passkey:
        await page.get_by_role("button", name="Use a passkey").click()
    else:
        await give_password_to_amazon(page, amazon)
        await give_code_to_amazon(page, amazon)


@pytest.mark.parametrize("passkey_only", [False, True], ids=["password", "s_l3_passkey"])
async def test_the_copied_address_signs_in(
    serve: Serve, visitor: Somebody, owner: Person, amazon: Amazon, passkey_only: bool
) -> None:
    amazon.knobs(passkey_only=passkey_only)
    served = serve()
    page = await (await visitor()).open(served.address)
    theirs = await owner.open(await link_of(page))
    async with theirs.expect_response(LANDING) as landing:
        await sign_in_at_amazon(theirs, amazon, by_passkey=passkey_only)
    assert (await landing.value).status == 404
    await expect(theirs).to_have_url(LANDING)
    await paste(page, theirs.url)
    await see(page, "Signed in as Alex")
    info = await signed_in(served)
    assert info.email == amazon.account["email"]
    assert amazon.counters["registrations"] == 1
    assert amazon.counters["password_posts"] == (0 if passkey_only else 1)


async def test_another_address_is_refused_and_the_link_stays_good(
    serve: Serve, visitor: Somebody, owner: Person, amazon: Amazon
) -> None:
    served = serve()
    page = await (await visitor()).open(served.address)
    link = await link_of(page)
    await paste(page, link)
    await see(page, "bad-link")
    assert await link_of(page) == link
    theirs = await owner.open(link)
    await sign_in_at_amazon(theirs, amazon)
    await expect(theirs).to_have_url(LANDING)
    await paste(page, f"  {theirs.url}\n")
    await see(page, "Signed in as Alex")
    await signed_in(served)
