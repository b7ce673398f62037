"""
``mass-alexa login`` as a person uses it first: by link.
"""

import json
from pathlib import Path

import pytest
from world import MAIL_CODE, Amazon, Command, Terminal

PROMPT = "Address of the last page:"


def link_of(terminal: Terminal, before: str = "Open this link") -> str:
    link = terminal.line_after(before)
    terminal.wait_for(PROMPT)
    return link


@pytest.mark.parametrize("columns", [80, 120])
def test_s_l3_the_pasted_address_completes_for_a_passkey_account(
    amazon: Amazon, command: Command, store: Path, columns: int
) -> None:
    amazon.knobs(passkey_only=True)
    terminal = command.terminal("login", "--site", "amazon.de", COLUMNS=str(columns))
    link = link_of(terminal)
    assert link.startswith("https://www.amazon.")
    assert "not found" in " ".join(terminal.seen.split())
    terminal.type(f"{amazon.visit(link)}\n")
    assert terminal.end() == 0, terminal.seen
    assert amazon.account["name"] in terminal.seen
    assert (store / "session.sealed").exists()
    assert amazon.counters["password_posts"] == 0
    assert command("status", "--json").data["status"]["signed_in"] is True


def test_s_l3_the_password_way_names_the_other(amazon: Amazon, command: Command) -> None:
    amazon.knobs(passkey_only=True)
    shown = command.login()
    assert (shown.code, shown.error["code"]) == (4, "passkey")
    assert "mass-alexa login" in shown.error["next_step"]
    assert amazon.counters["password_posts"] == 0


def test_s_l6_an_account_with_messages_only(amazon: Amazon, command: Command, store: Path) -> None:
    amazon.knobs(sms_only=True)
    terminal = command.terminal("login", "--site", "amazon.de")
    terminal.type(f"{amazon.visit(link_of(terminal))}\n")
    assert terminal.end() == 0, terminal.seen
    assert (store / "session.sealed").exists()
    assert MAIL_CODE not in terminal.seen


def test_a_wrong_address_is_said_and_asked_again(amazon: Amazon, command: Command) -> None:
    terminal = command.terminal("login", "--site", "amazon.de")
    link = link_of(terminal)
    for wrong in ("https://www.amazon.com/", "x" * 5000, ""):
        before = terminal.seen.count(PROMPT)
        terminal.type(f"{wrong}\n")
        terminal.wait_for_count(PROMPT, before + 1)
    assert terminal.seen.count("Error:") == 3
    assert terminal.seen.count(link[:60]) == 1, "the link is shown once while it is good"
    terminal.type(f"{amazon.visit(link)}\n")
    assert terminal.end() == 0, terminal.seen


def test_a_late_address_brings_a_new_link(amazon: Amazon, command: Command) -> None:
    amazon.knobs(code_seconds=0, otp_single_use=False)
    terminal = command.terminal("login", "--site", "amazon.de")
    old = link_of(terminal)
    terminal.type(f"{amazon.visit(old)}\n")
    new = link_of(terminal, "Open this new link")
    terminal.wait_for_count(PROMPT, 2)
    assert new != old
    amazon.knobs(code_seconds=300)
    terminal.type(f"{amazon.visit(new)}\n")
    assert terminal.end() == 0, terminal.seen


def test_an_address_that_was_wrapped_when_it_was_copied(amazon: Amazon, command: Command) -> None:
    terminal = command.terminal("login", "--site", "amazon.de")
    address = amazon.visit(link_of(terminal))
    terminal.type(f"{address[:80]}\n  {address[80:]}\n")
    assert terminal.end() == 0, terminal.seen


def test_a_program_reads_the_link_as_json(amazon: Amazon, command: Command) -> None:
    terminal = command.terminal("login", "--site", "amazon.de", "--json")
    terminal.wait_for(PROMPT)
    told = next(line for line in terminal.seen.splitlines() if line.startswith("{"))
    terminal.type(f"{amazon.visit(json.loads(told)['link'])}\n")
    assert terminal.end() == 0, terminal.seen
    assert "Open this link" not in terminal.seen


def test_the_address_ends_in_no_log_and_no_file(
    amazon: Amazon, command: Command, store: Path
) -> None:
    terminal = command.terminal("login", "--site", "amazon.de")
    address = amazon.visit(link_of(terminal))
    terminal.type(f"{address}\n")
    assert terminal.end() == 0, terminal.seen
    code = address.partition("authorization_code=")[2].partition("&")[0]
    assert code
    written = command.log.read_bytes()
    for path in store.parent.rglob("*"):
        if path.is_file() and (store.parent / "amazon") not in path.parents:
            written += path.read_bytes()
    assert code.encode() not in written
