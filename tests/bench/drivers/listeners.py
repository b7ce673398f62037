"""
Echos that only listen: each fetches one address at the pace at which it is played.

The first line of standard input is the order: ``urls``, ``rate`` in bytes per second. A line
``ready`` says that all of them play; a line on standard input ends them. The last line is the
result: how late their sound came at worst, and how much of it there was.
"""

import asyncio
import json
import socket
import sys
import time
from typing import Any
from urllib.parse import urlsplit

_TICK = 0.25
# Little, so that nothing but the gateway holds sound ready.
_BUFFER = 32 * 1024
# As on any network: with the packets of loopback, the system itself would hold minutes of sound.
_SEGMENT = 1_460


class _Listener:
    def __init__(self, url: str, rate: int) -> None:
        self._url = urlsplit(url)
        self._piece = int(rate * _TICK)
        self.begun = asyncio.Event()
        self.late = 0.0
        self.bytes = 0
        self.broke = False

    async def listen(self, until: asyncio.Event) -> None:
        try:
            reader, writer = await self._open()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.broke = True
            self.begun.set()
            return
        try:
            await reader.readexactly(self._piece)
            self.begun.set()
            due = time.monotonic()
            while not until.is_set():
                due += _TICK
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                began = max(due, time.monotonic())
                await reader.readexactly(self._piece)
                self.late = max(self.late, time.monotonic() - began)
                self.bytes += self._piece
        except (OSError, asyncio.IncompleteReadError):
            self.broke = True
            self.begun.set()
        finally:
            writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        connection.setblocking(False)
        address = (self._url.hostname, self._url.port)
        await asyncio.get_running_loop().sock_connect(connection, address)
        reader, writer = await asyncio.open_connection(sock=connection, limit=_BUFFER)
        request = f"GET {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ValueError(head)
        return reader, writer


async def _main() -> None:
    order: dict[str, Any] = json.loads(await asyncio.to_thread(sys.stdin.readline))
    listeners = [_Listener(url, order["rate"]) for url in order["urls"]]
    until = asyncio.Event()
    tasks = [asyncio.create_task(one.listen(until)) for one in listeners]
    for one in listeners:
        await one.begun.wait()
    print("ready", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.readline)
    until.set()
    await asyncio.gather(*tasks)
    result = {
        "late_ms": max(one.late for one in listeners) * 1e3,
        "bytes": sum(one.bytes for one in listeners),
        "broken": sum(one.broke for one in listeners),
    }
    print(json.dumps(result), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())
