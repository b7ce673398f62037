"""
The command ``mass-alexa``.
"""

import importlib.util
import sys

MISSING = (
    "The command needs typer and rich, which are not installed. "
    "Install them with: pip install 'mass-alexa[cli]'"
)


def main() -> None:
    """
    Run the command and exit with its code.
    """
    if any(importlib.util.find_spec(name) is None for name in ("typer", "rich")):
        sys.stderr.write(f"{MISSING}\n")
        sys.exit(1)
    from .app import run  # noqa: PLC0415 - only here is it known to be there

    sys.exit(run(sys.argv[1:]))
