"""
What is shown to others: diagnostics, reports of failed sign-ins, and the records of the owner.
"""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from world import Amazon, Command, Ran

PAGES = [
    "unknown",
    "captcha",
    "passkey",
    "locked",
    "device_choice",
    "claims_picker",
    "verification",
    "waf",
    "error",
    "create_account",
    "second_password",
    "hop",
    "cvf_captcha",
]


def private(amazon: Amazon) -> list[str]:
    who = amazon.account
    named = [who["email"], who["customer_id"], *who["name"].split()]
    serials = [one["serial"] for one in amazon.control("GET", "/control/registrations")]
    devices = [one["serial"] for one in amazon.control("GET", "/control/devices")]
    return [*named, *serials, *devices, *(one for one in who["secrets"] if len(one) > 6)]


def leaks(text: str, amazon: Amazon, *more: str) -> list[str]:
    return [one for one in (*private(amazon), *more) if one and one in text]


def refused(amazon: Amazon, command: Command, *options: str, **knobs: Any) -> Ran:
    who = amazon.account
    amazon.knobs(**knobs)
    lines = f"{who['email']}\n{who['password']}\n\n"
    site = ("--site", "amazon.de")
    return command("login", "--credentials-stdin", *site, *options, lines=lines)


def link_code(text: str) -> str:
    """
    The authorization code in the first address of a text.
    """
    return text.partition("authorization_code=")[2].partition("&")[0]


@pytest.mark.parametrize("page", PAGES)
def test_s_u3_the_report_of_a_failed_sign_in_names_pages_and_no_secret(
    amazon: Amazon, command: Command, page: str
) -> None:
    shown = refused(amazon, command, "--json", pages_after_password=[page])
    assert shown.code in {4, 6}, shown.err
    report = shown.error["report"]
    lines = report.splitlines()
    assert len(lines) >= 2
    for line in lines:
        assert ".amazon." in line
        assert any(status in line for status in (" 200", " 302", " 303", " 404")), line
    assert "?" not in report
    assert leaks(shown.err, amazon) == []


@pytest.mark.parametrize(
    "knobs",
    [
        {"password_problem": "Your password is incorrect"},
        {"password_problem": "We're unable to verify your mobile number", "combined_page": True},
        {"approval_refused": "denied", "pages_after_password": ["approval"]},
        {"landing_without_code": True, "otp_required": False},
        {"register_refused": True, "otp_required": False},
        {"create_account_first": True},
    ],
    ids=lambda knobs: next(iter(knobs)),
)
def test_s_u3_whatever_goes_wrong(amazon: Amazon, command: Command, knobs: dict[str, Any]) -> None:
    shown = refused(amazon, command, "--json", **knobs)
    assert shown.code in {4, 6}, shown.err
    assert shown.error["report"].startswith("1. GET www.amazon.")
    assert leaks(shown.err, amazon) == []


def test_s_u3_a_link_that_fails_says_why_and_no_secret(amazon: Amazon, command: Command) -> None:
    amazon.knobs(register_refused=True)
    terminal = command.terminal("login", "--site", "amazon.de", "-v")
    link = terminal.line_after("Open this link")
    terminal.wait_for("Address of the last page:")
    at = len(terminal.seen)
    terminal.type(f"{amazon.visit(link)}\n")
    terminal.wait_for("Address of the last page:", at)
    assert terminal.interrupt() == 130
    said = terminal.seen[at:]
    assert "Error:" in said
    assert "new link" in said
    # The address itself stands there, because it was typed; nothing of the log or error repeats it.
    code = link_code(said)
    assert said.count(code) == 1
    assert [one for one in leaks(said, amazon) if one != code] == []


def test_the_report_is_shown_to_a_person_who_asks_for_more(
    amazon: Amazon, command: Command
) -> None:
    plain = refused(amazon, command, pages_after_password=["unknown"])
    assert "Pages:" not in plain.err
    verbose = refused(amazon, command, "-v", pages_after_password=["unknown"])
    assert "1. GET www.amazon." in verbose.err.partition("Pages:")[2]


