"""
The table of the independent clients, for people and for programs.
"""

import json
import stat
from pathlib import Path

import table
from capabilities import CAPABILITIES
from clients.client import Client
from verdicts import LACKS, NOT_INSTALLABLE, OUR_FAULT, PASS, PEER_FAULT, Cell, Row


def row(client: Client, **cells: Cell) -> Row:
    return Row(
        client,
        packages={"thing": "1.2"},
        cells={name: cells.get(name, Cell(PASS)) for name in CAPABILITIES},
        remarks=["thing 1.3 is out; this is 1.2"],
        seconds=2.04,
    )


def a_client(name: str, **lacks: str) -> Client:
    fields = {key.replace("__", "."): why for key, why in lacks.items()}
    return Client(name, "form", "python", name, "x.py", 41, lacks=fields)


def test_each_client_is_a_column_and_each_reason_a_note() -> None:
    first = row(
        a_client("one", sensors="no such call", push__dnd="unknown to it"),
        sensors=Cell(LACKS, "no such call"),
        state=Cell(PEER_FAULT, "it loses titles", "titles-lost"),
    )
    second = row(a_client("two"), dnd=Cell(OUR_FAULT, "still off"))
    text = table.lines([first, second])
    by_name = {line.split("  ")[0]: line for line in text}
    assert by_name["state"].split("  ", 1)[1].split() == ["peer:", "titles-lost", "(1)", "pass"]
    assert by_name["sensors"].split() == ["sensors", "-", "(3)", "pass"]
    assert by_name["push"].split() == ["push", "pass", "(4)", "pass"]
    assert by_name["dnd"].split() == ["dnd", "pass", "OUR", "FAULT", "(2)"]
    assert [line for line in text if line.startswith("(")] == [
        "(1) it loses titles",
        "(2) still off",
        "(3) no such call",
        "(4) no dnd: unknown to it",
    ]
    assert "* two (form): thing 1.3 is out; this is 1.2" in text


def test_what_could_not_be_installed_says_why_once() -> None:
    cells = {name: Cell(NOT_INSTALLABLE, "no network") for name in CAPABILITIES}
    text = table.lines([row(a_client("one", push__dnd="unknown to it"), **cells)])
    assert [line for line in text if line.startswith("(")] == ["(1) no network"]


def test_the_file_for_programs_holds_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "peers.json"
    table.write_json(path, [row(a_client("one", dnd="no call"), dnd=Cell(LACKS, "no call"))])
    [client] = json.loads(path.read_text())["clients"]
    assert client["cells"].keys() == CAPABILITIES.keys()
    assert client["cells"]["dnd"] == {"verdict": "-", "fault": None, "detail": "no call"}


def test_what_is_kept_of_a_run_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    table.keep(path, [1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
