"""
What the ways to sign in have in common: stages, questions, reports and giving up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from ._native import Question
from .errors import AlexaError, ChallengeRequiredError

type Ask = Callable[[Question], str | Awaitable[str]]
"""Gets the answer to a question of Amazon's from a person."""

type AskAddress = Callable[[str, AlexaError | None], str | Awaitable[str]]
"""Shows a person the link and why the address before was no use; gets that of the last page."""


@dataclass(frozen=True, slots=True)
class Stage:
    """
    How far a sign-in is.

    :param text: What is going on, as a short sentence without a full stop.
    :param until: Unix time at which the wait of this stage ends, such as that for an approval.
    :param warning: What should be put right although the sign-in goes on, such as a clock that is
        off.
    """

    text: str
    until: float | None = None
    warning: str | None = None


type OnStage = Callable[[Stage], None]
"""Told how far a sign-in is, whenever that changes."""

STAGE_INTERVAL = 0.1
"""Seconds between two looks at the stage of a sign-in; chosen, only for display."""

ASKED_AGAIN = frozenset({"bad-link", "link-used"})
"""Codes after which a sign-in by link goes on with another address."""


class Attempt(Protocol):
    """
    What a sign-in tells while it goes on.
    """

    @property
    def stage(self) -> str:
        """
        What is going on now.
        """

    @property
    def until(self) -> float | None:
        """
        When the wait of this stage ends.
        """

    @property
    def report(self) -> str:
        """
        The pages seen so far.
        """

    def abandon(self) -> Awaitable[None]:
        """
        Give up.
        """


@asynccontextmanager
async def attempted(attempt: Attempt) -> AsyncIterator[None]:
    """
    Abandon a sign-in that does not come to its end, and put its report into the error.

    :param attempt: The sign-in.
    """
    try:
        yield
    except BaseException as err:
        if isinstance(err, AlexaError):
            err.report = attempt.report
        await attempt.abandon()
        raise


async def watched[T](attempt: Attempt, advance: Awaitable[T], on_stage: OnStage | None) -> T:
    """
    Wait for a step of a sign-in and tell each new stage.

    :param attempt: The sign-in.
    :param advance: Its step.
    :param on_stage: Whom to tell.
    """
    if on_stage is None:
        return await advance
    pending = asyncio.ensure_future(advance)
    told = Stage("")
    try:
        while True:
            now = Stage(attempt.stage, attempt.until, getattr(attempt, "warning", None))
            # A warning that comes with the last page is told too, the stage then is over.
            if now != told and (now.warning != told.warning or not pending.done()):
                on_stage(now)
                told = now
            if pending.done():
                return pending.result()
            await asyncio.wait({pending}, timeout=STAGE_INTERVAL)
    finally:
        pending.cancel()


async def answered(question: Question, ask: Ask | None) -> str:
    """
    Get the answer to a question.

    :param question: What Amazon asks.
    :param ask: Who can answer.
    """
    if ask is None:
        raise ChallengeRequiredError(
            "answer-needed",
            f"Amazon asks something that nobody is there to answer: {question.prompt}",
            "Sign in where the question can be answered, or give the authenticator seed.",
        )
    return await given(ask(question))


async def given(answer: str | Awaitable[str]) -> str:
    """
    Wait for an answer that may take its time.

    :param answer: The answer, or what gives it.
    """
    return answer if isinstance(answer, str) else await answer
