"""
Runs independent Alexa clients against the simulated Amazon and shows how they get along.

The newest aioamazondevices, alexapy and alexa-cookie2 (with alexa-remote2) are installed into
environments of their own under ``target/peers``, sign in to the simulated Amazon, list its
devices and set a volume. Their host names and certificates are redirected in their own process
only; none of their code or addresses is changed. What they report is held against the
simulator's own model, never taken at its word.

Exit codes: 0 no fault of ours, 1 a fault of ours, 2 the harness cannot run, 3 a client could not
be installed in its newest release.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from clients import CAPABILITIES, CLIENTS, Client
from environments import (
    Environment,
    NotInstallableError,
    node_environment,
    python_environment,
)
from simulator import Simulator, SimulatorError, running
from verdicts import NOT_INSTALLABLE, OUR_FAULT, PASS, Cell, Row, judge

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
_TARGET = _ROOT / "target" / "peers"
_DEVICE = "G0911W0000000001"
_DRIVER_SECONDS = 60
_REDACTED = "[redacted]"


def main() -> int:
    """
    Run every client and print the table.

    :return: the exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--simulator", type=Path, help="the amazon-simulator program")
    parser.add_argument("--only", help="run the clients whose name holds this text")
    arguments = parser.parse_args()
    if sys.version_info < (3, 12):  # noqa: UP036 - the interpreter is the caller's choice
        return _refuse("the clients need CPython 3.12 or newer; run this script with one")
    binary = arguments.simulator or _built_simulator()
    if binary is None or not binary.exists():
        return _refuse("there is no amazon-simulator program; build it first (cargo build)")
    clients = [it for it in CLIENTS if not arguments.only or arguments.only in it.name]
    if not clients:
        return _refuse("no client has such a name")
    _TARGET.mkdir(parents=True, exist_ok=True)
    try:
        rows = [
            _row(client, environment, binary)
            for client, environment in zip(clients, _environments(clients), strict=True)
        ]
    except SimulatorError as err:
        return _refuse(str(err))
    _print(rows)
    _write(rows)
    cells = [cell for row in rows for cell in row.cells.values()]
    if any(cell.verdict == OUR_FAULT for cell in cells):
        return 1
    outdated = any(row.remarks for row in rows)
    return 3 if outdated or any(cell.verdict == NOT_INSTALLABLE for cell in cells) else 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"peers: {reason}\n")
    return 2


def _built_simulator() -> Path | None:
    folder = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target"))
    candidates = (folder / profile / "amazon-simulator" for profile in ("debug", "release"))
    return next((it for it in candidates if it.exists()), None)


def _environments(clients: list[Client]) -> list[Environment | NotInstallableError]:
    """
    Make every environment once, at the same time.
    """

    def make(kind: str, packages: tuple[str, ...]) -> Environment | NotInstallableError:
        folder, redirect = _TARGET / packages[0], _HERE / "redirect"
        try:
            if kind == "python":
                return python_environment(folder, packages[0], redirect)
            return node_environment(folder, packages, redirect)
        except NotInstallableError as err:
            return err

    wanted = {(client.kind, client.packages) for client in clients}
    with ThreadPoolExecutor() as pool:
        made = {key: pool.submit(make, *key) for key in wanted}
    return [made[client.kind, client.packages].result() for client in clients]


def _row(client: Client, environment: Environment | NotInstallableError, binary: Path) -> Row:
    row = Row(client)
    if isinstance(environment, NotInstallableError):
        row.cells = {name: Cell(NOT_INSTALLABLE, str(environment)) for name in CAPABILITIES}
        return row
    row.packages = environment.packages
    if environment.remark is not None:
        row.remarks.append(environment.remark)
    folder = _TARGET / "runs" / f"{client.name}-{client.way.replace(' ', '-')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # A simulator of its own for every client: no codes, sessions or volumes of another one.
    with running(binary, folder) as simulator:
        before = simulator.devices()
        if _DEVICE not in before or before[_DEVICE]["volume"] == client.volume:
            raise SimulatorError(f"the household has no {_DEVICE} with a volume to change")
        report = _drive(client, environment, simulator)
        row.seconds = report.get("seconds")
        judge(row, simulator, before, report, _DEVICE)
        _redact(row, simulator.secrets())
    return row


def _drive(client: Client, environment: Environment, simulator: Simulator) -> dict[str, Any]:
    """
    Run a driver and return its report.
    """
    account = simulator.get("account")
    with tempfile.TemporaryDirectory(prefix="peer-") as home:
        order = {
            "email": account["email"],
            "password": account["password"],
            "site": account["home_site"],
            "control": simulator.control,
            "device": _DEVICE,
            "volume": client.volume,
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
        command = [*environment.command, driver, *client.arguments]
        try:
            # The order goes through standard input: secrets are no business of a process list.
            done = subprocess.run(
                command,
                input=json.dumps(order),
                capture_output=True,
                text=True,
                env=variables,
                cwd=home,
                timeout=_DRIVER_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _broken(f"no end after {_DRIVER_SECONDS} s")
    try:
        report = json.loads(done.stdout)
    except ValueError:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return _broken(lines[-1] if lines else f"ended with code {done.returncode}")
    assert isinstance(report, dict)
    return report


def _broken(why: str) -> dict[str, Any]:
    return {"steps": {"enrol": {"done": False, "why": f"the driver broke: {why}"}}}


def _redact(row: Row, secrets: list[str]) -> None:
    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, _REDACTED)
        return text

    row.remarks = [clean(text) for text in row.remarks]
    for cell in row.cells.values():
        cell.detail = clean(cell.detail)


def _print(rows: list[Row]) -> None:
    head = ["client", "version", "sign-in", *CAPABILITIES]
    table = [head]
    notes = []
    for row in rows:
        versions = " + ".join(row.packages.values()) or "-"
        words = []
        for name, cell in row.cells.items():
            words.append(f"{cell.verdict}: {cell.fault}" if cell.fault else cell.verdict)
            if cell.verdict != PASS and cell.detail:
                notes.append(f"{row.client.name} ({row.client.way}), {name}: {cell.detail}")
        notes += [f"{row.client.name} ({row.client.way}): {text}" for text in row.remarks]
        table.append([row.client.name, versions, row.client.way, *words])
    widths = [max(len(line[i]) for line in table) for i in range(len(head))]
    rule = ["-" * width for width in widths]
    for line in [head, rule, *table[1:]]:
        padded = (word.ljust(width) for word, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")
    for note in dict.fromkeys(notes):
        sys.stdout.write(f"* {note}\n")


def _write(rows: list[Row]) -> None:
    content = {"python": platform.python_version(), "clients": [row.to_dict() for row in rows]}
    path = _TARGET.with_suffix(".json")
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
