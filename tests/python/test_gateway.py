"""
The gateway from Python: an Echo that plays, what it asks for, and what is refused.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from mass_alexa import Account, Settings
from mass_alexa.errors import AlexaError, InvalidInputError
from mass_alexa.gateway import Ask, Gateway, GatewaySettings, Item, Stage, public_address
from skills import PUBLIC_URL, SKILL, World, free_port, sound
from world import KITCHEN, Amazon

DEADLINE = 20.0
TRACKS = ("So What", "Blue in Green", "All Blues")


@pytest.fixture
async def upstream() -> AsyncIterator[str]:
    """
    A server of music inside the house; its address.
    """

    async def play(request: web.Request) -> web.Response:
        return web.Response(body=sound(request.match_info["name"], 20), content_type="audio/mpeg")

    app = web.Application()
    app.router.add_get("/{name}.mp3", play)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.fixture
def world(amazon: Amazon, tmp_path: Path) -> World:
    world = World(amazon, tmp_path)
    world.build()
    return world


@pytest.fixture
async def gateway(account: Account, world: World) -> AsyncIterator[Gateway]:
    async with await Gateway.start(account, settings(world), reach=reach(world)) as gateway:
        yield gateway


def settings(world: World) -> GatewaySettings:
    return GatewaySettings(
        PUBLIC_URL,
        skill_id=SKILL,
        port=world.port,
        bind="127.0.0.1",
        certificates=str(world.certificates),
        key=str(world.key),
        public_at=f"127.0.0.1:{world.port}",
    )


def reach(world: World) -> Settings:
    return world.amazon.settings()


class Host:
    """
    Whoever has the music: it reads what the gateway tells.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.stages: list[Stage] = []
        self.asks: list[Ask] = []
        self._reading = asyncio.create_task(self._read(gateway))

    async def _read(self, gateway: Gateway) -> None:
        async for event in gateway.watch():
            if event.stage is not None:
                self.stages.append(event.stage)
            if event.ask is not None:
                self.asks.append(event.ask)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not holds():
                assert not self._reading.done(), self._reading
                await asyncio.sleep(0.02)

    async def ended(self) -> None:
        async with asyncio.timeout(DEADLINE):
            await self._reading


def item(upstream: str, number: int) -> Item:
    name = TRACKS[number]
    return Item(str(number), f"{upstream}/{name.replace(' ', '-')}.mp3", name, duration=20)


async def test_an_echo_plays_and_what_it_asks_for_is_answered(
    gateway: Gateway, world: World, upstream: str
) -> None:
    host = Host(gateway)
    await gateway.play(KITCHEN, item(upstream, 0))
    stage = gateway.stage(KITCHEN)
    assert stage is not None
    assert (stage.playback, stage.item) == ("playing", "0")
    await host.until(lambda: world.echo(KITCHEN)["audible"])
    assert world.echo(KITCHEN)["audible"]["item"] == "So-What"
    assert world.echo(KITCHEN)["title"] == "So What"
    assert [one.serial for one in gateway.pairings()] == [KITCHEN]

    gateway.enqueue(KITCHEN, item(upstream, 1))
    await asyncio.to_thread(world.say, KITCHEN, "next")
    await host.until(lambda: host.asks)
    ask = host.asks.pop()
    assert (ask.serial, ask.wish, ask.on, ask.item) == (KITCHEN, "next", None, None)
    await gateway.play(KITCHEN, item(upstream, 2))
    gateway.answer(ask.id)
    await host.until(lambda: (world.echo(KITCHEN)["audible"] or {}).get("item") == "All-Blues")

    await gateway.pause(KITCHEN)
    await host.until(lambda: host.stages[-1].playback == "paused")
    assert world.echo(KITCHEN)["audible"] is None
    await gateway.resume(KITCHEN)
    assert host.stages[-1].item == "2"
    await gateway.stop(KITCHEN)
    await host.until(lambda: host.stages[-1].playback == "idle")
    assert gateway.facts()
    assert world.echo(KITCHEN)["answers_refused"] == []
    await gateway.close()
    await host.ended()


