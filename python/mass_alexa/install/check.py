"""
Whether the server really lists the provider: its own search is run, without starting it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .hook import VARIABLE
from .server import InstallError, run_json
from .ways import DOMAIN, HOOK, PROVIDERS, place_of

if TYPE_CHECKING:
    from pathlib import Path

    from .server import Server
    from .ways import Way

# The server object is made but not started. Its search runs its work as tasks of the server, which
# need to know the loop.
_CHECK = """
import asyncio, importlib, json, logging, sys, tempfile
domain, hook, providers = sys.argv[1:]
if hook:
    sys.path.insert(0, hook)
    import mass_alexa_hook
    mass_alexa_hook.activate(providers)
from music_assistant import mass as server

async def main(folder):
    mass = server.MusicAssistant(folder, folder)
    mass.loop = asyncio.get_running_loop()
    mass.loop_thread_id = getattr(mass.loop, "_thread_id", None)
    await mass._MusicAssistant__load_provider_manifests()
    found = {"domains": len(mass._provider_manifests), "name": None, "problem": None}
    manifest = mass._provider_manifests.get(domain)
    if manifest is not None:
        found["name"] = manifest.name
        try:
            module = importlib.import_module("music_assistant.providers." + domain)
        except ImportError as err:
            found["problem"] = str(err)
        else:
            found["problem"] = getattr(module, "PROBLEM", "") or None
    print(json.dumps(found))

with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
"""


@dataclass(frozen=True, slots=True)
class Check:
    """
    What the server finds.

    :param listed: Whether it lists the provider and can load it.
    :param text: The finding, one sentence.
    """

    listed: bool
    text: str


def check(way: Way, server: Server, folder: Path | None = None) -> Check:
    """
    Ask the server's own search for the provider.

    :param way: How it was installed.
    :param server: The server.
    :param folder: Where the files of a launcher or environment went.
    """
    place = place_of(way, folder)
    if way != "link" and not (place / HOOK).is_file():
        return Check(listed=False, text=f"Nothing is installed in {place}.")
    arguments = [DOMAIN, "", ""]
    # What this shell has in the variable would win over the folder that is to be looked at.
    environment = {} if way == "link" else {VARIABLE: str(place / PROVIDERS)}
    if way == "launcher":
        arguments = [DOMAIN, str(place), str(place / PROVIDERS)]
    elif way == "environment":
        paths = [str(place), os.environ.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    try:
        found = run_json(server.python, _CHECK, arguments, environment)
    except InstallError as err:
        return Check(listed=False, text=f"The server's search for providers failed. {err.message}")
    if found["name"] is None:
        text = f"Music Assistant does not list {DOMAIN} among its {found['domains']} providers."
        return Check(listed=False, text=text)
    if found["problem"]:
        text = f"Music Assistant lists {found['name']} but cannot load it: {found['problem']}"
        return Check(listed=False, text=text)
    version = f" {server.version}" if server.version else ""
    text = f"Music Assistant{version} lists {found['name']} among its {found['domains']} providers."
    return Check(listed=True, text=text)
