"""
Ids under which Music Assistant keeps what people set: automations and queues hang on them.
"""

import json
from pathlib import Path

from house import House
from mass_alexa.provider import constants
from mass_alexa.provider.shown import player_id
from world import BEDROOM, GARAGE, KITCHEN, OTHER_BEDROOM, STUDIO

# Never to be changed together with the code: a new way of making ids needs a way from the old one.
GOLDEN = Path(__file__).parent / "golden" / "player-ids.json"


def test_s_i5_the_ids_of_players_are_those_of_the_golden_file() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {serial: player_id(serial) for serial in golden} == golden


async def test_s_i5_players_have_these_ids_in_music_assistant(house: House, instance: str) -> None:
    assert instance.startswith("mass_alexa--")
    assert constants.DOMAIN == "mass_alexa"
    assert {KITCHEN, BEDROOM, OTHER_BEDROOM, STUDIO, GARAGE} <= set(house.players())
    for serial, player in house.players().items():
        assert player.player_id == player_id(serial)
        assert player.provider.instance_id == instance
