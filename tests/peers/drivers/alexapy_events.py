"""
The push stream of alexapy, opened, understood and opened again as its users do it.

The client cuts the stream into directives and hands each one on as it came. What it leaves to its
caller is here: the two texts within a directive, and a new connection when one is over.
"""

import asyncio
import contextlib
import json
from functools import partial
from typing import Any

import httpx
from alexapy import AlexaLogin, AlexapyLoginError, HTTP2EchoClient
from errand import Errand

_MOST_ATTEMPTS = 5
_EVENT_SECONDS = 6.0
_READINGS: dict[str, tuple[str, str]] = {
    "PUSH_VOLUME_CHANGE": ("volume", "volumeSetting"),
    "PUSH_DND_STATE_CHANGE": ("dnd", "enabled"),
    "PUSH_AUDIO_PLAYER_STATE": ("playing", "audioPlayerState"),
    "PUSH_DOPPLER_CONNECTION_CHANGE": ("connection", "dopplerConnectionState"),
}
_WORDS = {"PLAYING": True, "INTERRUPTED": False, "FINISHED": False, "ONLINE": True}


class Events:
    """One stream after the other, and everything they told."""

    def __init__(self, login: AlexaLogin) -> None:
        """
        Prepare the first stream.

        :param login: a login with an access token.
        """
        self.told: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self._login = login
        self._client: HTTP2EchoClient | None = None
        self._number = 0
        self._open = 0
        self._titles: dict[str, str] = {}
        self._players: dict[str, str | None] = {}

    @property
    def opened(self) -> bool:
        """Whether the service accepted a stream so far."""
        return self._open > 0

    async def open(self) -> None:
        """
        Open a stream; returns when the service has accepted it.

        :raises AlexapyLoginError: it was refused.
        """
        self._number += 1
        self._client = HTTP2EchoClient(
            self._login,
            self._message,
            partial(self._accepted, self._number),
            partial(self._closed, self._number),
            self._failed,
        )
        try:
            await self._client.async_run()
        except asyncio.CancelledError as err:
            # A refused stream is closed first, and that cancels what it does about the refusal.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise AlexapyLoginError("the attempt was cancelled by the client itself") from err

    def close(self) -> None:
        """
        End the stream for good.
        """
        self._open = 0
        if self._client is not None:
            self._client.on_close()

    async def expect(
        self, errand: Errand, part: str, turned: dict[str, Any], first: int
    ) -> dict[str, Any] | None:
        """
        Wait until the client told what was turned.

        :param errand: waits.
        :param part: kind of the event.
        :param turned: ``serial`` and ``value`` of it.
        :param first: how much had been told before it was turned.
        :return: what the client told of this kind and device in the end; None is nothing.
        """

        def found() -> list[dict[str, Any]]:
            wanted = (part, turned["serial"])
            return [it for it in self.told[first:] if (it["kind"], it["serial"]) == wanted]

        with contextlib.suppress(TimeoutError):
            await errand.wait(
                lambda: any(it["value"] == turned["value"] for it in found()),
                seconds=_EVENT_SECONDS,
            )
        events = found()
        last = events[-1] if events else None
        return next((it for it in events if it["value"] == turned["value"]), last)

    async def _accepted(self, number: int) -> None:
        self._open = number

    async def _failed(self, message: str) -> None:
        self.failures.append(str(message))

    async def _closed(self, number: int) -> None:
        # An attempt that was refused is told as closed as well; who made it goes on by itself.
        if number != self._open or self._login.close_requested:
            return
        for attempt in range(_MOST_ATTEMPTS):
            try:
                await self.open()
            except (AlexapyLoginError, httpx.HTTPError) as err:
                self.failures.append(f"{type(err).__name__}: {err}")
                await asyncio.sleep(2**attempt)
            else:
                return

    async def _message(self, message: dict[str, Any]) -> None:
        for update in message.get("directive", {}).get("payload", {}).get("renderingUpdates", []):
            resource = json.loads((update or {}).get("resourceMetadata") or "{}")
            payload = resource.get("payload")
            # Events of the smart home have an object here, and some events have nothing in it.
            if isinstance(payload, str) and (content := json.loads(payload)):
                self._understand(resource["command"], content)

    def _understand(self, command: str, payload: dict[str, Any]) -> None:
        serial = (payload.get("dopplerId") or {}).get("deviceSerialNumber")
        kind, field = _READINGS.get(command, ("", ""))
        if kind and (value := payload.get(field)) is not None:
            value = _WORDS.get(value, False) if isinstance(value, str) else value
            self.told.append({"kind": kind, "serial": serial, "value": value})
        # What is on comes without a device, and the device with the number of what is on.
        if media := payload.get("mediaReferenceId"):
            self._players[media] = serial
            self._tell_track(media)
        if command == "NotifyNowPlayingUpdated":
            update = (payload.get("update") or {}).get("update") or {}
            texts = (update.get("nowPlayingData") or {}).get("infoText") or {}
            if texts.get("title"):
                self._titles[update["mediaId"]] = texts["title"]
                self._tell_track(update["mediaId"])

    def _tell_track(self, media: str) -> None:
        if media in self._players and media in self._titles:
            told = {"kind": "track", "serial": self._players[media], "value": self._titles[media]}
            self.told.append(told)
