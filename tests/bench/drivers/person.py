"""
A person with a browser, who signs in where a client's proxy leads to.

The first line of standard input says where to start, what to know, and what the end looks like.
"""

import json
import sys

from browser import Browser


def main() -> None:
    """
    Walk through the pages.
    """
    known = json.loads(sys.stdin.readline() or "{}")
    answers = {**known, "otpCode": known["code"]}
    Browser().walk(known["start"], answers.get, known["goal"])


if __name__ == "__main__":
    main()
