"""
The differences that ``docs/protocol/differences.md`` explains.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_ROW = re.compile(r"^\|\s*((?:`[^`]+`(?:,\s*)?)+)\s*\|(.*)\|\s*$")
_ID = re.compile(r"`([^`]+)`")
_CELLS = 3
_CONFIDENCE = ("documented", "observed", "chosen")


class ExplanationError(Exception):
    """
    A row explains nothing.
    """


def explained_in(text: str) -> dict[str, str]:
    """
    Return the reason by id; ids may have ``*`` for any characters.

    :param text: the document.
    :raises ExplanationError: a row lacks its reason or how sure it is.
    """
    reasons: dict[str, str] = {}
    for line in text.splitlines():
        if not (row := _ROW.match(line)):
            continue
        cells = [cell.strip() for cell in row.group(2).split("|")]
        ids = _ID.findall(row.group(1))
        if len(cells) != _CELLS or not cells[1] or not cells[2].startswith(_CONFIDENCE):
            raise ExplanationError(f"{', '.join(ids)} lacks what differs, why, or how sure it is")
        reasons.update(dict.fromkeys(ids, cells[1]))
    return reasons


def reason_for(name: str, reasons: dict[str, str]) -> str | None:
    """
    Return why something differs, None if nothing says so.

    :param name: id of a difference.
    :param reasons: what is explained.
    """
    if name in reasons:
        return reasons[name]
    # Brackets are names of list entries here, not choices of characters.
    for pattern, reason in reasons.items():
        if fnmatchcase(name, pattern.replace("[", "[[]")):
            return reason
    return None


def needless(reasons: dict[str, str], names: Iterable[str]) -> list[str]:
    """
    Return the ids that explain a difference which is not there.

    :param reasons: what is explained.
    :param names: ids of the differences there are.
    """
    there = list(names)
    return [
        it for it in reasons if not any(reason_for(name, {it: ""}) is not None for name in there)
    ]
