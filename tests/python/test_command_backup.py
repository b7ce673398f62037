"""
``mass-alexa export``, ``import`` and ``rotate-key``.
"""

import json
import stat
import subprocess
from pathlib import Path

import pytest
from world import Amazon, Command

PASSPHRASE = "canary-passphrase-1"


def exported(command: Command, file: Path) -> bytes:
    shown = command("export", str(file), "--passphrase-stdin", "--json", lines=f"{PASSPHRASE}\n")
    assert (shown.code, shown.err) == (0, "")
    assert shown.data == {"file": str(file), "size": file.stat().st_size}
    return file.read_bytes()


@pytest.fixture
def other(command: Command, tmp_path: Path) -> Command:
    """
    The command with another store.
    """
    return Command(tmp_path / "other" / "store", command.log, command.amazon)


def test_a_session_moves_to_another_store(
    amazon: Amazon, signed_in: Command, other: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    data = exported(signed_in, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = [one for one in amazon.account["secrets"] if len(one) > 6]
    assert not [one for one in (*secrets, PASSPHRASE) if one.encode() in data]
    shown = other("import", str(file), "--passphrase-stdin", "--json", lines=f"{PASSPHRASE}\n")
    assert shown.code == 0, shown.err
    assert shown.data["account"]["customer_id"] == amazon.account["customer_id"]
    assert stat.S_IMODE((other.store / "session.sealed").stat().st_mode) == 0o600
    assert other("status", "--json").data["status"]["signed_in"] is True
    assert signed_in("status", "--json").data["status"]["signed_in"] is True
    assert amazon.counters["registrations"] == 1


def test_by_pipe(amazon: Amazon, signed_in: Command, other: Command) -> None:
    def run(command: Command, *arguments: str, given: bytes) -> bytes:
        done = subprocess.run(
            command.arguments(*arguments, "--passphrase-stdin"),
            input=given,
            env=command.environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    data = run(signed_in, "export", "-", given=f"{PASSPHRASE}\n".encode())
    told = run(other, "import", "-", "--json", given=f"{PASSPHRASE}\n".encode() + data)
    assert json.loads(told)["account"]["customer_id"] == amazon.account["customer_id"]
    both = signed_in("export", "-", "--json", "--passphrase-stdin", lines=f"{PASSPHRASE}\n")
    assert (both.code, both.error["code"]) == (2, "usage")


def test_a_file_that_is_there_stays(signed_in: Command, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("mine", encoding="utf-8")
    file.chmod(0o644)
    line = f"{PASSPHRASE}\n"
    shown = signed_in("export", str(file), "--passphrase-stdin", "--json", lines=line)
    assert (shown.code, shown.error["code"]) == (2, "file-exists")
    assert "--force" in shown.error["next_step"]
    assert file.read_text(encoding="utf-8") == "mine"
    forced = signed_in("export", str(file), "--passphrase-stdin", "--force", lines=line)
    assert forced.code == 0, forced.err
    assert file.read_bytes() != b"mine"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".mass-alexa")]


def test_what_is_no_file_is_never_written_over(signed_in: Command, tmp_path: Path) -> None:
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    for target in (tmp_path, dangling, Path("/dev/null")):
        shown = signed_in(
            "export", str(target), "--force", "--passphrase-stdin", "--json", lines="x\n"
        )
        assert (shown.code, shown.error["code"]) == (2, "file-exists")
        assert "--force" not in shown.error["next_step"]
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_written_or_read(signed_in: Command, tmp_path: Path) -> None:
    for name in ("export", "import"):
        shown = signed_in(
            name,
            str(tmp_path / "none" / "backup"),
            "--passphrase-stdin",
            "--json",
            lines=f"{PASSPHRASE}\n",
        )
        assert (shown.code, shown.error["code"]) == (2, "bad-file")
        assert "No such file or directory" in shown.error["message"]


def test_a_session_that_is_there_is_replaced_only_when_told(
    signed_in: Command, store: Path, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    exported(signed_in, file)
    before = (store / "session.sealed").read_bytes()
    line = f"{PASSPHRASE}\n"
    shown = signed_in("import", str(file), "--passphrase-stdin", "--json", lines=line)
    assert (shown.code, shown.error["code"]) == (2, "session-exists")
    assert "--replace" in shown.error["next_step"]
    assert (store / "session.sealed").read_bytes() == before
    shown = signed_in("import", str(file), "--passphrase-stdin", "--replace", lines=line)
    assert shown.code == 0, shown.err
    assert before in [path.read_bytes() for path in store.iterdir() if path.is_file()]
    assert signed_in("status", "--json").data["status"]["signed_in"] is True


def test_a_wrong_passphrase_and_a_damaged_backup(
    signed_in: Command, other: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    data = bytearray(exported(signed_in, file))
    shown = other("import", str(file), "--passphrase-stdin", "--json", lines="another-one-1\n")
    assert (shown.code, shown.error["code"]) == (2, "bad-passphrase")
    assert "another-one" not in shown.err
    damaged = tmp_path / "damaged"
    for broken in (data[: len(data) // 2], b"", b"no backup at all\n" * 20):
        damaged.write_bytes(broken)
        shown = other(
            "import", str(damaged), "--passphrase-stdin", "--json", lines=f"{PASSPHRASE}\n"
        )
        assert (shown.code, shown.error["code"]) == (7, "backup-damaged")
    assert not (other.store / "session.sealed").exists()


def test_the_passphrase_is_asked_twice_and_shown_never(
    signed_in: Command, other: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    terminal = signed_in.terminal("export", str(file))
    for count, second in enumerate(("a-slip-of-the-hand", PASSPHRASE), start=1):
        terminal.wait_for_count("New passphrase", count)
        terminal.type(f"{PASSPHRASE}\n")
        terminal.wait_for_count("The same once more:", count)
        terminal.type(f"{second}\n")
    assert terminal.end() == 0, terminal.seen
    assert terminal.seen.count("not the same") == 1
    assert PASSPHRASE not in terminal.seen
    terminal = other.terminal("import", str(file))
    terminal.wait_for("Passphrase of the backup:")
    terminal.type(f"{PASSPHRASE}\n")
    assert terminal.end() == 0, terminal.seen
    assert PASSPHRASE not in terminal.seen
    other.end()


def test_ctrl_c_at_the_passphrase_leaves_nothing(
    signed_in: Command, other: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    terminal = signed_in.terminal("export", str(file))
    terminal.wait_for("New passphrase")
    assert terminal.interrupt() == 130
    assert not file.exists()
    exported(signed_in, file)
    terminal = other.terminal("import", str(file))
    terminal.wait_for("Passphrase of the backup:")
    assert terminal.interrupt() == 130
    assert not other.store.exists()
    other.end()


def test_without_a_session_or_a_terminal(alone: Command, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    shown = alone("export", str(file), "--json")
    assert (shown.code, shown.error["code"]) == (3, "no-session")
    file.write_bytes(b"x")
    shown = alone("import", str(file), "--json")
    assert (shown.code, shown.error["code"]) == (2, "no-terminal")
    shown = alone("import", str(file), "--passphrase-stdin", "--json")
    assert (shown.code, shown.error["code"]) == (2, "input-ended")


def test_a_new_key_opens_and_the_old_one_does_not(signed_in: Command, store: Path) -> None:
    sealed = (store / "session.sealed").read_bytes()
    key = (store / "key").read_bytes()
    shown = signed_in("rotate-key", "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.data == {"key_source": "key-file"}
    assert (store / "key").read_bytes() != key
    assert (store / "session.sealed").read_bytes() != sealed
    assert stat.S_IMODE((store / "key").stat().st_mode) == 0o600
    assert signed_in("status", "--json").data["status"]["signed_in"] is True
    (store / "key").write_bytes(key)
    assert signed_in("status", "--offline", "--json").code == 7


def test_a_person_is_told_where_the_new_key_is(signed_in: Command) -> None:
    plain = signed_in("rotate-key")
    assert plain.code == 0
    assert "a file beside the session" in plain.out
    assert "protects less" in plain.err


def test_a_key_file_of_the_environment_is_its_owners_to_change(
    signed_in: Command, store: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    around = {"MASS_ALEXA_KEY_FILE": str(secret)}
    secret.write_text("0" * 64, encoding="ascii")
    shown = signed_in("rotate-key", "--json", **around)
    assert shown.data == {"key_source": "env-file"}
    assert not [one for one in store.iterdir() if bytes(32) in one.read_bytes()]
    same = signed_in("rotate-key", "--json", **around)
    assert (same.code, same.error["code"]) == (2, "bad-setting")
    secret.write_text(f"{'1' * 64}\n{'0' * 64}\n", encoding="ascii")
    assert signed_in("rotate-key", **around).code == 0
    secret.write_text("1" * 64, encoding="ascii")
    told = signed_in("status", **around)
    assert told.code == 0, told.err
    assert "the file that MASS_ALEXA_KEY_FILE names" in told.out
    assert "protects less" not in told.err
    assert signed_in("status", "--json").error["code"] == "key-missing"


def test_rotating_without_a_session_is_3(alone: Command) -> None:
    assert alone("rotate-key", "--json").code == 3
    assert not alone.store.exists()


def test_the_backup_is_not_shown_at_a_terminal(signed_in: Command) -> None:
    terminal = signed_in.terminal("export", "-")
    assert terminal.end() == 2
    assert "terminal" in terminal.seen
