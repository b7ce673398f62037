"""
What plays, and the commands of a player.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.household import differences, echos
from capabilities.scene import Capability, Json, Scene, Snapshot, World

_QUEUE = ("Harbour Lights", "Low Tide", "Salt")
_ARTIST = "The Breakwaters"
_OTHER_TITLE = "Paper Lanterns"


class State(Capability):
    """Reading what devices play: one plays, one is paused, the others have nothing."""

    name = "state"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        other = next(it for it in sorted(echos(world.devices())) if it != device)
        play(world, device)
        play(world, other, _OTHER_TITLE)
        world.call(f"devices/{other}", {"playing": "PAUSED"}, "PATCH")
        return {"serials": [device, other]}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        states = seen.get("states", {})
        model = {}
        for serial, entry in scene.after.devices.items():
            track = entry["track"] or {}
            model[serial] = {
                "playing": entry["playing"] == "PLAYING",
                "title": track.get("title"),
                "artist": track.get("artist"),
            }
        for serial in scene.task["serials"]:
            if not states.get(serial, {}).get("title"):
                return f"no title of what is on {serial}"
        for name in ("playing", "title", "artist"):
            told = {serial: state[name] for serial, state in states.items() if name in state}
            needed = set(scene.task["serials"]) if name == "playing" else set()
            expected = {serial: state[name] for serial, state in model.items()}
            if problem := differences(told, expected, needed):
                return f"{name}: {problem}"
        return None


class Transport(Capability):
    """The commands of a player, one after another, each with its effect."""

    name = "transport"
    parts = ("pause", "play", "next", "previous", "stop")

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        play(world, device)
        return {"serial": device}

    def shows(self, part: str, before: Snapshot, now: Snapshot, task: Json) -> bool:
        was, is_ = before.devices[task["serial"]], now.devices[task["serial"]]
        titles = [(device["track"] or {}).get("title") for device in (was, is_)]
        states = [device["playing"] for device in (was, is_)]
        effects = {
            "pause": states == ["PLAYING", "PAUSED"],
            "play": states == ["PAUSED", "PLAYING"],
            "next": titles == [_QUEUE[0], _QUEUE[1]],
            "previous": titles == [_QUEUE[1], _QUEUE[0]],
            "stop": states[0] == "PLAYING" and states[1] != "PLAYING",
        }
        return bool(effects[part])

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        for part in scene.wanted(self.parts):
            if part not in scene.checked:
                return f"{part} was not tried"
            if not scene.checked[part]:
                return f"{part} had no effect"
        others = scene.changed("playing", besides=[scene.device])
        return f"other devices changed as well: {', '.join(others)}" if others else None


def play(world: World, serial: str, title: str = _QUEUE[0]) -> None:
    """
    Load a queue of three tracks on a device and start it.
    """
    queue = list(_QUEUE[1:]) if title == _QUEUE[0] else []
    world.call("play", {"serial": serial, "title": title, "artist": _ARTIST, "queue": queue})
