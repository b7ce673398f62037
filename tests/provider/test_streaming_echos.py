"""
The provider with a real gateway: simulated Echos fetch sound and tell what becomes of it.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from house import House, until, values_of
from mass_alexa.provider import constants
from music_assistant_models.enums import PlaybackState
from skills import PUBLIC_URL, SKILL, World, sound
from world import BEDROOM, KITCHEN

LENGTH = 60
TRACKS = ["So What", "Freddie Freeloader", "Blue in Green"]


@pytest.fixture
async def streams(house: House) -> AsyncIterator[None]:
    """
    The streams of the host, really served.
    """

    async def serve(request: web.Request) -> web.Response:
        url = f"{house.mass.streams.base_url}{request.path}"
        if not house.mass.streams.serve(url):
            raise web.HTTPNotFound
        _, _, _, queue_id, item_id, _ = request.path.split("/")
        item: Any = house.mass.player_queues.get_item(queue_id, item_id)
        left_out = int(item.streamdetails.seek_position or 0)
        marked = sound(item.name, LENGTH, left_out)
        return web.Response(body=marked, content_type="audio/mpeg")

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    house.mass.streams.base_url = f"http://{address[0]}:{address[1]}"
    yield
    await runner.cleanup()


@pytest.fixture
async def world(house: House, streams: None, tmp_path: Path) -> World:
    assert streams is None
    world = World(house.amazon, tmp_path)
    world.build()
    form = values_of(await house.sign_in())
    await house.save(
        form
        | {
            constants.KEY_STREAM: True,
            constants.KEY_PUBLIC_URL: PUBLIC_URL,
            constants.KEY_SKILL_ID: SKILL,
            constants.KEY_PORT: world.port,
            constants.KEY_BIND: "127.0.0.1",
            constants.KEY_CERTIFICATES: str(world.certificates),
            constants.KEY_PRIVATE_KEY: str(world.key),
        }
    )
    await house.live(KITCHEN)
    await house.live(BEDROOM)
    return world


async def hears(world: World, serial: str, item: str | None) -> float:
    """
    Wait until an item is heard, or silence; where in the item that is.
    """
    async with asyncio.timeout(20):
        while True:
            audible = (await asyncio.to_thread(world.echo, serial))["audible"]
            if (audible["item"] if audible else None) == item:
                return float(audible["position"]) if audible else 0.0
            await asyncio.sleep(0.02)


async def test_two_echos_play_and_each_obeys_its_own_voice(house: House, world: World) -> None:
    queues: Any = house.mass.player_queues
    for serial in (KITCHEN, BEDROOM):
        queues.fill(serial, TRACKS, LENGTH)
    await asyncio.gather(*(queues.play_index(serial, 0) for serial in (KITCHEN, BEDROOM)))
    for serial in (KITCHEN, BEDROOM):
        await hears(world, serial, TRACKS[0])
    await until(
        lambda: {queues.get(serial).state for serial in (KITCHEN, BEDROOM)},
        lambda seen: seen == {PlaybackState.PLAYING},
    )

    # S-P3: only the queue of the Echo that heard it goes on.
    await asyncio.to_thread(world.say, BEDROOM, "next")
    await hears(world, BEDROOM, TRACKS[1])
    await until(lambda: queues.get(BEDROOM).current_item.name, lambda name: name == TRACKS[1])
    await hears(world, KITCHEN, TRACKS[0])
    assert queues.get(KITCHEN).current_item.name == TRACKS[0]

    # S-P4: one pause, and nothing comes back from the Echo.
    await house.mass.players.cmd_pause(KITCHEN)
    await hears(world, KITCHEN, None)
    assert [call for call in queues.calls if call[0] == "pause"] == [("pause", KITCHEN)]
    await hears(world, BEDROOM, TRACKS[1])

    # S-P5: from where it was, also after a restart.
    player: Any = house.player(KITCHEN)
    at = player.position_now()
    instance = player.provider.instance_id
    await house.mass.load_provider(instance)
    await until(lambda: KITCHEN in house.players())
    await until(lambda: house.player(KITCHEN).state.playback_state == PlaybackState.PAUSED)
    await house.mass.players.cmd_play(KITCHEN)
    assert await hears(world, KITCHEN, TRACKS[0]) == pytest.approx(at, abs=1)
    again: Any = house.player(KITCHEN)
    assert again.position_now() == pytest.approx(await hears(world, KITCHEN, TRACKS[0]), abs=1)

    # What plays goes on where somebody goes to.
    await house.mass.players.cmd_seek(KITCHEN, 40)
    assert await hears(world, KITCHEN, TRACKS[0]) == pytest.approx(41, abs=2)
    await until(lambda: queues.get(KITCHEN).elapsed_time, lambda seen: 40 <= seen < 43)
    await asyncio.to_thread(world.say, KITCHEN, "stop")
    await hears(world, KITCHEN, None)
    for serial in (KITCHEN, BEDROOM):
        await until(lambda serial=serial: world.echo(serial)["sessions_open"] == 0)  # type: ignore[misc]
        echo = await asyncio.to_thread(world.echo, serial)
        assert echo["answers_refused"] == []
        assert echo["spoken"] == []
    await house.mass.config.remove_provider_config(instance)
    await hears(world, BEDROOM, None)


async def test_s_k9_a_refusal_is_said_within_six_seconds(house: House, world: World) -> None:
    world.amazon.control("PATCH", f"/control/skills/{SKILL}", {"is_testing": False})
    queues: Any = house.mass.player_queues
    queues.fill(KITCHEN, TRACKS, LENGTH)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(Exception, match=r"skill") as caught:
        await queues.play_index(KITCHEN, 0)
    assert asyncio.get_running_loop().time() - begun < 6
    assert str(caught.value).endswith(".")
    assert house.player(KITCHEN).state.playback_state == PlaybackState.IDLE
