"""
The verdicts as a table for people and as JSON.
"""

import json
import platform
from pathlib import Path
from typing import Any

from capabilities import CAPABILITIES
from verdicts import OUR_FAULT, PASS, PEER_FAULT, Row


def lines(rows: list[Row]) -> list[str]:
    """
    Return the table, one column per client and way of signing in, with notes below it.
    """
    notes: list[str] = []

    def note(text: str) -> str:
        if text not in notes:
            notes.append(text)
        return f"({notes.index(text) + 1})"

    table = [["", *(row.client.name for row in rows)]]
    table.append(["", *(" + ".join(row.packages.values()) or "-" for row in rows)])
    table.append(["", *(row.client.way for row in rows)])
    rule_after = len(table)
    for name, capability in CAPABILITIES.items():
        words = [name]
        for row in rows:
            cell = row.cells[name]
            word = f"peer: {cell.fault}" if cell.fault else cell.verdict
            if cell.verdict != PASS and cell.detail:
                word += " " + note(cell.detail)
            missing = [part for part in capability.parts if f"{name}.{part}" in row.client.lacks]
            if missing and cell.verdict in {PASS, PEER_FAULT, OUR_FAULT}:
                reasons = (f"no {part}: {row.client.lacks[f'{name}.{part}']}" for part in missing)
                word += " " + note("; ".join(reasons))
            words.append(word)
        table.append(words)
    table.append(["seconds", *(f"{row.seconds:.1f}" if row.seconds else "-" for row in rows)])
    widths = [max(len(line[i]) for line in table) for i in range(len(rows) + 1)]
    table.insert(rule_after, ["-" * width for width in widths])
    text = [
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
    text += [f"({number}) {what}" for number, what in enumerate(notes, 1)]
    remarks = [f"{row.client.name} ({row.client.way}): {it}" for row in rows for it in row.remarks]
    return text + [f"* {remark}" for remark in dict.fromkeys(remarks)]


def write_json(path: Path, rows: list[Row]) -> None:
    """
    Write the table for programs.
    """
    content = {"python": platform.python_version(), "clients": [row.to_dict() for row in rows]}
    path.write_text(json.dumps(content, indent=2) + "\n")


def keep(path: Path, content: Any) -> None:
    """
    Keep what happened for a look afterwards; secrets of the simulated account are in it.
    """
    path.touch(0o600)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
