"""
Where the command writes: results to standard output, everything else to standard error.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from mass_alexa.errors import AlexaError

from .failures import described, next_step

PIPE_WIDTH = 200
"""Columns assumed where nobody looks: a program that reads the lines wants them whole."""


def prepare() -> None:
    """
    Make the streams take everything: none that is closed, no character that cannot be written.

    The work of a command is worth doing also where nobody reads what it says.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - for the whole run
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


class Output:
    """
    Results and messages of one run.

    :param as_json: Write results and errors as JSON and no other words.
    :param logged: A log goes to standard error too, so nothing there may be drawn over.
    """

    def __init__(self, *, as_json: bool, logged: bool = False) -> None:
        self.as_json = as_json
        self._logged = logged
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)
        self.animated = self.err.is_terminal and not as_json and not logged

    def result(self, data: Mapping[str, Any], shown: RenderableType) -> None:
        """
        Write a result.

        :param data: The result for a program.
        :param shown: The same for a person.
        """
        if self.as_json:
            self._dump(data, indent=2)
        else:
            self.say(shown)

    def record(self, data: Mapping[str, Any]) -> None:
        """
        Write one of many results for a program, on a line of its own.

        :param data: The result.
        """
        self._dump(data, indent=None)

    def say(self, shown: RenderableType) -> None:
        """
        Write more of the result that only a person reads.

        :param shown: What to write.
        """
        if not self.as_json:
            with _writing():
                self.out.print(shown)

    def line(self, text: str) -> None:
        """
        Write a line that is to be copied: never wrapped.

        :param text: The line.
        """
        if not self.as_json:
            with _writing():
                self.out.print(Text(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """
        Write a remark that is not the result.

        :param text: The remark.
        """
        if not self.as_json:
            self.err.print(Text(text, style="dim"))

    def instruction(self, text: str) -> None:
        """
        Write what a person has to do before there is a result.

        :param text: What to do.
        """
        if not self.as_json:
            self.err.print(Text(text))

    def copyable(self, name: str, text: str) -> None:
        """
        Write what a person copies or a program reads before there is a result: never wrapped.

        :param name: What it is, for a program.
        :param text: The line.
        """
        if self.as_json:
            sys.stderr.write(json.dumps({name: text}) + "\n")
            sys.stderr.flush()
        else:
            self.err.print(Text(text, style="cyan"), soft_wrap=True)

    def warning(self, text: str) -> None:
        """
        Write what should be put right although it works.

        :param text: A sentence.
        """
        if not self.as_json:
            self._labelled(("Warning:", "bold yellow", text))

    def failure(self, error: AlexaError) -> None:
        """
        Write what went wrong and what helps.

        :param error: What went wrong.
        """
        if self.as_json:
            sys.stderr.write(json.dumps(described(error), ensure_ascii=False) + "\n")
            return
        rows = [("Error:", "bold red", error.message)]
        helps = next_step(error)
        if helps:
            rows.append(("Next:", "bold", helps))
        if self._logged and error.report:
            rows.append(("Pages:", "bold", error.report.rstrip()))
        self._labelled(*rows)

    def _dump(self, data: Mapping[str, Any], *, indent: int | None) -> None:
        """
        Write JSON.

        :param data: What to write.
        :param indent: Columns for each level; ``None`` for one line.
        """
        plain = sys.stdout.encoding.lower().replace("-", "") != "utf8"
        text = json.dumps(data, indent=indent, ensure_ascii=plain)
        with _writing():
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def _labelled(self, *rows: tuple[str, str, str]) -> None:
        """
        Write sentences, each behind a word that says what it is.

        :param rows: Word, its style, sentence.
        """
        lines = Table.grid(padding=(0, 1))
        for word, style, text in rows:
            lines.add_row(Text(word, style=style), Text(text))
        self.err.print(lines)


def _nowhere() -> TextIOWrapper:
    """
    Open what swallows everything.
    """
    return Path(os.devnull).open("w", encoding="utf-8")


@contextmanager
def _writing() -> Iterator[None]:
    """
    Turn a result that cannot be written, as on a full disk, into a failure in words.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has enough; the command line ends quietly then
    except OSError as err:
        # What is still in the buffer would fail once more, and without words, at the very end.
        with _nowhere() as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise AlexaError(
            "unexpected",
            f"The result cannot be written: {err.strerror}.",
            "What the command does is done; let it write to another place.",
        ) from err


def _console(*, stderr: bool) -> Console:
    """
    Make a console that takes words as they are.

    :param stderr: Write to standard error.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)
