"""
Compares what this project's client sent with what the clients of other projects sent.

It reads the runs that ``run.py`` kept. For every request that two or more peers send for the same
purpose it shows what they agree on, where they differ from each other, and where ours is the odd
one out. Such a difference is either explained in ``docs/protocol/differences.md``, or a fault.
A request of ours that was refused is a fault as well, unless a step provokes it.

Exit codes: 0 every difference is explained, 1 one is not or a request was refused, 2 a document
cannot be read or our own run is missing, 3 too few peers ran.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from clients import CLIENTS
from comparison.differences import Purpose, compared
from comparison.explanations import (
    ExplanationError,
    Explanations,
    explained_in,
    explanation_for,
    needless,
    reason_for,
)
from comparison.refusals import Refusal, read_refusals
from comparison.runs import OURS, read

_ROOT = Path(__file__).resolve().parents[2]
_RUNS = _ROOT / "target" / "peers" / "runs"
_DOCUMENT = _ROOT / "docs" / "protocol" / "differences.md"
_REPORT = _ROOT / "target" / "peers" / "comparison.json"
_FEWEST_PEERS = 2


def main() -> int:
    """
    Compare and print.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--runs", type=Path, default=_RUNS, help="folder of the kept runs")
    parser.add_argument("--all", action="store_true", help="show everything that was compared")
    arguments = parser.parse_args()
    # Folders of clients that there are no more stay until somebody cleans up.
    runs = read(arguments.runs, {client.slug for client in CLIENTS})
    ours = runs.pop(OURS, None)
    if ours is None:
        return _refuse(f"there is no run of {OURS} in {arguments.runs}", 2)
    if len(runs) < _FEWEST_PEERS:
        return _refuse(f"two peers are needed, and {', '.join(runs) or 'none'} ran", 3)
    try:
        reasons = explained_in(_DOCUMENT.read_text(encoding="utf-8"))
    except (OSError, ExplanationError) as err:
        return _refuse(f"{_DOCUMENT.name}: {err}", 2)
    purposes = compared(ours, runs.values())
    found = [(it, reason_for(it, reasons)) for one in purposes for it in one.differences]
    open_ones = [difference for difference, reason in found if reason is None]
    sys.stdout.write("\n".join(_table(purposes, reasons)) + "\n")
    for one in purposes:
        sys.stdout.write("".join(_details(one, reasons, everything=arguments.all)))
    if arguments.all:
        # Some explanations are needed only where fewer or other releases ran.
        for name in needless(reasons, (difference.id for difference, _ in found)):
            sys.stdout.write(f"* {name} is explained and does not differ\n")
    refused = _refusals(arguments.runs)
    sys.stdout.write("".join(_told(refused)))
    sys.stdout.write(
        f"{len(purposes)} purposes of {', '.join(sorted(runs))}: {len(found)} differences of ours, "
        f"{len(open_ones)} of them not explained\n"
    )
    _write(purposes, reasons)
    return int(bool(open_ones) or any(it.reason is None for it in refused))


def _refusals(folder: Path) -> list[Refusal]:
    slugs = (client.slug for client in CLIENTS if client.name == OURS)
    return [it for slug in slugs for it in read_refusals(folder / slug)]


def _told(refused: list[Refusal]) -> Iterator[str]:
    for it in refused:
        yield f"refused in {it.step}: {it.status} {it.request}: {it.reason or 'NOT EXPECTED'}\n"


def _refuse(reason: str, code: int) -> int:
    sys.stderr.write(f"compare: {reason}\n")
    return code


def _table(purposes: list[Purpose], reasons: Explanations) -> list[str]:
    table: list[tuple[str, ...]] = [
        ("purpose", "peers", "alike", "peers differ", "ours differs", "not explained")
    ]
    for one in purposes:
        open_ones = sum(reason_for(it, reasons) is None for it in one.differences)
        numbers = (len(one.agreed), len(one.disputed), len(one.differences), open_ones)
        table.append((one.name, str(len(one.peers)), *(str(it or "-") for it in numbers)))
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    table.insert(1, tuple("-" * width for width in widths))
    return [
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]


def _details(purpose: Purpose, reasons: Explanations, *, everything: bool) -> Iterator[str]:
    if everything:
        steps = ", ".join(purpose.steps)
        yield f"\n== {purpose.name} of {', '.join(purpose.peers)}, in {steps}\n"
        yield f"all agree: {', '.join(purpose.agreed) or '-'}\n"
        yield f"peers differ from each other: {', '.join(purpose.disputed) or '-'}\n"
    for difference in purpose.differences:
        reason = reason_for(difference, reasons)
        if reason is None or everything:
            yield f"\n{difference.id}{'' if reason is None else ': ' + reason}\n"
            if reason is None and (wrong := explanation_for(difference.id, reasons)):
                yield f"    the document says: {' or '.join(sorted(wrong.ours))}\n"
            for client, told in {"ours": difference.ours, **difference.peers}.items():
                yield f"    {client}: {told}\n"


def _write(purposes: list[Purpose], reasons: Explanations) -> None:
    content = [
        {
            "purpose": one.name,
            "steps": one.steps,
            "peers": one.peers,
            "ours": one.is_ours,
            "agreed": one.agreed,
            "disputed": one.disputed,
            "differences": [
                {
                    "id": it.id,
                    "ours": it.ours,
                    "peers": dict(it.peers),
                    "reason": reason_for(it, reasons),
                }
                for it in one.differences
            ],
        }
        for one in purposes
    ]
    _REPORT.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
