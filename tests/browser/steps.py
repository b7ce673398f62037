"""
What a person does on the pages, told by what stands on them.
"""

import re

from playwright.async_api import Page, expect
from world import Amazon

_PATIENCE = 30_000.0


async def see(page: Page, text: str | re.Pattern[str]) -> None:
    """
    Wait until a text stands on the page, however often it loads itself again.
    """
    await expect(page.get_by_text(text).first).to_be_visible(timeout=_PATIENCE)


async def give_password(
    page: Page, amazon: Amazon, *, password: str | None = None, otp: str = ""
) -> None:
    """
    Fill our own form and send it.

    :param page: shows the form.
    :param amazon: whose account it is.
    :param password: the right one if ``None``.
    :param otp: seed or code.
    """
    who = amazon.account
    await page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(who["email"])
    await page.get_by_label("Password", exact=True).fill(password or who["password"])
    await page.get_by_label(re.compile("authenticator", re.IGNORECASE)).fill(otp)
    await page.get_by_role("button", name="Sign in").click()


async def sign_in_at_amazon(page: Page, amazon: Amazon) -> None:
    """
    Type what Amazon asks for on its own pages, until the code is sent.

    :param page: shows the e-mail page of Amazon, real address or not.
    :param amazon: whose account it is.
    """
    who = amazon.account
    await page.get_by_label(re.compile("^e-mail", re.IGNORECASE)).fill(who["email"])
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Password", exact=True).fill(who["password"])
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Enter OTP").fill(amazon.code())
    await page.get_by_role("button", name="Submit").click()