def test_diagnostics_hold_what_helps_and_nothing_private(
    amazon: Amazon, signed_in: Command, store: Path
) -> None:
    (store / "letter to alex.txt").write_text("private", encoding="utf-8")
    shown = signed_in("diagnostics", "--json")
    assert (shown.code, shown.err) == (0, "")
    told = shown.data
    assert told["program"]["mass-alexa"]
    assert told["settings"]["connect_to"] is True
    files = {one["name"]: one for one in told["store"]["files"]}
    assert files["session.sealed"]["mode"] == "-rw-------"
    assert files["session.sealed"]["size"] > 100
    assert told["store"]["folder"] == "drwx------"
    assert told["store"]["others"] == 1
    assert told["status"]["signed_in"] is True
    assert told["status"]["site"] == "amazon.de"
    assert told["records"]["sign_ins"] == {"ok": 1}
    assert told["failures"] == []
    folders = (str(store), str(store.parent), "letter")
    assert leaks(shown.out, amazon, *folders) == []
    plain = signed_in("diagnostics", COLUMNS="80")
    assert plain.code == 0
    assert "key_source: key-file" in plain.out
    assert leaks(plain.out + plain.err, amazon, *folders) == []


def test_diagnostics_of_what_is_broken(amazon: Amazon, signed_in: Command, store: Path) -> None:
    amazon.fault(path_prefix="/api/", kind="status", status=500)
    told = signed_in("diagnostics", "--json").data
    assert [one["code"] for one in told["failures"]] == ["amazon-down"]
    assert told["failures"][0]["at"] == "check"
    offline = signed_in("diagnostics", "--offline", "--json").data
    assert offline["failures"] == []
    (store / "key").unlink()
    shown = signed_in("diagnostics")
    assert shown.code == 0
    assert "code: key-missing" in shown.out
    assert str(store) not in shown.out


def test_diagnostics_without_a_session(alone: Command) -> None:
    shown = alone("diagnostics", "--json", HTTPS_PROXY="http://user:pass@proxy.example:1")
    assert shown.code == 0
    assert shown.data["status"] is None
    assert [one["code"] for one in shown.data["failures"]] == ["no-session"]
    assert "HTTPS_PROXY" in shown.data["settings"]["variables"]
    assert "proxy.example" not in shown.out
    assert not alone.store.exists()


def test_status_says_where_the_key_is_and_keeps_records(amazon: Amazon, signed_in: Command) -> None:
    refused(amazon, signed_in, password_problem="Your password is incorrect")
    amazon.knobs(password_problem=None)
    shown = signed_in("status")
    assert shown.code == 0, shown.err
    assert "a file beside the session" in shown.out
    assert "protects less" in shown.err
    assert "1, 1 more failed" in shown.out
    records = signed_in("status", "--json").data["status"]["records"]
    assert records["sign_ins"] == {"ok": 1, "wrong-password": 1}
    assert records["first_sign_in_at"] == records["last_sign_in_at"] > 0


# The outlook of a session that cannot be renewed takes days to change, and is tested with the core.
# Here it is told in its place, to see what a person reads.
NEAR_ITS_END = """
from mass_alexa import Account

class Status:
    def __init__(self, before):
        self.before = before
        self.ends_at = before.cookies_at + 14 * 86400
        self.warning = "The session ends soon unless you sign in again."
    def __getattr__(self, name):
        return getattr(self.before, name)
    def to_dict(self):
        told = {"ends_at": self.ends_at, "warning": self.warning}
        return {**self.before.to_dict(), **told}

real = Account.status
Account.status = lambda account: Status(real(account))
from mass_alexa.cli import main
main()
"""


def test_status_warns_before_the_session_ends(signed_in: Command) -> None:
    def run(*arguments: str) -> Ran:
        line = signed_in.arguments(*arguments, "--offline")
        return signed_in.run([sys.executable, "-c", NEAR_ITS_END, *line[line.index("--store") :]])

    fine = signed_in("status", "--offline", "--json").data["status"]
    assert (fine["ends_at"], fine["warning"]) == (None, None)
    shown = run("status")
    assert shown.code == 0
    assert "Warning: The session ends soon unless you sign in again." in shown.err
    assert re.search(r"^Ends +\d{4}-\d\d-\d\d", shown.out, re.MULTILINE)
    told = run("status", "--json").data["status"]
    assert told["ends_at"] == fine["cookies_at"] + 14 * 86400
    diagnosed = run("diagnostics", "--json").data["status"]
    assert (diagnosed["warning"], diagnosed["ends_at"]) == (True, told["ends_at"])
