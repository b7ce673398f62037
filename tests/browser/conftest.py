"""
Fixtures: a simulated Amazon, our page on a loopback port, and people with real browsers.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from bridge import Bridge, Serve, Served
from browsers import Person, Somebody, amazon_browser, person, visiting_browser
from mass_alexa import SignInPage
from pictures import Pictures
from playwright.async_api import Browser, Playwright, async_playwright
from world import LOGS, Amazon, amazon_of, log_handler

TRACE = 5


def pytest_configure() -> None:
    for old in LOGS.glob("browser-*.log"):
        old.unlink(missing_ok=True)
    logger = logging.getLogger("mass_alexa")
    logger.addHandler(log_handler("browser"))
    logger.setLevel(TRACE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder for pictures of every own page")


@pytest.fixture
def amazon(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Amazon]:
    with amazon_of(request.node.nodeid, tmp_path / "amazon") as simulator:
        yield simulator


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Pictures:
    folder: Path | None = request.config.getoption("--pictures")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return Pictures(folder)


@pytest.fixture
async def bridge(amazon: Amazon) -> AsyncIterator[Bridge]:
    """
    A web server whose answers hold nothing secret, neither typed nor issued by Amazon.
    """
    async with Bridge().running() as bridge:
        yield bridge
    # Codes are numbers and could stand anywhere by accident; the tokens of Amazon's forms have to
    # go to the browser and back.
    issued = amazon.account["secrets"]
    secrets = [it for it in issued if len(it) > 6 and not it.startswith("ape:")]
    assert secrets
    assert [it[:12] for it in secrets if it in bridge.sent] == []


@pytest.fixture
def serve(bridge: Bridge, amazon: Amazon, tmp_path: Path) -> Serve:
    """
    Serves a new sign-in page for an account that is kept nowhere else.
    """
    numbers = count()

    def serve(site: str = "amazon.com", on: Bridge = bridge) -> Served:
        store = str(tmp_path / f"store-{next(numbers)}")
        return on.add(SignInPage(store, site, "/alexa/sign-in", amazon.settings()))

    return serve


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest.fixture
async def visiting(playwright: Playwright, amazon: Amazon) -> AsyncIterator[Browser]:
    async with visiting_browser(playwright, amazon.address) as browser:
        yield browser


@pytest.fixture
async def visitor(visiting: Browser) -> AsyncIterator[Somebody]:
    """
    People who open our page. Their browsers must ask this machine only and find no fault.
    """
    people: list[Person] = []

    async def visitor() -> Person:
        people.append(await person(visiting))
        return people[-1]

    yield visitor
    assert [address for one in people for address in one.foreign()] == []
    assert [complaint for one in people for complaint in one.complaints] == []


@pytest.fixture
async def owner(playwright: Playwright, amazon: Amazon) -> AsyncIterator[Person]:
    """
    Somebody who signs in on Amazon's own pages.
    """
    async with amazon_browser(playwright, amazon.address) as browser:
        yield await person(browser)
