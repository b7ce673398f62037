"""
Options that every command takes, before or after its name.
"""

import inspect
import os
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self, get_args

import typer

from mass_alexa.settings import Settings

PANEL = "Common options"

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        envvar="MASS_ALEXA_HOME",
        metavar="FOLDER",
        help="Folder of the sealed session.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
ConnectToOption = Annotated[
    str | None,
    typer.Option(
        "--connect-to",
        envvar="MASS_ALEXA_CONNECT_TO",
        metavar="IP:PORT",
        help="IP address and port that all of Amazon's host names resolve to.",
        rich_help_panel=PANEL,
    ),
]
ExtraCaOption = Annotated[
    Path | None,
    typer.Option(
        "--extra-ca",
        envvar="MASS_ALEXA_EXTRA_CA",
        metavar="FILE",
        help="PEM file of certificates to trust as well.",
        rich_help_panel=PANEL,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Write results and errors as JSON.", rich_help_panel=PANEL),
]
VerboseOption = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        metavar="",
        help="Log every request to standard error.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]

LogOption = Annotated[
    Path | None,
    typer.Option(
        "--log",
        envvar="MASS_ALEXA_LOG",
        metavar="FILE",
        help="Write every request to a log without secrets.",
        rich_help_panel=PANEL,
    ),
]

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def _without_variable(option: Any) -> Any:
    """
    The option as it stands after the command's name.

    The environment was read before the name already and must not win over what was typed there.

    :param option: The option with its variable.
    """
    kind, *_ = get_args(option)
    information = copy(option.__metadata__[0])
    information.envvar = None
    return Annotated[kind, information]


OUTPUT_PARAMETERS = (
    inspect.Parameter("as_json", _KEYWORD, default=False, annotation=JsonOption),
    inspect.Parameter("verbose", _KEYWORD, default=0, annotation=VerboseOption),
    inspect.Parameter("log", _KEYWORD, default=None, annotation=_without_variable(LogOption)),
)
PARAMETERS = (
    inspect.Parameter("store", _KEYWORD, default=None, annotation=_without_variable(StoreOption)),
    inspect.Parameter(
        "connect_to", _KEYWORD, default=None, annotation=_without_variable(ConnectToOption)
    ),
    inspect.Parameter(
        "extra_ca", _KEYWORD, default=None, annotation=_without_variable(ExtraCaOption)
    ),
    *OUTPUT_PARAMETERS,
)
"""The same options as parameters, to be added to the signature of a command."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What was said about store, connection and output.

    :param store: Folder of the session; ``None`` is the usual place.
    :param connect_to: Address instead of Amazon's.
    :param extra_ca: Certificates to trust as well.
    :param as_json: Write JSON.
    :param verbose: How often ``-v`` was given.
    :param log: File for everything there is to log.
    """

    store: Path | None = None
    connect_to: str | None = None
    extra_ca: Path | None = None
    as_json: bool = False
    verbose: int = 0
    log: Path | None = None

    def with_later(self, values: dict[str, Any]) -> Self:
        """
        Let what stands after the command's name win over what stands before it.

        :param values: The options as given after the name; taken out of the dictionary.
        """
        later = {one.name: values.pop(one.name, one.default) for one in PARAMETERS}
        return replace(self, **{name: value for name, value in later.items() if value})

    @property
    def folder(self) -> Path:
        """
        Folder of the session.
        """
        if self.store is not None:
            return self.store.expanduser()
        data = os.environ.get("XDG_DATA_HOME")
        return (Path(data) if data else Path.home() / ".local" / "share") / "mass-alexa"

    @property
    def settings(self) -> Settings:
        """
        Settings of the connection.
        """
        authority = self.extra_ca.expanduser() if self.extra_ca else None
        return Settings(connect_to=self.connect_to, extra_ca=str(authority) if authority else None)
