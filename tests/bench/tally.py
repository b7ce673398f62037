"""
Figures of paired rounds: who had what in which round, and what that says.
"""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

OURS = "mass-alexa"


@dataclass(frozen=True)
class Figure:
    """One thing that is measured."""

    name: str
    """Such as ``commands at 8``."""

    unit: str
    """Such as ``us``."""

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]"


@dataclass(frozen=True)
class Spread:
    """Least, middle and most of the rounds."""

    least: float
    middle: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """
        Return the spread of some values.
        """
        return cls(min(values), median(values), max(values))

    def to_dict(self) -> dict[str, float]:
        """
        Return it for the JSON file.
        """
        return {"min": self.least, "median": self.middle, "max": self.most}


@dataclass
class Tally:
    """All rounds of all figures: a value for everybody in each round."""

    rounds: dict[Figure, list[dict[str, float]]] = field(default_factory=dict)

    def add(self, measure: str, by_client: dict[str, dict[str, float]]) -> None:
        """
        Take one round of a measure.

        :param measure: name of the measure.
        :param by_client: what each client's process reported, by ``<figure>_<unit>``.
        """
        turned: dict[Figure, dict[str, float]] = {}
        for client, result in by_client.items():
            for key, value in result.items():
                kind, _, unit = key.rpartition("_")
                turned.setdefault(Figure(f"{measure}, {kind}" if kind else measure, unit), {})[
                    client
                ] = value
        for figure, values in turned.items():
            self.rounds.setdefault(figure, []).append(values)

    def spread(self, figure: Figure, client: str) -> Spread | None:
        """
        Return the spread of a client's values, None if it has none.
        """
        values = [entry[client] for entry in self.rounds.get(figure, []) if client in entry]
        return Spread.of(values) if values else None

    def clients(self) -> list[str]:
        """
        Return everybody who was measured, ours first.
        """
        names = dict.fromkeys(name for all_ in self.rounds.values() for it in all_ for name in it)
        return sorted(names, key=lambda name: name != OURS)

    def better_peer(self, figure: Figure, peers: list[str]) -> str | None:
        """
        Return who of the others has the lower median.
        """
        spreads = {name: self.spread(figure, name) for name in peers}
        known = {name: spread.middle for name, spread in spreads.items() if spread is not None}
        return min(known, key=known.__getitem__) if known else None

    def ratio(self, figure: Figure, to: str, over: str = OURS) -> Spread | None:
        """
        Return how many times as much a client has, round by round.

        :param figure: what is compared.
        :param to: the client above the line.
        :param over: the one below it.
        """
        pairs = [it for it in self.rounds.get(figure, []) if it.get(over) and to in it]
        return Spread.of([it[to] / it[over] for it in pairs]) if pairs else None

    def to_dict(self) -> dict[str, Any]:
        """
        Return everything for the JSON file: every round, and the spreads.
        """
        return {
            str(figure): {
                "rounds": entries,
                "spreads": {
                    name: spread.to_dict()
                    for name in self.clients()
                    if (spread := self.spread(figure, name)) is not None
                },
            }
            for figure, entries in self.rounds.items()
        }
