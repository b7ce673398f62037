"""
From tests and their outcomes to one verdict for each scenario.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .carriers import Carrier
from .catalogue import Scenario
from .outcomes import FAILED, PASSED, Outcome, Outcomes

MISSING = "missing"
NOT_YET = "not yet"
NOT_RUN = "not run"


@dataclass
class Proof:
    """
    One test of a scenario with how its cases went.
    """

    carrier: Carrier
    cases: list[Outcome]

    @property
    def verdict(self) -> str:
        """
        Passed only when it ran, and every case of it passed.
        """
        if not self.cases:
            return NOT_RUN
        verdicts = [case.verdict for case in self.cases]
        return next((verdict for verdict in sorted(verdicts) if verdict != PASSED), PASSED)

    @property
    def why(self) -> str:
        """
        The first reason that was given for anything but success.
        """
        return next((case.why for case in self.cases if case.verdict != PASSED and case.why), "")

    def to_dict(self) -> dict[str, Any]:
        """
        The test as it stands in the JSON file.
        """
        return {
            "suite": self.carrier.suite,
            "file": self.carrier.file,
            "name": self.carrier.name,
            "verdict": self.verdict,
            "cases": len(self.cases),
            "why": self.why,
        }


@dataclass
class Judgement:
    """
    The verdict on one scenario.
    """

    scenario: Scenario
    proofs: list[Proof] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """
        ``passed``, ``failed``, ``missing``, or ``not yet`` for what nobody promised so far.
        """
        if self.proofs:
            good = all(proof.verdict == PASSED for proof in self.proofs)
            return PASSED if good else FAILED
        return NOT_YET if self.scenario.waits_for else MISSING

    @property
    def is_fault(self) -> bool:
        """
        Whether the run must fail because of it.
        """
        return self.verdict in {FAILED, MISSING}

    def line(self) -> str:
        """
        What is printed about it.
        """
        proven = sum(proof.verdict == PASSED for proof in self.proofs)
        words = f"{proven} of {len(self.proofs)} tests"
        if self.verdict == PASSED:
            cases = sum(len(proof.cases) for proof in self.proofs)
            words = _count(len(self.proofs), "test")
            words += f", {_count(cases, 'case')}" if cases != len(self.proofs) else ""
        elif not self.proofs:
            words = f"waits for: {self.scenario.waits_for}" if self.scenario.waits_for else ""
        told = [f"{self.scenario.id:<7}{self.verdict:<9}{words}".rstrip()]
        for proof in self.proofs:
            if proof.verdict != PASSED:
                why = f": {proof.why}" if proof.why else ""
                told.append(
                    f"       {proof.verdict} {proof.carrier.file} {proof.carrier.name}{why}"
                )
        return "\n".join(told)

    def to_dict(self) -> dict[str, Any]:
        """
        The scenario as it stands in the JSON file.
        """
        return {
            "id": self.scenario.id,
            "area": self.scenario.area,
            "promise": self.scenario.promise,
            "waits_for": self.scenario.waits_for,
            "verdict": self.verdict,
            "tests": [proof.to_dict() for proof in self.proofs],
        }


def unlisted(scenarios: list[Scenario], carriers: list[Carrier]) -> list[str]:
    """
    Sentences about ids in tests that no scenario has.

    :param scenarios: Those that there are.
    :param carriers: The tests that carry ids.
    """
    known = {scenario.id for scenario in scenarios}
    return [
        f"{carrier.file}: {carrier.name} names {one}, which is not listed"
        for carrier in carriers
        for one in carrier.ids
        if one not in known
    ]


def judge(
    scenarios: list[Scenario], carriers: list[Carrier], outcomes: dict[str, Outcomes]
) -> list[Judgement]:
    """
    Give each scenario its verdict.

    :param scenarios: Those to judge.
    :param carriers: The tests that carry ids.
    :param outcomes: By suite, what its tests came to.
    """
    judged = []
    for scenario in scenarios:
        proofs = [
            Proof(carrier, outcomes.get(carrier.suite, {}).get(carrier.name, []))
            for carrier in carriers
            if scenario.id in carrier.ids
        ]
        judged.append(Judgement(scenario, proofs))
    return judged


def summary(judged: list[Judgement]) -> str:
    """
    The closing line.

    :param judged: All judgements.
    """
    counts = Counter(one.verdict for one in judged)
    order = (PASSED, FAILED, MISSING, NOT_YET)
    return f"{len(judged)} scenarios: " + ", ".join(f"{counts[word]} {word}" for word in order)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
