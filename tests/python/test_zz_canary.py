"""
No secret in any log: the last test of a run, it reads what all others logged.
"""

import base64
import json
import re
from urllib.parse import quote

import pytest
from world import LOGS

FIXED = ["C4nary-Passw0rd-9f3b71", "CANARYSEEDCANARYSEEDCANARYSEEDCANARYSEEDCANARYSEED22"]
"""Password and seed of every simulator's account."""
GRAM = 6


def spellings(secret: str) -> set[str]:
    """
    The ways in which a secret may stand in a log.
    """
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    escaped = json.dumps(secret)[1:-1]
    return {secret, quote(secret), quote(secret, safe=""), escaped, coded, secret.lower()}


def words_of(content: str) -> str:
    """
    Every word of a log once: logs repeat themselves, and no secret has a blank or a quote inside.
    """
    return "\n".join(set(re.findall(r"[^\s\"]+", content)))


def hits(logs: dict[str, str], secrets: set[str]) -> list[str]:
    """
    Which logs hold which secrets.
    """
    bare = {secret.strip('"') for secret in secrets}
    assert not [secret for secret in bare if re.search(r"[\s\"]", secret)]
    numbers = {one for one in bare if one.isdigit()}
    words = {spelling for one in bare - numbers for spelling in spellings(one)}
    found = []
    for name, content in logs.items():
        text = words_of(content)
        # Most secrets are in no log: a look at their first letters spares the search.
        known = {text[at : at + GRAM] for at in range(len(text))}
        found += [
            f"{name}: {word[:12]}..." for word in words if word[:GRAM] in known and word in text
        ]
        # Codes and csrf values are numbers: only whole ones count, and no fraction of a second.
        in_log = set(re.findall(r"(?<![\w.,:])\d+(?![\w.:])", content)) & numbers
        told = [number for number in in_log if is_told(number, content)]
        found += [f"{name}: code or csrf value {number[:3]}..." for number in told]
    return found


def is_told(number: str, content: str) -> bool:
    """
    Whether a number stands anywhere but in the bookkeeping of HTTP/2: its many sizes and windows
    are the same as some code by chance, and it never logs what bodies hold.
    """
    whole = re.compile(rf"(?<![\w.,:]){number}(?![\w.:])")
    starts = ((hit.start(), content.rfind("\n", 0, hit.start())) for hit in whole.finditer(content))
    return any("h2::" not in content[line + 1 : start] for start, line in starts)


@pytest.mark.parametrize(
    "line",
    [
        "password=C4nary-Passw0rd-9f3b71",
        "url?token=Atna%7Ccanary-8/1 ",
        "token Atna|canary-8/1,",
        'cookie x="Atna|canary-8/1"',
        "header QXRuYXxjYW5hcnktOC8x",
        "seed=canaryseedcanaryseedcanaryseedcanaryseedcanaryseed22",
        "code=482913 sent",
        "{'otp': '482913'}",
    ],
)
def test_the_scan_finds_a_secret(line: str) -> None:
    secrets = {*FIXED, "Atna|canary-8/1", "482913"}
    assert hits({"log": f"2026-11-21 15:00:00,482 INFO {line}\nmore"}, secrets)
    assert not hits({"log": "12:00:00.482913 took=0.482913 id=a482913b canary"}, secrets)


def test_the_bookkeeping_of_http_2_is_no_secret() -> None:
    sizes = "TRACE h2::proto::streams::recv: release_connection_capacity; size=482913"
    assert not hits({"log": f"before\n{sizes}\nafter"}, {"482913"})
    assert hits({"log": f"{sizes}\ncode 482913 sent"}, {"482913"})


def test_s_x3_no_log_holds_a_secret() -> None:
    lists = sorted(LOGS.glob("secrets-*.json"))
    logs = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(LOGS.glob("*.log"))
    }
    assert lists, "no test wrote the secrets of its simulator"
    assert any("mass_alexa" in content for content in logs.values()), "nothing was logged"
    secrets = set(FIXED)
    for path in lists:
        listed = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(listed, list), path
        secrets.update(listed)
    assert hits(logs, secrets) == []
