"""
What is to be reached, and whether it is.
"""

from dataclasses import dataclass

from tally import OURS, Figure, Tally

FLOOR = "bare loop"
CONCURRENCIES = (1, 8, 64)
EVENTS = Figure("an event, cpu", "us")
IMPORT = Figure("import", "ms")
STALL = Figure("list of 2000, stall", "ms")
_CHEAPER = 4.0
_OVER_THE_FLOOR = 1.5
_FASTER_EVENTS = 10.0
_STALL_MS = 5.0
_NOTHING = "not measured"


@dataclass(frozen=True)
class Verdict:
    """One target with what was seen."""

    target: str
    seen: str
    met: bool | None
    """``None`` where it was not measured."""


def call(concurrency: int) -> Figure:
    """
    Return the processor time of waiting for Rust from Python, with nothing to wait for.
    """
    return Figure(f"an empty call at {concurrency}, cpu", "us")


def commands(concurrency: int) -> Figure:
    """
    Return the processor time of one command.
    """
    return Figure(f"a command at {concurrency}, cpu", "us")


def verdicts(tally: Tally, peers: list[str]) -> list[Verdict]:
    """
    Hold what was measured against every target that it says something about.

    :param tally: the rounds.
    :param peers: names of the other clients.
    """
    found = []
    for concurrency in CONCURRENCIES:
        figure = commands(concurrency)
        what = f"processor time of a command, {concurrency} at once"
        found.append(_against_peers(tally, figure, peers, what, _CHEAPER))
        ours, bare = tally.spread(figure, OURS), tally.spread(figure, FLOOR)
        empty = tally.spread(call(concurrency), OURS)
        target = f"{what}: at most {_OVER_THE_FLOOR} x the bare loop and the call from Python"
        if ours and bare and empty:
            most = _OVER_THE_FLOOR * bare.middle + empty.middle
            seen = (
                f"{ours.middle:.0f} us; {_OVER_THE_FLOOR} x {bare.middle:.0f} us and "
                f"{empty.middle:.0f} us are {most:.0f} us"
            )
            found.append(Verdict(target, seen, ours.middle <= most))
        else:
            found.append(Verdict(target, _NOTHING, met=None))
    found.append(_against_peers(tally, IMPORT, peers, "time of the import", _CHEAPER))
    target = f"longest stall of the event loop, 2,000 devices: at most {_STALL_MS:.0f} ms"
    if stall := tally.spread(STALL, OURS):
        seen = f"{stall.most:.1f} ms in the worst round"
        found.append(Verdict(target, seen, stall.most <= _STALL_MS))
    else:
        found.append(Verdict(target, _NOTHING, met=None))
    what = "processor time of an event"
    found.append(_against_peers(tally, EVENTS, peers, what, _FASTER_EVENTS))
    return found


def _against_peers(
    tally: Tally, figure: Figure, peers: list[str], what: str, times: float
) -> Verdict:
    target = f"{what}: at most 1/{times:.0f} of the better of the others"
    best = tally.better_peer(figure, peers)
    ratio = tally.ratio(figure, best) if best else None
    if best is None or ratio is None:
        return Verdict(target, _NOTHING, met=None)
    return Verdict(target, f"1/{ratio.middle:.1f} of {best}", ratio.middle >= times)
