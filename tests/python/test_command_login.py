"""
Signing in and out with the real command.
"""

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from world import Amazon, Command, eventually


def secrets(amazon: Amazon) -> list[str]:
    return [one for one in amazon.account["secrets"] if not one.isdigit()]


def assert_no_secret_in(text: str, amazon: Amazon) -> None:
    assert not [one for one in secrets(amazon) if one in text]


def test_login_from_three_lines(amazon: Amazon, command: Command, store: Path) -> None:
    shown = command.login()
    assert shown.code == 0, shown.err
    assert shown.err == ""
    assert shown.data["account"]["customer_id"] == amazon.account["customer_id"]
    assert shown.data["status"]["site"] == "amazon.de"
    assert stat.S_IMODE((store / "session.sealed").stat().st_mode) == 0o600
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert_no_secret_in(shown.out + shown.err, amazon)
    assert_no_secret_in(str(command.calls), amazon)


def test_login_without_terminal_tells_its_stages(amazon: Amazon, command: Command) -> None:
    who = amazon.account
    lines = f"{who['email']}\n{who['password']}\n{who['otp_seed']}\n"
    shown = command("login", "--credentials-stdin", "--site", "amazon.de", lines=lines)
    assert shown.code == 0, shown.err
    assert "Starting ..." in shown.err
    assert who["name"] in shown.out
    assert "mass-alexa devices" in shown.out
    assert_no_secret_in(shown.out + shown.err, amazon)


def test_login_at_a_terminal_shows_the_address_and_no_secret(
    amazon: Amazon, command: Command, store: Path
) -> None:
    who = amazon.account
    terminal = command.terminal("login", "--password", "--site", "www.amazon.de")
    terminal.wait_for("Signing in at amazon.de")
    terminal.wait_for("E-mail:")
    terminal.type(f"{who['email']}\n")
    terminal.wait_for("Password:")
    terminal.type(f"{who['password']}\n")
    terminal.wait_for("Authenticator seed or 6-digit code")
    terminal.type(f"{who['otp_seed']}\n")
    assert terminal.end() == 0, terminal.seen
    assert who["email"] in terminal.seen
    assert_no_secret_in(terminal.seen, amazon)
    assert (store / "session.sealed").exists()


def test_login_asks_for_the_code_when_amazon_wants_one(amazon: Amazon, command: Command) -> None:
    who = amazon.account
    terminal = command.terminal("login", "--password", "--site", "amazon.de")
    terminal.wait_for("E-mail:")
    terminal.type(f"{who['email']}\n")
    terminal.wait_for("Password:")
    terminal.type(f"{who['password']}\n")
    terminal.wait_for("6-digit code")
    terminal.type("\n")
    terminal.wait_for("Amazon asks")
    assert amazon.counters["password_posts"] == 1
    assert amazon.counters["otp_posts"] == 0
    code = amazon.code()
    terminal.type(f"{code}\n")
    assert terminal.end() == 0, terminal.seen
    assert code not in terminal.seen
    assert amazon.counters["otp_posts"] == 1


@pytest.mark.parametrize(
    ("line", "knobs", "code", "exit_code"),
    [
        (1, {}, "wrong-password", 4),
        (2, {}, "wrong-code", 4),
        (None, {"next_page": "unknown"}, "unknown-page", 4),
        (None, {"next_page": "captcha"}, "answer-needed", 4),
    ],
)
def test_a_refused_login_is_4_and_loses_nothing(
    amazon: Amazon,
    signed_in: Command,
    store: Path,
    line: int | None,
    knobs: dict[str, str],
    code: str,
    exit_code: int,
) -> None:
    before = (store / "session.sealed").read_bytes()
    amazon.knobs(otp_single_use=False, **knobs)
    who = amazon.account
    given = [who["email"], who["password"], who["otp_seed"]]
    if line is not None:
        given[line] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    lines = "\n".join((*given, ""))
    shown = signed_in("login", "--credentials-stdin", "--json", "--site", "amazon.de", lines=lines)
    assert (shown.code, shown.out) == (exit_code, "")
    assert shown.error["code"] == code
    assert shown.error["next_step"]
    assert not [one for one in given[1:] if one in shown.err]
    assert (store / "session.sealed").read_bytes() == before
    assert signed_in("status", "--json").data["status"]["signed_in"] is True


