"""
A driver that does nothing and says that all went well is believed in nothing.
"""

import os
import sys
from pathlib import Path

import pytest
from capabilities import CAPABILITIES
from capabilities.scene import Capability
from clients.client import Client
from dialogue import Dialogue
from simulator import running
from verdicts import OUR_FAULT, Row, judge
from world import CHECKOUT, KITCHEN, simulator_binary

LIAR = """
import sys
sys.path.insert(0, DRIVERS)
from errand import Errand, run

async def work(errand: Errand) -> None:
    async with errand.step("enrol") as seen:
        seen.update(serial="mine", refresh_token=True)
    for name in NAMES:
        async with errand.step(name) as seen:
            seen.update(found={}, probe=True, states={}, volumes={}, online={}, events=[])
            seen["sent"] = ["speak", "announce", "text_command", "sound"]
            for part in ("pause", "play") if name == "transport" else ():
                await errand.check(part)

run(work)
"""


def test_a_liar_is_believed_in_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capability, "settle_seconds", 0.1)
    names = [name for name in CAPABILITIES if name != "enrol"]
    drivers = os.fspath(CHECKOUT / "tests" / "peers" / "drivers")
    driver = tmp_path / "liar.py"
    driver.write_text(LIAR.replace("DRIVERS", repr(drivers)).replace("NAMES", repr(names)))
    liar = Client("liar", "none", "own", "own", "liar.py", 41)
    order = {"email": "", "password": "", "site": "", "device": KITCHEN, "folder": "/"}
    with running(simulator_binary(), tmp_path) as simulator:
        addresses = {"control": simulator.control, "listen": simulator.listen, "authority": ""}
        dialogue = Dialogue(liar, simulator, KITCHEN)
        command = [sys.executable, os.fspath(driver)]
        dialogue.lead(command, {**order, **addresses}, {}, os.fspath(tmp_path))
        row = Row(liar)
        judge(row, dialogue.report)
    assert dialogue.report.broken is None
    assert {step.done for step in dialogue.report.steps.values()} == {True}
    assert {name: cell.verdict for name, cell in row.cells.items()} == dict.fromkeys(
        CAPABILITIES, OUR_FAULT
    )
