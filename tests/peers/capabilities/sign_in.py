"""
Signing in, and coming back without signing in.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.household import list_problem
from capabilities.scene import Capability, Json, Scene, World


class Enrol(Capability):
    """Sign-in and registration of an app device."""

    name = "enrol"
    ends_all = True

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        return {}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        registrations = scene.after.registrations
        if len(registrations) != 1:
            return f"{len(registrations)} app devices are registered instead of one"
        if registrations[0]["serial"] != seen.get("serial"):
            return "the registered serial number is not the client's"
        if not seen.get("refresh_token"):
            return "the client has no refresh token"
        return None


class Refresh(Capability):
    """A second instance that starts from what the first one stored."""

    name = "refresh"

    def prepare(self, world: World, device: str, level: int) -> Json:  # noqa: ARG002
        return {}

    def problem(self, scene: Scene, seen: Mapping[str, Any]) -> str | None:
        for entry in scene.journal:
            signs_in = entry["path"].startswith("/ap/") and not entry["path"].startswith(
                "/ap/exchangetoken"
            )
            if signs_in or entry["path"] == "/auth/register":
                return f"it signed in anew: {entry['method']} {entry['path']}"
        if scene.after.registrations != scene.before.registrations:
            return "the registered app devices changed"
        if not any(_is_accepted_call(entry) for entry in scene.journal):
            return "no call of the new instance was accepted"
        if "found" in seen:
            return list_problem(scene, seen["found"])
        return None if seen.get("probe") else "the client does not take itself for signed in"


def _is_accepted_call(entry: Json) -> bool:
    named = bool(entry["headers"].get("cookie") or entry["headers"].get("authorization"))
    return named and entry["status"] == 200 and not entry["path"].startswith(("/auth/", "/ap/"))