async def test_what_plays_goes_on_in_the_next_gateway(
    account: Account, world: World, upstream: str
) -> None:
    first = await Gateway.start(account, settings(world), reach=reach(world))
    await first.play(KITCHEN, item(upstream, 0))
    await first.close()
    await first.close()
    async with await Gateway.start(account, settings(world), reach=reach(world)) as second:
        stage = second.stage(KITCHEN)
        assert stage is not None
        assert (stage.playback, stage.item) == ("playing", "0")
        assert [one.serial for one in second.pairings()] == [KITCHEN]
        assert second.pair("nobody", KITCHEN) is False


async def test_s_k1_the_check_walks_to_the_echo_and_back(
    gateway: Gateway, world: World, upstream: str
) -> None:
    told: list[str] = []
    await gateway.play(KITCHEN, item(upstream, 0))
    steps = await gateway.check(KITCHEN, lambda step: told.append(step.name))
    found = {step.name: step for step in steps}
    assert told == list(found)
    for name in ("address", "certificate", "tls", "reachable", "launch", "audio"):
        assert found[name].verdict == "passed", found[name]
    # What it interrupted goes on.
    async with asyncio.timeout(DEADLINE):
        while (world.echo(KITCHEN)["audible"] or {}).get("item") != "So-What":
            await asyncio.sleep(0.05)

    world.amazon.control("PATCH", f"/control/skills/{SKILL}", {"is_testing": False})
    await gateway.stop(KITCHEN)
    broken = [step for step in await gateway.check(KITCHEN) if step.is_broken]
    assert [step.name for step in broken] == ["launch"]
    assert broken[0].next_step
    assert {step.verdict for step in await gateway.check() if step.name == "launch"} == {"skipped"}
    with pytest.raises(AlexaError):
        await gateway.check("nobody")


async def test_an_echo_that_does_not_answer_is_said(
    gateway: Gateway, world: World, upstream: str
) -> None:
    world.amazon.control("PATCH", f"/control/skills/{SKILL}", {"is_testing": False})
    with pytest.raises(AlexaError) as caught:
        await gateway.play(KITCHEN, item(upstream, 0))
    assert caught.value.code in ("launch-unanswered", "skill-missing")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"public_url": "https://192.168.1.5"}, "is a number"),
        ({"port": 70000}, "cannot be 70000"),
        ({"bind": "here"}, "not here"),
        ({"public_at": "there"}, "not there"),
        ({"certificates": "/chain.pem"}, "belong together"),
        ({"trusted_proxies": ("proxy",)}, "not proxy"),
    ],
)
async def test_settings_that_cannot_work_are_refused(
    account: Account, change: dict[str, object], said: str
) -> None:
    usual: dict[str, object] = {"public_url": PUBLIC_URL, "port": free_port(), "bind": "127.0.0.1"}
    wrong = GatewaySettings(**(usual | change))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=said):
        await Gateway.start(account, wrong)


async def test_a_port_that_is_taken_is_said(account: Account) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError) as caught:
            await Gateway.start(account, GatewaySettings(PUBLIC_URL, port=port, bind="127.0.0.1"))
    assert caught.value.code == "port-taken"


async def test_an_item_without_an_address_is_refused(account: Account) -> None:
    quiet = GatewaySettings(PUBLIC_URL, port=0, bind="127.0.0.1")
    async with await Gateway.start(account, quiet) as gateway:
        for wrong in (Item("1", "no address", "A"), Item("1", "http://a/b.mp3", "A", duration=-1)):
            with pytest.raises(InvalidInputError, match="cannot be played"):
                await gateway.play(KITCHEN, wrong)
        assert gateway.address.startswith("127.0.0.1:")
        assert gateway.stage(KITCHEN) is None
        assert gateway.stages() == []
        assert gateway.pairings() == []


def test_a_public_address_is_read() -> None:
    assert public_address(" https://Music.Example.org/ ") == "https://music.example.org"
    with pytest.raises(InvalidInputError):
        public_address("http://music.example.org")
