"""
The server itself: providers, tasks, timers and events.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from music_assistant_models.config_entries import ProviderConfig
from music_assistant_models.enums import EventType
from music_assistant_models.errors import MusicAssistantError, SetupFailedError
from music_assistant_models.event import MassEvent
from music_assistant_models.provider import ProviderManifest

from music_assistant.controllers.config import Config
from music_assistant.controllers.player_queues import PlayerQueues
from music_assistant.controllers.players import Players
from music_assistant.controllers.streams import Streams
from music_assistant.controllers.webserver import Webserver
from music_assistant.models.player_provider import PlayerProvider

PROVIDERS_PATH = str(Path(__file__).parent / "providers")
SETUP_SECONDS = 30
RETRY_SECONDS = 120


class MusicAssistant:
    """
    A server without music of its own.
    """

    def __init__(self, storage_path: str, cache_path: str) -> None:
        self.storage_path = storage_path
        self.cache_path = cache_path
        self.closing = False
        self.webserver = Webserver()
        self.config = Config(self)
        self.players = Players(self)
        self.player_queues = PlayerQueues(self)
        self.streams = Streams(self)
        self.events: list[MassEvent] = []
        self._listeners: list[tuple[Callable[[MassEvent], None], tuple[EventType, ...]]] = []
        self._providers: dict[str, PlayerProvider] = {}
        self._provider_manifests: dict[str, ProviderManifest] = {}
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.load_manifests()
        await self.webserver.setup()

    async def load_manifests(self) -> None:
        await self.__load_provider_manifests()

    async def stop(self) -> None:
        self.closing = True
        for instance_id in list(self._providers):
            await self.unload_provider(instance_id)
        for timer in self._timers.values():
            timer.cancel()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.webserver.close()

    @property
    def pending(self) -> list[str]:
        """
        Ids of the tasks and timers that are under way.
        """
        timers = [key for key, timer in self._timers.items() if not timer.cancelled()]
        return [*self._tasks, *timers]

    def verify_event_loop_thread(self, what: str) -> None:
        if asyncio.get_running_loop() is not self.loop:
            msg = f"{what} may only be called in the event loop of the server"
            raise RuntimeError(msg)

    @property
    def providers(self) -> list[PlayerProvider]:
        return list(self._providers.values())

    def get_provider(self, instance_id: str) -> PlayerProvider | None:
        return self._providers.get(instance_id)

    def get_provider_manifests(self) -> list[ProviderManifest]:
        return list(self._provider_manifests.values())

    def get_provider_manifest(self, domain: str) -> ProviderManifest:
        return self._provider_manifests[domain]

    def load_provider_module(self, domain: str) -> Any:
        return importlib.import_module(f"music_assistant.providers.{domain}")

    def signal_event(
        self, event: EventType, object_id: str | None = None, data: Any = None
    ) -> None:
        happened = MassEvent(event=event, object_id=object_id, data=data)
        self.events.append(happened)
        for listener in list(self._listeners):
            callback, kinds = listener
            if event in kinds:
                callback(happened)

    def subscribe(
        self,
        cb_func: Callable[[MassEvent], None],
        event_filter: tuple[EventType, ...] = (),
    ) -> Callable[[], None]:
        listener = (cb_func, event_filter)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def create_task(
        self,
        target: Callable[..., Awaitable[Any]] | Awaitable[Any],
        *args: Any,
        task_id: str | None = None,
        abort_existing: bool = False,
        **kwargs: Any,
    ) -> asyncio.Task[Any]:
        """
        Run in the background; of tasks with one id there is one at a time.

        As in the real server, the end of a task forgets whichever task has its id by then.
        """
        key = task_id or uuid4().hex
        if (existing := self._tasks.get(key)) and not existing.done():
            if not abort_existing:
                return existing
            existing.cancel()
        awaitable = target(*args, **kwargs) if callable(target) else target
        if not inspect.iscoroutine(awaitable):
            msg = "Target is no coroutine"
            raise RuntimeError(msg)
        task: asyncio.Task[Any] = asyncio.Task(awaitable, loop=self.loop, eager_start=True)
        if not task.done():
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    def call_later(
        self,
        delay: float,
        target: Callable[..., Any],
        *args: Any,
        task_id: str | None = None,
        **kwargs: Any,
    ) -> asyncio.TimerHandle:
        """
        Run later; a new timer takes the place of one with the same id.
        """
        key = task_id or uuid4().hex
        self.cancel_timer(key)

        def run() -> None:
            self._timers.pop(key, None)
            if inspect.iscoroutinefunction(target):
                self.create_task(target, *args, task_id=key, abort_existing=True, **kwargs)
            else:
                target(*args, **kwargs)

        self._timers[key] = self.loop.call_later(delay, run)
        return self._timers[key]

    def cancel_task(self, task_id: str) -> None:
        if task := self._tasks.pop(task_id, None):
            task.cancel()

    def cancel_timer(self, task_id: str) -> None:
        if timer := self._timers.pop(task_id, None):
            timer.cancel()

    async def load_provider_config(self, config: ProviderConfig) -> None:
        """
        Load an instance anew; what fails is raised.
        """
        await self.unload_provider(config.instance_id)
        config.validate()
        module = self.load_provider_module(config.domain)
        manifest = self._provider_manifests[config.domain]
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                provider: PlayerProvider = await module.setup(self, manifest, config)
        except TimeoutError as err:
            msg = f"Provider {config.domain} did not load within {SETUP_SECONDS} seconds"
            raise SetupFailedError(msg) from err
        await provider.handle_async_init()
        self.register_loaded(provider)
        await provider.loaded_in_mass()
        await provider.discover_players()
        self.config.set(f"providers/{config.instance_id}/last_error", None)

    def register_loaded(self, provider: PlayerProvider) -> None:
        self._providers[provider.instance_id] = provider
        provider.available = True

    async def load_provider(self, instance_id: str, allow_retry: bool = False) -> None:
        """
        Load an instance at the start of the server; what fails is kept as its last error.
        """
        try:
            await self.config.reload_provider(instance_id)
        except MusicAssistantError as err:
            self.config.set(f"providers/{instance_id}/last_error", str(err))
            if allow_retry:
                key = f"load_provider_{instance_id}"
                self.call_later(RETRY_SECONDS, self.load_provider, instance_id, True, task_id=key)

    async def unload_provider(self, instance_id: str, is_removed: bool = False) -> None:
        provider = self._providers.get(instance_id)
        if provider is None:
            return
        for player in provider.players:
            await self.players.unregister(player.player_id, permanent=is_removed)
        try:
            await provider.unload(is_removed)
        finally:
            self._providers.pop(instance_id, None)

    async def unload_provider_with_error(self, instance_id: str, error: str) -> None:
        self.config.set(f"providers/{instance_id}/last_error", error)
        await self.unload_provider(instance_id)

    async def __load_provider_manifests(self) -> None:
        for name in await asyncio.to_thread(os.listdir, PROVIDERS_PATH):
            file = Path(PROVIDERS_PATH) / name / "manifest.json"
            if name.startswith((".", "_")) or not file.is_file():
                continue
            manifest = await ProviderManifest.parse(str(file))
            self._provider_manifests[manifest.domain] = manifest
