"""
The second search inside the server: whatever is wrong with it, the server starts.
"""

import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mass_alexa.install import hook

BUILT_IN = "built in"


def server(found: dict[str, list[str]], error: Exception | None = None) -> ModuleType:
    """
    A main module of a server that finds domains by folder; outside its own folder it may fail.
    """
    module = ModuleType("mass")

    class MusicAssistant:
        def __init__(self) -> None:
            self._provider_manifests: dict[str, str] = {}

        async def __load_provider_manifests(self) -> None:
            folder: str = module.PROVIDERS_PATH
            for domain in found[folder]:
                self._provider_manifests[domain] = folder
            if folder != BUILT_IN and error is not None:
                raise error

    module.PROVIDERS_PATH = BUILT_IN  # type: ignore[attr-defined]
    module.MusicAssistant = MusicAssistant  # type: ignore[attr-defined]
    return module


async def searched(module: ModuleType) -> dict[str, str]:
    mass: Any = module.MusicAssistant()
    await mass._MusicAssistant__load_provider_manifests()
    assert module.PROVIDERS_PATH == BUILT_IN
    manifests: dict[str, str] = mass._provider_manifests
    return manifests


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    package = ModuleType("music_assistant.providers")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "music_assistant", ModuleType("music_assistant"))
    monkeypatch.setitem(sys.modules, "music_assistant.providers", package)
    return package.__path__


async def test_both_folders_are_searched_and_built_in_ones_win(
    packages: list[str], tmp_path: Path
) -> None:
    folder = str(tmp_path)
    module = server({BUILT_IN: ["spotify", "sonos"], folder: ["sonos", "mass_alexa"]})
    assert hook.extend(module, folder)
    expected = {"spotify": BUILT_IN, "sonos": BUILT_IN, "mass_alexa": folder}
    assert await searched(module) == expected
    assert await searched(module) == expected
    assert packages == [folder]


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied"),
        ExceptionGroup("tasks", [OSError("a disk that fails")]),
        ValueError("a manifest that is none"),
        KeyError("domain"),
        AttributeError("another version"),
    ],
)
async def test_a_search_that_fails_does_not_stop_the_server(
    packages: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    assert packages == []
    folder = str(tmp_path)
    module = server({BUILT_IN: ["spotify"], folder: ["spotify"]}, error)
    assert hook.extend(module, folder)
    with caplog.at_level(logging.ERROR, "mass_alexa.install"):
        assert await searched(module) == {"spotify": BUILT_IN}
    assert f"The providers in {folder} could not be read; starting without." in caplog.text


async def test_a_server_without_the_package_of_providers_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "music_assistant.providers", None)
    folder = str(tmp_path)
    module = server({BUILT_IN: ["spotify"], folder: []})
    assert hook.extend(module, folder)
    assert await searched(module) == {"spotify": BUILT_IN}


async def test_a_failure_of_the_servers_own_search_stays_one(
    packages: list[str], tmp_path: Path
) -> None:
    assert packages == []
    module = server({os.devnull: []})
    hook.extend(module, str(tmp_path))
    with pytest.raises(KeyError, match=BUILT_IN):
        await searched(module)
