"""
Looking at the session, giving it a new key, signing out.
"""

from typing import Annotated

import typer
from rich.text import Text

from mass_alexa import SessionStatus, rotate_key
from mass_alexa.errors import AlexaError, SignInRequiredError

from . import prompts
from .facts import KEY_FILE_NOTE, KEYS, facts
from .invocation import Invocation, command
from .progress import Progress

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not ask Amazon.")]


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "status")(status)
    command(app, "rotate-key")(new_key)
    command(app, "logout")(logout)


async def status(run: Invocation, offline: OfflineOption = False) -> None:
    """
    Show whose session this is and whether Amazon still honours it.
    """
    async with run.account() as account:
        info, now = account.info, account.status()
        failure: AlexaError | None = None
        told = ""
        if not offline:
            try:
                now = await account.check()
            except AlexaError as err:
                failure = err
                now = account.status()
            told = _verdict(now, failure)
        run.output.result(
            {"account": info.to_dict(), "status": now.to_dict()},
            facts(info, now, signed_in=told),
        )
        if now.key_source == "key-file":
            run.output.note(KEY_FILE_NOTE)
        if now.warning:
            run.output.warning(now.warning)
        if now.signed_in is False:
            failure = SignInRequiredError(
                "session-ended", "Amazon has ended this session.", "Sign in again."
            )
        if failure is not None:
            raise failure


async def new_key(run: Invocation) -> None:
    """
    Seal the session with a new key; the one of before opens nothing any more.
    """
    source = await rotate_key(run.options.folder)
    run.output.result(
        {"key_source": source},
        Text(f"The session is sealed with a new key, in {KEYS.get(source, source)}."),
    )
    if source == "key-file":
        run.output.note(KEY_FILE_NOTE)


async def logout(run: Invocation, yes: YesOption = False) -> None:
    """
    Deregister at Amazon and wipe the session.
    """
    async with run.account() as account:
        info = account.info
        whose = info.name or info.email or info.customer_id
        if not yes and not prompts.confirmed(
            f"Sign {whose} out of {info.site}?", otherwise="--yes"
        ):
            run.output.result({"signed_out": False}, Text("Nothing was changed."))
            return
        with Progress(run.output) as progress:
            progress.stage("Deregistering at Amazon")
            await account.sign_out()
        run.output.result(
            {"signed_out": True, "account": info.to_dict()},
            # Whether it removed the device just now or had done so before, Amazon does not tell.
            Text(f"Signed {whose} out of {info.site}; the session here is wiped."),
        )


def _verdict(now: SessionStatus, failure: AlexaError | None) -> str:
    """
    Say whether Amazon honours the session, after it was asked.

    :param now: What came of it.
    :param failure: Why it could not be answered, if so.
    """
    if failure is not None:
        refused = failure.code == "token-refused"
        return "in doubt, Amazon refused to renew it" if refused else "not known, see the error"
    if now.signed_in is None:
        return "not known, Amazon's answer does not say"
    return "yes, Amazon says so" if now.signed_in else "no, Amazon ended the session"
