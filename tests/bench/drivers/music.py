"""
A stream server as it is in a music server: an MP3 of 320 kbit/s in chunks, as fast as it is taken.

Prints its port.
"""

import asyncio
import sys

# MPEG 1, layer III, 320 kbit/s, 48 kHz: 960 bytes, 24 ms.
_FRAME = bytes((0xFF, 0xFB, 0xE4, 0x00)).ljust(960, b"\0")
_PIECE = _FRAME * 34
_CHUNK = b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE)
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nAccept-Ranges: none\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
_SECONDS = 3600
_FRAME_SECONDS = 0.024


async def _play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        for _ in range(int(_SECONDS / _FRAME_SECONDS / 34)):
            writer.write(_CHUNK)
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_play, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    # Whoever has started this says when it is over.
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main())
