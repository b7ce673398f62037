"""
The gateway of mass-alexa, and a host that gives every Echo one endless item.
"""

import asyncio
import contextlib
from typing import Any

from mass_alexa import Account
from mass_alexa.errors import AlexaError
from mass_alexa.gateway import Ask, Gateway, GatewaySettings, Item
from ours import Client


class Relay:
    """See :class:`relay.Relay`."""

    def __init__(self) -> None:
        self._account: Account | None = None
        self._gateway: Gateway | None = None
        self._music = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, order: dict[str, Any]) -> dict[str, Any]:
        client = Client()
        reach = client._settings(order)
        self._music = order["music"]
        self._account = await Account.enrol(
            store=order["folder"],
            email=order["email"],
            password=order["password"],
            otp=order["code"],
            site=order["site"],
            settings=reach,
        )
        settings = GatewaySettings(
            order["public_url"],
            skill_id=order["skill"],
            port=0,
            bind="127.0.0.1",
            # So many Echos are behind one address only where something stands in between.
            trusted_proxies=("127.0.0.1",),
        )
        self._gateway = await Gateway.start(self._account, settings, reach=reach)
        self._keep(self._serve(self._gateway))
        return {"address": self._gateway.address}

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, gateway: Gateway) -> None:
        async for event in gateway.watch():
            if event.ask is not None:
                self._keep(self._answer(gateway, event.ask))

    async def _answer(self, gateway: Gateway, ask: Ask) -> None:
        if ask.wish in ("resume", "next"):
            url = f"{self._music}/{ask.serial}.mp3"
            item = Item(f"item-{ask.id}", url, "A song", artist="Somebody", duration=3600.0)
            # Every wish but the last is overtaken by the next one.
            with contextlib.suppress(AlexaError):
                await gateway.play(ask.serial, item)
        gateway.answer(ask.id)

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        gateway = self._gateway
        assert gateway is not None
        if "pair" in order:
            # One after the other: the one that was heard of just now is known to nobody yet.
            new = [it for it in gateway.pairings() if it.serial is None]
            return {"paired": [gateway.pair(it.id, order["pair"]) for it in new] == [True]}
        return {"facts": gateway.facts()}

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._gateway is not None:
            await self._gateway.close()
        if self._account is not None:
            await self._account.close()
