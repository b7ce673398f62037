"""
The list of devices and what is read and switched per device.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.scene import Capability, Json, Scene, World

_LEVELS = (12, 17, 22, 26, 31, 36, 43, 47, 52, 59, 63, 68)


def list_problem(scene: Scene, found: Mapping[str, str]) -> str | None:
    """
    Return what is wrong with a device list, None if nothing is.
    """
    own = {entry["serial"] for entry in scene.after.registrations}
    expected = {
        serial: str(entry["name"])
        for serial, entry in scene.after.devices.items()
        if entry["family"] not in scene.hides and serial not in own
    }
    found = {serial: name for serial, name in found.items() if serial not in own}
    if not expected:
        return "the simulated Amazon has no devices"
    if missing := sorted(expected.keys() - found.keys()):
        return f"missing: {', '.join(f'{expected[it]} ({it})' for it in missing)}"
    if surplus := sorted(found.keys() - expected.keys()):
        return f"not in the household: {', '.join(f'{found[it]} ({it})' for it in surplus)}"
    if wrong := sorted(serial for serial in found if found[serial] != expected[serial]):
        names = (f"{found[it]!r} instead of {expected[it]!r}" for it in wrong)
        return f"wrong names: {', '.join(names)}"
    return None


def echos(devices: Mapping[str, Json]) -> list[str]:
    """
    Return the single Echo devices that are online, members of nothing but themselves.
    """
    return [
        serial
        for serial, entry in devices.items()
        if entry["family"] in {"ECHO", "KNIGHT"} and entry["online"] and not entry["members"]
    ]


def differences(told: Mapping[str, Any], model: Mapping[str, Any], needed: set[str]) -> str | None:
    """
    Hold what a client tells of some devices against the model.

    :param needed: devices that it has to tell something of.
    """
    if missing := sorted(needed - told.keys()):
        return f"nothing about {', '.join(missing)}"
    if surplus := sorted(told.keys() - model.keys()):
        return f"not in the household: {', '.join(surplus)}"
    wrong = [f"{it}: {told[it]!r} instead of {model[it]!r}" for it in told if told[it] != model[it]]
    return "; ".join(sorted(wrong)) or None


class Devices(Capability):
    """The list of devices with their names."""

    name = "devices"
    ends_all = True

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        return {}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        return list_problem(scene, seen.get("found", {}))


class Volumes(Capability):
    """Reading the volume of every device."""

    name = "volumes"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        # Every Echo gets a level of its own, so that no two can be mixed up.
        for serial, value in zip(sorted(echos(world.devices())), _LEVELS, strict=False):
            world.call(f"devices/{serial}", {"volume": value}, "PATCH")
        return {}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        model = {serial: entry["volume"] for serial, entry in scene.after.devices.items()}
        return differences(seen.get("volumes", {}), model, set(echos(scene.after.devices)))


class Volume(Capability):
    """Setting the volume of one device."""

    name = "volume"

    def prepare(self, world: World, device: str, level: int) -> Json:
        if world.devices()[device]["volume"] == level:
            world.call(f"devices/{device}", {"volume": level + 10}, "PATCH")
        return {"serial": device, "volume": level}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        volume = scene.after.devices[scene.device]["volume"]
        if volume != scene.level:
            return f"the volume is {volume} instead of {scene.level}"
        # The volume of a pair is the mean of its members'.
        if changed := scene.changed("volume", besides=[scene.device]):
            return f"the volume of other devices changed as well: {', '.join(changed)}"
        return None


class DoNotDisturb(Capability):
    """Switching do not disturb on for one device."""

    name = "dnd"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        world.call(f"devices/{device}", {"do_not_disturb": False}, "PATCH")
        return {"serial": device}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        if not scene.after.devices[scene.device]["do_not_disturb"]:
            return "do not disturb is still off"
        if changed := scene.changed("do_not_disturb", besides=[scene.device]):
            return f"other devices were switched as well: {', '.join(changed)}"
        return None


class Sensors(Capability):
    """Asking which devices are reachable, by the query for sensors."""

    name = "sensors"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        away = next(it for it in sorted(echos(world.devices()), reverse=True) if it != device)
        world.call(f"devices/{away}", {"online": False}, "PATCH")
        return {"away": away}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        model = {serial: entry["online"] for serial, entry in scene.after.devices.items()}
        needed = {scene.device, scene.task["away"]}
        return differences(seen.get("online", {}), model, needed)

    def tidy(self, world: World, task: Json) -> None:
        world.call(f"devices/{task['away']}", {"online": True}, "PATCH")
