"""
The same scenario against the real server, through its websocket as its user interface does it.
"""

import asyncio
import time
from typing import Any

import pytest
from line import Line
from mass_alexa.provider import constants
from real_server import RealServer, RefusedError, entries, sign_in, values_of
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, STUDIO, Amazon, eventually

pytestmark = pytest.mark.real_server

DOMAIN = constants.DOMAIN
LOGIN_FAILED = 6
SETUP_FAILED = 5
COMMAND_FAILED = 11
PUBLIC = "https://home.example.org/api/tts_proxy/abc.mp3"
SHOWN_SECONDS = 1.0
"""From the push to what the server shows, at most."""


async def test_the_whole_life_of_the_provider(
    server: RealServer, amazon: Amazon, line: Line
) -> None:
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

    page = {"instance_id": instance_id, "values": values_of(form)}
    await listening(server, page)
    await commands(server, amazon)
    await grouped(server, amazon)
    await changes(server, amazon, page)
    await outage(server, amazon, line, page)

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


def loud(amazon: Amazon, serial: str, level: int) -> None:
    """
    Wait for the volume of a device: 2.7 does not wait for slow ones.
    """
    amazon.device_when(serial, lambda device: device["volume"] == level)


async def commands(server: RealServer, amazon: Amazon) -> None:
    """
    Every command, read back from the simulated device.
    """
    amazon.play(KITCHEN)
    await server.send("players/cmd/volume_set", player_id=KITCHEN, volume_level=62)
    await asyncio.to_thread(loud, amazon, KITCHEN, 62)
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
    await server.send("players/cmd/seek", player_id=KITCHEN, position=120)
    await server.until("players/get", lambda one: one["elapsed_time"] >= 119, player_id=KITCHEN)
    assert any("Seek" in entry["body"] for entry in amazon.journal()[before:])
    await server.send("players/cmd/volume_mute", player_id=KITCHEN, muted=True)
    assert (await server.send("players/get", player_id=KITCHEN))["volume_muted"] is True
    await server.send("players/cmd/volume_mute", player_id=KITCHEN, muted=False)
    await server.send("players/cmd/stop", player_id=KITCHEN)
    assert (await server.send("players/get", player_id=KITCHEN))["playback_state"] == "idle"
    await server.send("players/cmd/play_announcement", player_id=BEDROOM, url=PUBLIC)
    assert PUBLIC in str(amazon.device(BEDROOM)["heard"])
    with pytest.raises(RefusedError, match="begins with https") as refused:
        await server.send(
            "players/cmd/play_announcement", player_id=BEDROOM, url="http://10.0.0.2/a.mp3"
        )
    assert refused.value.code == COMMAND_FAILED
    config = (await server.send("config/players/get", player_id=BEDROOM))["values"]
    if "preferred_output_protocol" not in config:
        # Since 2.8 the server asks only players for settings that take its music.
        assert config[constants.KEY_QUIET]["default_value"] is True
    # The server drops commands for players that are not available, without a word.
    volume = amazon.device(GARAGE)["volume"]
    await server.send("players/cmd/volume_set", player_id=GARAGE, volume_level=5)
    assert amazon.device(GARAGE)["volume"] == volume


async def listening(server: RealServer, page: dict[str, Any]) -> None:
    """
    Wait until every change is told.
    """

    def is_up(form: list[dict[str, Any]]) -> bool:
        report = next(one["label"] for one in form if one["key"] == constants.KEY_REPORT)
        return "push ok True" in report

    what = {"provider_domain": DOMAIN, "action": constants.KEY_DIAGNOSTICS}
    await server.until("config/providers/get_entries", is_up, **what, **page)


async def knob(server: RealServer, amazon: Amazon, level: int) -> None:
    """
    Turn the knob of a device; the server shows it within a second.
    """
    await asyncio.to_thread(amazon.patch, KITCHEN, volume=level)
    begun = time.monotonic()
    await server.until("players/get", lambda one: one["volume_level"] == level, player_id=KITCHEN)
    assert time.monotonic() - begun < SHOWN_SECONDS


