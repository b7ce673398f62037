"""
A run of a setup flow, as versions since 2.10 hand it to a provider.

Written from the description of that contract. What it forbids is refused here too.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from music_assistant_models.config_entries import UI_ONLY, ConfigEntry, ConfigValueType
from music_assistant_models.enums import ConfigEntryType, FlowStepType
from music_assistant_models.setup_flow import SetupFlowStep

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

type Finish = Callable[["SetupSession", dict[str, ConfigValueType]], Awaitable[dict[str, str]]]


class SetupFlowError(Exception):
    """
    What was collected could not be applied.
    """

    def __init__(self, message: str, translation_key: str | None = None) -> None:
        super().__init__(message)
        self.translation_key = translation_key


class StepExpiredError(Exception):
    """
    The time of a step is over.
    """


class AbortFlow(Exception):  # noqa: N818 - the host's name
    """
    The provider gives the flow up.
    """

    def __init__(self, reason: str = "aborted") -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(kw_only=True)
class SetupFlowContext:
    kind: Literal["setup", "reconfigure"]
    reason: Literal["user", "auth", "error"]
    domain: str
    instance_id: str | None = None
    player_id: str | None = None
    setup_data: dict[str, Any] = field(default_factory=dict)
    values: dict[str, ConfigValueType] = field(default_factory=dict)


class SetupSession:
    """
    What the coroutine of a provider holds of its flow. Keeps every step for the test.
    """

    def __init__(
        self, mass: MusicAssistant, flow_id: str, context: SetupFlowContext, finish: Finish
    ) -> None:
        self.mass = mass
        self.flow_id = flow_id
        self.context = context
        self.finished = False
        self.steps: list[SetupFlowStep] = []
        self._finish = finish
        self._input: asyncio.Future[dict[str, ConfigValueType]] | None = None

    async def form(
        self,
        entries: list[ConfigEntry],
        step_id: str = "user",
        errors: dict[str, str] | None = None,
        last_step: bool | None = None,
        expires_in: float | None = None,
        translation_params: list[str] | None = None,
    ) -> dict[str, ConfigValueType]:
        prepared = [self._prepared(entry) for entry in entries]
        self._input = asyncio.get_running_loop().create_future()
        self._publish(
            FlowStepType.FORM,
            step_id,
            expires_in,
            entries=prepared,
            errors=dict(errors or {}),
            last_step=last_step,
            translation_params=translation_params,
        )
        try:
            return await _within(self._input, expires_in)
        finally:
            self._input = None

    async def external_until[T](
        self,
        awaitable: Awaitable[T],
        url: str,
        step_id: str = "auth",
        expires_in: float | None = None,
    ) -> T:
        self._publish(FlowStepType.EXTERNAL, step_id, expires_in, url=url)
        return await _within(awaitable, expires_in)

    def progress(
        self,
        step_id: str,
        text: str | None = None,
        pct: float | None = None,
        image: str | None = None,
    ) -> None:
        self._publish(
            FlowStepType.PROGRESS, step_id, None, progress_text=text, progress=pct, image=image
        )

    async def progress_until[T](
        self,
        awaitable: Awaitable[T],
        step_id: str,
        text: str | None = None,
        image: str | None = None,
        expires_in: float | None = None,
    ) -> T:
        self._publish(FlowStepType.PROGRESS, step_id, expires_in, progress_text=text, image=image)
        return await _within(awaitable, expires_in)

    async def finish(self, values: dict[str, ConfigValueType]) -> dict[str, str]:
        if self.finished:
            msg = "The flow is finished already"
            raise RuntimeError(msg)
        result = await self._finish(self, values)
        self.finished = True
        self._publish(FlowStepType.FINISH, "finish", None, result=result)
        return result

    def submit(self, values: dict[str, Any]) -> None:
        """
        What the user interface sends of a form; what is wrong with it shows the form again.
        """
        step = self.steps[-1]
        assert step.type == FlowStepType.FORM
        assert self._input is not None
        errors: dict[str, str] = {}
        parsed: dict[str, ConfigValueType] = {}
        for entry in step.entries:
            if entry.type in UI_ONLY:
                continue
            raw = values.get(entry.key, entry.value)
            try:
                parsed[entry.key] = entry.parse_value(raw, allow_none=False)
            except (TypeError, ValueError):
                errors[entry.key] = "required" if raw in (None, "") else "invalid_value"
            if entry.type == ConfigEntryType.SECURE_STRING:
                entry.value = None
        if errors:
            step.errors = errors
            self.steps.append(step)
            return
        self._input.set_result(parsed)

    def abort(self, reason: str) -> None:
        self._publish(FlowStepType.ABORT, "abort", None, reason=reason)

    def _prepared(self, entry: ConfigEntry) -> ConfigEntry:
        if entry.action or entry.type == ConfigEntryType.ACTION:
            msg = f"{entry.key} is an action, which a flow cannot have"
            raise ValueError(msg)
        copy = replace(entry)
        if copy.type == ConfigEntryType.SECURE_STRING:
            copy.value = None
        return copy

    def _publish(
        self, kind: FlowStepType, step_id: str, expires_in: float | None, **fields: Any
    ) -> None:
        ends = None if expires_in is None else time.time() + expires_in
        step = SetupFlowStep(
            flow_id=self.flow_id, step_id=step_id, type=kind, expires_at=ends, **fields
        )
        # What is sent has to be JSON.
        json.dumps(step.to_dict())
        self.steps.append(step)


async def _within[T](awaitable: Awaitable[T], seconds: float | None) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await awaitable
    except TimeoutError as err:
        raise StepExpiredError from err
