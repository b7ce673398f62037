"""
What a person does on the pages, told by what stands on them.
"""

import re

from bridge import Served
from mass_alexa import AccountInfo
from playwright.async_api import Locator, Page, expect
from world import Amazon

MAIL_CODE = "418273"
LETTERS = "k7mwp3"
_PATIENCE = 30_000.0


async def see(page: Page, text: str | re.Pattern[str]) -> None:
    """
    Wait until a text stands on the page, however often it loads itself again.
    """
    await expect(page.get_by_text(text).first).to_be_visible(timeout=_PATIENCE)


async def signed_in(served: Served) -> AccountInfo:
    """
    The account that a page ended with.
    """
    account = await served.page.wait(30.0)
    try:
        assert account.info.site == "amazon.de"
        return account.info
    finally:
        await account.close()


async def open_part(page: Page, name: str, within: Locator) -> None:
    """
    Unfold a part of the page if it is not open already.
    """
    if not await within.is_visible():
        await page.get_by_text(name, exact=True).click()


async def choose_window(page: Page) -> None:
    """
    From the choice of ways to Amazon's first page in the guided window.
    """
    button = page.get_by_role("button", name="Open the guided window")
    await open_part(page, "In a guided window", button)
    await button.click()
    await see(page, re.compile("^e-mail or mobile", re.IGNORECASE))


async def give_password(
    page: Page, amazon: Amazon, *, password: str | None = None, otp: str = ""
) -> None:
    """
    Fill our own form and send it.

    :param page: shows the choice of ways.
    :param amazon: whose account it is.
    :param password: the right one if ``None``.
    :param otp: seed or code.
    """
    who = amazon.account
    email = page.get_by_label("E-mail address or phone number")
    await open_part(page, "With e-mail and password", email)
    await email.fill(who["email"])
    await page.get_by_label("Password", exact=True).fill(password or who["password"])
    await page.get_by_label("Authenticator seed or one-time code").fill(otp)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def answer(page: Page, label: str, text: str) -> None:
    """
    Answer a question of our own page.
    """
    await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_role("button", name="Continue").click()


async def link_of(page: Page) -> str:
    """
    The address of Amazon's sign-in that our page offers.
    """
    link = page.get_by_role("link", name="Open Amazon")
    address = await link.get_attribute("href")
    assert address is not None
    assert address.startswith("https://www.amazon.")
    return address


async def paste(page: Page, address: str) -> None:
    """
    Give our page the address of Amazon's last page.
    """
    await page.get_by_label("Address of the last page").fill(address)
    await page.get_by_role("button", name="Finish signing in").click()


async def give_email_to_amazon(page: Page, amazon: Amazon) -> None:
    """
    Fill Amazon's first page, wherever it is shown.
    """
    email = page.get_by_label(re.compile("^e-mail or mobile", re.IGNORECASE))
    await email.fill(amazon.account["email"])
    await page.get_by_role("button", name="Continue").click()


async def give_password_to_amazon(page: Page, amazon: Amazon) -> None:
    """
    Fill Amazon's second page.
    """
    await page.get_by_label("Password", exact=True).fill(amazon.account["password"])
    await page.get_by_role("button", name="Sign in").click()


async def give_code_to_amazon(page: Page, amazon: Amazon) -> None:
    """
    Fill Amazon's page for the code of the authenticator.
    """
    await page.get_by_label("Enter OTP").fill(amazon.code())
    await page.get_by_role("button", name="Submit").click()


async def give_mailed_code_to_amazon(page: Page) -> None:
    """
    Fill Amazon's page for a code that came by mail.
    """
    await page.locator("input[name=code]").fill(MAIL_CODE)
    await page.get_by_role("button", name="Continue").click()
