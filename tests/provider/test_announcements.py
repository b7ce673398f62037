"""
Announcements of the server, played by Alexa.
"""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from house import House, until
from mass_alexa.provider import announcer, constants
from music_assistant_models.errors import PlayerCommandFailed
from world import BEDROOM, KITCHEN, STUDIO

PUBLIC = "https://home.example.org/api/tts_proxy/abc.mp3"


class Played:
    """
    In the place of what plays audio at the account: notes it, and lasts until it is told to end.
    """

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[set[str], str, int | None]] = []
        self.skipped: list[tuple[str, str]] = []
        self.settled = 0
        self.over = asyncio.Event()
        account = house.part("provider").Account

        async def play_audio(
            _: Any, serials: list[str], url: str, *, volume: int | None = None
        ) -> Any:
            self.calls.append((set(serials), url, volume))
            left_out = {serial for serial, _ in self.skipped}
            done = [serial for serial in serials if serial not in left_out]
            return SimpleNamespace(done=done, skipped=self.skipped, note=None)

        async def settle(_: Any) -> None:
            self.settled += 1

        async def seconds_of(_: str) -> float | None:
            await self.over.wait()
            return 0.01

        monkeypatch.setattr(account, "play_audio", play_audio, raising=False)
        monkeypatch.setattr(account, "settle", settle, raising=False)
        monkeypatch.setattr(house.part("player_compat"), "seconds_of", seconds_of)
        monkeypatch.setattr(house.part("announcer"), "ANNOUNCE_DELAY_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("https://203.0.113.7/a.mp3", False),
        ("https://8.8.8.8/a.mp3", True),
        ("http://home.example.org/a.mp3", False),
        ("https://192.168.1.5:8123/a.mp3", False),
        ("https://[fd00::1]/a.mp3", False),
        ("https://homeassistant.local:8123/a.mp3", False),
        ("https://homeassistant:8123/a.mp3", False),
        ("https://box.fritz.box/a.mp3", False),
        ("https://localhost/a.mp3", False),
        ("announcement", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_what_amazon_can_fetch(address: str, public: bool) -> None:
    assert announcer.is_public(address) is public


async def test_an_announcement_plays_and_ends(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    await house.live(KITCHEN)
    played = Played(house, monkeypatch)
    asked = asyncio.create_task(house.mass.players.play_announcement(KITCHEN, PUBLIC, 60))
    await until(lambda: played.calls)
    assert played.calls == [({KITCHEN}, PUBLIC, 60)]
    await asyncio.sleep(0.05)
    assert not asked.done(), "it lasts as long as it is heard"
    assert played.settled == 0
    played.over.set()
    await asked
    assert played.settled == 1, "and until the volume is back"


@pytest.mark.parametrize("how", ["never", "badly"])
async def test_an_announcement_that_cannot_be_measured_is_heard_and_ends(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    assert instance
    await house.live(KITCHEN)
    played = Played(house, monkeypatch)

    async def seconds_of(_: str) -> float | None:
        if how == "never":
            await asyncio.Event().wait()
        raise ValueError("no length in it")

    monkeypatch.setattr(house.part("player_compat"), "seconds_of", seconds_of)
    monkeypatch.setattr(house.part("announcer"), "ANNOUNCE_SECONDS", 0.05)
    async with asyncio.timeout(5.0):
        await house.mass.players.play_announcement(KITCHEN, PUBLIC, 60)
    assert (len(played.calls), played.settled) == (1, 1)


async def test_an_announcement_for_a_group_is_one_request(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    await house.live(KITCHEN)
    group = next(one for one in house.players().values() if one.state.name == "Everywhere")
    played = Played(house, monkeypatch)
    played.over.set()
    await house.mass.players.play_announcement(group.player_id, PUBLIC)
    assert played.calls == [({KITCHEN, BEDROOM, STUDIO}, PUBLIC, None)]
    await house.mass.players.play_announcement(BEDROOM, PUBLIC)
    assert played.calls[1:] == [({BEDROOM}, PUBLIC, None)], "the next one is another"


async def test_who_is_left_out_is_told(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    played = Played(house, monkeypatch)
    played.skipped = [(KITCHEN, "Kitchen has announcements switched off.")]
    played.over.set()
    one, other = await asyncio.gather(
        house.mass.players.play_announcement(KITCHEN, PUBLIC),
        house.mass.players.play_announcement(BEDROOM, PUBLIC),
        return_exceptions=True,
    )
    assert str(one) == "Kitchen has announcements switched off."
    assert other is None
    assert len(played.calls) == 1


async def test_an_address_that_amazon_cannot_reach_is_refused_in_words(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    played = Played(house, monkeypatch)
    with pytest.raises(PlayerCommandFailed) as caught:
        await house.mass.players.play_announcement(
            KITCHEN, "http://192.168.1.5:8123/api/tts_proxy/secret.mp3"
        )
    said = str(caught.value)
    assert said.startswith("Kitchen can only play announcements from an address that begins with")
    assert "http://192.168.1.5:8123" in said
    assert "secret" not in said
    assert played.calls == []


async def test_do_not_disturb_is_respected_unless_the_player_is_set_otherwise(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    player = await house.live(KITCHEN)
    played = Played(house, monkeypatch)
    played.over.set()
    house.amazon.patch(KITCHEN, do_not_disturb=True)
    await until(lambda: player.state.extra_attributes.get("do_not_disturb") is True)
    with pytest.raises(PlayerCommandFailed, match="Kitchen is set to do not disturb"):
        await house.mass.players.play_announcement(KITCHEN, PUBLIC)
    assert played.calls == []
    (entry,) = [one for one in await player.get_config_entries() if one.key == constants.KEY_QUIET]
    assert entry.default_value is True
    assert entry.label == "Respect do not disturb"
    house.mass.config.set(f"players/{KITCHEN}/values/{constants.KEY_QUIET}", False)
    await house.mass.players.play_announcement(KITCHEN, PUBLIC)
    assert len(played.calls) == 1


async def test_amazon_is_told_to_play_it(
    house: House, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instance
    await house.live(KITCHEN)
    monkeypatch.setattr(house.part("announcer"), "ANNOUNCE_SECONDS", 0.0)
    monkeypatch.setattr(house.part("announcer"), "ANNOUNCE_DELAY_SECONDS", 0.0)
    await house.mass.players.play_announcement(KITCHEN, PUBLIC)
    (heard,) = house.amazon.device(KITCHEN)["heard"]
    assert PUBLIC in str(heard)
