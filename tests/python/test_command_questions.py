"""
What Amazon asks while ``mass-alexa login --password`` goes on, and what it never gets to ask.
"""

import re
from pathlib import Path

import pytest
from world import CAPTCHA, MAIL_CODE, Amazon, Command, Ran, Terminal, eventually


def begun(
    amazon: Amazon, command: Command, seed: str | None = None, **environment: str
) -> Terminal:
    who = amazon.account
    terminal = command.terminal("login", "--password", "--site", "amazon.de", **environment)
    for prompt, text in (
        ("E-mail:", who["email"]),
        ("Password:", who["password"]),
        ("Authenticator seed or 6-digit code", who["otp_seed"] if seed is None else seed),
    ):
        terminal.wait_for(prompt)
        terminal.type(f"{text}\n")
    return terminal


def sign_in(amazon: Amazon, command: Command, otp: str, *options: str) -> Ran:
    who = amazon.account
    lines = f"{who['email']}\n{who['password']}\n{otp}\n"
    return command("login", "--credentials-stdin", "--site", "amazon.de", *options, lines=lines)


@pytest.mark.parametrize("with_desktop", [False, True])
def test_the_picture_of_a_captcha_is_a_private_file_for_a_moment(
    amazon: Amazon, command: Command, tmp_path: Path, with_desktop: bool
) -> None:
    environment, noted = command.desktop() if with_desktop else ({}, tmp_path / "none")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    amazon.knobs(pages_after_password=["cvf_captcha"])
    terminal = begun(amazon, command, TMPDIR=str(temporary), **environment)
    picture = Path(terminal.line_after("in this file:"))
    assert picture.parent == temporary
    assert picture.stat().st_mode & 0o777 == 0o600
    assert picture.read_bytes()[:4] in {b"\x89PNG", b"\xff\xd8\xff\xe0"}
    if with_desktop:
        assert eventually(lambda: noted.exists() and noted.read_text(), bool) == f"{picture}\n"
    terminal.type(f"{CAPTCHA}\n")
    assert terminal.end() == 0, terminal.seen
    assert list(temporary.iterdir()) == []
    assert noted.exists() is with_desktop


def test_s_l7_a_captcha_is_shown_and_never_guessed(amazon: Amazon, command: Command) -> None:
    amazon.knobs(next_page="captcha")
    shown = sign_in(amazon, command, amazon.account["otp_seed"], "--json")
    assert (shown.code, shown.error["code"]) == (4, "answer-needed")
    assert amazon.counters["password_posts"] <= 1
    assert amazon.counters["registrations"] == 0


def test_a_choice_is_a_number(amazon: Amazon, command: Command) -> None:
    amazon.knobs(otp_required=False, pages_after_password=["claims_picker"])
    terminal = begun(amazon, command, seed="")
    terminal.wait_for("Number (1 to 2):")
    assert "1. " in terminal.seen
    for wrong in ("0", "3", "e-mail", "", "9" * 5000):
        before = terminal.seen.count("Number (1 to 2):")
        terminal.type(f"{wrong}\n")
        terminal.wait_for_count("Number (1 to 2):", before + 1)
    at = len(terminal.seen)
    terminal.type("1\n")
    terminal.wait_for("code", at)
    terminal.type(f"{MAIL_CODE}\n")
    assert terminal.end() == 0, terminal.seen
    assert MAIL_CODE not in terminal.seen


def test_s_l2_an_approval_is_waited_for_with_a_countdown(amazon: Amazon, command: Command) -> None:
    amazon.knobs(pages_after_password=["approval"])
    terminal = begun(amazon, command)
    terminal.wait_for(" left")
    assert re.search(r"\d+:\d\d left", terminal.seen)
    assert amazon.counters["registrations"] == 0
    amazon.knobs(approved=True)
    assert terminal.end() == 0, terminal.seen
    assert amazon.counters["password_posts"] == 1


def test_s_l2_an_approval_without_a_terminal_says_until_when(
    amazon: Amazon, command: Command
) -> None:
    amazon.knobs(pages_after_password=["approval"], approval_after_polls=1)
    shown = sign_in(amazon, command, amazon.account["otp_seed"])
    assert shown.code == 0, shown.err
    assert re.search(r"until \d\d:\d\d:\d\d", shown.err)


def test_s_l5a_a_seed_with_spaces_and_in_lower_case(amazon: Amazon, command: Command) -> None:
    seed = amazon.account["otp_seed"].lower()
    spaced = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    shown = sign_in(amazon, command, f" {spaced} ")
    assert shown.code == 0, shown.err
    assert amazon.counters["otp_posts"] == 1
    assert seed[:8] not in shown.err


def test_s_l5b_a_clock_that_is_off_is_made_up_for_and_said(
    amazon: Amazon, command: Command
) -> None:
    amazon.control("POST", "/control/clock", {"advance_s": -95})
    shown = sign_in(amazon, command, amazon.account["otp_seed"])
    assert shown.code == 0, shown.err
    assert amazon.counters["otp_posts"] == 1
    assert shown.err.count("Warning:") == 1
    assert "clock" in shown.err
    assert "9" in shown.err.partition("Warning:")[2]


def test_s_l5c_a_code_at_its_end_waits_for_the_next(amazon: Amazon, command: Command) -> None:
    # A question in between holds the sign-in until the clock stands where it should.
    amazon.knobs(pages_after_password=["verification"])
    terminal = begun(amazon, command)
    at = len(terminal.seen)
    terminal.wait_for("sent", at)
    left = amazon.control("GET", "/control/code")["seconds_left"]
    amazon.control("POST", "/control/clock", {"advance_s": left - 2})
    old = amazon.code()
    terminal.type(f"{MAIL_CODE}\n")
    terminal.wait_for("next one-time code", at)
    assert amazon.counters["otp_posts"] == 0
    assert terminal.end() == 0, terminal.seen
    assert amazon.counters["otp_posts"] == 1
    assert amazon.code() != old
