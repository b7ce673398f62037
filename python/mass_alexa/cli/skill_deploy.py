"""
Bringing the skill to Amazon, and looking at what is there.
"""

from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from mass_alexa.errors import AlexaError, NotFoundError
from mass_alexa.skill import (
    INVOCATION_NAME,
    RETURN_URL,
    Developer,
    SecurityProfile,
    SkillDeployment,
    SkillWish,
)

from . import prompts
from .invocation import Invocation, command
from .progress import Progress
from .skill_options import CertificateOption, LocaleOption, NameOption, PublicUrlOption

ProfileOption = Annotated[
    bool,
    typer.Option(
        "--profile-stdin",
        help="Read client id and client secret of the security profile from two lines of standard "
        "input instead of asking.",
    ),
]
PasteOption = Annotated[
    bool,
    typer.Option(
        "--paste",
        help="Ask for the address that the browser ends at, instead of waiting for the browser on "
        "this machine.",
    ),
]
ReturnUrlOption = Annotated[
    str,
    typer.Option(
        "--return-url",
        metavar="ADDRESS",
        help="The allowed return URL of the security profile that is used.",
    ),
]
SignInOption = Annotated[
    bool, typer.Option("--sign-in", help="Ask for the consent again, such as of another developer.")
]
VendorOption = Annotated[
    str | None,
    typer.Option(
        "--vendor", metavar="ID", help="The developer organisation, if there are several."
    ),
]
SkillIdOption = Annotated[
    str | None,
    typer.Option(
        "--skill-id", metavar="ID", help="A skill that is there already; ours is found without."
    ),
]

NO_CONSENT = "developer-sign-in"
"""Code of the error when a developer has to give a consent."""
LAST_ADDRESS = "Address of the last page"


def register(skill: typer.Typer) -> None:
    """
    Add the commands.

    :param skill: The commands about the skill.
    """
    command(skill, "deploy")(deploy)
    command(skill, "status")(status)


async def deploy(  # noqa: PLR0913, PLR0917 - each is an option of the command
    run: Invocation,
    public_url: PublicUrlOption,
    invocation_name: NameOption = INVOCATION_NAME,
    certificate: CertificateOption = "trusted",
    locale: LocaleOption = None,
    vendor: VendorOption = None,
    skill_id: SkillIdOption = None,
    sign_in: SignInOption = False,
    profile_stdin: ProfileOption = False,
    paste: PasteOption = False,
    return_url: ReturnUrlOption = RETURN_URL,
) -> None:
    """
    Make or update the skill at Amazon, and enable it for your own Echos.

    The first time it asks for a security profile of Login with Amazon and for the consent of your
    developer account; both are kept sealed. It can be run as often as you like: only what differs
    is sent.
    """
    wish = SkillWish(public_url, invocation_name, certificate, tuple(locale or ()))

    async def consented() -> Developer:
        profile = _profile(run, return_url, from_stdin=profile_stdin)
        return await _sign_in(run, profile, paste=paste)

    async def brought(developer: Developer) -> SkillDeployment:
        with Progress(run.output) as progress:
            return await developer.deploy(
                wish, vendor=vendor, skill_id=skill_id, on_step=lambda _, text: progress.stage(text)
            )

    try:
        if sign_in:
            done = await brought(await consented())
        else:
            known = await Developer.open(run.options.folder, settings=run.options.settings)
            done = await brought(known)
    except AlexaError as err:
        if err.code != NO_CONSENT or sign_in:
            raise
        done = await brought(await consented())
    run.output.result(_told(done), _summary(done))
    run.output.note(f"The id of the skill, for the settings of Music Assistant: {done.skill_id}")


