"""
Shows Music Assistant one more folder of providers.

This file runs inside the server, copied beside a start command or a ``sitecustomize``; it needs
nothing but the standard library. It waits for the server's main module to be imported and runs the
server's own search for providers a second time, over the other folder. Built-in providers always
win. Where a version of the server has no such search, or the second search fails, the server starts
without the provider. Written by mass-alexa.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

MODULE = "music_assistant.mass"
SEARCH = "_MusicAssistant__load_provider_manifests"
VARIABLE = "MASS_ALEXA_PROVIDERS"
"""Environment variable that names another folder than the one beside this file."""

FAILURES = (
    AttributeError,
    ExceptionGroup,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What may come out of a search in code that is not ours; none of it may stop the server."""

LOGGER = logging.getLogger("mass_alexa.install")


def activate(folder: str) -> None:
    """
    Have the folder searched when the server starts in this process.

    :param folder: The folder; each provider is a subfolder named after its domain.
    """
    sys.meta_path.insert(0, _Finder(os.environ.get(VARIABLE) or folder))


def run_next_sitecustomize(own_folder: str) -> None:
    """
    Run the ``sitecustomize`` that ours has hidden, if there is one.

    :param own_folder: Folder of our own.
    """
    own = os.path.realpath(own_folder)
    path = [entry for entry in sys.path if os.path.realpath(entry or ".") != own]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


class _Finder(MetaPathFinder):
    """
    Catches the import of the server's main module, once.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._folder)
        return spec


class _Loader(Loader):
    """
    Loads the module as it would have been, then adds the second search.
    """

    def __init__(self, loader: Loader, folder: str) -> None:
        self._loader = loader
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        extend(module, self._folder)


def extend(module: ModuleType, folder: str) -> bool:
    """
    Make the server search one more folder; false where this version has nothing to extend.

    :param module: The server's main module.
    :param folder: The folder.
    """
    server = getattr(module, "MusicAssistant", None)
    search = getattr(server, SEARCH, None)
    built_in = getattr(module, "PROVIDERS_PATH", None)
    if not inspect.iscoroutinefunction(search) or not isinstance(built_in, str):
        LOGGER.warning(
            "This version of Music Assistant looks for providers in an unknown way. "
            "It starts without those in %s.",
            folder,
        )
        return False

    async def search_both(self: Any) -> None:
        await search(self)
        if not os.path.isdir(folder):  # noqa: ASYNC240, PTH112 - once, at the start
            LOGGER.warning("The folder of providers %s is not there.", folder)
            return
        found = dict(self._provider_manifests)
        try:
            packages = import_module("music_assistant.providers").__path__
            if folder not in packages:
                packages.append(folder)
            module.PROVIDERS_PATH = folder  # type: ignore[attr-defined]
            await search(self)
        except FAILURES:
            LOGGER.exception("The providers in %s could not be read; starting without.", folder)
        finally:
            module.PROVIDERS_PATH = built_in  # type: ignore[attr-defined]
        self._provider_manifests.update(found)

    setattr(server, SEARCH, search_both)
    return True
