"""
The server's web server, as far as providers may put routes on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Webserver:
    """
    Routes that come and go, on a real HTTP server on loopback.
    """

    def __init__(self) -> None:
        self._routes: dict[str, Handler] = {}
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    @property
    def routes(self) -> list[str]:
        """
        What is registered now, as ``method.path``.
        """
        return list(self._routes)

    async def setup(self) -> None:
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def register_dynamic_route(
        self, path: str, handler: Handler, method: str = "*"
    ) -> Callable[[], None]:
        """
        Serve a path, or all below it where it ends in ``/*``. A second time is an error.
        """
        key = f"{method}.{path}"
        if key in self._routes:
            msg = f"Route {path} already registered."
            raise RuntimeError(msg)
        self._routes[key] = handler

        def unregister() -> None:
            self._routes.pop(key, None)

        return unregister

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        for key in (f"{request.method}.{request.path}", f"*.{request.path}"):
            if handler := self._routes.get(key):
                return await handler(request)
        for key, handler in list(self._routes.items()):
            method, path = key.split(".", 1)
            matches = path.endswith("/*") and request.path.startswith(path[:-2])
            if matches and method in (request.method, "*"):
                return await handler(request)
        return web.Response(status=404)
