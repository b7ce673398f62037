"""
Every code is explained to the user.
"""

import ast
from pathlib import Path

import mass_alexa
import pytest
from mass_alexa.errors import KINDS, AlexaError
from world import CHECKOUT

PACKAGE = Path(mass_alexa.__file__).parent
ERRORS = {AlexaError.__name__, *(cls.__name__ for cls in KINDS.values())}


def codes_in(source: Path) -> list[str]:
    """
    The codes of the errors that a file makes; one that is no plain text fails.
    """
    found = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ERRORS:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{source.name}:{node.lineno}"
                found.append(str(code.value))
    return found


def codes() -> list[str]:
    return sorted({code for file in PACKAGE.rglob("*.py") for code in codes_in(file)})


def test_the_search_finds_codes() -> None:
    assert {"usage", "answer-needed", "install-failed", "ambiguous-device"} <= set(codes())


@pytest.mark.parametrize("code", codes())
def test_s_u2_a_code_is_explained(code: str) -> None:
    text = (CHECKOUT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    assert f"`{code}`" in text
