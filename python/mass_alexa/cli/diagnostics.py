"""
The command ``mass-alexa diagnostics``: what helps others to help, and nothing that is private.

Whatever is shown is named here. Names of people, devices, folders and files of others, addresses,
serials and sentences that could quote one of these are left out.
"""

import os
import platform
import re
import stat
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from mass_alexa import AccountInfo, SessionStatus, __version__
from mass_alexa.disclosure import OPEN_STATUS
from mass_alexa.errors import AlexaError

from .invocation import Invocation, command

OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not ask Amazon.")]

OURS = re.compile(
    r"(session\.sealed|key|installation\.json|records\.json|\.lock|\.tmp-saving)"
    r"([.-][A-Za-z0-9.-]{1,40})?"
)
"""Names of files that mass-alexa itself gives; others may tell something and are only counted."""
PACKAGES = ("typer", "rich", "music-assistant", "music-assistant-models")
VARIABLES = (
    "MASS_ALEXA_HOME",
    "MASS_ALEXA_KEY_FILE",
    "MASS_ALEXA_KEYRING",
    "MASS_ALEXA_CONNECT_TO",
    "MASS_ALEXA_EXTRA_CA",
    "MASS_ALEXA_SITE",
    "MASS_ALEXA_LOG",
    "MASS_ALEXA_PROVIDERS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
TIMES = frozenset({"enrolled_at", "access_token_expires_at", "cookies_at", "ends_at"})
SHOWN = 3
"""Characters of the customer's id that are shown: enough to tell two accounts apart."""


def register(app: typer.Typer) -> None:
    """
    Add the command.

    :param app: The command line.
    """
    command(app, "diagnostics")(diagnostics)


async def diagnostics(run: Invocation, offline: OfflineOption = False) -> None:
    """
    Show what a report about a problem needs, without anything private.

    It can be posted in public: no name, address, serial, password, code or key is in it.
    """
    folder = run.options.folder
    told: dict[str, Any] = {
        "program": _program(),
        "machine": _machine(),
        "settings": {
            "variables": [
                name for name in VARIABLES if name in os.environ or name.lower() in os.environ
            ],
            "store": "named" if run.options.store is not None else "usual place",
            "connect_to": run.options.connect_to is not None,
            "extra_ca": run.options.extra_ca is not None,
        },
        "store": _store(folder),
    }
    told.update(await _session(run, offline=offline))
    if run.output.as_json:
        run.output.result(told, "")
        return
    for line in _lines(told):
        run.output.line(line)
    run.output.note("Copy all of it into a report. See also docs/troubleshooting.md.")


def _program() -> dict[str, Any]:
    """
    Tell the versions of what runs.
    """
    from importlib import metadata  # noqa: PLC0415 - only this command is worth the wait for it

    versions: dict[str, Any] = {
        "mass-alexa": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _machine() -> dict[str, Any]:
    """
    Tell what it runs on. The release of the kernel can hold a name that somebody gave it.
    """
    release = re.match(r"[0-9.]+", platform.release())
    system: dict[str, Any] = {
        "system": f"{platform.system()} {release[0] if release else ''}".strip(),
        "processor": platform.machine(),
        "c_library": " ".join(platform.libc_ver()).strip() or "unknown",
        "container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        "encoding": sys.getfilesystemencoding(),
    }
    try:
        released = platform.freedesktop_os_release()
    except OSError:
        return system
    system["distribution"] = f"{released.get('ID', '')} {released.get('VERSION_ID', '')}".strip()
    return system


def _store(folder: Path) -> dict[str, Any]:
    """
    Tell what is in the folder of the session, not where it is.

    :param folder: The folder.
    """
    try:
        mode = _mode(folder.stat())
        entries = sorted(folder.iterdir())
    except OSError as err:
        return {"folder": (err.strerror or type(err).__name__).lower()}
    files = []
    others = 0
    for path in entries:
        if not OURS.fullmatch(path.name):
            others += 1
            continue
        try:
            known = path.lstat()
        except OSError:
            continue
        files.append(
            {
                "name": path.name,
                "mode": _mode(known),
                "size": known.st_size,
                "changed_days_ago": round(max(time.time() - known.st_mtime, 0) / 86_400, 1),
                "ours": known.st_uid == os.geteuid(),
            }
        )
    return {"folder": mode, "files": files, "others": others}


def _mode(known: os.stat_result) -> str:
    """
    Show kind and permissions.

    :param known: What the file system tells.
    """
    return stat.filemode(known.st_mode)


async def _session(run: Invocation, *, offline: bool) -> dict[str, Any]:
    """
    Tell how the session stands and what fails now.

    :param run: The run.
    :param offline: Do not ask Amazon.
    """
    told: dict[str, Any] = {"status": None, "records": None, "failures": []}
    try:
        async with run.account() as account:
            now = account.status()
            if not offline:
                try:
                    now = await account.check()
                except AlexaError as err:
                    told["failures"].append(_failure("check", err))
                    now = account.status()
            told["status"] = _status(account.info, now)
            told["records"] = now.records
    except AlexaError as err:
        told["failures"].append(_failure("open", err))
    return told


def _status(info: AccountInfo, now: SessionStatus) -> dict[str, Any]:
    """
    Tell what of the status is not private.

    :param info: Whose account.
    :param now: How its session stands.
    """
    known = now.to_dict()
    customer = info.customer_id
    return {
        "customer": f"{customer[:SHOWN]}..." if customer else None,
        **{name: known.get(name) for name in OPEN_STATUS},
        "warning": now.warning is not None,
    }


def _failure(what: str, error: AlexaError) -> dict[str, Any]:
    """
    Tell a failure without its sentence, which may quote a path.

    :param what: What failed.
    :param error: How.
    """
    return {"at": what, "kind": error.kind, "code": error.code, "status": error.status}


def _lines(told: dict[str, Any]) -> list[str]:
    """
    Write it as lines that stay lines wherever they are pasted.

    :param told: What there is to tell.
    """
    lines: list[str] = []
    for title, content in told.items():
        if lines:
            lines.append("")
        lines.append(f"{title}:")
        lines += [f"  {line}" for line in _block(content)] or ["  none"]
    return lines


def _block(content: Any) -> list[str]:
    """
    Write one part.

    :param content: A value, a list or a dictionary of these.
    """
    if isinstance(content, dict):
        lines: list[str] = []
        for name, value in content.items():
            if isinstance(value, dict) or (value and isinstance(value, list)):
                lines.append(f"{name}:")
                lines += [f"  {line}" for line in _block(value)] or ["  none"]
            else:
                lines.append(f"{name}: {_word(name, value)}")
        return lines
    if isinstance(content, list):
        return [
            ", ".join(f"{name}: {_word(name, value)}" for name, value in one.items())
            if isinstance(one, dict)
            else str(one)
            for one in content
        ]
    return [] if content is None else [str(content)]


def _word(name: str, value: Any) -> str:
    """
    Write one value.

    :param name: What it is.
    :param value: The value.
    """
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in TIMES or name.endswith("_at"):
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(value))
    return str(value)
