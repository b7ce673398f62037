"""
What the web server of the host and the sign-in page say to each other.
"""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from house import House
from mass_alexa import errors as alexa_errors
from mass_alexa.provider.route import Route
from yarl import URL

BINARY = bytes(range(256)) * 3


@dataclass
class Page:
    """
    A page that notes what it is asked and answers what it was told.
    """

    path: str = "/mass_alexa/sign-in/token"
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    error: Exception | None = None
    asked: list[tuple[str, str, str, list[tuple[str, str]], bytes]] = field(default_factory=list)
    closed: int = 0

    async def handle(self, *request: Any) -> Any:
        self.asked.append(request)
        if self.error:
            raise self.error
        return SimpleNamespace(status=self.status, headers=self.headers, body=self.body)

    def close(self) -> None:
        self.closed += 1


def serve(house: House, page: Page) -> Route:
    return Route(house.mass, page)  # type: ignore[arg-type]


def url(house: House, rest: str = "") -> URL:
    return URL(f"{house.mass.webserver.base_url}/mass_alexa/sign-in/token{rest}", encoded=True)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_every_method_reaches_the_page_and_all_below_it(house: House, method: str) -> None:
    page = Page()
    serve(house, page)
    async with aiohttp.ClientSession() as browser:
        for rest in ("", "/", "/w/www.amazon.de/ap/signin", "/a/b/c.js"):
            async with browser.request(method, url(house, rest)) as answer:
                assert answer.status == 200
    assert [(asked[0], asked[1]) for asked in page.asked] == [
        (method, f"{page.path}{rest}")
        for rest in ("", "/", "/w/www.amazon.de/ap/signin", "/a/b/c.js")
    ]


async def test_what_is_sent_arrives_as_it_was_sent(house: House) -> None:
    page = Page()
    serve(house, page)
    query = "a=b%26c&d=%2Fx%20y&e=1+2&f=%C3%A4&g"
    headers = [("X-One", "1"), ("X-One", "2"), ("Cookie", "a=b; c=d"), ("Content-Type", "x/y")]
    async with aiohttp.ClientSession() as browser:
        target = url(house, f"/w/a%2Fb/%E2%82%AC?{query}")
        async with browser.post(target, data=BINARY, headers=headers) as answer:
            assert answer.status == 200
    method, path, sent_query, sent_headers, body = page.asked[0]
    assert (method, path) == ("POST", f"{page.path}/w/a%2Fb/%E2%82%AC")
    assert sent_query == query
    assert body == BINARY
    assert [value for name, value in sent_headers if name == "X-One"] == ["1", "2"]
    assert ("Cookie", "a=b; c=d") in sent_headers
    assert ("Content-Type", "x/y") in sent_headers


async def test_headers_that_are_no_text_do_no_harm(house: House) -> None:
    page = Page()
    serve(house, page)
    host, port = URL(house.mass.webserver.base_url).host, URL(house.mass.webserver.base_url).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"GET {page.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Odd: ".encode()
        + b"\xff\xfe\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    odd = next(value for name, value in page.asked[0][3] if name == "X-Odd")
    assert odd.encode(), "it can be handed on"


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", b"<p>\xe4</p>"),
        (200, "text/html; charset=ISO-8859-1", b"<p>\xe4</p>"),
        (200, "image/png", BINARY),
        (200, "application/javascript;charset=UTF-8", b"1" * 5000),
        (404, "text/html;charset=utf-8", b"gone"),
        (503, "application/json", b"{}"),
    ],
)
async def test_what_is_answered_arrives_as_it_was_answered(
    house: House, status: int, kind: str, body: bytes
) -> None:
    headers = [
        ("Content-Type", kind),
        ("Set-Cookie", "a=1; Path=/x"),
        ("Set-Cookie", "b=2; Path=/x"),
        ("Cache-Control", "no-store"),
        ("X-Frame-Options", "DENY"),
    ]
    serve(house, Page(status=status, headers=headers, body=body))
    asking = {"Accept-Encoding": "gzip, deflate, br"}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as browser,
        browser.get(url(house), headers=asking) as answer,
    ):
        assert answer.status == status
        assert answer.headers["Content-Type"] == kind
        assert "Content-Encoding" not in answer.headers
        assert answer.headers.getall("Set-Cookie") == ["a=1; Path=/x", "b=2; Path=/x"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert await answer.read() == body


async def test_a_hop_to_another_page_is_not_followed_here(house: House) -> None:
    headers = [("Location", "/mass_alexa/sign-in/token/w/www.amazon.com/ap/mfa?x=%2F")]
    serve(house, Page(status=302, headers=headers))
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(url(house), allow_redirects=False) as answer,
    ):
        assert answer.status == 302
        assert answer.headers["Location"] == headers[0][1]
        assert await answer.read() == b""


async def test_an_error_of_the_page_is_no_error_of_the_server(house: House) -> None:
    error = alexa_errors.NetworkError("unreachable", "Amazon cannot be reached.", "Wait.")
    serve(house, Page(error=error))
    async with aiohttp.ClientSession() as browser, browser.get(url(house)) as answer:
        assert answer.status == 502
        assert await answer.text() == "Amazon cannot be reached. Wait."


async def test_closing_takes_both_places_and_may_be_repeated(house: House) -> None:
    page = Page()
    route = serve(house, page)
    assert len(house.mass.webserver.routes) == 2
    route.close()
    route.close()
    assert house.mass.webserver.routes == []
    assert page.closed == 2
    async with aiohttp.ClientSession() as browser:
        for rest in ("", "/w/x"):
            async with browser.get(url(house, rest)) as answer:
                assert answer.status == 404


async def test_half_a_route_is_none(house: House) -> None:
    page = Page()
    taken = house.mass.webserver.register_dynamic_route(f"{page.path}/*", page.handle)
    with pytest.raises(RuntimeError):
        serve(house, page)
    assert len(house.mass.webserver.routes) == 1
    assert page.closed == 1
    taken()
