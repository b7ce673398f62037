"""
What must be in an sdist. Functions give sentences about what is wrong.
"""

import re
from pathlib import PurePosixPath

import binary

MADE = {"PKG-INFO"}
"""What is made for it and is not in the repository."""
CHANGED = {*MADE, "Cargo.toml", "python/Cargo.toml", "tests/simulator/Cargo.toml", "pyproject.toml"}
"""What may be written anew for it."""
FOREIGN = re.compile(r"(^|/)(target|node_modules|\.venv|__pycache__|\.git)/|\.(so|whl|pyc|log)$")


def faults(files: dict[str, bytes], tracked: dict[str, bytes]) -> list[str]:
    """
    Whether it holds what the repository holds, all of it and nothing else.

    :param files: The files of the sdist.
    :param tracked: The files of the repository.
    """
    strays = files.keys() - tracked.keys() - MADE
    gone = (tracked.keys() | MADE) - files.keys()
    changed = [
        name for name in tracked.keys() & files.keys() - CHANGED if files[name] != tracked[name]
    ]
    outside = [name for name in files if ".." in PurePosixPath(name).parts]
    foreign = [name for name in files if FOREIGN.search(name)]
    return [
        *(f"{name} does not belong in it" for name in sorted({*strays, *outside, *foreign})),
        *(f"{name} is missing" for name in sorted(gone)),
        *(f"{name} is not what the repository has" for name in sorted(changed)),
        *(
            f"{name}: {fault}"
            for name in sorted(CHANGED & files.keys())
            for fault in binary.paths(files[name], [])
        ),
    ]
