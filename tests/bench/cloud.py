"""
Alexa's side of a skill, as far as a measurement needs it: signed requests of devices.
"""

import base64
import http.client
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from simulator import Simulator

SKILL = "amzn1.ask.skill.5d0b6c0e-2f3c-4a53-9d4e-b4a3f1e0c7aa"
_USER = "amzn1.ask.account.BENCH"


class RefusedError(Exception):
    """The gateway did not answer as it should."""


class Cloud:
    """Sends what Echos tell the skill, over one connection."""

    def __init__(self, simulator: Simulator, address: str) -> None:
        self._simulator = simulator
        host, _, port = address.rpartition(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=30)
        self._connection.connect()

    def request(self, device: str, kind: str, **more: Any) -> tuple[bytes, dict[str, str]]:
        """
        Make a request that can be sent within two minutes.

        :param device: the device, as the skill knows it.
        :param kind: its type, such as ``LaunchRequest``.
        :param more: further fields of the request.
        :return: the body, and the headers with its signature.
        """
        application = {"applicationId": SKILL}
        user = {"userId": _USER}
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        whole: dict[str, Any] = {
            "version": "1.0",
            "context": {
                "System": {
                    "application": application,
                    "user": user,
                    "device": {"deviceId": device, "supportedInterfaces": {"AudioPlayer": {}}},
                    "apiEndpoint": "https://api.eu.amazonalexa.com",
                    "apiAccessToken": "bench",
                },
                "AudioPlayer": {"playerActivity": "IDLE"},
            },
            "request": {
                "type": kind,
                "requestId": f"amzn1.echo-api.request.{uuid.uuid4()}",
                "timestamp": f"{now.isoformat()}Z",
                "locale": "en-US",
                **more,
            },
        }
        if not kind.startswith("AudioPlayer."):
            whole["session"] = {
                "new": True,
                "sessionId": f"amzn1.echo-api.session.{uuid.uuid4()}",
                "application": application,
                "user": user,
            }
        body = json.dumps(whole).encode()
        signed = self._simulator.call("sign", {"base64": base64.b64encode(body).decode()})
        return body, {**signed, "Content-Type": "application/json; charset=utf-8"}

    def send(self, request: tuple[bytes, dict[str, str]]) -> tuple[Any, float]:
        """
        Send a request.

        :return: the answer, and how long it took in seconds.
        :raises RefusedError: it was refused.
        """
        body, headers = request
        began = time.perf_counter()
        self._connection.request("POST", "/alexa/skill", body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - began
        if answer.status != http.HTTPStatus.OK:
            raise RefusedError(f"the gateway answered {answer.status}")
        return json.loads(text), took

    def open(self, device: str) -> tuple[str, str] | None:
        """
        Open the skill on a device.

        :return: address and token of what it is to play; ``None`` if it is to say something.
        """
        answer, _ = self.send(self.request(device, "LaunchRequest"))
        for directive in answer["response"].get("directives", ()):
            stream = directive["audioItem"]["stream"]
            return stream["url"], stream["token"]
        return None

    def started(self, device: str, token: str) -> None:
        """
        Tell that a device has begun to play.
        """
        more = {"token": token, "offsetInMilliseconds": 0}
        self.send(self.request(device, "AudioPlayer.PlaybackStarted", **more))
