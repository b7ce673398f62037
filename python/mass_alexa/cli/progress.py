"""
Showing that something goes on while the command waits.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.status import Status
from rich.text import Text

from mass_alexa import Stage

from .output import Output

MINUTE = 60


class Progress:
    """
    What goes on: a spinner at a terminal, one plain line per stage elsewhere, nothing with JSON.

    A wait whose end is known counts down.

    :param output: Where to show it.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._now = _Countdown("", None)
        self._warned: set[str] = set()
        self._status: Status | None = None
        if output.animated:
            self._status = Status("", console=output.err, spinner="dots")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def stage(self, text: str, until: float | None = None) -> None:
        """
        Tell what goes on now.

        :param text: A short sentence.
        :param until: Unix time at which it ends, where that is known.
        """
        before, self._now = self._now, _Countdown(text, until)
        if self._status is not None:
            self._status.update(self._now)
            self._status.start()
        elif text and text != before.text:
            self._output.note(self._now.line())

    def of_sign_in(self, stage: Stage) -> None:
        """
        Tell how far a sign-in is.

        :param stage: What it tells.
        """
        if stage.warning and stage.warning not in self._warned:
            self._warned.add(stage.warning)
            self._output.warning(stage.warning)
        self.stage(stage.text, stage.until)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """
        Take the spinner away while a person types.
        """
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()


class _Countdown:
    """
    A stage, made anew each time that it is drawn.

    :param text: What goes on.
    :param until: Unix time at which it ends, where that is known.
    """

    def __init__(self, text: str, until: float | None) -> None:
        self.text = text
        self._until = until

    def __rich__(self) -> Text:
        shown = Text(f"{self.text}…" if self.text else "")
        if self._until is not None:
            shown.append(f" {remaining(self._until - time.time())} left", style="bold")
        return shown

    def line(self) -> str:
        """
        Say the same where nothing can be drawn again.
        """
        if self._until is None:
            return f"{self.text} ..."
        end = datetime.fromtimestamp(self._until, UTC).astimezone()
        return f"{self.text} ... until {end:%H:%M:%S}"


def remaining(seconds: float) -> str:
    """
    Write a time that is left, such as ``4:31``.

    :param seconds: How long it is.
    """
    whole = max(round(seconds), 0)
    return f"{whole // MINUTE}:{whole % MINUTE:02d}"
