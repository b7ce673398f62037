"""
A song as a local file, for a real server.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """#!{python}
# Stands in for ffprobe, which this machine does not have: all songs of the test are alike.
import json, sys
name = sys.argv[-1]
title = name.rsplit("/", 1)[-1].removesuffix(".mp3")
tags = {{"title": title, "artist": "Miles Davis", "album": "Kind of Blue"}}
print(json.dumps({{
    "streams": [{{"codec_type": "audio", "codec_name": "mp3", "sample_rate": "44100",
                 "channels": 2, "bit_rate": "128000"}}],
    "format": {{"filename": name, "format_name": "mp3", "duration": "{seconds}",
               "bit_rate": "128000", "tags": tags}},
}}))
"""


def put_probe(folder: Path, seconds: int) -> None:
    """
    Put something that answers for ffprobe into a folder, unless the machine has it.

    :param folder: A folder of ``PATH``.
    :param seconds: Length of all songs.
    """
    if shutil.which("ffprobe"):
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ffprobe"
    file.write_text(PROBE.format(python=sys.executable, seconds=seconds))
    file.chmod(0o755)


async def make_songs(ffmpeg: str, folder: Path, titles: list[str], seconds: int) -> None:
    """
    Make songs of one tone each.

    :param ffmpeg: The program.
    :param folder: Where to.
    :param titles: Their titles.
    :param seconds: Their length.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, title in enumerate(titles):
        tone = f"sine=frequency={440 + 110 * number}:duration={seconds}"
        process = await asyncio.create_subprocess_exec(
            *(ffmpeg, "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", tone),
            *("-b:a", "128k", "-ac", "2", "-ar", "44100", folder / f"{title}.mp3"),
        )
        assert await process.wait() == 0
