"""
A local file plays through a real server to a simulated Echo, and the bytes arrive.
"""

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from mass_alexa.provider import constants
from real_server import RealServer, entries, search_path, sign_in, values_of
from skills import PUBLIC_URL, SKILL, World, free_port
from song import make_songs, put_probe
from world import KITCHEN, Amazon

pytestmark = pytest.mark.real_server

SECONDS = 40
SONGS = ["All Blues", "Blue in Green", "So What"]
DEADLINE = 60.0
BUFFERED = 18
"""Seconds of sound that an Echo has when it has as much as it takes."""


@pytest.fixture
def world(amazon: Amazon, tmp_path: Path) -> World:
    world = World(amazon, tmp_path)
    world.build()
    return world


async def heard(world: World, **wanted: object) -> dict[str, Any]:
    """
    The Echo, once it does what is wanted.
    """
    deadline = time.monotonic() + DEADLINE
    while True:
        echo = await asyncio.to_thread(world.echo, KITCHEN)
        if all(echo[key] == value for key, value in wanted.items()):
            return echo
        assert time.monotonic() < deadline, f"never came: {wanted}: {echo}"
        await asyncio.sleep(0.1)


async def test_a_local_file_plays_on_an_echo(
    server: RealServer, amazon: Amazon, world: World, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    ffmpeg = shutil.which("ffmpeg", path=search_path())
    assert ffmpeg is not None
    await make_songs(ffmpeg, music, SONGS, SECONDS)
    put_probe(server.programs, SECONDS)
    await server.send(
        "config/providers/save",
        provider_domain="filesystem_local",
        values={"path": str(music), "content_type": "music"},
    )
    signed_in = values_of(await sign_in(server, amazon))
    saved = await server.send(
        "config/providers/save", provider_domain=constants.DOMAIN, values=signed_in
    )
    page = {"instance_id": saved["instance_id"]}
    form = await entries(server, **page, values=signed_in)
    streaming = {
        constants.KEY_STREAM: True,
        constants.KEY_PUBLIC_URL: PUBLIC_URL,
        constants.KEY_SKILL_ID: SKILL,
        constants.KEY_PORT: world.port,
        constants.KEY_BIND: "127.0.0.1",
        constants.KEY_CERTIFICATES: str(world.certificates),
        constants.KEY_PRIVATE_KEY: str(world.key),
    }
    await server.send(
        "config/providers/save",
        provider_domain=constants.DOMAIN,
        **page,
        values={**values_of(form), **streaming},
    )
    await server.until(
        "players/get",
        lambda one: one and one["available"] and "enqueue" in one["supported_features"],
        player_id=KITCHEN,
    )
    library = await server.until("music/tracks/library_items", lambda found: len(found) == 3)
    tracks = sorted(library, key=lambda one: str(one["name"]))
    assert [one["name"] for one in tracks] == SONGS

    media = [one["uri"] for one in tracks]
    await server.send("player_queues/play_media", queue_id=KITCHEN, media=media, option="replace")
    songs = [
        one["media_item"]["name"]
        for one in await server.send("player_queues/items", queue_id=KITCHEN)
    ]
    echo = await heard(world, activity="PLAYING", title=songs[0])
    assert echo["url"].startswith(f"{PUBLIC_URL}/alexa/s/")
    assert echo["answers_refused"] == []
    await plays(server, songs[0])

    await asyncio.to_thread(world.say, KITCHEN, "next")
    await heard(world, activity="PLAYING", title=songs[1])
    await plays(server, songs[1])
    await restarted(server, world, songs[1])
    await server.send("players/cmd/pause", player_id=KITCHEN)
    await heard(world, activity="STOPPED")
    await server.until(
        "players/get", lambda one: one["playback_state"] == "paused", player_id=KITCHEN
    )
    await server.send("players/cmd/play", player_id=KITCHEN)
    await heard(world, activity="PLAYING", title=songs[1])
    await server.send("players/cmd/seek", player_id=KITCHEN, position=SECONDS - 6)
    await heard(world, activity="PLAYING", title=songs[1])
    # The Echo goes on by itself, and the server with it.
    await heard(world, activity="PLAYING", title=songs[2])
    await plays(server, songs[2])
    echo = await heard(world, sessions_open=0)
    # 320 kbit/s of three songs, as far as they were heard.
    assert echo["bytes"] > 200_000
    assert echo["stalls"] == 0
    await make_songs(ffmpeg, tmp_path / "bells", ["Bell"], 3)
    await announced(server, world, tmp_path / "bells", songs[2])
    await server.send("players/cmd/stop", player_id=KITCHEN)
    await heard(world, activity="STOPPED")


async def restarted(server: RealServer, world: World, song: str) -> None:
    """
    The music goes on without the server, and the server finds it where it is.
    """
    while (await heard(world, activity="PLAYING", title=song))["buffered"] < BUFFERED:
        await asyncio.sleep(0.2)
    await server.stop()
    await server.start()
    await plays(server, song)
    queue = await server.send("player_queues/get_active_queue", player_id=KITCHEN)
    shown = queue["elapsed_time"] + time.time() - queue["elapsed_time_last_updated"]
    echo = await heard(world, activity="PLAYING", title=song)
    assert shown == pytest.approx(echo["offset"], abs=2)


async def announced(server: RealServer, world: World, bells: Path, song: str) -> None:
    """
    An announcement from an address of the house, and the music goes on after it.
    """
    app = web.Application()
    app.router.add_static("/", bells)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    url = f"http://127.0.0.1:{port}/Bell.mp3"
    announcing = asyncio.create_task(
        server.send("players/cmd/play_announcement", player_id=KITCHEN, url=url)
    )
    try:
        await heard(world, activity="PLAYING", title="Announcement")
        await announcing
    finally:
        announcing.cancel()
        await runner.cleanup()
    await heard(world, activity="PLAYING", title=song)
    await plays(server, song)


async def plays(server: RealServer, title: str) -> None:
    """
    Wait until the server shows what is heard.
    """
    await server.until(
        "player_queues/get_active_queue",
        # After a start of the server there is none for a while.
        lambda queue: (
            queue
            and queue["state"] == "playing"
            and (queue["current_item"] or {}).get("media_item", {}).get("name") == title
        ),
        player_id=KITCHEN,
    )
