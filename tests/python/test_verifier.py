"""
Our verifier against `cryptography`, case by case.
"""

import os
import random
import subprocess
from collections import Counter
from pathlib import Path

from skill_cases import Case, made, plain_plan
from skill_faults import BY_DESIGN, FAULTS, chosen
from skill_oracle import STAGES, stage
from world import CHECKOUT

CASES = int(os.environ.get("VERIFIER_CASES", "1000"))
SEED = os.environ.get("SEED", "verifier")


def judge() -> Path:
    built = CHECKOUT / "target" / "debug" / "examples" / "skill_judge"
    if not built.exists():
        raise FileNotFoundError("skill_judge is not built: run make judge")
    return built


def ours(cases: list[Case]) -> list[str]:
    lines = "".join(case.line() + "\n" for case in cases)
    done = subprocess.run(
        [judge()], input=lines, capture_output=True, text=True, timeout=300, check=True
    )
    return [STAGES[verdict] for verdict in done.stdout.split()]


def cases() -> list[Case]:
    rng = random.Random(SEED)
    made_cases = []
    for number in range(CASES):
        classes = chosen(rng, number)
        plan = plain_plan(rng)
        for name in classes:
            FAULTS[name](plan)
        made_cases.append(made(plan, classes))
    return made_cases


def test_our_verifier_and_cryptography_agree() -> None:
    every = cases()
    verdicts = ours(every)
    assert len(verdicts) == len(every)
    differing = []
    for number, (case, our) in enumerate(zip(every, verdicts, strict=True)):
        their = stage(case)
        expected = [BY_DESIGN[name] for name in case.classes if name in BY_DESIGN]
        if [(our, their)] != (expected or [(our, our)]):
            differing.append(f"{number} {case.classes}: ours {our}, theirs {their}")
    assert not differing, "\n".join(differing)
    # Enough of each to mean something: good ones, and such as fail at every stage.
    seen = Counter(verdicts)
    assert set(seen) == set(STAGES.values())
    assert seen["ok"] > len(every) / 5
    assert min(seen.values()) >= len(every) / 100
    assert {name for case in every for name in case.classes} == set(FAULTS)
