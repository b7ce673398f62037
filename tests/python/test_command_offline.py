"""
The command where no Amazon is needed.
"""

import re
import shlex
import sys

import pytest
from world import Command

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
COMMANDS = [
    "login", "status", "rotate-key", "logout", "export", "import", "diagnostics", "devices",
    "groups", "watch", "play", "pause", "stop", "next", "previous", "volume", "mute", "seek",
    "shuffle", "repeat", "dnd", "say", "announce", "text", "sound", "totp", "sites", "demo",
    "install-provider", "uninstall-provider",
]  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_names_every_command(alone: Command, arguments: list[str]) -> None:
    shown = alone.run([sys.executable, "-m", "mass_alexa", *arguments])
    assert (shown.code, shown.err) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^\W*{name}\b", shown.out, re.MULTILINE), name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_the_common_options(alone: Command, name: str) -> None:
    shown = alone(name, "--help", COLUMNS="120")
    assert shown.code == 0
    assert "--json" in shown.out
    assert ":param" not in shown.out


def test_no_command_takes_a_secret_as_an_argument(alone: Command) -> None:
    for name in ("login", "totp"):
        shown = alone(name, "--help", COLUMNS="120").out
        assert not re.search(r"--(seed|otp|code|e?-?mail|token|link|address)\b", shown)
    assert alone("login", "--password=secret").code == 2
    for name in ("export", "import"):
        assert alone(name, "file", "--passphrase-stdin=secret").code == 2
    assert alone("totp", SEED, lines=f"{SEED}\n").code == 2


def test_version(alone: Command) -> None:
    shown = alone("--version")
    assert (shown.code, shown.err) == (0, "")
    assert re.fullmatch(r"mass-alexa \d+\.\d+\.\d+\n", shown.out)


def test_totp_reads_the_seed_from_a_line(alone: Command) -> None:
    shown = alone("totp", "--json", lines="gezd-gnbv gy3t qojq GEZDGNBVGY3TQOJQ\n")
    assert shown.code == 0
    assert re.fullmatch(r"\d{6}", shown.data["code"])
    assert 0 < shown.data["seconds_left"] <= 30
    plain = alone("totp", lines=f"{SEED}\n").out
    assert re.fullmatch(r"\d{3} \d{3} +\d+ seconds left\n", plain)


def test_totp_asks_at_a_terminal_without_echo(alone: Command) -> None:
    terminal = alone.terminal("totp")
    terminal.wait_for("Authenticator seed:")
    terminal.type(f"{SEED}\n")
    assert terminal.end() == 0
    assert "seconds left" in terminal.seen
    assert SEED not in terminal.seen


def test_a_bad_seed_is_not_repeated(alone: Command) -> None:
    shown = alone("totp", "--json", lines="0189-secret\n")
    assert shown.code == 2
    assert shown.error["code"] == "bad-seed"
    assert "0189" not in shown.err + shown.out


def test_sites(alone: Command) -> None:
    assert "amazon.de" in alone("sites").out.split()
    assert "amazon.com" in alone("--json", "sites").data["sites"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bogus"], "usage"),
        (["volume"], "usage"),
        (["devices", "--bogus"], "usage"),
        (["volume", "Kitchen", "loud"], "bad-volume"),
        (["volume", "Kitchen", "101"], "bad-volume"),
        (["announce", "hello"], "no-device-named"),
        (["announce", "--all", "Kitchen", "hello"], "no-device-named"),
        (["say", "Kitchen", " "], "bad-text"),
        (["login", "--site", "example.org"], "bad-site"),
        (["login"], "no-terminal"),
        (["login", "--password"], "no-terminal"),
        (["login", "--password", "--browser"], "usage"),
        (["login", "--listen", "here"], "bad-address"),
        (["import", "/nonexistent/backup", "--passphrase-stdin"], "bad-file"),
        (["login", "--credentials-stdin"], "input-ended"),
        (["devices", "--log", "/nonexistent/log"], "bad-log-file"),
        (["demo", "--simulator", "/nonexistent/simulator"], "no-simulator"),
    ],
)
def test_what_cannot_be_is_refused_with_2(alone: Command, arguments: list[str], code: str) -> None:
    shown = alone("--json", *arguments)
    assert (shown.code, shown.out) == (2, "")
    error = shown.error
    assert error["code"] == code
    assert error["kind"] == "InvalidInput"
    assert error["message"].endswith(".")
    assert error["next_step"]
    plain = alone(*arguments)
    assert plain.code == 2
    assert "Traceback" not in plain.err
    assert [line.split(":")[0] for line in plain.err.splitlines()][-2:] == ["Error", "Next"]


