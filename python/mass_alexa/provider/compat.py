"""
The differences between the versions of Music Assistant, found by looking, not by version.

A server run from a checkout calls itself "0.0.0". Run with 2.7 and 2.8; what is here for 2.10 and
later was read in its sources.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from music_assistant_models import config_entries
from music_assistant_models.config_entries import ConfigEntry, ConfigValueOption
from music_assistant_models.enums import ConfigEntryType, EventType
from music_assistant_models.errors import LoginFailed, SetupFailedError

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant
    from music_assistant_models.config_entries import ConfigValueType, ProviderConfig

ADMIN_ONLY = "Only an administrator of Music Assistant can do this."
UNKNOWN_USER = (
    "This version of Music Assistant does not say who pressed the button, so nothing was done. "
    "Look for a newer version of mass-alexa."
)
RELOAD_SECONDS = 1
"""Until a reload begins; that of the server's own."""

_USER_MODULE = "music_assistant.controllers.webserver.helpers.auth_middleware"


def entry(**values: Any) -> ConfigEntry:
    """
    Make a config entry of the fields this version knows.

    :param values: Fields by name; unknown ones are left out.
    """
    known = {field.name for field in fields(ConfigEntry)}
    if values.get("advanced") and "advanced" not in known:
        # Before 2.8 it was a category of its own.
        values["category"] = "advanced"
    return ConfigEntry(**{key: value for key, value in values.items() if key in known})


def option(title: str, value: str) -> ConfigValueOption:
    """
    Make an option of a selection; the order of its fields changed between versions.

    :param title: What is shown.
    :param value: What is stored.
    """
    return ConfigValueOption(title=title, value=value)


def notice_type() -> ConfigEntryType:
    """
    The type of an entry that warns: an alert, or a label where there is none.
    """
    return getattr(ConfigEntryType, "ALERT", ConfigEntryType.LABEL)


def open_in_browser(mass: MusicAssistant, session_id: str, url: str) -> bool:
    """
    Have the user interface open an address; false where this version cannot.

    :param mass: The server.
    :param session_id: What the user interface called its form.
    :param url: Address to open.
    """
    event = EventType.__members__.get("AUTH_SESSION")
    if event is None:
        return False
    mass.signal_event(event, session_id, url)
    return True


def setup_value(mass: MusicAssistant, config: ProviderConfig, key: str) -> ConfigValueType:
    """
    What was given when the provider was set up: in a flow since 2.10, in the form before.

    :param mass: The server.
    :param config: Configuration of the instance.
    :param key: Key of the entry.
    """
    value = flow_value(mass, config.instance_id, key)
    return config.get_value(key) if value is None else value


def flow_value(mass: MusicAssistant, instance_id: str, key: str) -> ConfigValueType:
    """
    What the setup flow of an instance kept; ``None`` where there is none, and before 2.10.

    :param mass: The server.
    :param instance_id: The instance.
    :param key: Key of the entry.
    """
    read = getattr(mass.config, "get_provider_setup_value", None)
    return None if read is None else read(instance_id, key)


def has_setup_flow(mass: MusicAssistant) -> bool:
    """
    Whether this version sets providers up in a flow, and not in the form.

    :param mass: The server.
    """
    return hasattr(mass.config, "get_provider_setup_value")


def note_login_failed(mass: MusicAssistant, instance_id: str, text: str) -> None:
    """
    Tell the user of the server, once, that a provider which goes on running needs a sign-in.

    The user interface shows the last error of a provider to administrators at its start page and
    in the list of providers, whether or not the provider is loaded. Unloading it, as
    ``unload_provider_with_error`` does, would make its players unavailable, and commands to those
    are dropped without a word.

    :param mass: The server.
    :param instance_id: The instance.
    :param text: What happened and what to do.
    """
    record = getattr(mass.config, "update_provider_last_error", None)
    if record is None:
        mass.config.set(f"providers/{instance_id}/last_error", text)
    else:
        # A kind of error that makes it offer the setup flow with the reason "auth".
        kind = getattr(config_entries, "ProviderError")  # noqa: B009
        record(instance_id, kind(error_code=LoginFailed.error_code, message=text))
    mass.signal_event(EventType.PROVIDERS_UPDATED, data=mass.providers)


def note_trouble(
    mass: MusicAssistant, instance_id: str, text: str | None, before: str | None
) -> None:
    """
    Tell the user of the server what has to be put right in a provider that goes on running.

    :param mass: The server.
    :param instance_id: The instance.
    :param text: What is wrong and what to do; ``None`` when it no longer is.
    :param before: What was told before. What somebody else told meanwhile stays.
    """
    known = mass.config.get(f"providers/{instance_id}/last_error")
    said = known.get("message") if isinstance(known, dict) else known
    if said and said != before:
        return
    record = getattr(mass.config, "update_provider_last_error", None)
    if record is None:
        mass.config.set(f"providers/{instance_id}/last_error", text)
    else:
        kind = getattr(config_entries, "ProviderError")  # noqa: B009
        code = SetupFailedError.error_code
        record(instance_id, kind(error_code=code, message=text) if text else None)
    mass.signal_event(EventType.PROVIDERS_UPDATED, data=mass.providers)


async def unload_to_sign_in(mass: MusicAssistant, instance_id: str, text: str) -> None:
    """
    Unload an instance that cannot go on without a sign-in.

    :param mass: The server.
    :param instance_id: The instance.
    :param text: What the user is told.
    """
    structured = hasattr(mass.config, "update_provider_last_error")
    error: Any = LoginFailed(text) if structured else text
    await mass.unload_provider_with_error(instance_id, error)


def reload_later(mass: MusicAssistant, instance_id: str) -> bool:
    """
    Have an instance loaded anew in a second; false where this version cannot.

    Unlike the server's own reload after a save, a failure is kept as the instance's last error and
    the load is tried again.

    :param mass: The server.
    :param instance_id: The instance.
    """
    load = getattr(mass, "load_provider", None)
    if load is None or "allow_retry" not in inspect.signature(load).parameters:
        return False
    # The id is the server's own, so that the two kinds of reload never both happen.
    task_id = f"provider_reload_{instance_id}"
    mass.call_later(RELOAD_SECONDS, load, instance_id, allow_retry=True, task_id=task_id)
    return True


def refusal() -> str | None:
    """
    Why the user whose command is being handled may not change providers; ``None`` if they may.

    The form of a provider and its actions are open to every user who is logged in. Where there is
    no user, the server itself is asking.
    """
    try:
        middleware = importlib.import_module(_USER_MODULE)
    except ImportError:
        return UNKNOWN_USER
    current_user = getattr(middleware, "get_current_user", None)
    if current_user is None:
        return UNKNOWN_USER
    user = current_user()
    if user is None:
        return None
    role = getattr(user, "role", None)
    return None if str(getattr(role, "value", role)) == "admin" else ADMIN_ONLY
