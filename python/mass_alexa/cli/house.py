"""
What a watch has told so far, and the news in each change, in words.
"""

import time

from mass_alexa import Change, Device, Link, Links, PlayerState

from . import tables

LINKS = ("session", "devices", "state", "push")
"""What an account hangs on, in the order in which it is shown."""
SWITCHES = {
    "muted": ("muted", "no longer muted"),
    "shuffle": ("shuffled", "no longer shuffled"),
    "repeat": ("repeated", "no longer repeated"),
    "do_not_disturb": ("not to be disturbed", "may be disturbed again"),
}
"""What is on or off, and the words for both."""
JUMP = 3.0
"""Seconds by which a position must differ from what counting gives to be worth a line; chosen."""


class House:
    """
    The devices of an account and what they do.
    """

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.states: dict[str, PlayerState] = {}
        self.links: Links | None = None
        self._labels: dict[str, str] = {}

    @property
    def players(self) -> list[Device]:
        """
        The players in the order of their names.
        """
        return tables.by_name(device for device in self.devices.values() if device.is_player)

    def label(self, serial: str) -> str:
        """
        Name a device so that it is told apart from others.

        :param serial: Its serial.
        """
        return self._labels.get(serial, tables.short(serial))

    def take(self, change: Change) -> list[str]:
        """
        Take a change over and tell what is new in it, one sentence a line.

        :param change: The change.
        """
        if change.player is not None:
            before = self.states.get(change.player.serial)
            self.states[change.player.serial] = change.player
            news = self._of_player(before, change.player)
            return [f"{self.label(change.player.serial)}: {', '.join(news)}"] if news else []
        if change.devices is not None:
            return self._of_devices(change.devices)
        before_links, self.links = self.links, change.links
        return _of_links(before_links, change.links) if change.links is not None else []

    def _of_devices(self, devices: list[Device]) -> list[str]:
        """
        Tell what is new in a list of devices.

        :param devices: The list.
        """
        before, self.devices = self.devices, {device.serial: device for device in devices}
        old_labels, self._labels = self._labels, tables.labels(devices)
        self.states = {one: state for one, state in self.states.items() if one in self.devices}
        players = len(self.players)
        if not before:
            return [f"devices: {len(devices)}, {players} of them players"]
        added = self.devices.keys() - before.keys()
        gone = before.keys() - self.devices.keys()
        renamed = {
            serial
            for serial in before.keys() & self.devices.keys()
            if before[serial].name != self.devices[serial].name
        }
        return [
            *(f"{self.label(one)}: added" for one in sorted(added, key=self.label)),
            *(f"{old_labels[one]}: removed" for one in sorted(gone)),
            *(f"{self.label(one)}: was {before[one].name} before" for one in sorted(renamed)),
        ]

    def _of_player(self, before: PlayerState | None, now: PlayerState) -> list[str]:
        """
        Tell what is new in the state of a player.

        :param before: What it did before, if that is known.
        :param now: What it does now.
        """
        news = []
        if not now.online and (before is None or before.online):
            said = now.reason or ""
            news.append("offline" if not said or said.endswith("is offline.") else said.rstrip("."))
        elif now.online and before is not None and not before.online:
            news.append("online again")
        news += self._of_media(before, now)
        if (before is None or before.volume != now.volume) and now.volume is not None:
            news.append(f"volume {now.volume}")
        for name, words in SWITCHES.items():
            was, value = getattr(before, name, None), getattr(now, name)
            # What is off, and was not known to be on, is no news.
            if value and not was:
                news.append(words[0])
            elif was and value is False:
                news.append(words[1])
        return news

    def _of_media(self, before: PlayerState | None, now: PlayerState) -> list[str]:
        """
        Tell what is new in what a player plays.

        :param before: What it did before, if that is known.
        :param now: What it does now.
        """
        news = []
        named = tables.track(now)
        same = before is not None and (before.playback, tables.track(before)) == (
            now.playback,
            named,
        )
        at = tables.position(now, now.updated_at)
        if not same:
            news.append(f"{now.playback} {named}".rstrip() if now.playback != "idle" else "idle")
        elif before is not None and at is not None:
            counted = tables.position(before, now.updated_at)
            if counted is not None and abs(at - counted) > JUMP:
                news.append(f"at {tables.progress(now, now.updated_at)}")
        if now.group and (before is None or before.group != now.group):
            news.append(f"in {self.label(now.group)}")
        return news if now.playback != "unknown" or before is not None else []


def link_of(links: Links, name: str) -> Link:
    """
    Give one link by its name.

    :param links: All links.
    :param name: One of :data:`LINKS`.
    """
    link: Link = getattr(links, name)
    return link


def word(link: Link) -> str:
    """
    Say in a word how a link stands.

    :param link: The link.
    """
    return "waiting" if link.ok is None else "ok" if link.ok else "down"


def age(since: float, now: float | None = None) -> str:
    """
    Write how long ago something was, such as ``12 min``.

    :param since: Unix time.
    :param now: Unix time of now.
    """
    seconds = max((time.time() if now is None else now) - since, 0.0)
    if seconds < tables.MINUTE:
        return f"{seconds:.0f} s"
    if seconds < tables.HOUR:
        return f"{seconds // tables.MINUTE:.0f} min"
    if seconds < 24 * tables.HOUR:
        return f"{seconds // tables.HOUR:.0f} h"
    return f"{seconds // (24 * tables.HOUR):.0f} d"


def _of_links(before: Links | None, now: Links) -> list[str]:
    """
    Tell what is new in the links.

    :param before: How they were.
    :param now: How they are.
    """
    news = []
    for name in LINKS:
        link, was = link_of(now, name), link_of(before, name) if before else None
        told = (link.ok, link.code)
        if link.ok is None or (was is not None and (was.ok, was.code) == told):
            continue
        news.append(f"{name}: {word(link)}{f', {link.text}' if link.text else ''}")
    return news
