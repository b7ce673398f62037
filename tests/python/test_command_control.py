"""
Listing and controlling devices with the real command.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from mass_alexa.cli import control
from mass_alexa.errors import NotControllableError
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, STUDIO, Amazon, Command


def test_devices_as_json(amazon: Amazon, signed_in: Command) -> None:
    shown = signed_in("devices", "--json")
    assert (shown.code, shown.err) == (0, "")
    devices = {one["serial"]: one for one in shown.data["devices"]}
    assert all(one["is_player"] for one in devices.values())
    assert devices[KITCHEN]["state"]["volume"] == amazon.device(KITCHEN)["volume"]
    everything = signed_in("--json", "devices", "--all").data
    assert everything["hidden"] == 0
    assert len(everything["devices"]) == len(devices) + shown.data["hidden"]
    for one in everything["devices"]:
        assert one["is_player"] or one["reason"]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(amazon: Amazon, signed_in: Command, columns: int) -> None:
    amazon.play(KITCHEN)
    shown = signed_in("devices", "--all", COLUMNS=str(columns))
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert max(len(line) for line in lines) <= columns
    header = lines[0].split()
    assert header == ["Name", "Kind", "Model", "Serial", "Online", "Vol", "State"]
    (kitchen,) = [line for line in lines if KITCHEN in line]
    assert {"Kitchen", "yes", "playing", "35"} <= set(kitchen.split())
    assert [line for line in lines if BEDROOM in line]
    assert [line for line in lines if OTHER_BEDROOM in line]
    (garage,) = [line for line in lines if GARAGE in line]
    assert "no" in garage.split()
    assert "Why" in shown.out


def test_playback(amazon: Amazon, signed_in: Command) -> None:
    amazon.play(KITCHEN)
    shown = signed_in("pause", "Kitchen", "--json")
    assert shown.code == 0, shown.err
    assert (shown.data["command"], shown.data["done"]) == ("pause", [KITCHEN])
    amazon.device_when(KITCHEN, lambda one: one["playing"] == "PAUSED")
    assert signed_in("play", "kit").out == "Kitchen: plays on (confirmed).\n"
    amazon.device_when(KITCHEN, lambda one: one["playing"] == "PLAYING")
    first = amazon.device(KITCHEN)["track"]
    assert signed_in("next", KITCHEN).code == 0
    second = amazon.device_when(KITCHEN, lambda one: one["track"] != first)["track"]
    assert signed_in("previous", "Kitchen").code == 0
    amazon.device_when(KITCHEN, lambda one: one["track"] != second)
    assert signed_in("stop", "Kitchen").code == 0
    amazon.device_when(KITCHEN, lambda one: one["playing"] != "PLAYING")


def test_volume_and_mute(amazon: Amazon, signed_in: Command) -> None:
    assert signed_in("volume", "Kitchen").out == "Kitchen: volume 35.\n"
    assert signed_in("volume", "Kitchen", "40").code == 0
    amazon.device_when(KITCHEN, lambda one: one["volume"] == 40)
    assert signed_in("volume", "Kitchen", "-15").out == "Kitchen: volume 25 (confirmed).\n"
    amazon.device_when(KITCHEN, lambda one: one["volume"] == 25)
    assert signed_in("volume", "Kitchen", "+90").out == "Kitchen: volume 100 (confirmed).\n"
    amazon.device_when(KITCHEN, lambda one: one["volume"] == 100)
    assert signed_in("mute", "Kitchen").code == 0
    amazon.device_when(KITCHEN, lambda one: one["muted"] or one["volume"] == 0)
    # The volume of before is kept with the session, so that another process goes back to it too.
    shown = signed_in("mute", "Kitchen", "off")
    assert (shown.code, shown.out) == (0, "Kitchen: no longer muted (confirmed).\n")
    amazon.device_when(KITCHEN, lambda one: not one["muted"] and one["volume"] == 100)


def test_speech(amazon: Amazon, signed_in: Command) -> None:
    assert signed_in("say", BEDROOM, "Guten", "Abend").code == 0
    amazon.device_when(BEDROOM, lambda one: "Guten Abend" in str(one["spoken"]))
    assert signed_in("announce", "Kitchen", "Studio", "Dinner is ready").code == 0
    for serial in (KITCHEN, STUDIO):
        amazon.device_when(serial, lambda one: "Dinner is ready" in str(one["announced"]))
    assert not amazon.device(BEDROOM)["announced"]
    assert signed_in("text", "Studio", "what time is it").code == 0
    amazon.device_when(STUDIO, lambda one: "what time is it" in str(one["text_commands"]))
    assert signed_in("sound", "Kitchen", "bell_02").code == 0
    amazon.device_when(KITCHEN, lambda one: "bell_02" in str(one["sounds"]))


def test_an_announcement_everywhere(amazon: Amazon, signed_in: Command) -> None:
    shown = signed_in("announce", "--all", "Dinner is ready", "--json")
    assert shown.code == 0, shown.err
    assert {KITCHEN, BEDROOM, OTHER_BEDROOM, STUDIO} <= set(shown.data["done"])
    assert GARAGE not in shown.data["done"]
    for serial in (KITCHEN, BEDROOM, OTHER_BEDROOM, STUDIO):
        amazon.device_when(serial, lambda one: len(one["announced"]) == 1)


def test_a_speech_has_a_volume_of_its_own(amazon: Amazon, signed_in: Command) -> None:
    shown = signed_in("say", "Kitchen", "Hi", "--volume", "60")
    assert shown.code == 0, shown.err
    (heard,) = amazon.device(KITCHEN)["heard"]
    assert (heard["text"], heard["volume"]) == ("Hi", 60)
    assert amazon.device(KITCHEN)["volume"] == 35
    assert signed_in("say", "Kitchen", "Hi", "--volume", "101").code == 2


def test_a_speech_as_markup(amazon: Amazon, signed_in: Command) -> None:
    assert signed_in("say", "Kitchen", "<p>One &amp; two</p>", "--ssml").code == 0
    amazon.device_when(KITCHEN, lambda one: bool(one["heard"]))
    shown = signed_in("--json", "say", "Kitchen", "<p>One & two", "--ssml")
    assert (shown.code, shown.error["code"]) == (2, "bad-text")


def test_who_is_left_out_of_an_announcement_is_named(amazon: Amazon, signed_in: Command) -> None:
    amazon.patch(STUDIO, do_not_disturb=True)
    shown = signed_in("announce", "Kitchen", "Studio", "Garage", "Hi", "--respect-dnd", "--json")
    assert shown.code == 0, shown.err
    assert shown.data["done"] == [KITCHEN]
    skipped = dict(shown.data["skipped"])
    assert skipped.keys() == {STUDIO, GARAGE}
    assert "disturb" in skipped[STUDIO]
    plain = signed_in("announce", "Kitchen", "Garage", "Hi")
    assert plain.out == "Kitchen: announced.\n"
    assert "Garage was left out: " in plain.err
    assert not amazon.device(STUDIO)["announced"]
    alone = signed_in("--json", "announce", "Studio", "Hi", "--respect-dnd")
    assert (alone.code, alone.error["code"]) == (5, "do-not-disturb")


def test_a_name_that_two_have(amazon: Amazon, signed_in: Command) -> None:
    shown = signed_in("volume", "Bedroom", "50", "--json")
    assert shown.code == 2
    assert shown.error["code"] == "ambiguous-device"
    assert BEDROOM in shown.error["message"]
    assert OTHER_BEDROOM in shown.error["message"]
    assert signed_in("volume", OTHER_BEDROOM, "50").code == 0
    amazon.device_when(OTHER_BEDROOM, lambda one: one["volume"] == 50)


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (["pause", "Cellar"], "NotFound", "no-such-device"),
        (["volume", "Garage", "30"], "DeviceOffline", "device-offline"),
        (["next", BEDROOM], "NotControllable", "nothing-playing"),
    ],
)
def test_what_no_device_can_do_is_5(
    amazon: Amazon, signed_in: Command, arguments: list[str], kind: str, code: str
) -> None:
    amazon.patch(BEDROOM, playing="IDLE")
    shown = signed_in("--json", *arguments)
    assert (shown.code, shown.out) == (5, "")
    assert (shown.error["kind"], shown.error["code"]) == (kind, code)
    plain = signed_in(*arguments)
    assert plain.code == 5
    assert plain.err.startswith("Error: ")


def test_a_pause_of_silence_is_no_failure(signed_in: Command) -> None:
    shown = signed_in("pause", BEDROOM)
    assert (shown.code, shown.out) == (0, "Bedroom: paused (confirmed).\n")
    assert "nothing to pause" in shown.err
    assert "nothing to pause" in signed_in("pause", BEDROOM, "--json").data["note"]


def test_amazon_down_is_6(amazon: Amazon, signed_in: Command) -> None:
    amazon.fault(path_prefix="/api/", kind="status", status=500)
    shown = signed_in("devices", "--json")
    assert (shown.code, shown.error["kind"]) == (6, "AmazonUnavailable")


def test_devices_are_listed_where_their_state_is_unknown(
    amazon: Amazon, signed_in: Command
) -> None:
    for path in ("/api/np", "/api/devices/deviceType"):
        amazon.fault(path_prefix=path, kind="status", status=500)
    shown = signed_in("devices")
    assert shown.code == 0
    (kitchen,) = [line for line in shown.out.splitlines() if KITCHEN in line]
    assert kitchen.split()[-2:] == ["-", "-"]
    assert "is unknown" in shown.err


def test_the_log_goes_where_it_is_told(signed_in: Command) -> None:
    shown = signed_in("-vv", "volume", "Kitchen", "30")
    assert shown.code == 0
    assert shown.out == "Kitchen: volume 30 (confirmed).\n"
    assert "mass_alexa" in shown.err
    assert "mass_alexa" in signed_in.log.read_text(encoding="utf-8")


def test_what_no_device_carries_out_names_the_list_that_tells_features() -> None:
    unused: Any = None
    report: Any = SimpleNamespace(done=[], skipped=[(STUDIO, "It cannot announce.")], note=None)
    known: Any = [SimpleNamespace(serial=STUDIO, name="Studio")]
    with pytest.raises(NotControllableError) as caught:
        control.told(unused, report, known, "announced")
    assert caught.value.message == "Studio: It cannot announce."
    assert caught.value.next_step.endswith("mass-alexa devices --json")
