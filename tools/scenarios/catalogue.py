"""
The scenarios that there are, read from the tables of ``docs/scenarios.md``.
"""

import re
from dataclasses import dataclass

ID = re.compile(r"S-[A-Z]\d+[a-z]?")
_STANDS = "yes"
_WAITS = "not yet: "


class CatalogueError(Exception):
    """
    The document cannot be read as a list of scenarios.
    """


@dataclass(frozen=True)
class Scenario:
    """
    One promise.
    """

    id: str
    area: str
    promise: str
    waits_for: str | None
    """The part that does not stand yet, None for a promise that is kept today."""


def scenarios_in(text: str) -> list[Scenario]:
    """
    Read the tables of the document.

    :param text: The document.
    :raises CatalogueError: A row says nothing, stands there twice, or there is none.
    """
    found: dict[str, Scenario] = {}
    area = ""
    for line in text.splitlines():
        if line.startswith("## "):
            area = line.removeprefix("## ").strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or not cells[0].startswith("S-"):
            continue
        scenario = _scenario(area, cells)
        if scenario.id in found:
            raise CatalogueError(f"{scenario.id} is listed twice")
        found[scenario.id] = scenario
    if not found:
        raise CatalogueError("no scenario is listed")
    return list(found.values())


def _scenario(area: str, cells: list[str]) -> Scenario:
    if len(cells) != len(("id", "promise", "stands")) or not ID.fullmatch(cells[0]):
        raise CatalogueError(f"this row is no scenario: {' | '.join(cells)}")
    name, promise, stands = cells
    waits_for = stands.removeprefix(_WAITS) if stands.startswith(_WAITS) else None
    if not promise or not (waits_for or stands == _STANDS):
        raise CatalogueError(f"{name} neither stands nor says what it waits for")
    return Scenario(name, area, promise, waits_for)
