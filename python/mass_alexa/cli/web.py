"""
As much of a web server as the sign-in page needs, and no more.

It hands whole requests to the page and answers back; one request per connection.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import NamedTuple, Self

from mass_alexa import SignInPage

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024
"""Bytes of head and body that are read; chosen, sign-in forms have a few thousand."""
READ_WITHIN = 30.0
"""Seconds a request gets to arrive; chosen. Browsers open connections in advance."""
REASONS = {200: "OK", 303: "See Other", 404: "Not Found"}
OURS = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}
"""Headers of an answer that are about the connection, which is ours."""


class _Request(NamedTuple):
    """
    A request as it came.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


class _RefusedError(Exception):
    """
    A request that is answered without asking the page.

    :param status: HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class WebServer:
    """
    Serves one sign-in page with everything below it.

    :param page: The page.
    """

    def __init__(self, page: SignInPage) -> None:
        self._page = page
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered = asyncio.Event()

    @classmethod
    async def start(cls, page: SignInPage, host: str, port: int) -> Self:
        """
        Begin to serve.

        :param page: The page.
        :param host: Address of this machine.
        :param port: Port; 0 takes any that is free.
        """
        web = cls(page)
        web._server = await asyncio.start_server(web._serve, host, port, limit=LARGEST_HEAD)
        return web

    @property
    def port(self) -> int:
        """
        Where it listens.
        """
        if self._server is None or not self._server.sockets:
            return 0
        return int(self._server.sockets[0].getsockname()[1])

    async def until_answered(self, limit: float) -> None:
        """
        Wait until one more request was answered, from now on.

        :param limit: Seconds after which it is given up.
        """
        self._answered.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._answered.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Answer one connection.

        :param reader: What the browser sends.
        :param writer: What it gets.
        """
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            # Whoever goes away or sends no HTTP gets no answer. Only the end of the page cancels
            # this task, and streams of CPython 3.12 complain of handlers that end as cancelled.
            with contextlib.suppress(
                OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError
            ):
                await self._answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Read a request, have it answered by the page, send the answer.

        :param reader: What the browser sends.
        :param writer: What it gets.
        """
        method = ""
        status, headers, body = 404, [("Content-Type", "text/plain")], b"Nothing here.\n"
        here = False
        try:
            async with asyncio.timeout(READ_WITHIN):
                request = await _read(reader)
            method = request.method
            here = f"{request.path}/".startswith(f"{self._page.path}/")
        except _RefusedError as err:
            status = err.status
        if here:
            response = await self._page.handle(*request)
            status, headers, body = response.status, response.headers, response.body
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'See Status')}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in OURS]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1", "replace"))
        if method != "HEAD":
            writer.write(body)
        await writer.drain()
        if here:
            self._answered.set()


async def _read(reader: asyncio.StreamReader) -> _Request:
    """
    Read a request.

    :param reader: What the browser sends.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as err:
        raise _RefusedError(431) from err
    first, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):  # noqa: PLR2004
        raise _RefusedError(400)
    headers = []
    length = 0
    for line in rest:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise _RefusedError(400)
        headers.append((name, value.strip()))
        if name.lower() == "transfer-encoding":
            raise _RefusedError(411)
        if name.lower() == "content-length":
            if not value.strip().isdecimal():
                raise _RefusedError(400)
            length = int(value.strip()[:9])
    if length > LARGEST_BODY:
        raise _RefusedError(413)
    path, _, query = words[1].partition("?")
    return _Request(words[0], path, query, headers, await reader.readexactly(length))
