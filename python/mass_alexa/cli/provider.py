"""
Bringing the provider into Music Assistant, and taking it out again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mass_alexa import install
from mass_alexa.errors import AlexaError, InvalidInputError

from .invocation import Invocation, command

WayOption = Annotated[
    Literal["link", "launcher", "environment"],
    typer.Option(
        "--way",
        help="link: in the server's own folder of providers. launcher: a program that starts the "
        "server with ours added. environment: two variables that do the same, for containers.",
    ),
]
PythonOption = Annotated[
    str | None,
    typer.Option(
        "--server-python",
        envvar="MASS_SERVER_PYTHON",
        metavar="PATH",
        help="The interpreter that runs Music Assistant; this one by default.",
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", metavar="FOLDER", help="Where to put what the way needs."),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "install-provider", connects=False)(install_provider)
    command(app, "uninstall-provider", connects=False)(uninstall_provider)


def install_provider(
    run: Invocation,
    way: WayOption = "link",
    server_python: PythonOption = None,
    folder: FolderOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """
    Bring the provider into Music Assistant and check that it is listed there.
    """
    with _in_our_words():
        server = install.server_python(server_python)
        plan = install.plan(way, server, folder)
        data, shown = _carried_out(way, plan, dry_run=dry_run)
        seen = None if dry_run else install.check(way, server, folder)
    if seen is not None:
        data["check"] = {"listed": seen.listed, "text": seen.text}
        if seen.listed:
            shown.append(Text(f"\n{seen.text}", style="green"))
    run.output.result(data, Group(*shown))
    if seen is not None and not seen.listed:
        raise AlexaError(
            "provider-not-listed",
            seen.text,
            "Look at the steps above, or choose another way with --way.",
        )


def uninstall_provider(
    run: Invocation,
    way: WayOption = "link",
    server_python: PythonOption = None,
    folder: FolderOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """
    Take the provider out of Music Assistant again. Sessions stay.
    """
    with _in_our_words():
        # Only a link is in the server's own folder; the rest goes also where that server is gone.
        server = install.server_python(server_python) if way == "link" else None
        data, shown = _carried_out(way, install.removal(way, server, folder), dry_run=dry_run)
    run.output.result(data, Group(*shown))


def _carried_out(
    way: str, plan: install.Plan, *, dry_run: bool
) -> tuple[dict[str, Any], list[RenderableType]]:
    """
    Do what a plan says, or only tell it, and describe it for a program and for a person.

    :param way: How the provider gets into the server.
    :param plan: What is to be done.
    :param dry_run: Only tell it.
    """
    steps = [(step.text, not step.done) for step in plan.steps]
    if not dry_run:
        install.apply(plan)
    marks = Table.grid(padding=(0, 2))
    for text, needed in steps:
        word = ("to do" if dry_run else "done") if needed else "as is"
        marks.add_row(Text(word, style="green" if needed else "dim"), Text(text))
    shown: list[RenderableType] = [marks]
    if plan.notes:
        shown.append(Text("\nYour part:", style="bold"))
        shown.extend(Padding(Text(note), (0, 0, 0, 2)) for note in plan.notes)
    data = {
        "way": way,
        "dry_run": dry_run,
        "steps": [{"text": text, "needed": needed} for text, needed in steps],
        "notes": list(plan.notes),
    }
    return data, shown


@contextmanager
def _in_our_words() -> Iterator[None]:
    """
    Turn errors of the installation into ours.
    """
    try:
        yield
    except install.InstallError as err:
        raise InvalidInputError("install-failed", err.message, err.next_step) from err
