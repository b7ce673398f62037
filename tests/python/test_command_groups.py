"""
Groups and pairs from the command line.
"""

import pytest
from world import KITCHEN, STUDIO, Amazon, Command

GROUP = "6c89564531ef42f0acef41e580da58e7"
PAIR = "5d1f6a0c3b7e4c2f9a8b7c6d5e4f3a21"


def test_groups_as_json(amazon: Amazon, signed_in: Command) -> None:
    amazon.play(GROUP)
    amazon.patch(STUDIO, online=False)
    shown = signed_in("groups", "--json")
    assert (shown.code, shown.err) == (0, "")
    groups = {one["serial"]: one for one in shown.data["groups"]}
    assert groups.keys() == {GROUP, PAIR}
    everywhere = groups[GROUP]
    assert (everywhere["name"], everywhere["kind"], everywhere["online"]) == (
        "Everywhere", "group", True,
    )  # fmt: skip
    assert everywhere["state"]["playback"] == "playing"
    members = {one["serial"]: one for one in everywhere["members"]}
    assert members[KITCHEN]["name"] == "Kitchen"
    assert members[KITCHEN]["state"]["volume"] == amazon.device(KITCHEN)["volume"]
    assert members[KITCHEN]["state"]["group"] == GROUP
    assert members[STUDIO]["online"] is False
    assert groups[PAIR]["kind"] == "pair"
    assert [one["name"] for one in groups[PAIR]["members"]] == ["Left", "Right"]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_names_members_under_their_group(
    amazon: Amazon, signed_in: Command, columns: int
) -> None:
    amazon.play(GROUP)
    amazon.patch(STUDIO, online=False)
    shown = signed_in("groups", COLUMNS=str(columns))
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert max(len(line) for line in lines) <= columns
    assert lines[0].split() == ["Group", "Kind", "State", "Vol", "What", "plays"]
    at = next(number for number, line in enumerate(lines) if line.startswith("Everywhere"))
    assert "playing" in lines[at]
    assert "Blue in Green" in lines[at]
    members = {line.split()[0]: line for line in lines[at + 1 : at + 4]}
    assert all(line.startswith("  ") for line in members.values())
    assert "35" in members["Kitchen"].split()
    assert "with the group" in members["Kitchen"]
    assert "offline" in members["Studio"]


def test_an_account_without_groups_says_who_makes_them(amazon: Amazon, signed_in: Command) -> None:
    for serial in (GROUP, PAIR):
        amazon.control("DELETE", f"/control/devices/{serial}")
    shown = signed_in("groups")
    assert (shown.code, shown.out) == (0, "The account has no group and no pair.\n")
    assert "Alexa app" in shown.err
    assert signed_in("groups", "--json").data == {"groups": []}