async def status(run: Invocation, skill_id: SkillIdOption = None) -> None:
    """
    Show what Amazon has of the skill.
    """
    developer = await Developer.open(run.options.folder, settings=run.options.settings)
    wanted = skill_id or developer.skill_id
    state = None if wanted is None else await developer.state(wanted)
    if state is None:
        raise NotFoundError(
            "skill-missing",
            "This developer has no such skill.",
            "Make it with: mass-alexa skill deploy",
        )
    told = {
        locale: {"status": name, "words": words} for locale, (name, words) in state.locales.items()
    }
    lines = [
        Text(f"Skill     {state.skill_id}"),
        Text(f"Endpoint  {state.endpoint or 'none'}"),
        Text(f"Made by   {'mass-alexa ' + state.version if state.version else 'somebody else'}"),
        Text(f"Manifest  {_progress(*state.manifest)}"),
        Text(f"Enabled   {'yes' if state.is_enabled else 'no'}"),
    ]
    lines += [Text(f"{locale}     {_progress(*one)}") for locale, one in state.locales.items()]
    run.output.result(
        {
            "skill_id": state.skill_id,
            "endpoint": state.endpoint,
            "version": state.version,
            "manifest": {"status": state.manifest[0], "words": state.manifest[1]},
            "locales": told,
            "enabled": state.is_enabled,
        },
        Group(*lines),
    )


def _progress(name: str, words: str | None) -> str:
    """
    Say how far something is.

    :param name: Its name for programs.
    :param words: What Amazon says about it.
    """
    shown = {"in-progress": "under way", "succeeded": "in use", "failed": "refused"}.get(name, name)
    return f"{shown}: {words}" if words else shown


def _told(done: SkillDeployment) -> dict[str, object]:
    """
    Describe a deployment for a program.

    :param done: What it did.
    """
    return {
        "skill_id": done.skill_id,
        "vendor": done.vendor,
        "new": done.is_new,
        "manifest_sent": done.has_new_manifest,
        "models_sent": done.new_models,
        "enabled_now": done.is_newly_enabled,
        "unchanged": done.is_unchanged,
    }


def _summary(done: SkillDeployment) -> Text:
    """
    Describe a deployment for a person.

    :param done: What it did.
    """
    if done.is_unchanged:
        return Text("Nothing changed: the skill at Amazon is as it should be.")
    did = [
        "made" if done.is_new else "changed" if done.has_new_manifest else "",
        f"{len(done.new_models)} models built" if done.new_models else "",
        "enabled for your own Echos" if done.is_newly_enabled else "",
    ]
    return Text(f"The skill is in use: {', '.join(part for part in did if part)}.", style="green")


def _profile(run: Invocation, return_url: str, *, from_stdin: bool) -> SecurityProfile:
    """
    Get the security profile.

    :param run: The run.
    :param return_url: Its return URL.
    :param from_stdin: Read lines instead of asking.
    """
    if from_stdin:
        client_id, secret = prompts.lines_of_stdin("Client id", "Client secret")
    else:
        run.output.instruction(
            "\nA security profile of your own is needed once: at developer.amazon.com, Login with "
            "Amazon, make one, and add this to its allowed return URLs (Web Settings):\n"
        )
        run.output.copyable("return_url", return_url)
        run.output.instruction("")
        client_id = prompts.visible("Client id")
        secret = prompts.secret("Client secret")
    return SecurityProfile(client_id, secret, return_url)


async def _sign_in(run: Invocation, profile: SecurityProfile, *, paste: bool) -> Developer:
    """
    Ask for the consent of the developer.

    :param run: The run.
    :param profile: The profile that asks.
    :param paste: Ask for the address of the last page.
    """
    if paste:
        prompts.need_terminal(LAST_ADDRESS)

    def show(link: str) -> None:
        run.output.instruction("\nOpen this link and agree, with your developer account:\n")
        run.output.copyable("link", link)
        run.output.instruction(
            "\nThe last page may say that it cannot be reached: copy its address out of the "
            "address bar and paste it here.\n"
            if paste
            else "\nWaiting for the browser on this machine; with --paste, for its last address.\n"
        )

    async def pasted() -> str:
        return prompts.pasted(LAST_ADDRESS)

    return await Developer.sign_in(
        run.options.folder,
        profile,
        show=show,
        paste=pasted if paste else None,
        settings=run.options.settings,
    )
