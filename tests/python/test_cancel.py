"""
S-U4: whoever cancels a sign-in half-way finds everything as it was.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from world import Amazon, Command, Terminal, eventually

type Arrange = Callable[[Amazon, Terminal], None]


def everything(folder: Path) -> dict[str, bytes]:
    """
    What is in a store, without the owner's counters, which may count what was cancelled.
    """
    if not folder.exists():
        return {}
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name not in {"records.json", ".lock"}
    }


def typed(amazon: Amazon, terminal: Terminal, steps: int, *, seed: bool = True) -> None:
    who = amazon.account
    answers = (
        ("E-mail:", who["email"]),
        ("Password:", who["password"]),
        ("Authenticator seed or 6-digit code", who["otp_seed"] if seed else ""),
    )
    for prompt, text in answers[:steps]:
        terminal.wait_for(prompt)
        terminal.type(f"{text}\n")


def at_link(_: Amazon, terminal: Terminal) -> None:
    terminal.wait_for("Address of the last page:")


def after_a_wrong_address(_: Amazon, terminal: Terminal) -> None:
    at_link(_, terminal)
    terminal.type("https://example.org/\n")
    terminal.wait_for_count("Address of the last page:", 2)


def at_email(_: Amazon, terminal: Terminal) -> None:
    terminal.wait_for("E-mail:")


def at_password(amazon: Amazon, terminal: Terminal) -> None:
    typed(amazon, terminal, 1)
    terminal.wait_for("Password:")


def at_seed(amazon: Amazon, terminal: Terminal) -> None:
    typed(amazon, terminal, 2)
    terminal.wait_for("Authenticator seed")


def at_code(amazon: Amazon, terminal: Terminal) -> None:
    typed(amazon, terminal, 3, seed=False)
    terminal.wait_for("Amazon asks")


def at_captcha(amazon: Amazon, terminal: Terminal) -> None:
    amazon.knobs(pages_after_password=["cvf_captcha"])
    typed(amazon, terminal, 3)
    terminal.line_after("in this file:")


def at_choice(amazon: Amazon, terminal: Terminal) -> None:
    amazon.knobs(pages_after_password=["claims_picker"])
    typed(amazon, terminal, 3)
    terminal.wait_for("Number (1 to 2):")


def at_approval(amazon: Amazon, terminal: Terminal) -> None:
    amazon.knobs(pages_after_password=["approval"])
    typed(amazon, terminal, 3)
    terminal.wait_for(" left")


def while_amazon_thinks(amazon: Amazon, terminal: Terminal) -> None:
    amazon.fault(method="POST", path_prefix="/ap/", kind="delay", delay_ms=60_000)
    typed(amazon, terminal, 3)
    eventually(lambda: [one for one in amazon.journal() if one["method"] == "POST"], bool)


STEPS: list[tuple[list[str], Arrange]] = [
    ([], at_link),
    ([], after_a_wrong_address),
    (["--password"], at_email),
    (["--password"], at_password),
    (["--password"], at_seed),
    (["--password"], at_code),
    (["--password"], at_captcha),
    (["--password"], at_choice),
    (["--password"], at_approval),
    (["--password"], while_amazon_thinks),
]


@pytest.mark.parametrize("before", ["nothing", "a session"])
@pytest.mark.parametrize(("options", "arrange"), STEPS, ids=[one[1].__name__ for one in STEPS])
def test_s_u4_ctrl_c_leaves_the_store_as_it_was(
    amazon: Amazon,
    command: Command,
    store: Path,
    tmp_path: Path,
    before: str,
    options: list[str],
    arrange: Arrange,
) -> None:
    amazon.knobs(otp_single_use=False)
    if before == "a session":
        assert command.login().code == 0
    kept = everything(store)
    devices: Any = amazon.registered
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    terminal = command.terminal("login", "--site", "amazon.de", *options, TMPDIR=str(temporary))
    arrange(amazon, terminal)
    assert terminal.interrupt() == 130, terminal.seen
    assert "Interrupted" in terminal.seen
    assert "Traceback" not in terminal.seen
    assert everything(store) == kept
    # A picture that was shown is counted, by which the next attempt waits.
    assert store.exists() is (bool(kept) or arrange is at_captcha)
    assert amazon.registered == devices
    assert list(temporary.iterdir()) == []


def test_s_u4_a_session_that_was_there_still_works(signed_in: Command) -> None:
    terminal = signed_in.terminal("login", "--site", "amazon.de")
    terminal.wait_for("Address of the last page:")
    assert terminal.interrupt() == 130
    assert signed_in("status", "--json").data["status"]["signed_in"] is True