async def grouped(server: RealServer, amazon: Amazon) -> None:
    """
    A group that was started in the app shows at its members, and their commands reach it.
    """
    group = next(one for one in await server.send("players/all") if one["name"] == "Everywhere")
    group_id = group["player_id"]
    assert group["type"] == "group"
    group = await server.until(
        "players/get",
        lambda one: set(one["group_members"]) == set(one["static_group_members"]),
        player_id=group_id,
    )
    amazon.play(group_id)
    for player_id in (group_id, *group["group_members"]):
        await server.until(
            "players/get",
            lambda one: (
                one["playback_state"] == "playing"
                and (one["current_media"] or {}).get("title") == "Blue in Green"
            ),
            player_id=player_id,
        )
    member = await server.send("players/get", player_id=BEDROOM)
    assert member["active_group"] == group_id
    await server.send("players/cmd/volume_set", player_id=BEDROOM, volume_level=23)
    await asyncio.to_thread(loud, amazon, BEDROOM, 23)
    before = {one: amazon.device(one)["volume"] for one in group["group_members"]}
    shown = await server.until(
        "players/get",
        lambda one: one["group_volume"] == sum(before.values()) // len(before),
        player_id=group_id,
    )
    louder = shown["group_volume"] + 10
    await server.send("players/cmd/group_volume", player_id=group_id, volume_level=louder)

    def levels() -> dict[str, int]:
        return {one: amazon.device(one)["volume"] for one in before}

    wanted = {one: level + 10 for one, level in before.items()}
    await asyncio.to_thread(eventually, levels, lambda seen: seen == wanted)
    await server.send("players/cmd/pause", player_id=BEDROOM)
    await server.until(
        "players/get", lambda one: one["playback_state"] == "paused", player_id=group_id
    )
    await server.send("players/cmd/stop", player_id=group_id)


async def changes(server: RealServer, amazon: Amazon, page: dict[str, Any]) -> None:
    """
    A knob, a device that goes offline and returns, a rename and a removal, without a reload.
    """
    for level in (71, 12, 55):
        await knob(server, amazon, level)
    amazon.patch(STUDIO, online=False)
    studio = await server.until("players/get", lambda one: not one["available"], player_id=STUDIO)
    assert studio["extra_attributes"]["unavailable_because"] == "Studio is offline."
    amazon.patch(STUDIO, online=True)
    studio = await server.until("players/get", lambda one: one["available"], player_id=STUDIO)
    assert "unavailable_because" not in studio["extra_attributes"]

    amazon.patch(KITCHEN, name="Cookhouse")
    amazon.control("DELETE", f"/control/devices/{OTHER_BEDROOM}")
    for _ in range(2):
        await entries(server, action=constants.KEY_TEST, **page)
    await server.until("players/get", lambda one: one["name"] == "Cookhouse", player_id=KITCHEN)
    await server.until(
        "players/all",
        lambda found: OTHER_BEDROOM not in {one["player_id"] for one in found if one["available"]},
    )


async def outage(server: RealServer, amazon: Amazon, line: Line, page: dict[str, Any]) -> None:
    """
    The way to Amazon breaks and is mended.
    """
    await line.cut()

    async def status() -> str:
        return str((await entries(server, **page))[constants.KEY_STATUS]["label"])

    async with asyncio.timeout(30):
        while "Amazon has not told changes by itself for " not in await status():
            await asyncio.sleep(0.1)
    with pytest.raises(RefusedError) as refused:
        await server.send("players/cmd/volume_set", player_id=KITCHEN, volume_level=5)
    assert refused.value.code == COMMAND_FAILED
    assert str(refused.value).endswith(".")
    shown = await server.send("players/get", player_id=KITCHEN)
    assert shown["volume_level"] == 55, "what did not happen is not shown"
    amazon.patch(KITCHEN, volume=37)
    await line.mend()
    await server.until("players/get", lambda one: one["volume_level"] == 37, player_id=KITCHEN)
    await listening(server, page)
    await knob(server, amazon, 64)
    assert "by itself" not in await status()
