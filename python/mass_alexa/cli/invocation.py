"""
One run of one command: its options, its output, its account.
"""

import asyncio
import inspect
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, get_type_hints

import typer

from mass_alexa import Account
from mass_alexa.errors import InvalidInputError

from .options import OUTPUT_PARAMETERS, PARAMETERS, Options
from .output import Output

TRACE = 5
"""Level below DEBUG at which the core tells every request."""

type Body[**P] = Callable[Concatenate["Invocation", P], Coroutine[Any, Any, None] | None]


class Invocation:
    """
    What a command works with.

    :param name: Name of the command.
    :param options: What was said on the command line.
    """

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.options = options
        self.output = Output(as_json=options.as_json, logged=options.verbose > 0)

    @asynccontextmanager
    async def account(self) -> AsyncIterator[Account]:
        """
        Open the account of the store and close it again.
        """
        account = await Account.open(self.options.folder, settings=self.options.settings)
        try:
            yield account
        finally:
            await account.close()


def command[**P](
    app: typer.Typer,
    name: str,
    *,
    connects: bool = True,
    **settings: Any,
) -> Callable[[Body[P]], Body[P]]:
    """
    Register a command that gets an :class:`Invocation` and takes the common options too.

    :param app: Where to register.
    :param name: Name of the command.
    :param connects: Whether it uses the account; others take only the options about output.
    :param settings: Handed on to typer.
    """
    common = PARAMETERS if connects else OUTPUT_PARAMETERS

    def register(body: Body[P]) -> Body[P]:
        hints = get_type_hints(body, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in list(inspect.signature(body).parameters.values())[1:]
        ]

        def entry(ctx: typer.Context, **values: Any) -> None:
            before = ctx.obj if isinstance(ctx.obj, Options) else Options()
            options = before.with_later(values)
            start_log(options.verbose, options.log)
            work = body(Invocation(name, options), **values)  # type: ignore[call-arg]
            if work is not None:
                asyncio.run(work)

        context = inspect.Parameter(
            "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        by_name = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        parameters = [context, *by_name, *common]
        entry.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        entry.__annotations__ = {one.name: one.annotation for one in parameters}
        told = (inspect.getdoc(body) or "").split("\n:param")[0].strip()
        # Lines end where the terminal does, not where those of the source do.
        summary = "\n\n".join(" ".join(part.split()) for part in told.split("\n\n"))
        app.command(name, help=summary, **settings)(entry)
        return body

    return register


def start_log(verbosity: int, file: Path | None) -> None:
    """
    Send the log of the package to standard error, to a file, or both.

    :param verbosity: 0 for nothing on standard error, 1 for what happens, 2 for every request.
    :param file: Where to append everything.
    """
    handlers: list[logging.Handler] = []
    if verbosity:
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[0].setLevel(logging.DEBUG if verbosity == 1 else TRACE)
    if file is not None:
        try:
            handlers.append(logging.FileHandler(file.expanduser(), encoding="utf-8"))
        except OSError as err:
            raise InvalidInputError(
                "bad-log-file", f"The log cannot be written: {err}.", "Name another file."
            ) from err
    if not handlers:
        return
    logging.addLevelName(TRACE, "TRACE")
    logger = logging.getLogger("mass_alexa")
    logger.setLevel(TRACE if file else min(handler.level for handler in handlers))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-5s %(name)s: %(message)s"))
        logger.addHandler(handler)
