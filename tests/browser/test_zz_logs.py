"""
No secret in the log of these tests; the last of them.
"""

import json
import os

from test_zz_canary import FIXED, hits
from world import LOGS


def test_no_log_of_the_browser_tests_holds_a_secret() -> None:
    path = LOGS / f"browser-{os.getpid()}.log"
    log = path.read_text(encoding="utf-8", errors="replace")
    assert "mass_alexa" in log, "nothing was logged"
    lists = sorted(LOGS.glob(f"secrets-python-{os.getpid()}-*.json"))
    assert lists, "no test wrote the secrets of its simulator"
    secrets = set(FIXED).union(*(json.loads(it.read_text(encoding="utf-8")) for it in lists))
    assert hits({path.name: log}, secrets) == []
