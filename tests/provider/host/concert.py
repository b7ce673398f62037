"""
Echos that play music of the server, without a network between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echos import FakeGateway, Memory
from house import House, until
from mass_alexa.provider import constants
from music_assistant_models.enums import PlaybackState, RepeatMode
from world import KITCHEN

if TYPE_CHECKING:
    import pytest
    from music_assistant_models.config_entries import ConfigValueType

SKILL = "amzn1.ask.skill.12345678-90ab-cdef-1234-567890abcdef"
STREAMING: dict[str, ConfigValueType] = {
    constants.KEY_STREAM: True,
    constants.KEY_PUBLIC_URL: "https://music.example.org",
    constants.KEY_SKILL_ID: SKILL,
}


class Concert:
    """
    A house whose Echos play music of the server, and the gateway as it is at the moment.
    """

    def __init__(self, house: House, instance: str, kind: type[FakeGateway]) -> None:
        self.house = house
        self.instance = instance
        self.kind = kind
        self.queues: Any = house.mass.player_queues

    @property
    def gateway(self) -> FakeGateway:
        return self.kind.started[-1]

    async def clear(self) -> None:
        """
        Make everything as it was at the beginning.
        """
        self.kind.memory, self.kind.refusal, self.kind.steps = Memory(), None, ()
        provider = self.house.provider(self.instance)
        provider.streaming._decks.clear()
        for player in self.house.players().values():
            queue = self.queues.get(player.player_id)
            self.queues.fill(player.player_id, [])
            queue.resume_pos, queue.elapsed_time, queue.session_id = 0, 0.0, None
            queue.repeat_mode, queue.shuffle_enabled = RepeatMode.OFF, False
            if player.state.playback_state == PlaybackState.PLAYING:
                await provider.account.stop(player.player_id)
            key = f"players/{player.player_id}/values"
            self.house.mass.config.set(key, {})
            player.paired_by_hand = None  # type: ignore[attr-defined]
            player.show()  # type: ignore[attr-defined]
        await until(
            lambda: {one.state.playback_state for one in self.house.players().values()},
            lambda seen: seen == {PlaybackState.IDLE},
        )
        self.queues.calls.clear()
        for part in (self.gateway.calls, self.gateway.answers, self.gateway.provided):
            part.clear()

    def player(self, serial: str) -> Any:
        return self.house.player(serial)

    async def play(self, serial: str, tracks: list[str]) -> list[str]:
        """
        Fill the queue of a player and play it; the ids of the items.
        """
        ids: list[str] = self.queues.fill(serial, tracks)
        await self.queues.play_index(serial, 0)
        await self.shows(serial, tracks[0])
        return ids

    async def shows(self, serial: str, title: str | None) -> None:
        """
        Wait until a queue is at an item.
        """

        def at() -> str | None:
            item = self.queues.get(serial).current_item
            return item.name if item else None

        await until(at, lambda seen: seen == title)

    async def follows(self, serial: str, title: str | None) -> None:
        """
        Wait until an Echo knows what comes next.
        """

        def following() -> str | None:
            item = self.kind.memory.following.get(serial)
            return item.title if item else None

        await until(following, lambda seen: seen == title)

    async def asked(self, serial: str, wish: str, on: bool | None = None) -> str | None:
        """
        Wish something at an Echo; what is answered, ``None`` when it was done.
        """
        number = self.gateway.ask(serial, wish, on)
        await until(lambda: number in self.gateway.answers)
        return self.gateway.answers[number]

    async def restart(self) -> None:
        """
        Load the provider anew, as a restart of the server does.
        """
        await self.house.mass.load_provider(self.instance)
        await until(lambda: KITCHEN in self.house.players())

    def done(self, what: str) -> list[tuple[Any, ...]]:
        """
        What was asked of the queues.
        """
        return [call for call in self.queues.calls if call[0] == what]


def gateway_of(house: House, monkeypatch: pytest.MonkeyPatch) -> type[FakeGateway]:
    """
    Put a gateway without a network in the place of the real one.
    """

    class Gateway(FakeGateway):
        mass = house.mass
        memory = Memory()
        started: list[FakeGateway] = []  # noqa: RUF012 - of this house alone

    monkeypatch.setattr(house.part("streaming"), "Gateway", Gateway)
    return Gateway
