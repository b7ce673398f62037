"""
aioamazondevices: the direct sign-in with a code, its data, its commands, its event stream.
"""

import asyncio
import json
from typing import Any

import httpx
from aioamazondevices.api import AmazonEchoApi
from aioamazondevices.structures import (
    AmazonDevice,
    AmazonMediaControls,
    AmazonMediaState,
    AmazonSaveDataConfig,
    AmazonVolumeState,
)
from aiohttp import ClientSession
from errand import Errand, run

_COMMANDS = {
    "pause": AmazonMediaControls.Pause,
    "play": AmazonMediaControls.Play,
    "next": AmazonMediaControls.Next,
    "previous": AmazonMediaControls.Previous,
    "stop": AmazonMediaControls.Stop,
}
_REOPEN_SECONDS = 30.0
_POLL_SECONDS = 0.05


class _Told:
    """What the client's own signals said since the last look."""

    def __init__(self, api: AmazonEchoApi) -> None:
        self.events: list[dict[str, Any]] = []
        for signal, receive in (
            (api.on_volume_state_event, self._volumes),
            (api.on_dnd_event, self._dnd),
            (api.on_media_state_event, self._media),
        ):
            signal.append(receive)
            signal.freeze()

    async def expect(self, errand: Errand, turned: dict[str, Any], seconds: float = 10.0) -> None:
        """
        Wait until the client tells what was turned.
        """
        await errand.wait(lambda: turned in self.events, seconds)

    def _add(self, kind: str, serial: str, value: Any) -> None:
        self.events.append({"kind": kind, "serial": serial, "value": value})

    async def _volumes(self, states: dict[str, AmazonVolumeState]) -> None:
        for serial, state in states.items():
            self._add("volume", serial, state.volume)

    async def _dnd(self, states: dict[str, bool]) -> None:
        for serial, enabled in states.items():
            self._add("dnd", serial, enabled)

    async def _media(self, states: dict[str, AmazonMediaState]) -> None:
        for serial, state in states.items():
            self._add("playing", serial, state.player_state == "PLAYING")
            self._add("track", serial, state.now_playing_title)


async def _background_work() -> None:
    # Commands are collected for a moment and posted by a task of the client's own.
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    if waiting:
        await asyncio.gather(*waiting)


def _names(devices: dict[str, AmazonDevice]) -> dict[str, str]:
    return {serial: device.account_name for serial, device in devices.items()}


async def _refresh(errand: Errand, stored: dict[str, Any]) -> None:
    async with errand.step("refresh") as seen, ClientSession() as session:
        # As the integration does it: what was stored went through a file, and no password is left.
        login_data = json.loads(json.dumps(stored))
        save_data = AmazonSaveDataConfig(path=errand.folder)
        again = AmazonEchoApi(session, errand.email, "", save_data=save_data, login_data=login_data)
        await again.login.login_mode_stored_data()
        seen["found"] = _names(await again.get_devices_data())


async def _readings(errand: Errand, api: AmazonEchoApi) -> None:
    latest: dict[str, dict[str, Any]] = {"media": {}, "volumes": {}}

    async def media(states: dict[str, AmazonMediaState]) -> None:
        latest["media"] = dict(states)

    async def volumes(states: dict[str, AmazonVolumeState]) -> None:
        latest["volumes"] = dict(states)

    api.on_media_state_event.append(media)
    api.on_volume_state_event.append(volumes)
    told = _Told(api)
    async with errand.step("state") as seen:
        await api.sync_media_state()
        seen["states"] = {
            serial: {
                "playing": state.player_state == "PLAYING",
                "title": state.now_playing_title,
                "artist": state.now_playing_line1,
            }
            for serial, state in latest["media"].items()
        }
    async with errand.step("volumes") as seen:
        await api.sync_media_state()
        seen["volumes"] = {serial: it.volume for serial, it in latest["volumes"].items()}
    await _commands(errand, api, told)


async def _commands(errand: Errand, api: AmazonEchoApi, told: _Told) -> None:
    devices = await api.get_devices_data()
    device = devices[errand.device]
    async with errand.step("volume"):
        await api.set_device_volume(device, errand.task["volume"])
        await _background_work()
    async with errand.step("dnd"):
        await api.set_do_not_disturb(device, enable=True)
    async with errand.step("sensors") as seen:
        await api.get_devices_data()
        seen["online"] = {
            serial: sensors["reachability"].value == "OK"
            for serial, sensors in api.sensors.items()
            if not sensors["reachability"].error
        }
    async with errand.step("transport"):
        for part, command in _COMMANDS.items():
            await api.send_media_command(device, command)
            await errand.check(part)
    async with errand.step("speech") as seen:
        task = errand.task
        await api.call_alexa_speak(device, task["speak"])
        await api.call_alexa_announcement(device, task["announce"])
        await api.call_alexa_text_command(device, task["text_command"])
        await api.call_alexa_sound(device, task["sound"])
        await api.call_alexa_music(device, task["music"], task["provider"])
        await _background_work()
        seen["sent"] = ["speak", "announce", "text_command", "sound", "music"]
    await _listen(errand, api, told)


async def _listen(errand: Errand, api: AmazonEchoApi, told: _Told) -> None:
    # No time limit, as the client asks for it.
    async with httpx.AsyncClient(http2=True, timeout=None) as http:
        async with errand.step("push") as seen:
            told.events.clear()
            stream = await api.start_http2_processing(http)
            seen["events"] = told.events
            for part in ("volume", "playing", "track", "dnd"):
                await told.expect(errand, await errand.turn(part))
        async with errand.step("reconnect") as seen:
            told.events.clear()
            opened = (await errand.turn("drop"))["opened"]
            while not stream.done() and (await errand.control("counters"))["push_opened"] == opened:
                await asyncio.sleep(_POLL_SECONDS)
            seen["gave_up"] = stream.done()
            if stream.done():
                raise RuntimeError("the client's own task for the stream came to its end")
            seen["events"] = told.events
            await told.expect(errand, await errand.turn("volume"), _REOPEN_SECONDS)
        await api.stop_http2_processing()


async def _work(errand: Errand) -> None:
    async with ClientSession() as session:
        save_data = AmazonSaveDataConfig(path=errand.folder)
        api = AmazonEchoApi(session, errand.email, errand.password, save_data=save_data)
        async with errand.step("enrol") as seen:
            stored = await api.login.login_mode_interactive(await errand.code())
            seen["serial"] = stored["device_info"]["device_serial_number"]
            seen["site"] = stored["site"]
            seen["refresh_token"] = bool(stored["refresh_token"])
        async with errand.step("devices") as seen:
            seen["found"] = _names(await api.get_devices_data())
        await _refresh(errand, stored)
        await _readings(errand, api)


if __name__ == "__main__":
    run(_work)
