"""
Signing in, looking at the session, signing out.
"""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mass_alexa import Account, AccountInfo, Question, SessionStatus, normalise_site
from mass_alexa.errors import AlexaError, InvalidInputError, SignInRequiredError

from . import prompts
from .invocation import Invocation, command
from .progress import Progress

SiteOption = Annotated[
    str,
    typer.Option("--site", envvar="MASS_ALEXA_SITE", help="Retail site of the account."),
]
CredentialsOption = Annotated[
    bool,
    typer.Option(
        "--credentials-stdin",
        help="Read e-mail, password and authenticator seed (or code) from three lines of "
        "standard input instead of asking.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not ask Amazon.")]

MINUTE = 60


def register(app: typer.Typer) -> None:
    """
    Add the commands.

    :param app: The command line.
    """
    command(app, "login")(login)
    command(app, "status")(status)
    command(app, "logout")(logout)


async def login(
    run: Invocation, site: SiteOption = "amazon.com", credentials_stdin: CredentialsOption = False
) -> None:
    """
    Sign in to Amazon and keep the session sealed.

    Asks for e-mail address, password and authenticator; none of them is stored.
    """
    site = normalise_site(site)
    email, password, otp = _credentials(run, site, from_stdin=credentials_stdin)
    with Progress(run.output) as progress:

        def ask(question: Question) -> str:
            with progress.paused():
                hidden = question.secret or question.kind == "code"
                return (prompts.secret if hidden else prompts.visible)(
                    question.prompt.rstrip(" .:")
                )

        progress.stage("Starting")
        account = await Account.enrol(
            store=run.options.folder,
            email=email,
            password=password,
            otp=otp,
            site=site,
            ask=None if credentials_stdin else ask,
            on_stage=progress.stage,
            settings=run.options.settings,
        )
    async with account:
        info, now = account.info, account.status()
        run.output.result(
            {"account": info.to_dict(), "status": now.to_dict()},
            _facts(info, now, signed_in="yes, just now"),
        )
        run.output.say(Text("Signed in. See your devices with: mass-alexa devices", style="green"))


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
            told = _verdict(now, failure)
        run.output.result(
            {"account": info.to_dict(), "status": now.to_dict()},
            _facts(info, now, signed_in=told),
        )
        if now.signed_in is False:
            failure = SignInRequiredError(
                "session-ended", "Amazon has ended this session.", "Sign in again."
            )
        if failure is not None:
            raise failure


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


def _credentials(run: Invocation, site: str, *, from_stdin: bool) -> tuple[str, str, str | None]:
    """
    Get e-mail address, password and seed or code.

    :param run: The run.
    :param site: Where they are for.
    :param from_stdin: Read lines instead of asking.
    """
    if from_stdin:
        email, password, otp = prompts.lines_of_stdin("E-mail", "Password", "Authenticator seed")
    else:
        run.output.note(f"Signing in at {site}; --site names another one.")
        email = prompts.visible("E-mail")
        password = prompts.secret("Password")
        otp = prompts.secret("Authenticator seed or 6-digit code (empty: asked when needed)")
    if not email.strip() or not password:
        raise InvalidInputError(
            "bad-credentials",
            "E-mail address and password are both needed.",
            "Start again; what you type is used for this sign-in only.",
        )
    return email.strip(), password, otp.strip() or None


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


def _facts(info: AccountInfo, now: SessionStatus, *, signed_in: str = "") -> Table:
    """
    Lay out what is known about an account and its session.

    :param info: Whose account.
    :param now: How its session stands.
    :param signed_in: What to say of that, if it is known otherwise.
    """
    facts: list[tuple[str, Any]] = [
        ("Account", " ".join(filter(None, (info.name, f"<{info.email}>" if info.email else "")))),
        ("Site", info.site),
        ("Signed in", signed_in or "not asked"),
        ("Registered as", info.device_name),
        ("Enrolled", _moment(now.enrolled_at)),
        ("Access token", _remaining(now.access_token_expires_at)),
        ("Cookies from", _moment(now.cookies_at)),
        ("Clock", _skew(now.clock_skew)),
        ("Session in", now.store),
        ("Its key", now.key_source),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, str(value))
    return table


def _moment(at: float | None) -> str | None:
    """
    Show a time in the time zone of this machine.

    :param at: Unix time.
    """
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _remaining(until: float | None) -> str | None:
    """
    Say how long something is valid.

    :param until: Unix time of its end.
    """
    if until is None:
        return None
    left = until - time.time()
    if left <= 0:
        return "due for renewal"
    return f"valid for {left / MINUTE:.0f} min" if left >= MINUTE else f"valid for {left:.0f} s"


def _skew(seconds: float | None) -> str | None:
    """
    Say how far this machine's clock is off.

    :param seconds: Amazon's clock minus this machine's.
    """
    if seconds is None:
        return None
    if abs(seconds) <= 1:
        return "agrees with Amazon's"
    return f"{abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} Amazon's"
