"""
Opening addresses and pictures with what the desktop uses for them, where there is one.
"""

import os
import shutil
import subprocess
import sys

_opened: list[subprocess.Popen[bytes]] = []
"""Kept, so that a viewer that is still open is no complaint when this program ends."""


def opened(target: str) -> bool:
    """
    Open an address or a file, and tell whether there was anything to open it with.

    Not by :mod:`webbrowser`: without a display that starts a browser in the terminal, where the
    person is about to type.

    :param target: Address or path.
    """
    mac = sys.platform == "darwin"
    program = shutil.which("open" if mac else "xdg-open")
    if mac:
        display = "SSH_CONNECTION" not in os.environ
    else:
        display = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if program is None or not display:
        return False
    try:
        _opened.append(
            subprocess.Popen(  # noqa: S603 - the desktop's own program, an address of ours
                [program, target],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
    except OSError:
        return False
    return True
