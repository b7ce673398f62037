"""
The tests that carry ids of scenarios in their names, found in their sources.

Sources and not lists of the test programs are read, so that a test that is compiled out or not
collected is missed in the results instead of going unnoticed.
"""

import re
from dataclasses import dataclass

# A function, or the name that a macro makes one of: `s_t2_answers_401: status(401);`.
_RUST = re.compile(
    r"^\s*(?:(?:pub(?:\([a-z]+\))? )?(?:async )?fn (?=s_[a-z0-9_]+\()|(?=s_[a-z]\d+[a-z0-9_]+: ))"
    r"(s_[a-z0-9_]+)",
    re.MULTILINE,
)
_PYTHON = re.compile(r"^\s*(?:async )?def (test_s_[a-z0-9_]+)", re.MULTILINE)
_LEADING = re.compile(r"(?:s_[a-z]\d+[a-z]?(?:_|$))+")
_ONE = re.compile(r"s_([a-z])(\d+)([a-z]?)")


@dataclass(frozen=True)
class Carrier:
    """
    A test that proves something about at least one scenario.
    """

    suite: str
    """The run that it belongs to."""

    file: str
    name: str
    ids: tuple[str, ...]


def ids_of(name: str) -> tuple[str, ...]:
    """
    The ids that the name of a test begins with: ``s_d2_s_d3_two_of_one_name`` has two.

    :param name: Name of a test function.
    """
    leading = _LEADING.match(name.removeprefix("test_"))
    if leading is None:
        return ()
    return tuple(
        f"S-{letter.upper()}{number}{part}"
        for letter, number, part in _ONE.findall(leading.group(0))
    )


def carriers_in(suite: str, file: str, source: str) -> list[Carrier]:
    """
    The tests of one file that carry an id.

    :param suite: The run that the file belongs to.
    :param file: Path of the file, which also tells its language.
    :param source: Its content.
    """
    pattern = _PYTHON if file.endswith(".py") else _RUST
    named = ((name, ids_of(name)) for name in pattern.findall(source))
    return [Carrier(suite, file, name, ids) for name, ids in named if ids]
