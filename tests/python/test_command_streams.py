"""
The command with streams and words as they can be, not as they should be.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from world import Command, Ran

PASSWORD = "Gr\u00fc\u00dfe-1"


def shell(alone: Command, line: str, **environment: str) -> Ran:
    command = shlex.join([sys.executable, "-m", "mass_alexa"])
    return alone.run(["/bin/sh", "-c", line.replace("mass-alexa", command)], **environment)


@pytest.mark.parametrize(
    "encoding", [{}, {"PYTHONUTF8": "1"}, {"PYTHONIOENCODING": "utf-8:strict"}]
)
def test_input_that_is_no_utf8_is_a_sentence_of_its_own(
    alone: Command, encoding: dict[str, str]
) -> None:
    inputs = {
        ("totp",): b"\xff\n",
        ("login", "--credentials-stdin"): f"someone@example.org\n{PASSWORD}\n\n".encode("latin-1"),
    }
    for arguments, given in inputs.items():
        done = subprocess.run(
            alone.arguments("--json", *arguments),
            input=given,
            env=alone.environment(**encoding),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, b"")
        error = json.loads(done.stderr)["error"]
        assert (error["kind"], error["code"]) == ("InvalidInput", "bad-text")
        assert "UTF-8" in error["message"]
        assert b"Gr" not in done.stderr


@pytest.mark.parametrize(
    ("option", "exit_code", "code"),
    [
        ("--connect-to", 2, "bad-text"),
        ("--extra-ca", 2, "bad-setting"),  # names of files may be any bytes, but here is none
        ("--store", 3, "no-session"),
    ],
)
def test_an_argument_that_is_no_utf8(
    alone: Command, option: str, exit_code: int, code: str
) -> None:
    alone.store.mkdir()
    words = [os.fsencode(one) for one in (*alone.arguments("devices", "--json"), option)]
    done = subprocess.run(
        [*words, os.fsencode(alone.store.parent) + b"/\xff"],
        env=alone.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (exit_code, b"")
    assert json.loads(done.stderr)["error"]["code"] == code


def test_an_address_is_a_number_and_the_help_says_so(alone: Command) -> None:
    alone.store.mkdir()
    shown = alone("devices", "--json", "--connect-to", "localhost:1")
    assert (shown.code, shown.error["code"]) == (2, "bad-setting")
    assert "IP:PORT" in alone("devices", "--help", COLUMNS="120").out


@pytest.mark.parametrize("output", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_fault(alone: Command, output: str) -> None:
    for arguments in ("sites", "sites --json"):
        shown = shell(alone, f"mass-alexa {arguments} {output}")
        assert (shown.code, shown.err) == (0, "")
        assert ("amazon.de" in shown.out) is (">&-" not in output.split())
    assert shell(alone, f"mass-alexa bogus {output}").code == 2


def test_a_closed_input_has_ended(alone: Command) -> None:
    for arguments, code in (("totp", "input-ended"), ("login", "no-terminal")):
        shown = shell(alone, f"mass-alexa --json {arguments} <&-")
        assert (shown.code, shown.error["code"]) == (2, code)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["sites", "--json sites"])
def test_a_full_disk_is_one_sentence(alone: Command, arguments: str) -> None:
    shown = shell(alone, f"mass-alexa {arguments} > /dev/full")
    assert (shown.code, shown.out) == (1, "")
    assert "The result cannot be written: No space left on device." in shown.err
    assert "program itself" not in shown.err
    assert len(shown.err.splitlines()) <= 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_output_cannot_show_is_no_fault(alone: Command, encoding: str) -> None:
    told = (
        "import sys\n"
        "import mass_alexa\n"
        "mass_alexa.sites = lambda: ['K\u00fcche \u2026 \U0001f600']\n"
        "from mass_alexa.cli import main; main()"
    )
    environment = alone.environment(PYTHONIOENCODING=encoding)
    line = [sys.executable, "-c", told, "sites"]
    plain = subprocess.run(line, env=environment, capture_output=True, timeout=60, check=False)
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert plain.stdout.decode(encoding).startswith("K")
    line.append("--json")
    whole = subprocess.run(line, env=environment, capture_output=True, timeout=60, check=False)
    assert json.loads(whole.stdout)["sites"] == ["K\u00fcche \u2026 \U0001f600"]


def test_a_volume_of_thousands_of_digits_is_no_volume(alone: Command) -> None:
    for level in ("9" * 5000, "+" + "9" * 5000, "1000", "-101"):
        shown = alone("--json", "volume", "Kitchen", level)
        assert (shown.code, shown.error["code"]) == (2, "bad-volume")
        assert len(shown.err) < 300


def test_usage_is_told_in_words_that_were_typed(alone: Command) -> None:
    shown = alone("mute", "Kitchen", "maybe", "--json")
    assert (shown.code, shown.error["code"]) == (2, "usage")
    assert shown.error["message"] == "'maybe' is neither on nor off."
    usages = {
        "mute": "[on|off]",
        "volume": "[LEVEL]",
        "announce": "{DEVICE|TEXT}...",
        "say": "{TEXT}...",
    }
    for name, usage in usages.items():
        text = alone(name, "--help", COLUMNS="120").out
        assert usage in text
        assert f"[{usage}]" not in text
        assert "......" not in text


def test_help_flows_and_offers_nothing_untested(alone: Command) -> None:
    assert "--install-completion" not in alone("--help", COLUMNS="120").out
    shown = alone("totp", "--help", COLUMNS="160").out
    assert "Amazon wants such a code when the authenticator is set up." in shown


def test_a_command_pays_only_for_what_it_uses(alone: Command) -> None:
    code = "import sys, mass_alexa.cli.app; print(*sys.modules)"
    loaded = alone.run([sys.executable, "-c", code]).out.split()
    assert "mass_alexa.cli.demo.scenario" in loaded
    assert not {"urllib.request", "http.client", "rich.columns"} & set(loaded)
