"""
Licence texts of the crates that are linked into the module.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

NAMED = re.compile(r"(?i)(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$")
HEAD = """\
mass-alexa is licensed under the Apache License 2.0, see LICENSE. The compiled module also contains
the following crates, each under its own licence. Where a licence gives a choice, any will do. Their
sources are at https://crates.io/crates/<name>/<version>; none of them was changed.

"""
RULE = "=" * 100


def notices(crates: list[dict[str, Any]]) -> str:
    """
    One text: every crate with its licence, and every licence text once.

    :param crates: The crates, as cargo describes them.
    """
    foreign = [crate for crate in crates if crate["source"]]
    users: dict[str, list[str]] = defaultdict(list)
    lines = []
    for crate in foreign:
        shown = f"{crate['name']} {crate['version']}"
        lines.append(f"{shown}: {crate['license'] or 'see its text'}")
        for text in texts(Path(crate["manifest_path"]).parent):
            users[text].append(shown)
    parts = [HEAD + "\n".join(lines)]
    parts += [f"{', '.join(who)}\n\n{text}" for text, who in users.items()]
    return f"\n\n{RULE}\n".join(parts) + "\n"


def texts(folder: Path) -> list[str]:
    """
    The licence texts of a crate, without what differs by accident.

    :param folder: Its sources.
    """
    found: dict[str, None] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix != ".rs" and NAMED.match(path.name):
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
            found["\n".join(line.rstrip() for line in text.strip().splitlines())] = None
    return list(found)
