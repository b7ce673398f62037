"""
A sign-in page on the web server of Music Assistant.

The page itself, its words and what happens behind it belong to mass_alexa; here it only gets its
place on the web server. Its route is open to everybody, and nobody can guess it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from mass_alexa import AlexaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from music_assistant.mass import MusicAssistant

    from mass_alexa import SignInPage

_BAD_GATEWAY = 502


class Route:
    """
    Serves a page, and everything below its path, for as long as it is not closed.

    :param mass: The server.
    :param page: The page.
    """

    def __init__(self, mass: MusicAssistant, page: SignInPage) -> None:
        self._page = page
        self._unregister: list[Callable[[], None]] = []
        try:
            for path in (page.path, f"{page.path}/*"):
                self._unregister.append(mass.webserver.register_dynamic_route(path, self._handle))
        except RuntimeError:
            self.close()
            raise

    def close(self) -> None:
        """
        Take the page away; may be called again.
        """
        while self._unregister:
            self._unregister.pop()()
        self._page.close()

    async def _handle(self, request: web.Request) -> web.Response:
        # As it was sent: once decoded, a separator could not be told from one that was meant.
        target = URL(_text(request.raw_path), encoded=True)
        try:
            answer = await self._page.handle(
                request.method,
                target.raw_path,
                target.raw_query_string,
                [(name, _text(value)) for name, value in request.headers.items()],
                await request.read(),
            )
        except AlexaError as err:
            return web.Response(status=_BAD_GATEWAY, text=str(err))
        return web.Response(
            status=answer.status, headers=CIMultiDict(answer.headers), body=answer.body
        )


def _text(value: str) -> str:
    """
    What aiohttp could not decode as text that can be encoded again.
    """
    return value.encode(errors="surrogateescape").decode(errors="replace")
