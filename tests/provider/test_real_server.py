"""
The same scenario against the real server, through its websocket as its user interface does it.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from house import Browser
from mass_alexa.install import apply, plan, server_python
from mass_alexa.provider import constants
from real_server import RealServer, RefusedError, real_server_python, search_path
from world import BEDROOM, GARAGE, KITCHEN, LOGS, OTHER_BEDROOM, Amazon, eventually
from yarl import URL

pytestmark = pytest.mark.real_server

DOMAIN = constants.DOMAIN
LOGIN_FAILED = 6
SETUP_FAILED = 5
COMMAND_FAILED = 11
NO_ROUTE = "http://127.0.0.1:9"


@pytest.fixture
async def server(amazon: Amazon, tmp_path: Path) -> AsyncIterator[RealServer]:
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
        "MASS_ALEXA_CONNECT_TO": amazon.address,
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


async def entries(server: RealServer, **arguments: object) -> dict[str, dict[str, Any]]:
    form = await server.send("config/providers/get_entries", provider_domain=DOMAIN, **arguments)
    return {entry["key"]: entry for entry in form}


def values_of(form: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {key: entry["value"] for key, entry in form.items()}


async def sign_in(server: RealServer, amazon: Amazon) -> dict[str, dict[str, Any]]:
    form = await entries(server, values={"session_id": "first"})
    values = {
        **values_of(form),
        constants.KEY_CONSENT: True,
        constants.KEY_SITE: "amazon.de",
        "session_id": "first",
    }
    pressed = asyncio.create_task(entries(server, action=constants.KEY_SIGN_IN, values=values))
    async with Browser(await server.opened("first")) as browser:
        await browser.open()
        waiting = await entries(server, values={"session_id": "first"})
        assert waiting[constants.KEY_STATUS]["label"].startswith("The sign-in page is open. ")
        page = await browser.send(way="window")
        assert "email" in page.fields, "Amazon's own page, below ours"
        assert browser.at.path.startswith(f"{URL(browser.url).path}/")
        await browser.send(again="1")
        page = await browser.sign_in(amazon, password="wrong")
        assert "password" in page.alert.lower()
        page = await browser.sign_in(amazon)
        assert "Signed in" in page.text
    form = await pressed
    shown = await entries(server, action=constants.KEY_DIAGNOSTICS, values=values_of(form))
    assert shown[constants.KEY_REPORT]["label"].startswith("at: ")
    return form


async def test_the_whole_life_of_the_provider(server: RealServer, amazon: Amazon) -> None:
    manifests = await server.send("providers/manifests")
    manifest = next(one for one in manifests if one["domain"] == DOMAIN)
    assert manifest["name"] == "Amazon Alexa"
    assert "<svg" in manifest["icon_svg"]

    with pytest.raises(RefusedError, match="You have not signed in") as refused:
        await server.send(
            "config/providers/save",
            provider_domain=DOMAIN,
            values={constants.KEY_CONSENT: True, constants.KEY_SITE: "amazon.de"},
        )
    assert refused.value.code == LOGIN_FAILED

    form = await sign_in(server, amazon)
    assert form[constants.KEY_STATUS]["label"].startswith("Signed in to amazon.de as ")
    with pytest.raises(RefusedError, match="accept the risk") as refused:
        await server.send(
            "config/providers/save",
            provider_domain=DOMAIN,
            values={**values_of(form), constants.KEY_CONSENT: False},
        )
    assert refused.value.code == SETUP_FAILED

    saved = await server.send(
        "config/providers/save", provider_domain=DOMAIN, values=values_of(form)
    )
    instance_id = saved["instance_id"]
    await server.until(
        "players/all", lambda found: {GARAGE, OTHER_BEDROOM} <= {one["player_id"] for one in found}
    )
    players = await server.players(instance_id)
    assert players[BEDROOM]["name"] == players[OTHER_BEDROOM]["name"] == "Bedroom"
    assert players[GARAGE]["available"] is False
    assert players[KITCHEN]["device_info"]["manufacturer"] == "Amazon"
    assert "play_media" not in players[KITCHEN]["supported_features"]

    await commands(server, amazon)

    amazon.patch(KITCHEN, name="Cookhouse")
    await server.send("config/providers/reload", instance_id=instance_id)
    await server.until(
        "players/get", lambda one: one and one["name"] == "Cookhouse", player_id=KITCHEN
    )
    tested = await entries(
        server, instance_id=instance_id, action=constants.KEY_TEST, values=values_of(form)
    )
    assert "Tested just now. Connected to amazon.de" in tested[constants.KEY_STATUS]["label"]

    def loads() -> int:
        return server.log.read_text(errors="replace").count("Loaded player provider Amazon Alexa")

    before = loads()
    changed = {**values_of(form), constants.KEY_SITE: "amazon.com"}
    await server.send(
        "config/providers/save", provider_domain=DOMAIN, instance_id=instance_id, values=changed
    )
    await asyncio.to_thread(eventually, loads, lambda count: count > before)

    await server.stop()
    await server.start()
    await server.until(
        "players/all",
        lambda found: KITCHEN in {one["player_id"] for one in found if one["available"]},
    )
    assert amazon.counters["registrations"] == 1, "a restart registers nothing"

    await server.send("config/providers/remove", instance_id=instance_id)
    assert await server.players(instance_id) == {}
    assert amazon.registered == []
    assert list((server.data / ".mass_alexa").iterdir()) == []
    stored = (server.data / "settings.json").read_text()
    for secret in (amazon.account["password"], amazon.account["otp_seed"]):
        assert secret not in stored
        assert secret not in server.log.read_text(errors="replace")


async def commands(server: RealServer, amazon: Amazon) -> None:
    """
    Every command, read back from the simulated device.
    """
    amazon.play(KITCHEN)
    await server.send("players/cmd/volume_set", player_id=KITCHEN, volume_level=62)
    assert amazon.device(KITCHEN)["volume"] == 62
    await server.until(
        "players/get", lambda one: one["playback_state"] == "playing", player_id=KITCHEN
    )
    playing = await server.send("players/get", player_id=KITCHEN)
    assert playing["current_media"]["title"] == "Blue in Green"
    assert playing["volume_level"] == 62

    def plays(state: str) -> None:
        eventually(lambda: amazon.device(KITCHEN)["playing"], lambda seen: seen == state)

    await server.send("players/cmd/pause", player_id=KITCHEN)
    await asyncio.to_thread(plays, "PAUSED")
    await server.send("players/cmd/play", player_id=KITCHEN)
    await asyncio.to_thread(plays, "PLAYING")
    before = len(amazon.journal())
    await server.send("players/cmd/next", player_id=KITCHEN)
    await server.send("players/cmd/previous", player_id=KITCHEN)
    sent = [entry["body"] for entry in amazon.journal()[before:]]
    assert any("NextCommand" in body for body in sent)
    assert any("PreviousCommand" in body for body in sent)
    await server.send("players/cmd/volume_mute", player_id=KITCHEN, muted=True)
    assert (await server.send("players/get", player_id=KITCHEN))["volume_muted"] is True
    await server.send("players/cmd/volume_mute", player_id=KITCHEN, muted=False)
    await server.send("players/cmd/stop", player_id=KITCHEN)
    assert (await server.send("players/get", player_id=KITCHEN))["playback_state"] == "idle"
    # The server drops commands for players that are not available, without a word.
    volume = amazon.device(GARAGE)["volume"]
    await server.send("players/cmd/volume_set", player_id=GARAGE, volume_level=5)
    assert amazon.device(GARAGE)["volume"] == volume
