"""
What needs no account: one-time codes and the list of sites.
"""

import sys

import typer
from rich.text import Text

import mass_alexa

from . import prompts
from .invocation import Invocation, command


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "totp", connects=False)(totp)
    command(app, "sites", connects=False)(sites)


def totp(run: Invocation) -> None:
    """
    Show the current code of an authenticator seed.

    Asks for the seed, or reads it as one line of standard input. Amazon wants such a code when the
    authenticator is set up.
    """
    if sys.stdin.isatty():
        seed = prompts.secret("Authenticator seed")
    else:
        (seed,) = prompts.lines_of_stdin("Authenticator seed")
    code, left = mass_alexa.totp(seed)
    run.output.result(
        {"code": code, "seconds_left": left},
        Text.assemble((f"{code[:3]} {code[3:]}", "bold"), f"   {left:.0f} seconds left"),
    )


def sites(run: Invocation) -> None:
    """
    List Amazon's retail sites that --site takes.
    """
    from rich.columns import Columns  # noqa: PLC0415 - only this command is worth the wait for it

    known = mass_alexa.sites()
    run.output.result({"sites": known}, Columns(known, equal=True, padding=(0, 2)))
