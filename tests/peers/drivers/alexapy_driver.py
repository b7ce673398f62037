"""
alexapy as its integration for home automation uses it, from the sign-in to the push stream.

Which sign-in is the first argument: ``proxy`` (a scripted browser walks through its proxy) or
``form`` (it fills in Amazon's forms itself).
"""

import json
import sys
from typing import Any

from alexapy import AlexaAPI, AlexaLogin, AlexaProxy
from alexapy_account import Device, Server, browse, keep, kept_in, login_of, sign_in_by_form
from alexapy_events import Events
from errand import Errand, run

_LOCALE = "de-DE"
_EVENTS = ("volume", "playing", "track", "dnd", "connection")
_UNREACHABLE = "ENDPOINT_UNREACHABLE"


class Household:
    """The devices of an account, each with its API."""

    def __init__(self, login: AlexaLogin, entries: list[dict[str, Any]]) -> None:
        """
        Make the API of every device.
        """
        self.names = {entry["serialNumber"]: entry["accountName"] for entry in entries}
        self.players = {
            entry["serialNumber"]: AlexaAPI(Device(entry, entry["deviceFamily"], _LOCALE), login)
            for entry in entries
        }


async def _sign_in_by_proxy(errand: Errand, login: AlexaLogin) -> None:
    async with Server() as server:
        proxy = AlexaProxy(login, server.address)
        server.handler = proxy.all_handler
        try:
            await browse(errand, server.address, "Successfully logged in")
        finally:
            await proxy.stop_proxy()
    if not await login.test_loggedin():
        raise RuntimeError("the client does not take itself for signed in")


async def _enrol(errand: Errand, login: AlexaLogin) -> None:
    async with errand.step("enrol") as seen:
        try:
            await {"proxy": _sign_in_by_proxy, "form": sign_in_by_form}[sys.argv[1]](errand, login)
        finally:
            seen["serial"] = login.uuid
            seen["refresh_token"] = bool(login.refresh_token)
            seen["signed_in"] = bool((login.status or {}).get("login_successful"))
        keep(login, errand.folder / "entry.json")


async def _list(login: AlexaLogin) -> Household:
    # The class keeps the last list it got and answers with that when it gets none.
    AlexaAPI.devices.clear()
    return Household(login, await AlexaAPI.get_devices(login))


async def _state(errand: Errand, household: Household) -> None:
    async with errand.step("state") as seen:
        seen["states"] = {}
        for serial in errand.task["serials"]:
            info = (await household.players[serial].get_state())["playerInfo"]
            texts = info["infoText"] or {}
            seen["states"][serial] = {
                "playing": info["state"] == "PLAYING",
                "title": texts.get("title"),
                "artist": texts.get("subText1"),
            }


async def _settings(errand: Errand, login: AlexaLogin, household: Household) -> None:
    async with errand.step("volume"):
        player = household.players[errand.task["serial"]]
        await player.set_volume(errand.task["volume"] / 100, queue_delay=0)
    async with errand.step("dnd"):
        serial = errand.task["serial"]
        if not await household.players[serial].set_dnd_state(True):
            raise RuntimeError("the client does not take the answer for a yes")
        answer = await AlexaAPI.get_dnd_state(login)
        told = {
            entry["deviceSerialNumber"]: entry["enabled"]
            for entry in answer["doNotDisturbDeviceStatusList"]
        }
        if told.get(serial) is not True:
            raise RuntimeError(f"the client reads {told.get(serial)!r} after it switched it on")


async def _sensors(errand: Errand, login: AlexaLogin) -> None:
    async with errand.step("sensors") as seen:
        entities = {}
        for appliance in await AlexaAPI.get_network_details(login):
            for identifier in appliance["alexaDeviceIdentifierList"]:
                entities[appliance["entityId"]] = identifier["dmsDeviceSerialNumber"]
        answer = await AlexaAPI.get_entity_state(login, entity_ids=list(entities))
        seen["online"] = {
            entities[it["entity"]["entityId"]]: _is_connected(it) for it in answer["deviceStates"]
        }
        for error in answer.get("errors") or []:
            if error["code"] == _UNREACHABLE:
                seen["online"][entities[error["entity"]["entityId"]]] = False


def _is_connected(entity: dict[str, Any]) -> bool:
    # Each state is a text of its own within the answer.
    states = map(json.loads, entity["capabilityStates"])
    return any(it["name"] == "connectivity" and it["value"]["value"] == "OK" for it in states)


async def _transport(errand: Errand, household: Household) -> None:
    async with errand.step("transport"):
        player = household.players[errand.task["serial"]]
        calls = {
            "pause": player.pause,
            "play": player.play,
            "next": player.next,
            "previous": player.previous,
            "stop": player.stop,
        }
        for part, call in calls.items():
            await call()
            await errand.check(part)


async def _speech(errand: Errand, household: Household) -> None:
    async with errand.step("speech") as seen:
        task = errand.task
        player = household.players[task["serial"]]
        calls = {
            "speak": player.send_tts,
            "announce": player.send_announcement,
            "text_command": player.run_custom,
            "sound": player.play_sound,
        }
        seen["sent"] = []
        for part, call in calls.items():
            await call(task[part])
            seen["sent"].append(part)
        await player.play_music(task["provider"], task["music"])
        seen["sent"].append("music")


async def _push(errand: Errand, login: AlexaLogin) -> None:
    events = Events(login)
    try:
        async with errand.step("push") as seen:
            await events.open()
            seen["events"] = []
            for part in _EVENTS:
                await _turn(errand, events, part, seen["events"])
        async with errand.step("reconnect", seconds=90) as seen:
            if not events.opened:
                raise RuntimeError("there is no stream to lose")
            seen["events"] = []
            await errand.turn("drop")
            await _turn(errand, events, "volume", seen["events"])
            seen["failures"] = events.failures
    finally:
        events.close()


async def _turn(errand: Errand, events: Events, part: str, told: list[dict[str, Any]]) -> None:
    first = len(events.told)
    turned = await errand.turn(part)
    event = await events.expect(errand, part, turned, first)
    if event is not None:
        told.append(event)


async def _restart(
    errand: Errand, login: AlexaLogin, household: Household
) -> tuple[AlexaLogin, Household]:
    """
    Begin anew from what was stored, and go on with that if it works.
    """
    async with errand.step("refresh") as seen:
        again = login_of(errand, kept_in(errand.folder / "entry.json"))
        try:
            # Tokens are enough; cookies are the last thing it tries, and all that a form leaves.
            await again.login(cookies=None if again.refresh_token else await again.load_cookie())
            household = await _list(again)
            seen["found"] = household.names
            login, again = again, login
        finally:
            await again.close()
    return login, household


async def _work(errand: Errand) -> None:
    (errand.folder / ".storage").mkdir(exist_ok=True)
    login = login_of(errand)
    try:
        await _enrol(errand, login)
        async with errand.step("devices") as seen:
            household = await _list(login)
            seen["found"] = household.names
        login, household = await _restart(errand, login, household)
        await _state(errand, household)
        await _settings(errand, login, household)
        await _sensors(errand, login)
        await _transport(errand, household)
        await _speech(errand, household)
        await _push(errand, login)
    finally:
        await login.close()


if __name__ == "__main__":
    run(_work)
