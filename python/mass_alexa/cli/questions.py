"""
Putting Amazon's questions to the person at the terminal.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from mass_alexa import Question

from . import desktop, prompts
from .output import Output

ENDINGS = {"image/gif": ".gif", "image/png": ".png", "image/webp": ".webp"}
"""Endings by which viewers know pictures; Amazon's captchas are JPEG otherwise (observed)."""


def answered(output: Output, question: Question) -> str:
    """
    Ask a question and give the answer that Amazon wants.

    :param output: Where to show what belongs to it.
    :param question: The question.
    """
    prompt = question.prompt.rstrip(" .:")
    if question.choices:
        return _choice(output, prompt, question.choices)
    with _picture(output, question):
        # A code is hidden: it signs in whoever has it first.
        hidden = question.secret or question.kind == "code"
        return (prompts.secret if hidden else prompts.visible)(prompt)


def _choice(output: Output, prompt: str, choices: list[tuple[str, str]]) -> str:
    """
    Let a person choose by number.

    :param output: Where to list what there is.
    :param prompt: What to ask.
    :param choices: Value and words of each.
    """
    output.err.print(Text(prompt, style="bold"))
    for at, (_, words) in enumerate(choices, start=1):
        output.err.print(Text(f"  {at}. {words}"))
    value, _ = choices[prompts.number("Number", len(choices)) - 1]
    return value


@contextmanager
def _picture(output: Output, question: Question) -> Iterator[None]:
    """
    Have the picture of a question in a file while it is asked.

    A terminal cannot show it. The file is readable by this user only and gone afterwards.

    :param output: Where to say where it is.
    :param question: The question, with or without a picture.
    """
    if question.image is None:
        yield
        return
    ending = ENDINGS.get(question.image_type or "", ".jpg")
    handle, name = tempfile.mkstemp(prefix="mass-alexa-", suffix=ending)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(question.image)
        shown = desktop.opened(name)
        output.err.print(
            Text(f"The picture {'is shown, and is' if shown else 'is'} in this file:"),
        )
        output.copyable("picture", name)
        yield
    finally:
        Path(name).unlink(missing_ok=True)
