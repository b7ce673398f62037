"""
What was measured, for people: tables and plots.
"""

from pathlib import Path

from tally import OURS, Figure, Spread, Tally
from targets import verdicts


def tables(tally: Tally, peers: list[str]) -> str:
    """
    Return the tables as Markdown: everybody's medians with ratios, then the targets.

    :param tally: the rounds.
    :param peers: names of the other clients.
    """
    names = tally.clients()
    head = ["Measured", *names, "Better of the others: times ours", "Least", "Most"]
    lines = [head, ["---"] * len(head)]
    for figure in tally.rounds:
        best = tally.better_peer(figure, peers)
        ratio = tally.ratio(figure, best) if best else None
        lines.append(
            [
                str(figure),
                *(_shown(tally.spread(figure, name)) for name in names),
                *(
                    [_number(ratio.middle), _number(ratio.least), _number(ratio.most)]
                    if ratio
                    else ["", "", ""]
                ),
            ]
        )
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
    found = verdicts(tally, peers)
    if found:
        words = {True: "yes", False: "**no**", None: ""}
        text += "\n| Target | Measured | Met |\n| --- | --- | --- |\n"
        text += "".join(f"| {it.target} | {it.seen} | {words[it.met]} |\n" for it in found)
    return text


def _shown(spread: Spread | None) -> str:
    return "" if spread is None else _number(spread.middle)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def plots(tally: Tally, folder: Path) -> None:
    """
    Draw the two plots: processor time, and time that people wait.

    :param tally: the rounds.
    :param folder: where ``bench-cpu.svg`` and ``bench-time.svg`` go.
    """
    from plot import bars  # noqa: PLC0415 - needs a library that tables do not

    cpu = [it for it in tally.rounds if "cpu" in it.name and it.unit in {"us", "ms"}]
    rest = [
        it
        for it in tally.rounds
        if it.unit == "ms" and it not in cpu and "lag" not in it.name and "p99" not in it.name
    ]
    _draw(bars, tally, cpu, folder / "bench-cpu.svg", "Processor time of the client's process")
    _draw(bars, tally, rest, folder / "bench-time.svg", "Time, and longest stall of the event loop")


def _draw(draw, tally: Tally, figures: list[Figure], file: Path, title: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    rows = {
        str(figure): {
            name: (spread.least, spread.middle, spread.most)
            for name in tally.clients()
            if (spread := tally.spread(figure, name)) is not None and spread.middle > 0
        }
        for figure in figures
        if tally.spread(figure, OURS) is not None
    }
    draw(rows, tally.clients(), title, file)
