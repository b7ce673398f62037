"""
Fixtures: the simulator, a host with the provider in it, and one that is set up.
"""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import mass_alexa
import pytest
import pytest_asyncio
from concert import STREAMING, Concert, gateway_of
from echos import FakeGateway
from house import House, values_of
from later import LaterMusicAssistant
from line import Line
from mass_alexa.install import apply, hook, plan, server_python
from music_assistant import mass as host
from real_server import RealServer, real_server_python, search_path
from world import KITCHEN, LOGS, Amazon, amazon_of, log_handler

TRACE = 5
NO_ROUTE = "http://127.0.0.1:9"
PROVIDER = Path(mass_alexa.__file__).parent / "provider"


@pytest.fixture(scope="session", autouse=True)
def provider_logs() -> Iterator[None]:
    """
    Everything at trace level into a file of its own, which the canary scan reads.
    """
    handler = log_handler("python-provider")
    loggers = [logging.getLogger(name) for name in ("mass_alexa", "music_assistant", "aiohttp")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(TRACE)
    # The level that the library falls back to while no provider is loaded.
    base = logging.getLogger()
    before = base.level
    base.setLevel(TRACE)
    yield
    base.setLevel(before)
    for logger in loggers:
        logger.removeHandler(handler)
    handler.close()


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder of providers with ours, added to the host the way an installation adds it.
    """
    folder = tmp_path_factory.mktemp("providers")
    (folder / "mass_alexa").symlink_to(PROVIDER)
    assert hook.extend(host, str(folder))
    return folder


@pytest.fixture
def amazon(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Amazon]:
    with amazon_of(request.node.nodeid, tmp_path / "amazon") as simulator:
        yield simulator


@pytest.fixture
def relative(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Amazon]:
    """
    The account of another person of the same family.
    """
    test = f"{request.node.nodeid} of a relative"
    with amazon_of(test, tmp_path / "relative", "--second-account") as simulator:
        yield simulator


@pytest.fixture
async def house(
    amazon: Amazon, providers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """
    A running host that knows the provider; nobody has set it up.
    """
    assert providers.is_dir()
    mass = host.MusicAssistant(str(tmp_path / "storage"), str(tmp_path / "cache"))
    async with inhabited(mass, amazon, monkeypatch) as house:
        yield house


@pytest.fixture
async def later(
    amazon: Amazon, providers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """
    A running host as it is since 2.10; nobody has set the provider up.
    """
    assert providers.is_dir()
    mass = LaterMusicAssistant(str(tmp_path / "storage"), str(tmp_path / "cache"))
    async with inhabited(mass, amazon, monkeypatch) as house:
        yield house


@asynccontextmanager
async def inhabited(
    mass: host.MusicAssistant, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setenv("MASS_ALEXA_CONNECT_TO", amazon.address)
    monkeypatch.setenv("MASS_ALEXA_EXTRA_CA", amazon.authority)
    await mass.start()
    house = House(mass, amazon)
    monkeypatch.setattr(
        house.part("accounts"),
        "settings",
        # Without the throttle, made anew each time, and of the account that is signed in to next.
        lambda: house.amazon.settings(),  # noqa: PLW0108
    )
    yield house
    await mass.stop()


@pytest.fixture
async def instance(house: House) -> str:
    """
    The provider, set up; its instance id.
    """
    return await house.add()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(
    providers: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Concert]:
    """
    The provider with streaming switched on, for all tests of a module.
    """
    assert providers.is_dir()
    folder = tmp_path_factory.mktemp("hall")
    mass = host.MusicAssistant(str(folder / "storage"), str(folder / "cache"))
    with (
        amazon_of(request.node.nodeid, folder / "amazon") as amazon,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        async with inhabited(mass, amazon, monkeypatch) as house:
            kind = gateway_of(house, monkeypatch)
            instance = await house.save(values_of(await house.sign_in()) | STREAMING)
            assert len(kind.started) == 1
            await house.live(KITCHEN)
            yield Concert(house, instance, kind)


@pytest_asyncio.fixture(loop_scope="module")
async def stage(hall: Concert) -> Concert:
    """
    The hall, with nobody playing and nothing remembered.
    """
    await hall.clear()
    return hall


@pytest.fixture
def kind(house: House, monkeypatch: pytest.MonkeyPatch) -> type[FakeGateway]:
    return gateway_of(house, monkeypatch)


@pytest.fixture
async def line(amazon: Amazon) -> AsyncIterator[Line]:
    line = Line(amazon.address)
    await line.mend()
    yield line
    await line.cut()


@pytest.fixture
async def server(amazon: Amazon, line: Line, tmp_path: Path) -> AsyncIterator[RealServer]:
    """
    The real server with the provider installed by the launcher, and no way out of this machine.
    """
    found = server_python(real_server_python())
    folder = tmp_path / "installed"
    apply(plan("launcher", found, folder))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "PATH": search_path(),
        "HOME": str(tmp_path),
        "MASS_ALEXA_CONNECT_TO": line.address,
        "MASS_ALEXA_EXTRA_CA": amazon.authority,
        "http_proxy": NO_ROUTE,
        "https_proxy": NO_ROUTE,
        "no_proxy": "127.0.0.1,localhost",
    }
    server = RealServer(tmp_path, folder / "start-music-assistant", environment)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        LOGS.mkdir(parents=True, exist_ok=True)
        shutil.copy(server.log, LOGS / f"python-server-{os.getpid()}.log")