def test_ctrl_c_while_amazon_is_asked_drops_the_request(
    amazon: Amazon, command: Command, store: Path
) -> None:
    amazon.fault(path_prefix="/ap/", kind="delay", delay_ms=60_000)
    who = amazon.account
    process = subprocess.Popen(
        command.arguments("login", "--credentials-stdin", "--site", "amazon.de"),
        env=command.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{who['email']}\n{who['password']}\n{who['otp_seed']}\n")
    process.stdin.flush()
    eventually(lambda: [one for one in amazon.journal() if one["path"].startswith("/ap/")], bool)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted" in err
    assert "Traceback" not in err + out
    eventually(lambda: amazon.counters["aborted_connections"], bool)
    assert not (store / "session.sealed").exists()


def test_status_and_logout(amazon: Amazon, signed_in: Command, store: Path) -> None:
    offline = signed_in("status", "--offline", "--json")
    assert offline.code == 0
    assert offline.data["status"]["key_source"] == "key-file"
    shown = signed_in("status")
    assert shown.code == 0, shown.err
    assert "yes, Amazon says so" in shown.out
    assert amazon.account["name"] in shown.out

    unasked = signed_in("logout", "--json")
    assert (unasked.code, unasked.error["code"]) == (2, "no-terminal")
    assert len(amazon.registered) == 1

    out = signed_in("logout", "--yes", "--json")
    assert out.code == 0, out.err
    assert out.data["signed_out"] is True
    assert amazon.registered == []
    assert not (store / "session.sealed").exists()
    assert signed_in("status", "--json").code == 3


def test_logout_asks_at_a_terminal(amazon: Amazon, signed_in: Command) -> None:
    no = signed_in.terminal("logout")
    no.wait_for("[y/N]")
    no.type("\n")
    assert no.end() == 0
    assert len(amazon.registered) == 1
    yes = signed_in.terminal("logout")
    yes.wait_for("[y/N]")
    yes.type("y\n")
    assert yes.end() == 0
    assert amazon.registered == []


def test_a_stopped_simulator_is_6_and_keeps_the_session(amazon: Amazon, signed_in: Command) -> None:
    whose = amazon.account["customer_id"]
    amazon.stop()
    for arguments in (["devices"], ["status"], ["logout", "--yes"], ["pause", "Kitchen"]):
        shown = signed_in("--json", *arguments)
        assert shown.code == 6, shown.err
        assert shown.error["kind"] == "Network"
        assert shown.error["code"] == "unreachable"
    kept = signed_in("status", "--offline", "--json")
    assert kept.code == 0
    assert kept.data["account"]["customer_id"] == whose


def test_a_damaged_session_is_7(amazon: Amazon, signed_in: Command, store: Path) -> None:
    file = store / "session.sealed"
    whole = bytearray(file.read_bytes())
    whole[-1] ^= 1
    file.write_bytes(whole)
    shown = signed_in("devices", "--json")
    assert shown.code == 7
    assert shown.error["kind"] in {"StoreCorrupt", "KeyUnavailable"}
    assert "mass-alexa login" in shown.error["next_step"]
    assert bytes(whole) in [path.read_bytes() for path in store.iterdir() if path.is_file()]
    amazon.knobs(otp_single_use=False)
    assert signed_in.login().code == 0
    assert signed_in("devices").code == 0


def test_one_refused_renewal_does_not_sign_out(
    amazon: Amazon, signed_in: Command, store: Path
) -> None:
    for what in ("cookies", "access_tokens", "refresh_tokens"):
        amazon.control("POST", "/control/expire", {"what": what})
    shown = signed_in("devices", "--json")
    assert (shown.code, shown.error["code"]) == (6, "token-refused")
    assert (store / "session.sealed").exists()


def test_a_missing_key_is_7(signed_in: Command, store: Path) -> None:
    (store / "key").unlink()
    shown = signed_in("devices", "--json")
    assert (shown.code, shown.error["code"]) == (7, "key-missing")
