"""
The command ``mass-alexa demo``.
"""

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mass_alexa.cli.failures import UNEXPECTED
from mass_alexa.cli.invocation import Invocation, command
from mass_alexa.cli.progress import Progress

from .report import Report
from .simulator import Simulator, find
from .steps import Steps

SimulatorOption = Annotated[
    Path | None,
    typer.Option(
        "--simulator",
        metavar="PATH",
        help="The program of the simulated Amazon.",
        show_envvar=False,
    ),
]
KeepOption = Annotated[
    bool,
    typer.Option("--keep", help="Leave the simulator running and stay signed in."),
]


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "demo", connects=False)(demo)


async def demo(
    run: Invocation, simulator: SimulatorOption = None, keep: KeepOption = False
) -> None:
    """
    Show the main job from sign-in to sign-out against a simulated Amazon on this machine.
    """
    binary = find(simulator)
    # Keys of sessions that live for a minute have no business in anybody's keyring or secrets.
    os.environ["MASS_ALEXA_KEYRING"] = "off"
    os.environ.pop("MASS_ALEXA_KEY_FILE", None)
    folder = Path(tempfile.mkdtemp(prefix="mass-alexa-demo-"))
    amazon: Simulator | None = None
    kept = False
    try:
        with Progress(run.output) as progress:
            progress.stage("Starting the simulated Amazon")
            amazon = await Simulator.start(binary, folder, guarded=not keep)
            report = Report(progress)
            steps = Steps(run.output, report, amazon, folder / "store")
            try:
                await steps.all(sign_out=not keep)
            finally:
                await steps.close()
        kept = keep and report.held
        data = report.data()
        if kept:
            data["kept"] = _joining(amazon, folder)
        run.output.result(data, report.summary())
        if kept:
            _tell_kept(run, amazon, folder)
    finally:
        if amazon is not None and kept:
            amazon.let_go()
        elif amazon is not None:
            amazon.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    if not report.held:
        raise typer.Exit(UNEXPECTED)


def _joining(amazon: Simulator, folder: Path) -> dict[str, str]:
    """
    Tell how any other command joins a simulator that was left running, and how it ends.

    :param amazon: The simulator.
    :param folder: Folder of the demonstration.
    """
    store = folder / "store"
    options = [
        "--store",
        str(store),
        "--connect-to",
        amazon.address,
        "--extra-ca",
        amazon.authority,
    ]
    return {
        "store": str(store),
        "connect_to": amazon.address,
        "extra_ca": amazon.authority,
        "control": amazon.control_url,
        "command": shlex.join([*_program(), *options, "devices"]),
        "end": f"kill {amazon.process_id}; rm -r {shlex.quote(str(folder))}",
    }


def _tell_kept(run: Invocation, amazon: Simulator, folder: Path) -> None:
    """
    Say the same to a person.

    :param run: The run.
    :param amazon: The simulator.
    :param folder: Folder of the demonstration.
    """
    joining = _joining(amazon, folder)
    for title, line in (
        ("The simulator goes on. Join it with any command, for example:", joining["command"]),
        ("Its control interface is:", joining["control"]),
        ("End it with:", joining["end"]),
    ):
        run.output.say(Text(f"\n{title}", style="bold"))
        run.output.line(line)


def _program() -> list[str]:
    """
    Tell the words by which this program was called, so that the line can be pasted.
    """
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return [sys.executable, "-m", "mass_alexa"]
    on_path = shutil.which(called.name)
    if on_path and Path(on_path).resolve() == called.resolve():
        return [called.name]
    return [os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)]
