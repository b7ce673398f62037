"""
``mass-alexa skill``: export, deploy and status.
"""

import http.client
import json
import socket
import ssl
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from mass_alexa import skill
from world import Amazon, Command

URL = ("--public-url", "https://music.example.org")
FEW = ("--locale", "de-DE", "--locale", "fr-FR")


def model(folder: Path, locale: str) -> dict[str, Any]:
    file = folder / "skill-package" / "interactionModels" / "custom" / f"{locale}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["interactionModel"]["languageModel"])


def test_a_second_export_changes_nothing(alone: Command, tmp_path: Path) -> None:
    folder = tmp_path / "skill"
    first = alone("skill", "export", str(folder), *URL, "--json")
    assert (first.code, first.err) == (0, "")
    assert len(first.data["written"]) == 19
    manifest = json.loads((folder / "skill-package" / "skill.json").read_text(encoding="utf-8"))
    assert set(manifest) == {"manifest"}
    endpoint = manifest["manifest"]["apis"]["custom"]["endpoint"]
    assert endpoint["uri"] == "https://music.example.org/alexa/skill"
    second = alone("skill", "export", str(folder), *URL)
    assert (second.code, second.err) == (0, "")
    assert second.out == "Nothing changed: all 19 files are as they should be.\n"


def test_s_k5_the_name_is_in_the_exported_model(alone: Command, tmp_path: Path) -> None:
    name = ("--invocation-name", "assistant musical")
    assert alone("skill", "export", str(tmp_path), *URL, *name, "--locale", "fr-FR").code == 0
    assert model(tmp_path, "fr-FR")["invocationName"] == "assistant musical"


def test_files_of_others_are_left_alone(alone: Command, tmp_path: Path) -> None:
    mine = tmp_path / "ask-resources.json"
    mine.write_text("{}", encoding="utf-8")
    refused = alone("skill", "export", str(tmp_path), *URL, "--json")
    assert (refused.code, refused.error["code"]) == (2, "foreign-file")
    assert [one.name for one in tmp_path.iterdir()] == [mine.name]
    assert alone("skill", "export", str(tmp_path), *URL, "--force").code == 0
    assert mine.read_text(encoding="utf-8") != "{}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*URL, "--invocation-name", "play music"), "bad-invocation-name"),
        (("--public-url", "http://192.168.1.2"), "bad-public-url"),
        ((*URL, "--locale", "sv-SE"), "bad-setting"),
        ((), "usage"),
    ],
)
def test_what_cannot_work_is_refused(
    alone: Command, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    refused = alone("skill", "export", str(tmp_path / "skill"), *arguments, "--json")
    assert (refused.code, refused.error["code"]) == (2, code)
    assert not (tmp_path / "skill").exists()


class Owner:
    """
    The owner as a developer, with a browser on this machine.
    """

    def __init__(self, amazon: Amazon) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.return_url = f"http://127.0.0.1:{probe.getsockname()[1]}/cb"
        self._amazon = amazon
        change = {"return_urls": [self.return_url], "check_seconds": 0, "build_seconds": 0}
        self.developer = dict(amazon.control("PATCH", "/control/developer", change))
        self.lines = f"{self.developer['client_id']}\n{self.developer['client_secret']}\n"

    def agree(self, link: str) -> str:
        """
        Open the page of Amazon; gives where it leads.
        """
        page = urllib.parse.urlsplit(link)
        host, port = self._amazon.address.rsplit(":", 1)
        context = ssl.create_default_context(cafile=self._amazon.authority)
        with socket.create_connection((host, int(port)), 20) as plain:
            connection = http.client.HTTPConnection(str(page.hostname))
            connection.sock = context.wrap_socket(plain, server_hostname=page.hostname)
            connection.request("GET", f"{page.path}?{page.query}")
            location = connection.getresponse().getheader("location")
            connection.close()
        assert location is not None
        return location

    def deploy(self, command: Command, *arguments: str) -> tuple[int, str, str]:
        """
        Deploy with a consent.
        """
        options = ("--profile-stdin", "--return-url", self.return_url, "--json")
        process = subprocess.Popen(
            command.arguments("skill", "deploy", *URL, *FEW, *options, *arguments),
            env=command.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(self.lines)
        process.stdin.close()
        process.stdin = None
        landing = self.agree(json.loads(process.stderr.readline())["link"])
        with urllib.request.urlopen(landing, timeout=20) as page:
            assert b"closed" in page.read()
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def owner(amazon: Amazon) -> Owner:
    return Owner(amazon)


def test_a_deployment_is_repeated_without_questions(
    amazon: Amazon, owner: Owner, command: Command
) -> None:
    code, out, err = owner.deploy(command)
    assert (code, err) == (0, "")
    first = json.loads(out)
    assert first["new"]
    assert first["enabled_now"]
    assert first["models_sent"] == ["de-DE", "fr-FR"]
    second = command("skill", "deploy", *URL, *FEW, "--json")
    assert (second.code, second.err) == (0, "")
    assert second.data["unchanged"]
    assert second.data["skill_id"] == first["skill_id"]
    assert amazon.control("GET", "/control/developer")["made"] == 1
    renamed = command("skill", "deploy", *URL, *FEW, "--invocation-name", "musik im haus")
    assert renamed.code == 0
    assert "2 models built" in renamed.out
    shown = command("skill", "status", "--json").data
    assert shown["enabled"]
    assert shown["endpoint"] == "https://music.example.org/alexa/skill"
    assert {one["status"] for one in shown["locales"].values()} == {"succeeded"}


def test_the_last_address_can_be_pasted(owner: Owner, command: Command) -> None:
    terminal = command.terminal(
        "skill", "deploy", *URL, *FEW, "--paste", "--return-url", owner.return_url
    )
    terminal.wait_for("Client id: ")
    terminal.type(f"{owner.developer['client_id']}\n")
    terminal.wait_for("Client secret: ")
    terminal.type(f"{owner.developer['client_secret']}\n")
    link = terminal.line_after("with your developer account:")
    terminal.wait_for("Address of the last page: ")
    terminal.type(owner.agree(link) + "\n")
    assert terminal.end() == 0
    assert "The skill is in use" in terminal.seen


def test_refusals_of_amazon_are_told(amazon: Amazon, owner: Owner, command: Command) -> None:
    missing = command("skill", "status", "--json")
    assert (missing.code, missing.error["code"]) == (3, "developer-sign-in")
    refusals = {"refusals": {"fr-FR": "The model is not liked."}}
    amazon.control("PATCH", "/control/developer", refusals)
    code, _, err = owner.deploy(command)
    assert code == 6
    error = json.loads(err)["error"]
    assert error["code"] == "skill-rejected"
    assert "fr-FR: The model is not liked" in error["message"]


def test_a_profile_does_not_show_its_secret() -> None:
    profile = skill.SecurityProfile("amzn1.application-oa2-client.0", "hidden")
    assert "hidden" not in repr(profile)
