"""
A provider that brings players.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .provider import Provider

if TYPE_CHECKING:
    from .player import Player


class PlayerProvider(Provider):
    """
    Base of player providers.
    """

    async def discover_players(self) -> None:
        """
        Register the players; called after each load.
        """

    @property
    def players(self) -> list[Player]:
        return self.mass.players.all_players(provider_filter=self.instance_id)
