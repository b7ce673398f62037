"""
Amazon's pages shown through our own server, in a real browser that can reach nothing else.
"""

import re
from typing import Any

from bridge import Bridge, Serve
from browsers import Somebody
from playwright.async_api import expect
from steps import (
    LETTERS,
    choose_window,
    give_code_to_amazon,
    give_email_to_amazon,
    give_mailed_code_to_amazon,
    give_password_to_amazon,
    see,
    signed_in,
)
from world import Amazon

IN_AMAZON = (give_email_to_amazon, give_password_to_amazon, give_code_to_amazon)


async def test_s_l2_email_password_code_approval_and_another_host(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    amazon.knobs(pages_after_password=["code", "approval", "hop"])
    served = serve()
    somebody = await visitor()
    page = await somebody.open(served.address)
    await choose_window(page)
    await give_email_to_amazon(page, amazon)
    await give_password_to_amazon(page, amazon)
    await give_code_to_amazon(page, amazon)
    await see(page, "approve the notification")
    polls = len(requests(amazon, "/ap/cvf/approval/poll"))
    await page.wait_for_event("framenavigated")
    assert len(requests(amazon, "/ap/cvf/approval/poll")) > polls
    amazon.knobs(approved=True)
    await see(page, "Enter the code sent to your e-mail")
    assert "/www.amazon.de/" in page.url
    await give_mailed_code_to_amazon(page)
    await see(page, "Signed in as Alex")
    assert page.url == served.address
    info = await signed_in(served)
    assert info.email == amazon.account["email"]
    counters = amazon.counters
    spent = [counters[name] for name in ("email_posts", "password_posts", "registrations")]
    assert spent == [1, 1, 1]
    # All that the browser asked for lies below the one address that it was given.
    opened = [it.url for it in somebody.asked if it.is_navigation_request()]
    assert all(address.startswith(served.address) for address in opened), opened
    for secret in (amazon.account["password"], "authorization_code"):
        assert not any(secret in it.url for it in somebody.asked)


async def test_two_windows_at_once_do_not_mix(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    # Both in the same browser and on the same server, step by step in turn.
    amazon.knobs(otp_single_use=False)
    somebody = await visitor()
    windows = [serve(), serve()]
    pages = [await somebody.open(served.address) for served in windows]
    for page in pages:
        await choose_window(page)
    for step in IN_AMAZON:
        for page in pages:
            await step(page, amazon)
    for page in pages:
        await see(page, "Signed in as Alex")
    serials = {(await signed_in(served)).serial for served in windows}
    assert len(serials) == 2
    assert amazon.counters["registrations"] == 2
    # What each window asked for carried the cookies of one sign-in only.
    sessions = {
        cookie.partition("=")[2]
        for entry in requests(amazon, "/ap/signin")
        for cookie in entry["headers"].get("cookie", "").split("; ")
        if cookie.startswith("session-id=")
    }
    assert len(sessions) == 2, sessions


async def test_s_l7_the_picture_of_a_captcha_is_shown(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    amazon.knobs(pages_after_email=["captcha"], otp_required=False)
    served = serve()
    page = await (await visitor()).open(served.address)
    await choose_window(page)
    await give_email_to_amazon(page, amazon)
    picture = page.get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 20")
    await page.get_by_label(re.compile("^e-mail", re.IGNORECASE)).fill(amazon.account["email"])
    await page.locator("input[name=guess]").fill(LETTERS)
    await give_password_to_amazon(page, amazon)
    await see(page, "Signed in as Alex")
    await signed_in(served)


async def test_another_browser_is_turned_away(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    served = serve()
    page = await (await visitor()).open(served.address)
    await choose_window(page)
    stranger = await (await visitor()).context.new_page()
    for address in (served.address, page.url):
        answer = await stranger.goto(address)
        assert answer is not None
        assert answer.status == 403
    await see(stranger, "belongs to the browser that opened it first")
    asked = len(requests(amazon, "/"))
    await stranger.reload()
    assert len(requests(amazon, "/")) == asked, "a stranger reached Amazon"
    for step in IN_AMAZON:
        await step(page, amazon)
    await signed_in(served)


async def test_works_below_the_path_of_a_proxy(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    async with Bridge("/api/ingress/abc").running() as bridge:
        served = serve(on=bridge)
        somebody = await visitor()
        page = await somebody.open(served.address)
        await choose_window(page)
        for step in IN_AMAZON:
            await step(page, amazon)
        await see(page, "Signed in as Alex")
        await signed_in(served)
        opened = [it.url for it in somebody.asked if it.is_navigation_request()]
        assert all(address.startswith(served.address) for address in opened), opened


async def test_s_l3_a_passkey_page_says_which_way_works(
    serve: Serve, visitor: Somebody, amazon: Amazon
) -> None:
    amazon.knobs(passkey_only=True)
    page = await (await visitor()).open(serve().address)
    await choose_window(page)
    await give_email_to_amazon(page, amazon)
    await see(page, "Amazon’s own page")  # noqa: RUF001 - as it stands on the page


def requests(amazon: Amazon, path: str) -> list[dict[str, Any]]:
    """
    What the simulator was asked below a path.
    """
    return [entry for entry in amazon.journal() if entry["path"].startswith(path)]
