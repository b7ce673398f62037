"""
mass-alexa: this project's own client through its Python API, in the interpreter of the checkout.

It needs no redirection of names and certificates: its own settings say where Amazon is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from errand import Errand, run
from mass_alexa import Account, Change, Settings

# Kinds of events as the harness names them, and where a player's state shows them.
_SHOWN = {
    "volume": lambda state: state.volume,
    "playing": lambda state: state.playback == "playing",
    "track": lambda state: state.title,
    "dnd": lambda state: state.do_not_disturb,
    "connection": lambda state: state.online,
}


class Ear:
    """
    Everything that a watch told of one device since the last look.
    """

    def __init__(self, account: Account, serial: str) -> None:
        self._watch = account.watch()
        self._serial = serial
        self.changes: list[Change] = []
        self.is_up = False

    async def listen(self) -> None:
        async for change in self._watch:
            if change.links is not None:
                self.is_up = change.links.push.ok is True
            if change.player is not None and change.player.serial == self._serial:
                self.changes.append(change)

    def tells(self, kind: str, value: object) -> bool:
        """
        Tell whether the last word on something is this value.
        """
        return bool(self.changes) and _SHOWN[kind](self.changes[-1].player) == value

    def close(self) -> None:
        self._watch.close()


@asynccontextmanager
async def _listening(account: Account, serial: str) -> AsyncIterator[Ear]:
    ear = Ear(account, serial)
    task = asyncio.create_task(ear.listen())
    try:
        yield ear
    finally:
        ear.close()
        await task


async def _heard(errand: Errand, ear: Ear, parts: tuple[str, ...]) -> list[dict[str, object]]:
    events: list[dict[str, object]] = []
    for part in parts:
        turned = await errand.turn(part)
        kind, value = turned["kind"], turned["value"]
        await errand.wait(lambda: ear.tells(kind, value))  # noqa: B023 - waited for right here
        events.append({"kind": kind, "serial": turned["serial"], "value": value})
    return events


async def _commands(errand: Errand, account: Account) -> None:
    async with errand.step("volume"):
        await account.set_volume(errand.device, errand.task["volume"])
    async with errand.step("dnd"):
        await account.set_do_not_disturb(errand.device, True)
    async with errand.step("sensors") as seen:
        devices = await account.devices(refresh=True)
        seen["online"] = {one.serial: one.online for one in devices}
    async with errand.step("transport"):
        for part in ("pause", "play", "next", "previous", "stop"):
            await getattr(account, part)(errand.device)
            await errand.check(part)
    async with errand.step("speech") as seen:
        seen["sent"] = []
        for part, call in (
            ("speak", account.speak),
            ("announce", account.announce),
            ("text_command", account.text_command),
            ("sound", account.play_sound),
        ):
            await call(errand.device, errand.task[part])
            seen["sent"].append(part)


async def _reads(errand: Errand, account: Account) -> None:
    async with errand.step("state") as seen:
        seen["states"] = {
            state.serial: {
                "playing": state.playback == "playing",
                "title": state.title,
                "artist": state.artist,
            }
            for state in await account.states()
        }
    async with errand.step("volumes") as seen:
        # Amazon tells no volume of groups and pairs; ours is the mean of their members.
        single = {one.serial for one in await account.devices() if not one.members}
        states = [state for state in await account.states() if state.serial in single]
        seen["volumes"] = {it.serial: it.volume for it in states if it.volume is not None}


async def _work(errand: Errand) -> None:
    settings = Settings(
        connect_to=errand.listen, extra_ca=errand.authority, requests_per_second=0.0, in_flight=4
    )
    store = errand.folder / "store"
    async with errand.step("enrol") as seen:
        account = await Account.enrol(
            store=store,
            email=errand.email,
            password=errand.password,
            otp=await errand.code(),
            site=errand.site,
            settings=settings,
        )
        seen["serial"] = account.info.serial
        seen["refresh_token"] = (await account.check()).signed_in is True
    async with errand.step("devices") as seen:
        devices = await account.devices(refresh=True)
        seen["found"] = {device.serial: device.name for device in devices}
    await account.close()
    async with errand.step("refresh") as seen:
        # Ours keeps its access token and its cookies; without them it has to ask for new ones.
        for what in ("access_tokens", "cookies"):
            await errand.control("expire", {"what": what})
        account = await Account.open(store, settings=settings)
        devices = await account.devices(refresh=True)
        seen["found"] = {device.serial: device.name for device in devices}
    async with account:
        await _reads(errand, account)
        await _commands(errand, account)
        async with _listening(account, errand.device) as ear:
            async with errand.step("push") as seen:
                seen["events"] = await _heard(errand, ear, tuple(_SHOWN))
            async with errand.step("reconnect", seconds=90) as seen:
                await errand.turn("drop")
                seen["events"] = await _heard(errand, ear, ("volume",))


if __name__ == "__main__":
    run(_work)
