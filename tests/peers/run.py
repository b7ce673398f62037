"""
Runs independent Alexa clients against the simulated Amazon and shows how they get along.

Clients of other projects are installed into environments of their own under ``target/peers`` and
led through the steps of ``capabilities``. Their host names and certificates are redirected in
their own process only; none of their code or addresses is changed. What they report is held
against the simulator's own model, never taken at their word.

Exit codes: 0 no fault of ours, 1 a fault of ours, 2 the harness cannot run, 3 a client could not
be installed.
"""

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import table
from capabilities import CAPABILITIES
from clients import CLIENTS
from clients.client import Client
from dialogue import Dialogue
from environments import Environment, NotInstallableError, make, read_pins
from simulator import Simulator, SimulatorError, running
from verdicts import NOT_INSTALLABLE, OUR_FAULT, Cell, Row, judge

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
_TARGET = _ROOT / "target" / "peers"
_DEVICE = "G0911W0000000001"
_AT_ONCE = 2
_REDACTED = "[redacted]"


def main() -> int:
    """
    Run every client and print the table.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--simulator", type=Path, help="the amazon-simulator program")
    parser.add_argument("--only", help="run the clients whose name and way hold this text")
    parser.add_argument(
        "--newest", action="store_true", help="the newest releases, not the pinned ones"
    )
    arguments = parser.parse_args()
    if sys.version_info < (3, 12):  # noqa: UP036 - the interpreter is the caller's choice
        return _refuse("the clients need CPython 3.12 or newer; run this script with one")
    binary = arguments.simulator or _built_simulator()
    if binary is None or not binary.exists():
        return _refuse("there is no amazon-simulator program; build it first (cargo build)")
    clients = [it for it in CLIENTS if not arguments.only or arguments.only in it.slug]
    if not clients:
        return _refuse("no client has such a name")
    _TARGET.mkdir(parents=True, exist_ok=True)
    environments = _environments(clients, newest=arguments.newest)
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = list(
                pool.map(lambda it: _row(it, environments[it.environment], binary), clients)
            )
    except SimulatorError as err:
        return _refuse(str(err))
    sys.stdout.write("\n".join(table.lines(rows)) + "\n")
    table.write_json(_TARGET.with_suffix(".json"), rows)
    verdicts = {cell.verdict for row in rows for cell in row.cells.values()}
    if OUR_FAULT in verdicts:
        return 1
    return 3 if NOT_INSTALLABLE in verdicts else 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"peers: {reason}\n")
    return 2


def _built_simulator() -> Path | None:
    folder = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target"))
    candidates = (folder / profile / "amazon-simulator" for profile in ("debug", "release"))
    return next((it for it in candidates if it.exists()), None)


def _environments(
    clients: list[Client], *, newest: bool
) -> dict[str, Environment | NotInstallableError]:
    """
    Make every environment once, at the same time.
    """
    pins = read_pins()

    def one(name: str) -> Environment | NotInstallableError:
        try:
            return make(pins[name], _TARGET, newest=newest)
        except NotInstallableError as err:
            return err

    names = sorted({client.environment for client in clients})
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def _row(client: Client, environment: Environment | NotInstallableError, binary: Path) -> Row:
    row = Row(client)
    folder = _TARGET / "runs" / client.slug
    # Also of a client that cannot run now: an old run is not to be compared with new ones.
    shutil.rmtree(folder, ignore_errors=True)
    if isinstance(environment, NotInstallableError):
        row.cells = {name: Cell(NOT_INSTALLABLE, str(environment)) for name in CAPABILITIES}
        return row
    row.packages = environment.packages
    row.remarks += environment.remarks
    folder.mkdir(parents=True)
    # A simulator of its own for every client: no codes, sessions or volumes of another one.
    with running(binary, folder) as simulator:
        dialogue = Dialogue(client, simulator, _DEVICE)
        try:
            _lead(dialogue, client, environment, simulator)
        except SimulatorError as err:
            dialogue.report.broken = f"the harness broke: {err}"
        report = dialogue.report
        row.seconds = report.seconds
        judge(row, report)
        _redact(row, simulator.secrets())
        steps = {name: step.to_dict() for name, step in report.steps.items()}
        for name, step in steps.items():
            step["verdict"] = row.cells[name].verdict
        content = {
            "client": client.name,
            "way": client.way,
            "packages": row.packages,
            "steps": steps,
            "log": report.log,
            "broken": report.broken,
        }
        table.keep(folder / "report.json", content)
        table.keep(folder / "journal.json", simulator.journal())
    return row


def _lead(
    dialogue: Dialogue, client: Client, environment: Environment, simulator: Simulator
) -> None:
    if client.site is not None:
        simulator.call("knobs", {"home_site": client.site}, "PUT")
    account = simulator.get("account")
    with tempfile.TemporaryDirectory(prefix="peer-") as home:
        order: dict[str, Any] = {
            "email": account["email"],
            "password": account["password"],
            "site": account["home_site"],
            "control": simulator.control,
            "listen": simulator.listen,
            "authority": simulator.authority,
            "device": _DEVICE,
            "folder": home,
        }
        # Nothing of the caller's environment: no proxy, no other authority, no other home.
        variables = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "SSL_CERT_FILE": simulator.authority,
            "NODE_EXTRA_CA_CERTS": simulator.authority,
            "PEERS_SIMULATOR_PORT": str(simulator.port),
            **environment.variables,
        }
        driver = os.fspath(_HERE / "drivers" / client.driver)
        dialogue.lead([*environment.command, driver, *client.arguments], order, variables, home)


def _redact(row: Row, secrets: list[str]) -> None:
    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, _REDACTED)
        return text

    row.remarks = [clean(text) for text in row.remarks]
    for cell in row.cells.values():
        cell.detail = clean(cell.detail)


if __name__ == "__main__":
    sys.exit(main())
