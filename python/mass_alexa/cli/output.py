"""
Where the command writes: results to standard output, everything else to standard error.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from mass_alexa.errors import AlexaError

from .failures import described, next_step

PIPE_WIDTH = 200
"""Columns assumed where nobody looks: a program that reads the lines wants them whole."""


class Output:
    """
    Results and messages of one run.

    :param as_json: Write results and errors as JSON and no other words.
    :param logged: A log goes to standard error too, so nothing there may be drawn over.
    """

    def __init__(self, *, as_json: bool, logged: bool = False) -> None:
        self.as_json = as_json
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
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            self.out.print(shown)

    def say(self, shown: RenderableType) -> None:
        """
        Write more of the result that only a person reads.

        :param shown: What to write.
        """
        if not self.as_json:
            self.out.print(shown)

    def line(self, text: str) -> None:
        """
        Write a line that is to be copied: never wrapped.

        :param text: The line.
        """
        if not self.as_json:
            self.out.print(Text(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """
        Write a remark that is not the result.

        :param text: The remark.
        """
        if not self.as_json:
            self.err.print(Text(text, style="dim"))

    def failure(self, error: AlexaError) -> None:
        """
        Write what went wrong and what helps.

        :param error: What went wrong.
        """
        if self.as_json:
            sys.stderr.write(json.dumps(described(error), ensure_ascii=False) + "\n")
            return
        lines = Table.grid(padding=(0, 1))
        lines.add_row(Text("Error:", style="bold red"), Text(error.message))
        helps = next_step(error)
        if helps:
            lines.add_row(Text("Next:", style="bold"), Text(helps))
        self.err.print(lines)


def _console(*, stderr: bool) -> Console:
    """
    Make a console that takes words as they are.

    :param stderr: Write to standard error.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)
