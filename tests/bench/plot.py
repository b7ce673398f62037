"""
Bars with spreads, as an SVG that reads the same in every browser.
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

_COLOURS = ("#0b7a75", "#e07a1f", "#7a5195", "#8a8f98", "#c44e52")
_ROW_INCHES = 0.62
_HEAD_INCHES = 1.3

Rows = dict[str, dict[str, tuple[float, float, float]]]


def bars(rows: Rows, clients: list[str], title: str, file: Path) -> None:
    """
    Draw one group of bars for each row, on a scale where each line is ten times the one before.

    :param rows: least, middle and most by row and client.
    :param clients: the clients in their order.
    :param title: heading.
    :param file: where the picture goes.
    """
    plt.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    height = _HEAD_INCHES + _ROW_INCHES * len(rows)
    figure, axes = plt.subplots(figsize=(9, height), layout="constrained")
    thickness = 0.8 / max(1, len(clients))
    for place, client in enumerate(clients):
        known = [(i, row[client]) for i, row in enumerate(rows.values()) if client in row]
        middles = [values[1] for _, values in known]
        below = [values[1] - values[0] for _, values in known]
        above = [values[2] - values[1] for _, values in known]
        axes.barh(
            [i + (place - (len(clients) - 1) / 2) * thickness for i, _ in known],
            middles,
            height=thickness,
            xerr=[below, above],
            error_kw={"elinewidth": 0.8, "ecolor": "#333333"},
            color=_COLOURS[place % len(_COLOURS)],
            label=client,
        )
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(title, loc="left")
    figure.legend(loc="outside lower right", ncols=len(clients), frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
