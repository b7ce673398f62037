from dataclasses import dataclass

import pytest
from mass_alexa.cli.selection import chosen
from mass_alexa.errors import InvalidInputError, NotFoundError


@dataclass
class Named:
    serial: str
    name: str
    model: str | None = "Echo"
    is_player: bool = True


KITCHEN = Named("G01", "Kitchen")
PHONE = Named("V01", "Kitchen phone", None, is_player=False)
BEDROOM = Named("G02", "Bedroom", "Echo Dot (5th gen)")
NAMESAKE = Named("G03", "Bedroom", "Echo Dot (3rd gen)")
BATH = Named("H04", "Bath")
ALL = [KITCHEN, PHONE, BEDROOM, NAMESAKE, BATH]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kitchen", KITCHEN),
        ("kitchen", KITCHEN),
        ("  KITCHEN ", KITCHEN),
        ("kit", KITCHEN),
        ("kitchen p", PHONE),
        ("g03", NAMESAKE),
        ("H", BATH),
        ("ba", BATH),
    ],
)
def test_a_device_is_found_by_name_serial_or_beginning(typed: str, meant: Named) -> None:
    assert chosen(ALL, typed) is meant


def test_two_devices_of_one_name_are_both_listed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        chosen(ALL, "bedroom")
    assert caught.value.code == "ambiguous-device"
    assert "G02 (Echo Dot (5th gen)) and G03 (Echo Dot (3rd gen))" in caught.value.message
    assert "serial" in caught.value.next_step


def test_a_beginning_of_several_names_them() -> None:
    with pytest.raises(InvalidInputError) as caught:
        chosen(ALL, "b")
    assert "Bath (H04), Bedroom (G02) and Bedroom (G03)" in caught.value.message


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(NotFoundError) as caught:
        chosen(ALL, "Cellar")
    assert caught.value.code == "no-such-device"
    assert caught.value.next_step == "There are: Bath, Bedroom, Kitchen."


def test_nothing_typed_is_no_device() -> None:
    with pytest.raises(InvalidInputError):
        chosen(ALL, " ")
