"""
The steps of the demonstration.

Each reads back what it did, both from the simulator's own model of the devices and through the
account.
"""

from pathlib import Path

from mass_alexa import Device
from mass_alexa.cli.devices import table_of
from mass_alexa.cli.output import Output

from .changes import ChangeSteps
from .readings import both, expect, has_heard
from .report import Report
from .simulator import Simulator

ALOUD = 60
TRACK = {"title": "Blue in Green", "artist": "Miles Davis", "album": "Kind of Blue"}


class Steps(ChangeSteps):
    """
    The demonstration.

    :param output: Where to show the devices.
    :param report: Where to note what each step saw.
    :param amazon: The simulated Amazon.
    :param store: Folder of the session.
    """

    def __init__(self, output: Output, report: Report, amazon: Simulator, store: Path) -> None:
        super().__init__(report, amazon, store)
        self._output = output
        self._devices: list[Device] = []

    async def all(self, *, sign_out: bool) -> None:
        """
        Do all steps; those that need a session are left out if there is none.

        :param sign_out: Sign out in the end.
        """
        step = self._report.step
        if not await step("Sign in by link", "Signing in on Amazon's own page", self._link):
            return
        await step("Seal the session", "Looking at the session file", self._look_at_store)
        if not await step("List the devices", "Listing the devices", self._list):
            return
        await step("Listen", "Listening to what happens", self._listen)
        await step("Turn a knob", "Turning a knob", self._knob)
        await step("Rename a device", "Renaming a device", self._rename)
        await step("Unplug a device", "Unplugging a device", self._away)
        await step("Play", "Playing", self._play)
        await step("Pause", "Pausing", self._pause)
        await step("Resume", "Resuming", self._resume)
        await step("Next track", "Skipping to the next track", self._next)
        await step("Volumes", "Changing volumes", self._volumes)
        await step("Mute", "Muting", self._mute)
        await step("Announce", "Announcing", self._announce)
        await step("Say", "Speaking", self._say)
        await step("Text command", "Giving a text command", self._text)
        await step("Open the session again", "Opening the session again", self._open_again)
        await step("Back up and restore", "Restoring a backup", self._backup)
        await step("New key", "Sealing with a new key", self._new_key)
        if not sign_out or not await step("Sign out", "Signing out", self._sign_out):
            return
        if await step("Sign in with password", "Signing in", self._password):
            await step("Sign out again", "Signing out", self._sign_out)

    async def close(self) -> None:
        """
        Close the account, if one is open.
        """
        if self._account is not None:
            await self._account.close()

    async def _list(self) -> str:
        self._devices = await self.account.devices()
        states = {state.serial: state for state in await self.account.states()}
        players = [device for device in self._devices if device.is_player]
        width = self._output.out.width
        with self._report.progress.paused():
            self._output.say(table_of(players, states, width=width))
            self._output.say("")
        model = await self._model()
        missing = model.keys() - {device.serial for device in self._devices}
        expect(not missing, f"{len(missing)} devices are missing")
        bedrooms = [device for device in players if device.name == "Bedroom"]
        expect(len(bedrooms) == 2, f"{len(bedrooms)} devices called Bedroom")  # noqa: PLR2004
        offline = ", ".join(device.name for device in players if not device.online)
        return (
            f"{len(self._devices)} devices as in Amazon's model, {len(players)} of them players; "
            f"two called Bedroom stay two; offline: {offline or 'none'}"
        )

    async def _play(self) -> str:
        kitchen = self._serial("Kitchen")
        await self._amazon.tell(
            "POST", "/control/play", {"serial": kitchen, **TRACK, "duration_s": 337}
        )
        state = await self._state(
            kitchen, lambda one: one.playback == "playing" and one.title == TRACK["title"]
        )
        model = await self._device(kitchen, lambda one: one["playing"] == "PLAYING")
        return f"Kitchen: {both('playing', model)}, '{state.title}' by {state.artist}"

    async def _pause(self) -> str:
        kitchen = self._serial("Kitchen")
        report = await self.account.pause(kitchen)
        expect(report.confirmed is True, "the pause is not confirmed")
        model = await self._device(kitchen, lambda one: one["playing"] == "PAUSED")
        state = await self._state(kitchen, lambda one: one.playback == "paused")
        return f"Kitchen: {both(state.playback, model)}, confirmed"

    async def _resume(self) -> str:
        kitchen = self._serial("Kitchen")
        await self.account.play(kitchen)
        model = await self._device(kitchen, lambda one: one["playing"] == "PLAYING")
        state = await self._state(kitchen, lambda one: one.playback == "playing")
        return f"Kitchen: {both(state.playback, model)}"

    async def _next(self) -> str:
        kitchen = self._serial("Kitchen")
        before = (await self._model())[kitchen]["track"]
        await self.account.next(kitchen)
        model = await self._device(kitchen, lambda one: one["track"] != before)
        title = model["track"]["title"]
        await self._state(kitchen, lambda one: one.title == title)
        return f"Kitchen went from '{before['title']}' to '{title}', in the model and the account"

    async def _volumes(self) -> str:
        bedrooms = sorted(one.serial for one in self._devices if one.name == "Bedroom")
        wanted = {self._serial("Kitchen"): 42, bedrooms[0]: 15, bedrooms[1]: 50}
        before = await self._model()
        for serial, level in wanted.items():
            await self.account.set_volume(serial, level)
        seen = []
        for serial, level in wanted.items():
            name = await self._at_volume(serial, level)
            seen.append(f"{name} {before[serial]['volume']} -> {level}")
        others = [
            serial
            for serial, model in (await self._model()).items()
            if serial not in wanted and model["volume"] != before[serial]["volume"]
        ]
        expect(not others, f"{len(others)} other devices changed too")
        return f"{', '.join(seen)}, in the model and the account; the others kept theirs"

    async def _mute(self) -> str:
        kitchen = self._serial("Kitchen")
        await self.account.set_mute(kitchen, True)
        await self._device(kitchen, lambda one: one["muted"] or one["volume"] == 0)
        await self._state(kitchen, lambda one: bool(one.muted) or one.volume == 0)
        await self.account.set_mute(kitchen, False)
        model = await self._device(kitchen, lambda one: not one["muted"] and one["volume"] > 0)
        return f"Kitchen silent in the model and the account, then back at {model['volume']}"

    async def _announce(self) -> str:
        text = "Dinner"
        targets = [self._serial("Kitchen"), self._serial("Studio")]
        before = await self._model()
        await self.account.announce(targets, text, volume=ALOUD)
        for serial in targets:
            await self._device(serial, lambda one: has_heard(one["announced"], text))
        await self.account.settle()
        after = await self._model()
        heard = [one for one in after.values() if has_heard(one["announced"], text)]
        names = sorted(one["name"] for one in heard)
        expect(names == ["Kitchen", "Studio"], f"heard on {', '.join(names)}")
        loud = [one["heard"][-1]["volume"] for one in heard]
        expect(loud == [ALOUD, ALOUD], f"heard at {loud}")
        kept = all(after[serial]["volume"] == before[serial]["volume"] for serial in targets)
        expect(kept, "the volume of before did not come back")
        levels = " and ".join(str(before[serial]["volume"]) for serial in targets)
        return f"'{text}' on {' and '.join(names)} alone, at volume {ALOUD}; then back at {levels}"

    async def _say(self) -> str:
        text = "Good evening from Music Assistant"
        bedroom = min(one.serial for one in self._devices if one.name == "Bedroom")
        await self.account.speak(bedroom, text)
        await self._device(bedroom, lambda one: has_heard(one["spoken"], text))
        heard = [
            serial
            for serial, model in (await self._model()).items()
            if has_heard(model["spoken"], text)
        ]
        expect(heard == [bedroom], f"{len(heard)} devices spoke")
        return f"'{text}' spoken by the Bedroom {bedroom}, not by its namesake"

    async def _text(self) -> str:
        text = "what time is it"
        studio = self._serial("Studio")
        await self.account.text_command(studio, text)
        await self._device(studio, lambda one: has_heard(one["text_commands"], text))
        return f"Studio was told '{text}'"
