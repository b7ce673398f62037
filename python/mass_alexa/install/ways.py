"""
The three ways into the server, each as a plan to install and a plan to remove.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from .plan import MARK, Plan, Step, in_words, is_ours, link, remove, remove_folder, unlink, write
from .server import InstallError

if TYPE_CHECKING:
    from .server import Server

type Way = Literal["link", "launcher", "environment"]

WAYS: Final[tuple[Way, ...]] = ("link", "launcher", "environment")
DOMAIN: Final = "mass_alexa"
PROVIDERS: Final = "providers"
HOOK: Final = "mass_alexa_hook.py"
START: Final = "start-music-assistant"
VARIABLES: Final = "environment"
FILES: Final[dict[Way, tuple[str, ...]]] = {
    "link": (),
    "launcher": (START, "launcher.py"),
    "environment": ("sitecustomize.py", VARIABLES),
}
"""Files of a way besides those that ways share."""

_LAUNCHER = f'''"""
Starts Music Assistant with the providers beside this file added. {MARK}.
"""

import runpy
from pathlib import Path

import mass_alexa_hook

mass_alexa_hook.activate(str(Path(__file__).resolve().parent / "providers"))
runpy.run_module("music_assistant", run_name="__main__", alter_sys=True)
'''

_SITECUSTOMIZE = f'''"""
Adds the providers beside this file to Music Assistant, if it starts here. {MARK}.
"""

from pathlib import Path

import mass_alexa_hook

_FOLDER = Path(__file__).resolve().parent
mass_alexa_hook.activate(str(_FOLDER / "providers"))
mass_alexa_hook.run_next_sitecustomize(str(_FOLDER))
'''

RESTART = "Restart Music Assistant; then add Amazon Alexa under Settings, Providers."
REMOVE_FIRST = (
    "Remove the provider in Music Assistant first if it is set up there: only that signs out of "
    "Amazon."
)


def plan(way: Way, server: Server, folder: Path | None = None) -> Plan:
    """
    What has to be done to install the provider; what is done already is marked so.

    :param way: How.
    :param server: The server.
    :param folder: Where the files of a launcher or environment go; a place of its own by default.
    """
    place = place_of(way, folder)
    provider = server.installed_provider()
    with in_words("The installation cannot be planned:"):
        if way == "link":
            step = link(server.providers / DOMAIN, provider)
            lost = "An update of Music Assistant can remove the link; install again then."
            return Plan([step], [RESTART, lost])
        steps = [
            link(place / PROVIDERS / DOMAIN, provider),
            write(place / HOOK, Path(__file__).with_name("hook.py").read_text(encoding="utf-8")),
        ]
        if way == "launcher":
            start = f"Start Music Assistant with {place / START} in place of its own command."
            return Plan([*steps, *_launcher(place, server)], [start, RESTART])
        note = (
            f"Start Music Assistant with the variables of the env-file {place / VARIABLES}. Where "
            f"PYTHONPATH has a value already, put {place} before it."
        )
        return Plan([*steps, *_environment(place)], [note, RESTART])


def removal(way: Way, server: Server | None, folder: Path | None = None) -> Plan:
    """
    What has to be done to take the provider out again.

    :param way: How it was installed.
    :param server: The server; only a link is looked for there.
    :param folder: Where the files went.
    """
    place = place_of(way, folder)
    with in_words("The removal cannot be planned:"):
        if way == "link":
            if server is None:
                raise InstallError("A link is in the server's folder.", "Name the server.")
            return Plan([unlink(server.providers / DOMAIN)], [REMOVE_FIRST])
        files = [place / name for name in FILES[way]]
        steps = []
        others = [name for one in WAYS if one != way for name in FILES[one]]
        if not any(is_ours(place / name) for name in others):
            shared = place / PROVIDERS / DOMAIN
            steps = [unlink(shared), remove(place / HOOK)]
            files += [shared, place / HOOK]
        steps += [remove(place / name) for name in FILES[way]]
        gone = [file for file in files if file.is_symlink() or is_ours(file)]
        steps.append(remove_folder(place, PROVIDERS, gone))
    return Plan(steps, [REMOVE_FIRST])


def place_of(way: Way, folder: Path | None = None) -> Path:
    """
    The folder the files of a way go to.

    :param way: The way.
    :param folder: The folder the user named, if any.
    """
    if way not in WAYS:
        raise InstallError(f"There is no way called {way!r}.", f"Choose from {', '.join(WAYS)}.")
    if folder is not None:
        return folder.absolute()
    data = os.environ.get("XDG_DATA_HOME")
    base = Path(data) if data else Path.home() / ".local" / "share"
    # Not inside the folder of the session, which holds nothing but the session.
    return base / "mass-alexa-provider" / way


def _launcher(place: Path, server: Server) -> list[Step]:
    command = f"exec {shlex.quote(str(server.python))} {shlex.quote(str(place / 'launcher.py'))}"
    return [
        write(place / "launcher.py", _LAUNCHER),
        write(place / START, f'#!/bin/sh\n# {MARK}.\n{command} "$@"\n', mode=0o755),
    ]


def _environment(place: Path) -> list[Step]:
    # The format of an env-file: one line for each variable, its value as it is and without quotes.
    values = f"PYTHONPATH={place}\nMASS_ALEXA_PROVIDERS={place / PROVIDERS}\n"
    return [
        write(place / "sitecustomize.py", _SITECUSTOMIZE),
        write(place / VARIABLES, f"# {MARK}.\n{values}"),
    ]
