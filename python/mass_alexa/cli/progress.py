"""
Showing that something goes on while the command waits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.status import Status

from .output import Output


class Progress:
    """
    What goes on: a spinner at a terminal, one plain line per stage elsewhere, nothing with JSON.

    :param output: Where to show it.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told = ""
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

    def stage(self, text: str) -> None:
        """
        Tell what goes on now.

        :param text: A short sentence.
        """
        if text == self._told:
            return
        self._told = text
        if self._status is not None:
            self._status.update(f"{text}…")
            self._status.start()
        else:
            self._output.note(f"{text} ...")

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
