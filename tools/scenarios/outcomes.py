"""
What test programs say about their tests: the plain lines of libtest and the XML of JUnit.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree import ElementTree as ET

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"

type Outcomes = dict[str, list["Outcome"]]
"""By name of the test function: as many outcomes as it has cases."""

_LINE = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$")
_WORDS = {"ok": PASSED, "FAILED": FAILED, "ignored": SKIPPED}


@dataclass(frozen=True)
class Outcome:
    """
    How one case of a test went.
    """

    verdict: str
    why: str = ""


def of_libtest(text: str) -> Outcomes:
    """
    Read what ``cargo test`` prints.

    :param text: The standard output of a test program.
    """
    found: Outcomes = defaultdict(list)
    for line in text.splitlines():
        if hit := _LINE.match(line):
            path, word, why = hit.groups()
            found[path.rpartition("::")[2]].append(Outcome(_WORDS[word], why or ""))
    return dict(found)


def of_junit(text: str) -> Outcomes:
    """
    Read what ``pytest --junit-xml`` writes.

    An expected failure counts as skipped there, and a test whose end fails may be given twice.

    :param text: The XML document.
    :raises ValueError: It is no XML.
    """
    try:
        # Written by our own run a moment ago.
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as err:
        raise ValueError(f"no report of pytest: {err}") from err
    found: Outcomes = defaultdict(list)
    for case in root.iter("testcase"):
        outcome = Outcome(PASSED)
        for tag, verdict in (("skipped", SKIPPED), ("error", FAILED), ("failure", FAILED)):
            if (child := case.find(tag)) is not None:
                outcome = Outcome(verdict, child.get("message", "").partition("\n")[0])
        found[case.get("name", "").partition("[")[0]].append(outcome)
    return dict(found)
