"""
The place in what plays and the order of what follows, from the command line.
"""

import json

import pytest
from mass_alexa import Account
from mass_alexa.errors import NotControllableError
from world import BEDROOM, KITCHEN, Amazon, Command


def test_seek(amazon: Amazon, signed_in: Command) -> None:
    amazon.play(KITCHEN)
    shown = signed_in("seek", "Kitchen", "1:30")
    assert shown.code == 0, shown.err
    assert shown.out.startswith("Kitchen: goes to 1:30")
    amazon.device_when(KITCHEN, lambda one: 90 <= one["track"]["position_s"] < 120)
    shown = signed_in("seek", "Kitchen", "+30", "--json")
    assert shown.data["done"] == [KITCHEN]
    amazon.device_when(KITCHEN, lambda one: 120 <= one["track"]["position_s"] < 150)
    assert signed_in("seek", "Kitchen", "-9999").code == 0
    amazon.device_when(KITCHEN, lambda one: one["track"]["position_s"] < 30)


@pytest.mark.parametrize(
    "place", ["", "1:60", "1:00:60", "1:60:00", "x", "1:2:3:4", "\uff19", "++1"]
)
def test_what_is_no_place(alone: Command, place: str) -> None:
    shown = alone("--json", "seek", "Kitchen", place)
    assert (shown.code, shown.error["code"]) == (2, "bad-position")


def test_a_change_needs_a_place_to_begin_at(amazon: Amazon, signed_in: Command) -> None:
    amazon.patch(BEDROOM, playing="IDLE")
    shown = signed_in("--json", "seek", BEDROOM, "+5")
    assert (shown.code, shown.error["code"]) == (6, "position-unknown")


def orders(amazon: Amazon, what: str) -> list[bool]:
    """
    What a switch was set to, again and again.
    """
    sent = [str(one["body"]) for one in amazon.journal() if one["path"] == "/api/np/command"]
    told = [json.loads(body) for body in sent]
    return [bool(one[what]) for one in told if what in one]


@pytest.mark.parametrize("what", ["shuffle", "repeat"])
def test_order(amazon: Amazon, signed_in: Command, what: str) -> None:
    amazon.play(KITCHEN)
    shown = signed_in(what, "Kitchen")
    assert shown.code == 0, shown.err
    assert shown.out.startswith(f"Kitchen: {'shuffled' if what == 'shuffle' else 'repeated'}")
    assert orders(amazon, what) == [True]
    assert signed_in(what, "Kitchen", "off").code == 0
    assert orders(amazon, what) == [True, False]
    assert signed_in(what, "Kitchen", "maybe").code == 2


async def test_seeking_where_nothing_is_loaded(amazon: Amazon, account: Account) -> None:
    amazon.patch(BEDROOM, playing="IDLE")
    with pytest.raises(NotControllableError):
        await account.seek(BEDROOM, 10.0)
