"""
Serves sign-in pages as the web server of Music Assistant does: plain HTTP, two dynamic routes for
each page, nothing interpreted on the way.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from mass_alexa import SignInPage
from multidict import CIMultiDict

type Serve = Callable[..., Served]

LARGEST_BODY = 16 * 1024 * 1024


@dataclass
class Served:
    """
    A page that can be opened.

    :param page: what answers.
    :param address: where a browser finds it.
    """

    page: SignInPage
    address: str


class Bridge:
    """
    A web server on a loopback port.

    :param below: path that a proxy in front would put before all others and take away again.
    """

    def __init__(self, below: str = "") -> None:
        self._below = below
        self._pages: list[SignInPage] = []
        self._origin = ""
        self._sent: list[str] = []

    @property
    def sent(self) -> str:
        """
        All that browsers were told: headers and bodies.
        """
        return "\n".join(self._sent)

    def add(self, page: SignInPage) -> Served:
        """
        Give a page its routes.
        """
        self._pages.append(page)
        return Served(page, f"{self._origin}{self._below}{page.path}")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Bridge"]:
        """
        Serve as long as the body runs; then all pages are closed.
        """
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{rest:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self._origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            for page in self._pages:
                page.close()
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(self._below)
        found = [it for it in self._pages if path == it.path or path.startswith(f"{it.path}/")]
        if not found or not request.path.startswith(self._below):
            return web.Response(status=404, text="no such route")
        answer = await found[0].handle(
            request.method,
            path,
            request.query_string,
            list(request.headers.items()),
            await request.read(),
        )
        self._sent += [f"{name}: {value}" for name, value in answer.headers]
        self._sent.append(answer.body.decode(errors="replace"))
        headers = CIMultiDict(answer.headers)
        return web.Response(status=answer.status, headers=headers, body=answer.body)
