"""
Events: told by the simulator, understood by the client's own parser.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.media import play
from capabilities.scene import Capability, Json, Scene, World

_OPEN_SECONDS = 20.0
_REOPEN_SECONDS = 60.0
_QUIET_SECONDS = 20.0
_TITLE = "Night Ferry"
# Levels that no other step uses: whoever tells them has heard of them here.
_VOLUME = 19
_VOLUME_LATER = 73


class Push(Capability):
    """Events of every kind that the client understands."""

    name = "push"
    parts = ("volume", "playing", "track", "dnd", "connection")

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        play(world, device)
        patch = {"do_not_disturb": False, "playing": "PLAYING"}
        world.call(f"devices/{device}", patch, "PATCH")
        return {"serial": device}

    def turn(self, world: World, device: str, words: Json, turned: list[Json]) -> Json:  # noqa: ARG002
        part = words["turn"]
        if part not in self.parts:
            raise ValueError(f"there is no {part!r} to turn")
        world.wait_for_stream(0, _OPEN_SECONDS)
        # What the client reads by itself at the start must not pass for a received event.
        world.wait_for_quiet(_QUIET_SECONDS)
        if part == "track":
            play(world, device, _TITLE)
            return {"kind": part, "serial": device, "value": _TITLE}
        value = _change(world, device, part, _VOLUME)
        return {"kind": part, "serial": device, "value": value}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        turned = [entry for entry in scene.turned if entry["kind"] in self.parts]
        for part in scene.wanted(self.parts):
            if not any(entry["kind"] == part for entry in turned):
                return f"no event of {part} was waited for"
        return _missed(turned, seen)

    def tidy(self, world: World, task: Json) -> None:
        patch = {"do_not_disturb": False, "online": True}
        world.call(f"devices/{task['serial']}", patch, "PATCH")


class Reconnect(Capability):
    """The stream is torn down; the client's own logic has to bring it back."""

    name = "reconnect"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        return {"serial": device}

    def turn(self, world: World, device: str, words: Json, turned: list[Json]) -> Json:
        if words["turn"] == "drop":
            world.wait_for_stream(0, _OPEN_SECONDS)
            opened = world.counters()["push_opened"]
            world.call("push/drop", {"how": words.get("how", "close")})
            return {"kind": "drop", "opened": opened}
        opened = next((it["opened"] for it in reversed(turned) if it["kind"] == "drop"), 0)
        world.wait_for_stream(opened, _REOPEN_SECONDS)
        world.wait_for_quiet(_QUIET_SECONDS)
        value = _change(world, device, words["turn"], _VOLUME_LATER)
        return {"kind": words["turn"], "serial": device, "value": value}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        kinds = [entry["kind"] for entry in scene.turned]
        if "drop" not in kinds:
            return "the stream was not dropped"
        dropped = kinds.index("drop")
        later = scene.turned[dropped + 1 :]
        if not later:
            return "no event was waited for after the stream was dropped"
        if scene.after.counters["push_opened"] <= scene.turned[dropped]["opened"]:
            return "no new stream was opened"
        return _missed(later, seen)


def _change(world: World, device: str, part: str, volume: int) -> Any:
    """
    Change something of a device to what it is not; return the new value.
    """
    entry = world.devices()[device]
    if part == "volume":
        value: Any = volume
        patch = {"volume": value}
    elif part == "playing":
        value = entry["playing"] != "PLAYING"
        patch = {"playing": "PLAYING" if value else "PAUSED"}
    elif part == "dnd":
        value = not entry["do_not_disturb"]
        patch = {"do_not_disturb": value}
    elif part == "connection":
        value = not entry["online"]
        patch = {"online": value}
    else:
        raise ValueError(f"there is no {part!r} to change")
    world.call(f"devices/{device}", patch, "PATCH")
    return value


def _missed(turned: list[Json], seen: Mapping[str, Any]) -> str | None:
    events = seen.get("events", [])
    for wanted in turned:
        if wanted not in events:
            told = [it.get("value") for it in events if it.get("kind") == wanted["kind"]]
            return f"no event told {wanted['kind']} {wanted['value']!r}, only {told}"
    return None
