"""
Who is not to be disturbed, from the command line.
"""

import pytest
from mass_alexa import Account
from world import BEDROOM, GARAGE, KITCHEN, STUDIO, Amazon, Command

GROUP = "6c89564531ef42f0acef41e580da58e7"


def test_the_list_and_the_switch(amazon: Amazon, signed_in: Command) -> None:
    amazon.patch(STUDIO, do_not_disturb=True)
    shown = signed_in("dnd", "--json")
    assert (shown.code, shown.err) == (0, "")
    switches = {one["serial"]: one["do_not_disturb"] for one in shown.data["devices"]}
    assert (switches[STUDIO], switches[KITCHEN]) == (True, False)
    assert GROUP not in switches
    plain = signed_in("dnd", COLUMNS="80").out.splitlines()
    assert plain[0].split() == ["Name", "Serial", "Do", "not", "disturb"]
    (studio,) = [line for line in plain if STUDIO in line]
    assert studio.split()[-1] == "on"
    shown = signed_in("dnd", "Kitchen", "on")
    assert shown.code == 0, shown.err
    assert shown.out.startswith("Kitchen: not to be disturbed")
    amazon.device_when(KITCHEN, lambda one: one["do_not_disturb"])
    one = signed_in("dnd", "Kitchen", "--json").data["devices"]
    assert one == [{"serial": KITCHEN, "name": "Kitchen", "do_not_disturb": True}]
    assert signed_in("dnd", "Kitchen", "off", "--json").data["done"] == [KITCHEN]
    amazon.device_when(KITCHEN, lambda one: not one["do_not_disturb"])


@pytest.mark.parametrize("switch", [[], ["on"]])
def test_a_group_has_no_such_switch(signed_in: Command, switch: list[str]) -> None:
    shown = signed_in("--json", "dnd", "Everywhere", *switch)
    assert (shown.code, shown.error["code"]) == (5, "not-supported")
    assert "Everywhere" in shown.error["message"]


def test_what_is_neither_on_nor_off(alone: Command) -> None:
    shown = alone("--json", "dnd", "Kitchen", "maybe")
    assert (shown.code, shown.error["code"]) == (2, "usage")


def test_what_amazon_does_not_tell(amazon: Amazon, signed_in: Command) -> None:
    amazon.fault(path_prefix="/api/dnd", kind="status", status=500)
    shown = signed_in("--json", "dnd")
    assert (shown.code, shown.error["kind"]) == (6, "AmazonUnavailable")


async def test_states_tell_it_where_it_is_asked_for(amazon: Amazon, account: Account) -> None:
    amazon.patch(BEDROOM, do_not_disturb=True)
    before = {one.serial: one.do_not_disturb for one in await account.states()}
    assert before[BEDROOM] is None
    after = {one.serial: one.do_not_disturb for one in await account.states(do_not_disturb=True)}
    assert (after[BEDROOM], after[KITCHEN], after[GROUP]) == (True, False, None)
    report = await account.set_do_not_disturb(BEDROOM, False)
    assert report.done == [BEDROOM]
    amazon.device_when(BEDROOM, lambda one: not one["do_not_disturb"])
    assert GARAGE in after
