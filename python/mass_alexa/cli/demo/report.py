"""
What the steps of the demonstration did and saw.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table
from rich.text import Text

from mass_alexa.cli.progress import Progress
from mass_alexa.errors import AlexaError


class MismatchError(Exception):
    """
    A step saw something else than it should; the message says what.
    """


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step.

    :param name: What was done.
    :param held: Whether it came out as it should.
    :param saw: What was read back.
    """

    name: str
    held: bool
    saw: str


@dataclass(slots=True)
class Report:
    """
    All steps so far.

    :param progress: Where to tell what goes on.
    :param steps: The steps.
    """

    progress: Progress
    steps: list[Step] = field(default_factory=list)

    async def step(self, name: str, doing: str, work: Callable[[], Awaitable[str]]) -> bool:
        """
        Do one step and note what it saw.

        :param name: What is done, for the summary.
        :param doing: The same while it goes on.
        :param work: Does it and tells what it saw.
        """
        self.progress.stage(doing)
        try:
            self.steps.append(Step(name, held=True, saw=await work()))
        except MismatchError as err:
            self.steps.append(Step(name, held=False, saw=str(err)))
        except AlexaError as err:
            self.steps.append(Step(name, held=False, saw=f"[{err.code}] {err}"))
        return self.steps[-1].held

    @property
    def held(self) -> bool:
        """
        Whether every step came out as it should.
        """
        return bool(self.steps) and all(step.held for step in self.steps)

    def data(self) -> dict[str, Any]:
        """
        Give the report for a program.
        """
        return {"held": self.held, "steps": [asdict(step) for step in self.steps]}

    def summary(self) -> Table:
        """
        Lay out the report for a person.
        """
        held = sum(step.held for step in self.steps)
        verdict = f"{held} of {len(self.steps)} steps held."
        table = Table(
            caption=Text(f"\n{verdict}", style="bold green" if self.held else "bold red"),
            caption_justify="left",
            box=None,
            padding=(0, 2, 0, 0),
            pad_edge=False,
        )
        table.add_column("", no_wrap=True)
        table.add_column("Step", style="bold", no_wrap=True)
        table.add_column("What it saw", overflow="fold")
        for step in self.steps:
            mark = Text("ok", style="green") if step.held else Text("FAILED", style="bold red")
            table.add_row(mark, step.name, Text(step.saw))
        return table
