"""
Checking the way from an Echo to the gateway.
"""

from typing import Annotated

import typer
from rich.text import Text

from mass_alexa.preflight import GatewayAddress, Step, check
from mass_alexa.skill import INVOCATION_NAME

from .failures import UNEXPECTED
from .invocation import Invocation, command
from .selection import chosen
from .skill_options import NameOption, PublicUrlOption

SkillIdOption = Annotated[
    str | None,
    typer.Option(
        "--skill-id",
        metavar="ID",
        help="The skill; by default the one that was deployed last from here.",
    ),
]
PublicAtOption = Annotated[
    str | None,
    typer.Option(
        "--public-at",
        metavar="ADDRESS",
        help="Where the name of the public address leads, such as 192.168.1.5:443, instead of "
        "asking DNS; for a router that does not lead its own address back in.",
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option("--device", "-d", metavar="DEVICE", help="The Echo whose language should fit."),
]

_MARKS = {
    "passed": ("ok", "green"),
    "failed": ("BROKEN", "bold red"),
    "warned": ("look", "yellow"),
    "skipped": ("-", "dim"),
}
"""How each verdict is shown."""
_MARK_WIDTH = max(len(mark) for mark, _ in _MARKS.values()) + 2


def register(skill: typer.Typer) -> None:
    """
    Add the command.

    :param skill: The commands about the skill.
    """
    command(skill, "check")(check_way)


async def check_way(
    run: Invocation,
    public_url: PublicUrlOption,
    skill_id: SkillIdOption = None,
    invocation_name: NameOption = INVOCATION_NAME,
    device: DeviceOption = None,
    public_at: PublicAtOption = None,
) -> None:
    """
    Walk the way from Amazon to your gateway and name the link that is broken.

    It looks at the public address from outside and, after the developer sign-in, at the skill.
    *Check streaming* in Music Assistant goes further: it lets an Echo play. The exit code is 1
    when something is broken.
    """
    gateway = GatewayAddress(public_url, public_at, skill_id, invocation_name)
    folder, settings = run.options.folder, run.options.settings

    def told(step: Step) -> None:
        run.output.say(_shown(step))

    if device is None:
        found = await check(gateway, folder, settings=settings, on_found=told)
    else:
        async with run.account() as account:
            echo = chosen(await account.devices(), device)
            found = await check(
                gateway,
                folder,
                account=account,
                serial=echo.serial,
                settings=settings,
                on_found=told,
            )
    broken = [step for step in found if step.is_broken]
    if run.output.as_json:
        run.output.result(
            {"broken": [step.name for step in broken], "steps": [step.to_dict() for step in found]},
            Text(""),
        )
    if broken:
        raise typer.Exit(UNEXPECTED)


def _shown(step: Step) -> Text:
    """
    Make the lines of a step: mark, name, what was found, what helps.

    :param step: The step.
    """
    mark, style = _MARKS[step.verdict]
    text = Text.assemble(
        (f"{mark:<{_MARK_WIDTH}}", style), (f"{step.title}: ", "bold"), step.sentence
    )
    if step.next_step is not None:
        text.append(f" {step.next_step}", style="dim")
    return text