@pytest.mark.parametrize("name", ["devices", "status", "rotate-key", "logout"])
def test_without_a_session_3_and_the_command_that_helps(alone: Command, name: str) -> None:
    shown = alone(name, "--json")
    assert shown.code == 3
    assert shown.error["kind"] == "SignInRequired"
    assert shown.error["code"] == "no-session"
    assert "mass-alexa login" in shown.error["next_step"]
    assert not alone.store.exists()


def test_where_the_store_is(alone: Command) -> None:
    line = alone.arguments("devices", "--json")
    without = [one for one in line if one not in ("--store", str(alone.store))]
    home = alone.store.parent
    for environment, expected in (
        ({}, home / ".local/share/mass-alexa"),
        ({"XDG_DATA_HOME": str(home / "data")}, home / "data/mass-alexa"),
        ({"XDG_DATA_HOME": "/x", "MASS_ALEXA_HOME": str(home / "mine")}, home / "mine"),
    ):
        assert alone.run(without, **environment).code == 3
        expected.mkdir(parents=True)
        (expected / "session.sealed").write_bytes(b"no session")
        assert alone.run(without, **environment).code == 7


def test_what_is_typed_wins_over_the_environment(alone: Command) -> None:
    mine, other = alone.store.parent / "mine", alone.store.parent / "other"
    for folder in (mine, other):
        folder.mkdir()
    (mine / "session.sealed").write_bytes(b"no session")
    line = alone.arguments("devices", "--json")
    without = [one for one in line if one not in ("--store", str(alone.store))]
    name = without.index("devices")
    before = [*without[:name], "--store", str(mine), *without[name:]]
    after = [*without, "--store", str(mine)]
    for typed in (before, after):
        assert alone.run(typed, MASS_ALEXA_HOME=str(other)).code == 7


def test_ctrl_c_at_a_prompt_is_130(alone: Command) -> None:
    terminal = alone.terminal("login", "--password")
    terminal.wait_for("E-mail:")
    terminal.type("someone@example.org\n")
    terminal.wait_for("Password:")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert "Interrupted" in terminal.seen


@pytest.mark.parametrize("verbose", [False, True])
def test_a_fault_of_the_program_is_one_sentence(alone: Command, verbose: bool) -> None:
    broken = (
        "import sys, mass_alexa\n"
        "def fail(): raise RuntimeError('broken inside')\n"
        "mass_alexa.sites = fail\n"
        "from mass_alexa.cli import main\n"
        "main()"
    )
    options = ["-v"] if verbose else []
    shown = alone.run([sys.executable, "-c", broken, "sites", *options])
    assert (shown.code, shown.out) == (1, "")
    assert "Error: The program itself failed (RuntimeError)." in shown.err
    assert ("Traceback" in shown.err) is verbose


def test_a_reader_that_goes_away_is_no_fault(alone: Command) -> None:
    line = shlex.join([sys.executable, "-m", "mass_alexa", "sites"])
    shown = alone.run(["/bin/sh", "-c", f"{line} | true"])
    assert (shown.code, shown.err) == (0, "")


def test_a_setting_that_cannot_be_is_refused(alone: Command) -> None:
    alone.store.mkdir()
    for option, value in (("--connect-to", "nowhere"), ("--extra-ca", "/nonexistent/ca.pem")):
        shown = alone("devices", "--json", option, value)
        assert shown.code == 2
        assert shown.error["code"] == "bad-setting"
