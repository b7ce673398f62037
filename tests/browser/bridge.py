"""
Serves a sign-in page as the web server of Music Assistant does: plain HTTP, two dynamic routes,
nothing interpreted on the way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from mass_alexa import SignInPage
from multidict import CIMultiDict

type Serve = Callable[..., Awaitable[Served]]

LARGEST_BODY = 16 * 1024 * 1024


@dataclass
class Served:
    """
    A page that can be opened.

    :param page: what answers.
    :param address: where a browser finds it.
    :param answers: status of every answer so far, with its method and path.
    """

    page: SignInPage
    address: str
    answers: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.address.removesuffix(self.page.path)


@asynccontextmanager
async def serving(page: SignInPage, below: str = "") -> AsyncIterator[Served]:
    """
    Serve a page on a loopback port as long as the body runs; then it is closed.

    :param page: what to serve.
    :param below: path that a proxy in front would put before the page's own and take away again.
    """
    served = Served(page, "")

    async def handle(request: web.Request) -> web.Response:
        path = request.path.removeprefix(below)
        if not request.path.startswith(below) or not _is_registered(page, path):
            served.answers.append((request.method, request.path, 404))
            return web.Response(status=404, text="no such route")
        answer = await page.handle(
            request.method,
            path,
            request.query_string,
            list(request.headers.items()),
            await request.read(),
        )
        served.answers.append((request.method, path, answer.status))
        headers = CIMultiDict(answer.headers)
        return web.Response(status=answer.status, headers=headers, body=answer.body)

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        served.address = f"http://127.0.0.1:{port}{below}{page.path}"
        yield served
    finally:
        page.close()
        await runner.cleanup()


def _is_registered(page: SignInPage, path: str) -> bool:
    return path == page.path or path.startswith(f"{page.path}/")
