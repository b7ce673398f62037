"""
Looks into the built packages, installs them where nothing else is, and runs the tests against them.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from installation import from_source, refused, tested
from sandboxes import CHECKOUT, Failed, interpreters, ran

FOLDERS = ("tests/package/checks", "tools/package")
Step = Callable[[], str]


def main() -> int:
    """
    Do every step, say what came of it, and go on after a failure.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--sdist", type=Path, required=True)
    arguments = parser.parse_args()
    wheel, sdist = arguments.wheel.resolve(), arguments.sdist.resolve()
    steps: list[tuple[str, Step]] = [
        ("contents", partial(looked_into, wheel, sdist)),
        ("stable ABI (abi3audit)", partial(stable, wheel)),
        ("platform tag (auditwheel)", partial(platform, wheel)),
    ]
    steps += [
        (f"tests, CPython {version}", partial(tested, wheel, python, version))
        for python, version in interpreters("--all")
    ]
    old = interpreters("--too-old", fails=False)[:1]
    steps += [(f"CPython {version}", partial(refused, wheel, sdist, it)) for it, version in old]
    newest = interpreters("--all")[0][0]
    steps.append(("sdist", partial(from_source, sdist, wheel, newest)))

    failed = 0
    for name, step in steps:
        began = time.monotonic()
        try:
            outcome, mark = step(), "ok  "
        except Failed as err:
            outcome, mark, failed = str(err), "FAIL", failed + 1
        print(f"{mark} {name}: {outcome} ({time.monotonic() - began:.0f} s)", flush=True)
    if not old:
        print("     no CPython 3.11 is here to see it refused")
    return 1 if failed else 0


def looked_into(wheel: Path, sdist: Path) -> str:
    """
    The checks of contents, and that they refuse bad packages.

    :param wheel: The wheel.
    :param sdist: The sdist.
    """
    line = [sys.executable, "-m", "pytest", "tests/package", "-q"]
    line += [f"--wheel={wheel}", f"--sdist={sdist}"]
    shown = ran("contents", line, CHECKOUT, PYTHONPATH=":".join(FOLDERS))
    return f"{shown.splitlines()[-1]}; the wheel has {wheel.stat().st_size / 1e6:.2f} MB"


def stable(wheel: Path) -> str:
    """
    What abi3audit says about symbols outside of the stable ABI.

    :param wheel: The wheel.
    """
    line = [sys.executable, "-m", "abi3audit", "--strict", "--summary", str(wheel)]
    told = " ".join(ran("abi3audit", line, CHECKOUT).split())
    found = re.search(r"(\d+) extensions scanned; (0 ABI version.* 0 ABI violations)", told)
    if found is None or found[1] != "1":
        raise Failed(f"abi3audit did not look into it: {told[-400:]}")
    return found[2]


def platform(wheel: Path) -> str:
    """
    What an auditor that did not build it says about the tag.

    :param wheel: The wheel.
    """
    shown = ran("auditwheel", [sys.executable, "-m", "auditwheel", "show", str(wheel)], CHECKOUT)
    told = " ".join(shown.split())
    tag = wheel.stem.split("-")[-1].split(".")[-1]
    architecture = "_".join(tag.split("_")[3:])
    allowed = re.search(r'following platform tag: "(\w+)"', told)
    found = allowed[1] if allowed else ""
    known = found.startswith("manylinux_2_") and found.endswith(architecture)
    if not known or int(found.split("_")[2]) > int(tag.split("_")[2]):
        raise Failed(f"{tag} is not what auditwheel finds: {told[-400:]}")
    return f"tagged {tag}, fit for {found}"


if __name__ == "__main__":
    sys.exit(main())
