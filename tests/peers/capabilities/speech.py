"""
Speech, announcements, sentences taken as if spoken, sounds.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.scene import Capability, Json, Scene, World

_LISTS = {
    "speak": "spoken",
    "announce": "announced",
    "text_command": "text_commands",
    "sound": "sounds",
}
_MUSIC = "Alexa.Music.PlaySearchPhrase"


class Speech(Capability):
    """Everything that makes a device say or play something short."""

    name = "speech"
    parts = tuple(_LISTS)

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        # Do not disturb would swallow the announcement.
        world.call(f"devices/{device}", {"do_not_disturb": False}, "PATCH")
        return {
            "serial": device,
            "speak": "The kettle is ready",
            "announce": "Dinner in ten minutes",
            "text_command": "what time is it",
            "sound": "amzn_sfx_doorbell_chime_01",
            "music": "quiet songs",
            "provider": "AMAZON_MUSIC",
        }

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        sent = seen.get("sent", [])
        for part in scene.wanted(self.parts):
            if part not in sent:
                return f"{part} was not tried"
            new = _new(scene, scene.device, part)
            if len(new) != 1:
                return f"{part} reached the device {len(new)} times"
            if scene.task[part] not in new[0]:
                return f"{part} said {new[0]!r} instead of {scene.task[part]!r}"
        # Not every client can ask for music; the simulator takes the node and plays nothing.
        if "music" in sent and _MUSIC not in _new(scene, scene.device, "nodes"):
            return "the request for music did not reach the device"
        spoken = (part for part in self.parts if part != "announce")
        for part in spoken:
            others = [it for it in scene.before.devices if it != scene.device]
            if reached := [it for it in others if _new(scene, it, part)]:
                return f"{part} reached other devices as well: {', '.join(reached)}"
        return None


def _new(scene: Scene, serial: str, part: str) -> list[str]:
    name = _LISTS.get(part, part)
    known = len(scene.before.devices[serial][name])
    new: list[str] = scene.after.devices[serial][name][known:]
    return new
