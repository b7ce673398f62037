"""
Drivers that lie or break: nothing that they say or leave out makes a client pass.
"""

import os
import sys
from pathlib import Path

import pytest
from capabilities import CAPABILITIES
from capabilities.scene import Capability
from clients.client import Client
from dialogue import Dialogue, Report
from simulator import running
from verdicts import NOT_REACHED, OUR_FAULT, PASS, Row, judge
from world import CHECKOUT, KITCHEN, simulator_binary

LIAR = """
    async with errand.step("enrol") as seen:
        seen.update(serial="mine", refresh_token=True)
    for name in NAMES:
        async with errand.step(name) as seen:
            seen.update(found={}, probe=True, states={}, volumes={}, online={}, events=[])
            seen["sent"] = ["speak", "announce", "text_command", "sound"]
            for part in ("pause", "play") if name == "transport" else ():
                await errand.check(part)
"""
# What the step asks for, done by the back door.
FINE_ONCE = """
    async with errand.step("volume"):
        level = {"volume": errand.task["volume"]}
        await errand.control(f"devices/{errand.device}", level, "PATCH")
"""
GOES_ON_AFTER_A_FAILURE = (
    """
    async with errand.step("state"):
        raise KeyError("nowPlayingData")
"""
    + FINE_ONCE
)
DIES = (
    FINE_ONCE
    + """
    async with errand.step("dnd"):
        os._exit(3)
"""
)
PRINTS = (
    FINE_ONCE
    + """
    os.write(1, b"Signed in as alex\\n")
"""
)
NEEDS_MORE_TIME = """
    async with errand.step("dnd", seconds=0.2):
        await asyncio.sleep(60)
"""
WAITS_IN_VAIN = """
    async with errand.step("push") as seen:
        await errand.wait(lambda: False, 0.1)
"""
ASKS_FOR_WHAT_IS_NOT = """
    async with errand.step("push") as seen:
        await errand.turn("weather")
"""


def run(body: str, folder: Path) -> tuple[Report, Row]:
    drivers = os.fspath(CHECKOUT / "tests" / "peers" / "drivers")
    lines = [
        "import asyncio, os, sys",
        f"sys.path.insert(0, {drivers!r})",
        "from errand import Errand, run",
        f"NAMES = {[name for name in CAPABILITIES if name != 'enrol']}",
        "async def work(errand: Errand) -> None:",
        body,
        "run(work)",
    ]
    driver = folder / "driver.py"
    driver.write_text("\n".join(lines))
    client = Client("c", "none", "own", "own", driver.name, 41)
    order = {"email": "", "password": "", "site": "", "device": KITCHEN, "folder": "/"}
    with running(simulator_binary(), folder) as simulator:
        addresses = {"control": simulator.control, "listen": simulator.listen, "authority": ""}
        dialogue = Dialogue(client, simulator, KITCHEN)
        command = [sys.executable, os.fspath(driver)]
        dialogue.lead(command, {**order, **addresses}, {}, os.fspath(folder))
    row = Row(client)
    judge(row, dialogue.report)
    return dialogue.report, row


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capability, "settle_seconds", 0.1)


def test_a_liar_is_believed_in_nothing(tmp_path: Path) -> None:
    report, row = run(LIAR, tmp_path)
    assert report.broken is None
    assert {step.done for step in report.steps.values()} == {True}
    assert {name: cell.verdict for name, cell in row.cells.items()} == dict.fromkeys(
        CAPABILITIES, OUR_FAULT
    )


def test_the_work_goes_on_after_a_step_that_failed(tmp_path: Path) -> None:
    report, row = run(GOES_ON_AFTER_A_FAILURE, tmp_path)
    assert report.steps["volume"].problem is None
    assert str(report.steps["state"].problem).startswith("KeyError: 'nowPlayingData' (driver.py:")
    # Nobody signed in, so the table does not show what came after.
    assert row.cells["enrol"].verdict == OUR_FAULT
    assert row.cells["state"].verdict == OUR_FAULT
    assert row.cells["volume"].verdict == PASS
    assert row.cells["dnd"].verdict == NOT_REACHED


def test_a_driver_that_dies_in_a_step_is_said_to_have_broken(tmp_path: Path) -> None:
    report, row = run(DIES, tmp_path)
    assert report.steps["volume"].problem is None
    assert report.steps["dnd"].problem == "the driver broke: it ended in the middle"
    assert row.cells["dnd"].verdict == OUR_FAULT


def test_a_client_that_prints_into_the_talk_is_said_to_have_broken(tmp_path: Path) -> None:
    report, row = run(PRINTS, tmp_path)
    assert report.broken == "it said 'Signed in as alex\\n'"
    assert "it said" in row.cells["enrol"].detail


@pytest.mark.parametrize("line", ["41", '["begin"]', '"begin"'])
def test_json_that_is_no_message_is_said_to_have_broken(line: str, tmp_path: Path) -> None:
    said = f"{line}\n"
    report, row = run(f"    os.write(1, {said.encode()!r})", tmp_path)
    assert report.broken == f"it said {said!r}"
    assert "it said" in row.cells["enrol"].detail


def test_a_step_without_an_end_is_ended(tmp_path: Path) -> None:
    report, _ = run(NEEDS_MORE_TIME, tmp_path)
    assert str(report.steps["dnd"].problem).startswith("no end of the step within 0.2 s")


def test_what_did_not_come_is_said_with_the_place_that_waited(tmp_path: Path) -> None:
    report, _ = run(WAITS_IN_VAIN, tmp_path)
    sentence = "TimeoutError: what was waited for did not come within 0.1 s (driver.py:8)"
    assert report.steps["push"].problem == sentence


def test_a_driver_that_asks_for_what_is_not_there_is_told_so(tmp_path: Path) -> None:
    report, _ = run(ASKS_FOR_WHAT_IS_NOT, tmp_path)
    assert "the harness refused" in str(report.steps["push"].problem)
