"""
Which device a person means.
"""

from collections.abc import Sequence
from typing import Protocol

from mass_alexa.errors import InvalidInputError, NotFoundError


class Named(Protocol):
    """
    What of a device matters for naming it.
    """

    @property
    def serial(self) -> str:
        """
        Amazon's serial.
        """

    @property
    def name(self) -> str:
        """
        Name its owner gave it.
        """

    @property
    def model(self) -> str | None:
        """
        Model in words.
        """

    @property
    def is_player(self) -> bool:
        """
        Whether it can be controlled.
        """


def chosen[D: Named](devices: Sequence[D], wanted: str) -> D:
    """
    Find the device a person names: by serial, by name, or by the beginning of either.

    The whole serial or name goes first; a beginning is looked for among the players and only then
    among the rest.

    :param devices: All devices of the account.
    :param wanted: What was typed.
    """
    text = wanted.strip().casefold()
    if not text:
        raise InvalidInputError(
            "no-device-named", "No device was named.", "Give the name or the serial of one."
        )
    players = [device for device in devices if device.is_player]
    for found in (
        [device for device in devices if device.serial.casefold() == text],
        [device for device in devices if device.name.casefold() == text],
        [device for device in players if _begins(device, text)],
        [device for device in devices if _begins(device, text)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(found, wanted)
    raise _unknown(players or devices, wanted)


def _begins(device: Named, text: str) -> bool:
    """
    Tell whether the name or the serial begins with a text.

    :param device: The device.
    :param text: The text, case folded.
    """
    return device.name.casefold().startswith(text) or device.serial.casefold().startswith(text)


def _ambiguous(found: Sequence[Named], wanted: str) -> InvalidInputError:
    """
    Make the error for a name that several devices answer to.

    :param found: Those devices.
    :param wanted: What was typed.
    """
    same = len({device.name.casefold() for device in found}) == 1
    listed = [
        f"{device.serial} ({device.model or 'unknown model'})"
        if same
        else f"{device.name} ({device.serial})"
        for device in sorted(found, key=lambda one: (one.name, one.serial))
    ]
    several = f"{', '.join(listed[:-1])} and {listed[-1]}"
    return InvalidInputError(
        "ambiguous-device",
        f"{len(found)} devices answer to '{wanted}': {several}.",
        "Name the one you mean by its serial." if same else "Type more of the name, or the serial.",
    )


def _unknown(devices: Sequence[Named], wanted: str) -> NotFoundError:
    """
    Make the error for a name that no device answers to.

    :param devices: What could have been meant.
    :param wanted: What was typed.
    """
    names = sorted({device.name for device in devices}, key=str.casefold)
    next_step = f"There are: {', '.join(names)}." if names else "The account lists no devices."
    return NotFoundError("no-such-device", f"No device is called '{wanted}'.", next_step)
