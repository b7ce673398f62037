"""
The differences that ``docs/protocol/differences.md`` explains.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from comparison.differences import Difference

_ROW = re.compile(r"^\|\s*((?:`[^`]+`(?:,\s*)?)+)\s*\|(.*)\|\s*$")
_ID = re.compile(r"`([^`]+)`")
_STATED = re.compile(r"((?:`[^`]+`(?:,\s*)?)+):")
_CELLS = 3
_CONFIDENCE = ("documented", "observed", "chosen")


class ExplanationError(Exception):
    """
    A row explains nothing.
    """


@dataclass(frozen=True)
class Explanation:
    """
    Why ours differs.
    """

    reason: str
    ours: frozenset[str] = frozenset()
    """What ours sends there, and nothing else; none where that is not stated."""


type Explanations = Mapping[str, Explanation]
"""By id of a difference, which may be a pattern."""


def explained_in(text: str) -> dict[str, Explanation]:
    """
    Return the explanations by id; ids may have ``*`` for any characters.

    What ours sends is stated where the second cell begins with values and a colon.

    :param text: the document.
    :raises ExplanationError: a row lacks its reason or how sure it is.
    """
    found: dict[str, Explanation] = {}
    for line in text.splitlines():
        if not (row := _ROW.match(line)):
            continue
        cells = [cell.strip() for cell in row.group(2).split("|")]
        ids = _ID.findall(row.group(1))
        if len(cells) != _CELLS or not cells[1] or not cells[2].startswith(_CONFIDENCE):
            raise ExplanationError(f"{', '.join(ids)} lacks what differs, why, or how sure it is")
        stated = _STATED.match(cells[0])
        values = _ID.findall(stated.group(1)) if stated else ()
        found.update(dict.fromkeys(ids, Explanation(cells[1], frozenset(values))))
    return found


def explanation_for(name: str, explained: Explanations) -> Explanation | None:
    """
    Return what is said about an id, None if nothing.

    :param name: id of a difference.
    :param explained: what is explained.
    """
    if name in explained:
        return explained[name]
    # Brackets are names of list entries here, not choices of characters.
    for pattern, explanation in explained.items():
        if fnmatchcase(name, pattern.replace("[", "[[]")):
            return explanation
    return None


def reason_for(difference: Difference, explained: Explanations) -> str | None:
    """
    Return why something differs, None if nothing says so or something else is said to be sent.

    :param difference: what differs.
    :param explained: what is explained.
    """
    explanation = explanation_for(difference.id, explained)
    if explanation is None or (explanation.ours and difference.values - explanation.ours):
        return None
    return explanation.reason


def needless(explained: Explanations, names: Iterable[str]) -> list[str]:
    """
    Return the ids that explain a difference which is not there.

    :param explained: what is explained.
    :param names: ids of the differences there are.
    """
    there = list(names)
    return [
        it
        for it, one in explained.items()
        if not any(explanation_for(name, {it: one}) for name in there)
    ]
