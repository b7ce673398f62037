"""
The command ``mass-alexa login`` and its three ways to sign in.
"""

from typing import Annotated

import typer
from rich.text import Text

from mass_alexa import Account, Question, normalise_site
from mass_alexa.errors import AlexaError, InvalidInputError

from . import prompts
from .facts import facts
from .invocation import Invocation, command
from .progress import Progress
from .questions import answered

SiteOption = Annotated[
    str,
    typer.Option("--site", envvar="MASS_ALEXA_SITE", help="Retail site of the account."),
]
PasswordOption = Annotated[
    bool,
    typer.Option(
        "--password",
        help="Ask for e-mail, password and authenticator seed here instead of giving a link.",
    ),
]
CredentialsOption = Annotated[
    bool,
    typer.Option(
        "--credentials-stdin",
        help="Read e-mail, password and authenticator seed (or code) from three lines of "
        "standard input; this is the way of --password.",
    ),
]
BrowserOption = Annotated[
    bool,
    typer.Option("--browser", help="Open a page of this program that offers every way to sign in."),
]
ListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="ADDRESS:PORT",
        help="Serve that page at this address, for another device in the house. Not encrypted.",
    ),
]

ADDRESS_PROMPT = "Address of the last page"


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "login")(login)


async def login(
    run: Invocation,
    site: SiteOption = "amazon.com",
    password: PasswordOption = False,
    browser: BrowserOption = False,
    listen: ListenOption = None,
    credentials_stdin: CredentialsOption = False,
) -> None:
    """
    Sign in to Amazon and keep the session sealed.

    Gives a link to Amazon's own page, where everything works that Amazon offers, and asks for the
    address that the browser ends at. --password and --browser are other ways. What is typed is used
    for this sign-in only.
    """
    by_password = password or credentials_stdin
    by_page = browser or listen is not None
    if by_password and by_page:
        raise InvalidInputError(
            "usage",
            f"{'--browser' if browser else '--listen'} and "
            f"{'--password' if password else '--credentials-stdin'} are two ways to sign in.",
            f"Choose one. See: mass-alexa {run.name} --help",
        )
    site = normalise_site(site)
    if by_page:
        from .page import by_own_page  # noqa: PLC0415 - only this way needs a web server

        account = await by_own_page(run, site, listen)
    elif by_password:
        account = await _by_password(run, site, from_stdin=credentials_stdin)
    else:
        account = await _by_link(run, site)
    async with account:
        info, now = account.info, account.status()
        run.output.result(
            {"account": info.to_dict(), "status": now.to_dict()},
            facts(info, now, signed_in="yes, just now"),
        )
        run.output.say(Text("Signed in. See your devices with: mass-alexa devices", style="green"))


async def _by_link(run: Invocation, site: str) -> Account:
    """
    Sign in on Amazon's own page.

    :param run: The run.
    :param site: Site of the account.
    """
    prompts.need_terminal(ADDRESS_PROMPT)
    run.output.note(f"Signing in at {site}; --site names another one.")
    shown = ""
    with Progress(run.output) as progress:

        def ask(link: str, problem: AlexaError | None) -> str:
            nonlocal shown
            with progress.paused():
                if problem is not None:
                    run.output.failure(problem)
                if link != shown:
                    _show_link(run, link, again=bool(shown))
                    shown = link
                return prompts.pasted(ADDRESS_PROMPT)

        return await Account.sign_in_by_link(
            store=run.options.folder,
            ask=ask,
            site=site,
            on_stage=progress.of_sign_in,
            settings=run.options.settings,
        )


def _show_link(run: Invocation, link: str, *, again: bool) -> None:
    """
    Show the link and what to do with it.

    :param run: The run.
    :param link: The link.
    :param again: It takes the place of another one.
    """
    which = "this new link" if again else "this link"
    run.output.instruction(
        f"\n1. Open {which} in a browser and sign in with anything Amazon offers:\n"
    )
    run.output.copyable("link", link)
    run.output.instruction(
        "\n2. The last page says that it was not found. That is right: copy its address out of the "
        "address bar and paste it here within a few minutes.\n"
    )


async def _by_password(run: Invocation, site: str, *, from_stdin: bool) -> Account:
    """
    Sign in with what a person knows, and put Amazon's questions to them.

    :param run: The run.
    :param site: Site of the account.
    :param from_stdin: Read lines instead of asking anything.
    """
    email, password, otp = _credentials(run, site, from_stdin=from_stdin)
    with Progress(run.output) as progress:

        def ask(question: Question) -> str:
            with progress.paused():
                return answered(run.output, question)

        progress.stage("Starting")
        return await Account.enrol(
            store=run.options.folder,
            email=email,
            password=password,
            otp=otp,
            site=site,
            ask=None if from_stdin else ask,
            on_stage=progress.of_sign_in,
            settings=run.options.settings,
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
