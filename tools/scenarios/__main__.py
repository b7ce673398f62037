"""
Runs the tests of the scenarios, prints one line for each, and writes ``target/scenarios.json``.

Exit codes: 0 every promise that stands is kept, 1 one is not, 2 the tests could not be run.
"""

import argparse
import json
import sys

from .catalogue import CatalogueError, scenarios_in
from .suites import ROOT, SUITES, RunError, found
from .verdicts import judge, summary, unlisted

_REPORT = ROOT / "target" / "scenarios.json"


def main() -> int:
    """
    Do all of it.

    :return: The exit code.
    """
    parser = argparse.ArgumentParser(prog="scenarios", description=__doc__.split("\n")[1])
    parser.add_argument("--only", metavar="ID", nargs="+", help="run and show these alone")
    parser.add_argument("--list", action="store_true", help="name the tests and run nothing")
    arguments = parser.parse_args()
    try:
        scenarios = scenarios_in((ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8"))
    except (CatalogueError, OSError) as err:
        return _complain(f"docs/scenarios.md: {err}", 2)
    carriers = found(SUITES)
    strangers = unlisted(scenarios, carriers)
    if arguments.only:
        if unknown := sorted(set(arguments.only) - {one.id for one in scenarios}):
            return _complain(f"there is no {', '.join(unknown)}", 2)
        scenarios = [one for one in scenarios if one.id in arguments.only]
        carriers = [one for one in carriers if set(one.ids) & set(arguments.only)]
    if arguments.list:
        sys.stdout.writelines(f"{' '.join(one.ids):<12}{one.file} {one.name}\n" for one in carriers)
        return 0
    outcomes = {}
    for suite in SUITES:
        names = list(dict.fromkeys(one.name for one in carriers if one.suite == suite.name))
        if names:
            sys.stderr.write(f"running {len(names)} tests of {suite.folder}\n")
            try:
                outcomes[suite.name] = suite.run(names)
            except RunError as err:
                return _complain(f"{suite.folder}: {err}", 2)
    judged = judge(scenarios, carriers, outcomes)
    for one in judged:
        sys.stdout.write(one.line() + "\n")
    closing = summary(judged)
    sys.stdout.write(closing + "\n")
    for sentence in strangers:
        _complain(sentence, 1)
    _REPORT.parent.mkdir(exist_ok=True)
    content = {"summary": closing, "scenarios": [one.to_dict() for one in judged]}
    _REPORT.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return int(bool(strangers) or any(one.is_fault for one in judged))


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"scenarios: {sentence}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
