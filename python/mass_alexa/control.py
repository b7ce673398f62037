"""
What can be done with the devices of an account.
"""

from collections.abc import Sequence

from . import _native
from ._native import CommandReport


class Control:
    """
    The commands of an account.

    Each gives what became of it, device by device. Where its effect can be seen it is waited for,
    and a command without effect is an error.
    """

    def __init__(self, native: _native.Account) -> None:
        self._native = native

    @property
    def native(self) -> _native.Account:
        """
        The handle of the core, for other parts of this package.
        """
        return self._native

    async def play(self, serial: str) -> CommandReport:
        """
        Resume what is loaded.

        :param serial: Serial of the device.
        """
        return await self._native.play(serial)

    async def pause(self, serial: str) -> CommandReport:
        """
        Pause.

        :param serial: Serial of the device.
        """
        return await self._native.pause(serial)

    async def stop(self, serial: str) -> CommandReport:
        """
        Stop whatever the device does.

        :param serial: Serial of the device.
        """
        return await self._native.stop(serial)

    async def next(self, serial: str) -> CommandReport:
        """
        Skip to the next track.

        :param serial: Serial of the device.
        """
        return await self._native.next(serial)

    async def previous(self, serial: str) -> CommandReport:
        """
        Go back to the previous track.

        :param serial: Serial of the device.
        """
        return await self._native.previous(serial)

    async def set_volume(self, serial: str, level: int) -> CommandReport:
        """
        Set the volume.

        :param serial: Serial of the device.
        :param level: 0 to 100.
        """
        return await self._native.set_volume(serial, level)

    async def set_mute(self, serial: str, muted: bool) -> CommandReport:  # noqa: FBT001 - as in MA
        """
        Mute, or restore the volume of before.

        :param serial: Serial of the device.
        :param muted: Whether it shall be silent.
        """
        return await self._native.set_mute(serial, muted)

    async def seek(self, serial: str, seconds: float) -> CommandReport:
        """
        Go to a position in what is loaded.

        :param serial: Serial of the device.
        :param seconds: The position.
        """
        return await self._native.seek(serial, seconds)

    async def set_shuffle(self, serial: str, shuffle: bool) -> CommandReport:  # noqa: FBT001 - as in MA
        """
        Switch whether the loaded queue is shuffled.

        :param serial: Serial of the device.
        :param shuffle: Whether it shall be.
        """
        return await self._native.set_shuffle(serial, shuffle)

    async def set_repeat(self, serial: str, repeat: bool) -> CommandReport:  # noqa: FBT001 - as above
        """
        Switch whether the loaded queue is repeated.

        :param serial: Serial of the device.
        :param repeat: Whether it shall be.
        """
        return await self._native.set_repeat(serial, repeat)

    async def set_do_not_disturb(
        self,
        serial: str,
        enabled: bool,  # noqa: FBT001 - as above
    ) -> CommandReport:
        """
        Tell a device not to disturb, or that it may again. Groups and pairs have no such switch.

        :param serial: Serial of the device.
        :param enabled: Whether it must not disturb.
        """
        return await self._native.set_do_not_disturb(serial, enabled)

    async def speak(
        self,
        serials: str | Sequence[str],
        text: str,
        *,
        ssml: bool = False,
        volume: int | None = None,
    ) -> CommandReport:
        """
        Say a text in Alexa's voice.

        :param serials: Serial of the device, or of several at once.
        :param text: What to say.
        :param ssml: Whether the text is SSML.
        :param volume: Volume for this alone, 0 to 100. The one before comes back some time after
            this call, unless somebody changes it meanwhile; :meth:`settle` waits for that.
        """
        return await self._native.speak(_listed(serials), text, ssml, volume)

    async def announce(
        self,
        serials: str | Sequence[str],
        text: str,
        title: str | None = None,
        *,
        ssml: bool = False,
        volume: int | None = None,
        respect_do_not_disturb: bool = False,
    ) -> CommandReport:
        """
        Announce a text after a chime, on several devices at once.

        :param serials: Serials of the devices.
        :param text: What to say.
        :param title: What displays show above it.
        :param ssml: Whether the text is SSML.
        :param volume: Volume for this alone, as for :meth:`speak`.
        :param respect_do_not_disturb: Leave out devices that were told not to disturb.
        """
        return await self._native.announce(
            _listed(serials), text, title, ssml, volume, respect_do_not_disturb
        )

    async def play_audio(
        self, serials: str | Sequence[str], url: str, *, volume: int | None = None
    ) -> CommandReport:
        """
        Play a recording as speech, on several devices at once.

        :param serials: Serials of the devices.
        :param url: Public https address of an MP3 file, which Amazon fetches.
        :param volume: Volume for this alone, as for :meth:`speak`.
        """
        return await self._native.play_audio(_listed(serials), url, volume)

    async def settle(self) -> None:
        """
        Wait until the volumes that were changed for a speech are as they were before.

        A program that ends after speaking waits for this, or leaves it to the next one.
        """
        await self._native.settle()

    async def text_command(self, serial: str, text: str) -> CommandReport:
        """
        Do what the text would make the device do if it were spoken to it.

        :param serial: Serial of the device.
        :param text: The command, in the language of the device.
        """
        return await self._native.text_command(serial, text)

    async def play_sound(self, serial: str, sound: str) -> CommandReport:
        """
        Play one of Alexa's sounds.

        :param serial: Serial of the device.
        :param sound: Amazon's id of the sound.
        """
        return await self._native.play_sound(serial, sound)


def _listed(serials: str | Sequence[str]) -> list[str]:
    """
    Make a list of one serial or several.

    :param serials: The serials.
    """
    return [serials] if isinstance(serials, str) else list(serials)
