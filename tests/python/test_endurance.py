"""
Endurance through the Python interface: nothing is left behind, however often it is used and however
calls end. ``make soak`` runs it for longer.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mass_alexa import Account
from world import CHECKOUT, Amazon

PROGRAM = CHECKOUT / "tests" / "python" / "endurance.py"
# So much more than usual, by ``make soak``.
FACTOR = int(os.environ.get("ENDURANCE", "1"))
ROUNDS = 200 * FACTOR
COMMANDS = 2_000 * FACTOR
SEED = os.environ.get("SEED") or "20261121"
# Threads that read and write files, for calls under way and those whose callers are gone; idle ones
# end soon.
FILE_THREADS = 24
# KiB from the end of the second piece of a kind of work to the last one.
MOST_GROWTH = 2_048

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the system does not tell what a process holds"
)


def run(amazon: Amazon, store: Path) -> list[dict[str, Any]]:
    arguments = [str(store), amazon.address, amazon.authority, str(ROUNDS), str(COMMANDS), SEED]
    if FACTOR > 1:
        arguments.append("to-the-end")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), *arguments],
        capture_output=True,
        text=True,
        timeout=60 * FACTOR + 60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), f"SEED={SEED}: {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_two_thousand_commands_and_two_hundred_accounts_leave_nothing_behind(
    amazon: Amazon, account: Account, store: Path
) -> None:
    await account.close()
    amazon.knobs(push_needs_capabilities=False)
    reports = run(amazon, store)
    for one in reports:
        sys.stdout.write(f"{one}\n")
    begin, rest = reports[0]["held"], reports[1:]
    assert begin["tasks"] == 0
    for one in rest:
        now = one["held"]
        allowed = {**begin, "threads": begin["threads"] + FILE_THREADS}
        for name in ("tasks", "threads", "descriptors"):
            assert now[name] <= allowed[name], f"SEED={SEED}: {one}, in the beginning {begin}"
    if rest[-1]["kind"] == "end":
        assert rest[-1]["held"]["threads"] <= begin["threads"], rest[-1]
    for kind in ("open", "command"):
        memory = [one["held"]["memory"] for one in rest if one["kind"] == kind]
        assert max(memory[2:]) - memory[1] <= MOST_GROWTH, f"SEED={SEED}: {kind}: {memory}"
    outcomes: dict[str, int] = {}
    for one in rest:
        for name, count in one["outcomes"].items():
            outcomes[name] = outcomes.get(name, 0) + count
    assert set(outcomes) <= {"worked", "cancelled", "no-such-device", "closed"}, outcomes
    assert outcomes["worked"] > COMMANDS * 0.6, outcomes
    assert outcomes["cancelled"] > COMMANDS * 0.05, outcomes
    counters = amazon.counters
    assert (counters["registrations"], counters["sign_ins"]) == (1, 1)
    # The last streams of those who left without a word end with their process.
    assert counters["push_streams"] == 0
