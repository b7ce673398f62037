"""
The command line as a whole.
"""

import sys
import traceback
from types import TracebackType
from typing import Annotated

import typer
from typer.main import get_command

from mass_alexa import __version__
from mass_alexa.errors import AlexaError, InvalidInputError

from . import (
    authenticator,
    backup,
    control,
    devices,
    diagnostics,
    dnd,
    groups,
    loaded,
    login,
    provider,
    session,
    skill,
    speech,
    watch,
)
from .demo import scenario
from .failures import INTERRUPTED, exit_code
from .options import (
    ConnectToOption,
    ExtraCaOption,
    JsonOption,
    LogOption,
    Options,
    StoreOption,
    VerboseOption,
)
from .output import Output, prepare

HELP = """
Control Amazon Echo devices, and bring them into Music Assistant.

This uses an interface that Amazon does not offer to the public: it may change or stop at any time.
"""

MODULES = (
    login,
    session,
    backup,
    diagnostics,
    devices,
    groups,
    watch,
    control,
    loaded,
    speech,
    dnd,
    authenticator,
    provider,
    skill,
    scenario,
)
"""What the commands are in, in the order in which they are listed."""

# typer keeps its own base of usage errors in different places in different versions.
_UsageError: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


def build() -> typer.Typer:
    """
    Put all commands together.
    """
    app = typer.Typer(
        name="mass-alexa",
        help=HELP,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    for module in MODULES:
        module.register(app)
    return app


def run(arguments: list[str]) -> int:
    """
    Run the command and tell its exit code.

    :param arguments: What stands behind the name of the program.
    """
    prepare()
    told = arguments[: arguments.index("--")] if "--" in arguments else arguments
    verbose = any(one == "--verbose" or set(one[1:]) == {"v"} for one in told)
    output = Output(as_json="--json" in told, logged=verbose)
    sys.excepthook = _Hook(output, verbose=verbose)
    try:
        code = get_command(build())(
            args=arguments or ["--help"], prog_name="mass-alexa", standalone_mode=False
        )
    except AlexaError as err:
        output.failure(err)
        return exit_code(err)
    except UnicodeError:
        # Bytes that are no text reach the core as a string that cannot be encoded. What they are is
        # not shown: they may be a password.
        garbled = InvalidInputError(
            "bad-text",
            "What was typed, or read from standard input, is not text in UTF-8.",
            "Write it in UTF-8, and check the encoding that the terminal uses.",
        )
        output.failure(garbled)
        return exit_code(garbled)
    except _UsageError as err:
        context = getattr(err, "ctx", None)
        path = getattr(context, "command_path", "mass-alexa")
        usage = InvalidInputError("usage", _sentence(err), f"See: {path} --help")
        output.failure(usage)
        return exit_code(usage)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        output.failure(AlexaError("interrupted", "Interrupted."))
    return code if isinstance(code, int) else 0


def _show_version(wanted: bool) -> None:
    """
    Show the version and end.

    :param wanted: Whether it was asked for.
    """
    if wanted:
        typer.echo(f"mass-alexa {__version__}")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option(
        "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
]


def _common(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    connect_to: ConnectToOption = None,
    extra_ca: ExtraCaOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
    log: LogOption = None,
    version: VersionOption = False,  # noqa: ARG001 - its callback has answered already
) -> None:
    ctx.obj = Options(
        store=store,
        connect_to=connect_to,
        extra_ca=extra_ca,
        as_json=as_json,
        verbose=verbose,
        log=log,
    )


def _sentence(error: BaseException) -> str:
    """
    Make a sentence of a usage error.

    :param error: What typer found.
    """
    formatted = getattr(error, "format_message", None)
    text = str(formatted() if callable(formatted) else error).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


class _Hook:
    """
    Says in one sentence that the program itself is at fault; Python then exits with 1.

    :param output: Where to say it.
    :param verbose: Show where it happened.
    """

    def __init__(self, output: Output, *, verbose: bool) -> None:
        self._output = output
        self._verbose = verbose

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException,
        where: TracebackType | None,
    ) -> None:
        if self._verbose:
            traceback.print_exception(kind, error, where)
        self._output.failure(
            AlexaError(
                "unexpected",
                f"The program itself failed ({kind.__name__}).",
                "Run it again with -v to see where, and report that.",
            )
        )
