"""
Where clients agree, where they do not, and where ours is the odd one out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from comparison.runs import Request, Run
from comparison.shapes import ABSENT

_FEWEST_PEERS = 2
_LONGEST = 200

type Values = dict[str, frozenset[str]]
"""By client: every shape that an aspect had in its requests of one purpose."""


@dataclass(frozen=True)
class Difference:
    """
    Something that ours does differently.
    """

    id: str
    ours: str
    peers: Mapping[str, str]
    """What each peer does."""

    values: frozenset[str]
    """What ours does, value by value and in full."""


@dataclass
class Purpose:
    """
    What two or more peers send for one purpose, and what ours sends.
    """

    name: str
    steps: tuple[str, ...]
    peers: tuple[str, ...]
    is_ours: bool
    """Whether ours sends it at all."""

    agreed: list[str] = field(default_factory=list)
    """Aspects in which all peers are alike, and ours with them."""

    disputed: list[str] = field(default_factory=list)
    """Aspects in which peers differ from each other and ours is like at least one of them."""

    differences: list[Difference] = field(default_factory=list)


def compared(ours: Run, peers: Iterable[Run]) -> list[Purpose]:
    """
    Hold our requests against those that at least two peers send.

    :param ours: the run of this project's client.
    :param peers: the runs of the others.
    """
    own = ours.by_purpose()
    theirs = {run.client: run.by_purpose() for run in peers}
    names = Counter(name for sent in theirs.values() for name in sent)
    return [
        _purpose(
            name, own.get(name, []), {it: sent[name] for it, sent in theirs.items() if name in sent}
        )
        for name in sorted(names)
        if names[name] >= _FEWEST_PEERS
    ]


def _purpose(name: str, own: list[Request], theirs: dict[str, list[Request]]) -> Purpose:
    everything = [*own, *(request for sent in theirs.values() for request in sent)]
    steps = tuple(dict.fromkeys(request.step for request in everything))
    purpose = Purpose(name, steps, tuple(sorted(theirs)), bool(own))
    if not own:
        told = dict.fromkeys(purpose.peers, "sent")
        purpose.differences.append(Difference(f"{name}.absent", ABSENT, told, frozenset({ABSENT})))
        return purpose
    for aspect in sorted({aspect for request in everything for aspect in request.aspects}):
        values = {client: _values(sent, aspect) for client, sent in theirs.items()}
        mine = _values(own, aspect)
        if is_odd(mine, values):
            peers = {client: _told(value) for client, value in sorted(values.items())}
            short = aspect.removeprefix("body.").removeprefix("header.")
            purpose.differences.append(Difference(f"{name}.{short}", _told(mine), peers, mine))
        elif len(set(values.values())) == 1:
            purpose.agreed.append(aspect)
        else:
            purpose.disputed.append(aspect)
    return purpose


def is_odd(mine: frozenset[str], values: Values) -> bool:
    """
    Whether ours once is like none of the peers, or is unlike most of them.

    Clients are alike in an aspect when they have a shape of it in common; that a thing is not
    there is a shape as well.

    :param mine: the shapes in our requests.
    :param values: those of the peers.
    """
    # What no peer ever sends is ours alone, however often ours is like them besides.
    if mine - frozenset[str]().union(*values.values()):
        return True
    # Those who are unlike us count as a majority only if they agree with each other.
    others = [value for value in values.values() if not mine & value]
    common = Counter(shape for value in others for shape in value)
    strongest = max(common.values(), default=0)
    return strongest > len(values) / 2


def _values(requests: list[Request], aspect: str) -> frozenset[str]:
    return frozenset(request.aspects.get(aspect, ABSENT) for request in requests)


def _told(values: frozenset[str]) -> str:
    # Short for people only; all of it was compared.
    return " or ".join(
        one if len(one) <= _LONGEST else f"{one[:_LONGEST]}..." for one in sorted(values)
    )
