"""
The commands about the owner's skill at Amazon.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from mass_alexa.skill import INVOCATION_NAME, SkillWish, export_skill

from . import skill_check, skill_deploy
from .invocation import Invocation, command
from .skill_options import CertificateOption, LocaleOption, NameOption, PublicUrlOption

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where to write; made if it is not there.")
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", "-f", help="Write over files that are not of an earlier export."),
]


def register(app: typer.Typer) -> None:
    """
    Add the commands, below ``skill``.

    :param app: The command line.
    """
    skill = typer.Typer(
        name="skill",
        help="Make the Alexa skill through which an Echo plays what Music Assistant sends.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(skill)
    command(skill, "export", connects=False)(export)
    skill_deploy.register(skill)
    skill_check.register(skill)


async def export(
    run: Invocation,
    folder: FolderArgument,
    public_url: PublicUrlOption,
    invocation_name: NameOption = INVOCATION_NAME,
    certificate: CertificateOption = "trusted",
    locale: LocaleOption = None,
    force: ForceOption = False,
) -> None:
    """
    Write the skill as files, to be imported by hand.

    The layout is that of Amazon's own tools. A second export changes nothing; files of others are
    never written over without --force.
    """
    wish = SkillWish(public_url, invocation_name, certificate, tuple(locale or ()))
    done = await export_skill(folder, wish, force=force)
    lines = [Text(f"wrote    {folder / path}") for path in done.written]
    lines += [Text(f"removed  {folder / path}") for path in done.removed]
    if not lines:
        lines = [Text(f"Nothing changed: all {len(done.unchanged)} files are as they should be.")]
    run.output.result(
        {
            "folder": str(folder.absolute()),
            "written": done.written,
            "unchanged": done.unchanged,
            "removed": done.removed,
        },
        Group(*lines),
    )
