"""
E-mail address, password and authenticator on our own page, in a real browser.
"""

from bridge import Serve
from browsers import Somebody
from playwright.async_api import expect
from steps import give_password, see
from world import Amazon


async def test_signs_in_after_a_wrong_password(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    served = await serve()
    page = await (await visitor()).open(served.address)
    await give_password(page, amazon, password="not the right one")
    await see(page, "Your password is incorrect")
    await expect(page.get_by_label("E-mail")).to_have_value(amazon.account["email"])
    await give_password(page, amazon, otp=amazon.account["otp_seed"])
    await see(page, "Signed in as Alex")
    account = await served.page.wait(10.0)
    assert account.info.site == "amazon.de"
    await account.close()
    assert amazon.counters["registrations"] == 1
