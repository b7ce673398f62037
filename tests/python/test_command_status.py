"""
What the command says of a session that Amazon does not honour any more.
"""

import sys
from pathlib import Path

import pytest
from world import Amazon, Command

# The core believes a refusal only the second time, minutes later; no test waits for that. What it
# says then is told here in its place; when it says so is tested with the core.
ENDED = """
import sys
from mass_alexa import Account, errors

class Status:
    def __init__(self, before):
        self.before = before
        self.signed_in = False
    def __getattr__(self, name):
        return getattr(self.before, name)
    def to_dict(self):
        return {**self.before.to_dict(), "signed_in": False}

async def check(account):
    return Status(account.status())

async def devices(account, refresh=False, *, extras=True):
    raise errors.from_native(
        "SignInRequired", "session-ended", "Amazon has ended this session.", "Sign in again.",
        None, None, [],
    )

Account.check = check
Account.devices = devices
from mass_alexa.cli import main
main()
"""


def ended(command: Command, *arguments: str) -> list[str]:
    line = command.arguments(*arguments)
    return [sys.executable, "-c", ENDED, *line[line.index("--store") :]]


def expire(amazon: Amazon) -> None:
    for what in ("refresh_tokens", "cookies"):
        amazon.control("POST", "/control/expire", {"what": what})


def test_status_of_an_ended_session_is_3(signed_in: Command) -> None:
    plain = signed_in.run(ended(signed_in, "status"))
    assert plain.code == 3
    assert "no, Amazon ended the session" in plain.out
    assert "Error: Amazon has ended this session." in plain.err
    assert "mass-alexa login" in plain.err
    shown = signed_in.run(ended(signed_in, "status", "--json"))
    assert shown.code == 3
    assert shown.data["status"]["signed_in"] is False
    assert (shown.error["kind"], shown.error["code"]) == ("SignInRequired", "session-ended")


@pytest.mark.parametrize("arguments", [["devices"], ["pause", "Kitchen"], ["say", "Kitchen", "hi"]])
def test_a_command_of_an_ended_session_is_3(signed_in: Command, arguments: list[str]) -> None:
    shown = signed_in.run(ended(signed_in, "--json", *arguments))
    assert (shown.code, shown.out) == (3, "")
    assert shown.error["code"] == "session-ended"
    assert "mass-alexa login" in shown.error["next_step"]


def test_one_refusal_leaves_it_in_doubt(amazon: Amazon, signed_in: Command, store: Path) -> None:
    expire(amazon)
    for _ in range(2):
        shown = signed_in("status")
        assert shown.code == 6
        assert "in doubt, Amazon refused to renew it" in shown.out
        assert "Error: Amazon refused to renew the session." in shown.err
        assert "Run it again in three minutes" in shown.err
    data = signed_in("status", "--json")
    assert data.data["status"]["signed_in"] is None
    assert (data.error["kind"], data.error["code"]) == ("AmazonUnavailable", "token-refused")
    assert (store / "session.sealed").exists()
    assert "not asked" in signed_in("status", "--offline").out


def test_an_ended_session_can_be_signed_out(
    amazon: Amazon, signed_in: Command, store: Path
) -> None:
    expire(amazon)
    shown = signed_in("logout", "--yes")
    assert shown.code == 0, shown.err
    assert "the session here is wiped" in shown.out
    assert not (store / "session.sealed").exists()


def test_a_status_that_amazon_cannot_give(amazon: Amazon, signed_in: Command) -> None:
    amazon.fault(path_prefix="/api/users/me", kind="status", status=403)
    shown = signed_in("status")
    assert shown.code == 0, shown.err
    assert "not known, Amazon's answer does not say" in shown.out
    amazon.stop()
    shown = signed_in("status")
    assert shown.code == 6
    assert "not known, see the error" in shown.out


def test_a_logout_that_is_not_wanted_says_so_to_a_program(
    amazon: Amazon, signed_in: Command
) -> None:
    terminal = signed_in.terminal("logout", "--json")
    terminal.wait_for("[y/N]")
    terminal.type("n\n")
    assert terminal.end() == 0
    assert '"signed_out": false' in terminal.seen
    assert len(amazon.registered) == 1
