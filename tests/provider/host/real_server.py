"""
The real server of Music Assistant, where the machine that runs the tests has one.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import aiohttp
import pytest
from house import Browser
from mass_alexa.provider import constants
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from world import Amazon

VARIABLE = "MASS_SERVER_PYTHON"
FFMPEG_MAJOR = 6
DEADLINE = 60.0


@functools.cache
def real_server_python() -> str:
    """
    The interpreter of the real server; skips the test where there is none.
    """
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} does not name an interpreter that imports music_assistant")
    done = subprocess.run(
        [python, "-P", "-c", "import music_assistant.mass, mass_alexa"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"{python} of {VARIABLE}: {done.stderr.strip().splitlines()[-1]}")
    return python


def search_path() -> str:
    """
    ``PATH`` for the server, with the folder of its interpreter; skips where ffmpeg is too old.
    """
    own = str(Path(real_server_python()).parent)
    path = os.pathsep.join([own, os.environ.get("PATH", os.defpath)])
    ffmpeg = shutil.which("ffmpeg", path=path)
    if ffmpeg is None:
        pytest.skip(f"the real server needs ffmpeg {FFMPEG_MAJOR} or newer; there is none")
    said = subprocess.run(
        [ffmpeg, "-version"], capture_output=True, text=True, timeout=30, check=False
    ).stdout
    version = re.match(r"ffmpeg version n?(\d+)", said)
    if version is None or int(version[1]) < FFMPEG_MAJOR:
        pytest.skip(f"the real server needs ffmpeg {FFMPEG_MAJOR} or newer; {ffmpeg} is older")
    return path


class RefusedError(Exception):
    """
    An error the server answered with.
    """

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code


class RealServer:
    """
    A server process of its own, with its own data, and a connection as the user interface has one.
    """

    def __init__(self, folder: Path, start: Path, environment: dict[str, str]) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.programs = folder / "programs"
        """Found by the server before those of the machine."""
        self._start = start
        path = os.pathsep.join([str(self.programs), environment["PATH"]])
        self._environment = {**environment, "PATH": path}
        self._port, streams = _free_port(), _free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._token = ""
        self.events: list[dict[str, Any]] = []
        self.data.mkdir(parents=True)
        (self.data / "settings.json").write_text(json.dumps(self._settings(streams)))

    async def start(self) -> None:
        """
        Start the process, make its administrator where there is none yet, and connect.
        """
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._start,
                *("--data-dir", self.data, "--log-level", "verbose"),
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._session = aiohttp.ClientSession()
        await self._answering()
        if not self._token:
            body = {"username": "ada", "password": "a long enough one"}
            async with self._session.post(f"{self.base_url}/setup", json=body) as answer:
                self._token = (await answer.json())["token"]
        self._socket = await self._session.ws_connect(f"{self.base_url}/ws", max_msg_size=0)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.send("auth", token=self._token)
        # 2.7 does not say when it has started; it loads its own providers last.
        await self.until("providers", lambda found: "builtin" in {one["domain"] for one in found})

    async def stop(self) -> None:
        """
        End the process as a service manager does, and the connection.
        """
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._socket:
            await self._socket.close()
        if self._session:
            await self._session.close()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), DEADLINE)

    async def send(self, command: str, **arguments: object) -> Any:
        """
        Send a command and return its result; what the server refuses is raised.
        """
        assert self._socket is not None
        message_id = uuid4().hex
        answer = asyncio.get_running_loop().create_future()
        self._answers[message_id] = answer
        await self._socket.send_json(
            {"command": command, "args": arguments, "message_id": message_id}
        )
        async with asyncio.timeout(DEADLINE):
            return await answer

    async def until(self, command: str, holds: Callable[[Any], bool], **arguments: object) -> Any:
        """
        Send a command until its result is as expected.
        """
        deadline = time.monotonic() + DEADLINE
        while not holds(result := await self.send(command, **arguments)):
            assert time.monotonic() < deadline, f"never came: {result}"
            await asyncio.sleep(0.1)
        return result

    async def opened(self, session_id: str) -> str:
        """
        The address the server asks the user interface to open.
        """
        deadline = time.monotonic() + DEADLINE
        while True:
            for event in self.events:
                if event["event"] == "auth_session" and event["object_id"] == session_id:
                    return str(event["data"])
            assert time.monotonic() < deadline, "no address came"
            await asyncio.sleep(0.02)

    async def players(self, instance_id: str) -> dict[str, dict[str, Any]]:
        """
        The players of a provider, by id.
        """
        found = await self.send("players/all")
        return {one["player_id"]: one for one in found if one["provider"] == instance_id}

    async def _answering(self) -> None:
        assert self._session is not None
        assert self._process is not None
        deadline = time.monotonic() + 2 * DEADLINE
        while True:
            try:
                async with self._session.get(f"{self.base_url}/info") as answer:
                    if (await answer.json()).get("status", "running") == "running":
                        return
            except aiohttp.ClientConnectionError:
                pass
            assert self._process.returncode is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            await asyncio.sleep(0.1)

    async def _read(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        partial: dict[str, list[Any]] = {}
        async for message in connection:
            data = message.json()
            key = data.get("message_id")
            if "event" in data:
                self.events.append(data)
            elif data.get("partial"):
                partial.setdefault(key, []).extend(data["result"])
            elif answer := self._answers.pop(key, None):
                if "error_code" in data:
                    answer.set_exception(
                        RefusedError(data["error_code"], data.get("details") or "")
                    )
                elif key in partial:
                    answer.set_result([*partial.pop(key), *data["result"]])
                else:
                    answer.set_result(data.get("result"))

    def _settings(self, streams: int) -> dict[str, Any]:
        def core(name: str, port: int, **more: str) -> dict[str, Any]:
            values = {"bind_ip": "127.0.0.1", "bind_port": port, **more}
            return {"domain": name, "values": values}

        return {
            "core": {
                "webserver": core("webserver", self._port, base_url=self.base_url),
                "streams": core("streams", streams, publish_ip="127.0.0.1"),
            },
            # Those that look for players in the network would be set up by themselves.
            "default_providers_setup": [
                "airplay",
                "chromecast",
                "dlna",
                "sonos",
                "bluesound",
                "heos",
            ],
        }


async def entries(server: RealServer, **arguments: object) -> dict[str, dict[str, Any]]:
    form = await server.send(
        "config/providers/get_entries", provider_domain=constants.DOMAIN, **arguments
    )
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
