"""
What is compared of requests, and when ours is the odd one out.
"""

import json
from pathlib import Path
from typing import Any

import compare
import pytest
from clients.client import Client
from comparison.differences import Difference, compared, is_odd
from comparison.explanations import (
    Explanation,
    ExplanationError,
    explained_in,
    needless,
    reason_for,
)
from comparison.purposes import purposes_of
from comparison.refusals import refusals_of
from comparison.runs import Request, Run, aspects_of, read, requests_of
from comparison.shapes import flattened, shape, without
from world import CHECKOUT

DOCUMENT = """
| Difference | What | Why | Confidence |
|---|---|---|---|
| `*.user-agent` | That of the app. | It is what Amazon knows. | observed |
| `auth-token.app_version`, `auth-token.x[A].y` | Newer. | As measured. | chosen |
| `*.protocol` | `HTTP/2`, `HTTP/3`: newer. | Faster. | chosen |
"""


def entry(**words: Any) -> dict[str, Any]:
    usual = {
        "n": 1,
        "method": "GET",
        "host": "alexa.amazon.de",
        "path": "/api/users/me",
        "query": "",
        "headers": {"host": "alexa.amazon.de"},
        "body": "",
        "http_version": "HTTP/1.1",
        "status": 200,
    }
    return {**usual, **words}


def difference(name: str, *ours: str) -> Difference:
    return Difference(name, " or ".join(ours), {}, frozenset(ours))


def sent(client: str, *requests: tuple[str, dict[str, str]]) -> Run:
    return Run(client, [Request(purpose, "enrol", aspects) for purpose, aspects in requests])


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (None, "null"),
        (True, "true"),
        (7, "<number>"),
        ("41", '"<number>"'),
        ("G0911W0000000001", "<serial>"),
        ("A3RMGO6LYLH7YN", "<id>"),
        ("Atnr|canary-8f/1", "<secret>"),
        ("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "<uuid>"),
        ("EDFFE8A4608A4F939ABC1A16E94578F1", "<hex>"),
        ("2026-11-21T23:16:04.115Z", "<time>"),
        ("1795303065871", "<time>"),
        ("AmazonWebView/2.2.663733.0/iOS/18.5", "AmazonWebView/<version>/iOS/<version>"),
        ("x" * 60, "<opaque>"),
        ("two  words", "two words"),
        ("de-DE", "de-DE"),
        ("A word of its own " * 9, ("A word of its own " * 9).strip()),
    ],
)
def test_what_is_left_of_a_value(value: object, left: str) -> None:
    assert shape(value) == left


def test_json_in_texts_is_opened_and_lists_share_a_path() -> None:
    inner = json.dumps({"@type": "Sequence", "nodes": [{"value": 1}, {"value": "x"}], "none": []})
    leaves = list(flattened({"sequenceJson": inner, "status": "ENABLED", "empty": {}}))
    assert leaves == [
        ("sequenceJson#.@type", "Sequence"),
        ("sequenceJson#.nodes[].value", "<number>"),
        ("sequenceJson#.nodes[].value", "x"),
        ("sequenceJson#.none", "[]"),
        ("status", "ENABLED"),
        ("empty", "{}"),
    ]
    listed = {"capabilities": [{"interface": "Alexa", "version": "3"}, {"interface": "Time"}]}
    assert ("capabilities[Alexa].version", '"<number>"') in list(flattened(listed))
    assert list(flattened({"a": "{broken"})) == [("a", "{broken")]


def test_words_of_a_run_are_replaced_longest_first() -> None:
    assert without("abcd abc", {"abc": "<1>", "abcd": "<2>"}) == "<2> <1>"


def preview(*types: str) -> str:
    nodes = [{"type": name, "operationPayload": {"value": 1}} for name in types]
    return json.dumps(
        {
            "sequenceJson": json.dumps(
                {"startNode": {"@type": "a.SerialNode", "nodesToExecute": nodes}}
            )
        }
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "purpose"),
    [
        ("GET", "/api/devices-v2/device", "", "devices-v2-device"),
        ("POST", "/auth/token", "requested_token_type=access_token&a=b", "auth-token:access_token"),
        ("POST", "/api/np/command", '{"type": "PauseCommand"}', "np-command:PauseCommand"),
        ("PUT", "/v1/devices/@self/capabilities", "{}", "put-devices-capabilities"),
        ("PUT", "/api/dnd/status", "{}", "put-dnd-status"),
        ("GET", "/ap/signin", "", "ap-signin"),
        ("POST", "/ap/signin", "email=a&password=", "post-ap-signin:email"),
        ("POST", "/ap/signin", "email=a&password=b", "post-ap-signin:password"),
        ("POST", "/ap/signin", "otpCode=1", "post-ap-signin:otpCode"),
        (
            "GET",
            "/devicesTypes/A3RMGO6LYLH7YN/deviceId/G0911W0000000001/preferences",
            "",
            "devicesTypes-deviceId-preferences",
        ),
        (
            "POST",
            "/nexus/v1/graphql",
            '{"query": "query Q($a: In = {b: 1}) { listEndpoints(x: $a) { id } }"}',
            "nexus-graphql:listEndpoints",
        ),
        ("POST", "/nexus/v1/graphql", '[{"query": "{ a { b } }"}]', "nexus-graphql:a"),
        (
            "POST",
            "/nexus/v1/graphql",
            '{"query": "mutation M { setX(a: 1) }"}',
            "nexus-graphql:mutation-setX",
        ),
        (
            "POST",
            "/api/behaviors/preview",
            preview("Alexa.DeviceControls.Volume", "Alexa.Speak"),
            "behaviors-preview:Speak behaviors-preview:Volume",
        ),
    ],
)
def test_what_a_request_is_for(method: str, path: str, body: str, purpose: str) -> None:
    assert purposes_of(method, path, body) == purpose.split()


def test_a_request_is_taken_apart_without_its_secrets() -> None:
    headers = {
        "Cookie": "at-acbde=Atza|canary-1; csrf=-12",
        "csrf": "-12",
        "authorization": "Bearer Atna|canary-2",
        "content-length": "9",
        "user-agent": "App/2.2.5",
    }
    told = aspects_of(
        entry(
            host="eu-api-alexa.amazon.de",
            query="cached=true&_=1795303065871",
            headers=headers,
            body='{"text": "The kettle is ready", "email": "a@b.de"}',
            method="POST",
        ),
        {"The kettle is ready": "<speak>"},
    )
    assert told == {
        "host": "<region>-api-alexa.<site>",
        "protocol": "HTTP/1.1",
        "query.cached": "true",
        "cookie.at-<site>": "sent",
        "cookie.csrf": "sent",
        "header.csrf": "<secret>",
        "header.authorization": "Bearer <secret>",
        "header.user-agent": "App/<version>",
        "body": "JSON",
        "body.text": "<speak>",
        "body.email": "a@b.de",
    }


def test_one_operation_of_several_is_looked_at_alone() -> None:
    body = preview("Alexa.DeviceControls.Volume", "Alexa.Speak")
    report = {"steps": {"speech": {"journal": [1, 1]}}}
    journal = [entry(method="POST", path="/api/behaviors/preview", body=body)]
    spoken, set_to = requests_of(report, journal)
    assert spoken.purpose == "behaviors-preview:Speak"
    assert spoken.aspects["body.node[].type"] == "Alexa.Speak"
    assert set_to.aspects["body.node[].type"] == "Alexa.DeviceControls.Volume"
    assert set_to.aspects["body.wrapped"] == "SerialNode"
    single = json.dumps({"sequenceJson": json.dumps({"startNode": {"type": "Alexa.Speak"}})})
    (alone,) = requests_of(
        report, [entry(method="POST", path="/api/behaviors/preview", body=single)]
    )
    assert alone.aspects["body.wrapped"] == "no"
    other = '{"sequenceJson": "no JSON"}'
    assert aspects_of(entry(body=other), {})["body.sequenceJson"] == "no JSON"


@pytest.mark.parametrize(
    ("host", "left"),
    [
        ("bob-dispatch-prod-eu.amazon.com", "bob-dispatch-prod-<region>.amazon.com"),
        ("na-api-alexa.amazon.com", "<region>-api-alexa.amazon.com"),
        ("www.amazon.de", "www.<site>"),
        ("alexa.amazon.com", "alexa.amazon.com"),
    ],
)
def test_hosts_keep_what_matters(host: str, left: str) -> None:
    assert aspects_of(entry(host=host), {})["host"] == left


def test_of_the_forms_of_a_sign_in_only_the_names_count() -> None:
    body = "email=a%40b.de&password=C4nary&metadata1="
    told = aspects_of(entry(path="/ap/signin", method="POST", body=body), {})
    assert [told[f"body.{name}"] for name in ("email", "password", "metadata1")] == ["sent"] * 3
    other = aspects_of(entry(path="/auth/token", method="POST", body="app_name=X&a=Atnr%7C1"), {})
    assert (other["body"], other["body.app_name"], other["body.a"]) == ("form", "X", "<secret>")


def test_only_accepted_requests_of_the_steps_count() -> None:
    journal = [
        entry(n=1),
        entry(n=2, status=401),
        entry(n=3, path="/ap/maplanding", status=404),
        entry(n=4),
    ]
    report = {"steps": {"enrol": {"journal": [1, 3], "task": {}}}}
    requests = requests_of(report, journal)
    assert [(it.purpose, it.step) for it in requests] == [
        ("users-me", "enrol"),
        ("ap-maplanding", "enrol"),
    ]


def test_what_was_refused_is_expected_only_where_it_then_works() -> None:
    events = {"method": "POST", "path": "/v20160207/events"}
    journal = [
        entry(n=1, path="/ap/signin", status=302),
        entry(n=2, status=401),
        entry(n=3, path="/api/phoenix", status=401),
        entry(n=4),
        entry(n=5, status=401),
        entry(n=6, status=302),
        entry(n=7),
        entry(n=8, status=403, **events),
        entry(n=9, status=204, **events),
    ]
    report = {"steps": {"refresh": {"journal": [1, 4]}, "volume": {"journal": [5, 6]}}}
    refused = refusals_of(report, journal)
    assert [(it.step, it.status, it.reason is not None) for it in refused] == [
        ("refresh", 401, True),
        ("refresh", 401, False),
        ("volume", 401, False),
        ("volume", 302, False),
        ("no step", 403, True),
    ]
    assert refused[1].request == "GET alexa.amazon.de/api/phoenix"


def test_ways_of_one_client_are_taken_together(tmp_path: Path) -> None:
    for way in ("form", "proxy", "gone"):
        folder = tmp_path / way
        folder.mkdir()
        report = {
            "client": f"peer as {way}",
            "packages": {"peer": "1"},
            "steps": {"enrol": {"journal": [1, 1]}},
        }
        (folder / "report.json").write_text(json.dumps(report))
        (folder / "journal.json").write_text(json.dumps([entry()]))
    broken = tmp_path / "half"
    broken.mkdir()
    (broken / "report.json").write_text('{"client": "x", "packages": {}, "steps": {}}')
    runs = read(tmp_path, {"form", "proxy", "half"})
    assert list(runs) == ["peer"]
    assert len(runs["peer"].requests) == 2


@pytest.mark.parametrize(
    ("mine", "peers", "odd"),
    [
        ("a", ["a", "a"], False),
        ("b", ["a", "a"], True),
        ("b", ["a", "c"], True),
        ("a", ["a", "c"], False),
        ("a", ["a", "c", "c"], True),
        ("a", ["a", "c", "d"], False),
        ("a", ["a", "a", "c"], False),
        ("ab", ["bc", "b"], True),
        ("ab", ["abc", "b"], False),
        ("ab", ["a", "b"], False),
        ("b", ["abc", "b", "bc"], False),
    ],
)
def test_when_ours_is_the_odd_one_out(mine: str, peers: list[str], odd: bool) -> None:
    values = {str(number): frozenset(value) for number, value in enumerate(peers)}
    assert is_odd(frozenset(mine), values) is odd


def test_long_values_are_compared_to_their_end_and_shown_short() -> None:
    queries = ["query { a " * 60 + end for end in ("one", "two", "two")]
    ours, *peers = [
        sent(name, ("graphql", {"body.q": query}))
        for name, query in zip(("mass-alexa", "p", "q"), queries, strict=True)
    ]
    ((found,),) = [it.differences for it in compared(ours, peers)]
    assert found.ours == queries[0][:200] + "..."


def test_agreement_dispute_and_difference() -> None:
    ours = sent("mass-alexa", ("users-me", {"host": "h", "header.accept": "x", "body.a": "1"}))
    peers = [
        sent("p", ("users-me", {"host": "h", "header.accept": "x", "body.b": "1"}), ("only", {})),
        sent("q", ("users-me", {"host": "h", "header.accept": "y", "body.b": "1"}), ("two", {})),
        sent("r", ("two", {"host": "h"})),
    ]
    two, users = compared(ours, peers)
    assert (users.name, users.peers, users.is_ours) == ("users-me", ("p", "q"), True)
    assert users.agreed == ["host"]
    assert users.disputed == ["header.accept"]
    assert {it.id: (it.ours, dict(it.peers)) for it in users.differences} == {
        "users-me.a": ("1", {"p": "absent", "q": "absent"}),
        "users-me.b": ("absent", {"p": "1", "q": "1"}),
    }
    assert [it.id for it in two.differences] == ["two.absent"]
    assert not two.is_ours


def test_explanations_are_read_with_patterns() -> None:
    reasons = explained_in(DOCUMENT)
    assert reason_for(difference("users-me.user-agent"), reasons) == "It is what Amazon knows."
    assert reason_for(difference("auth-token.app_version"), reasons) == "As measured."
    assert reason_for(difference("auth-token.x[A].y"), reasons) == "As measured."
    assert reason_for(difference("auth-token.xA.y"), reasons) is None
    assert reason_for(difference("users-me.accept"), reasons) is None
    special = {"*.accept": Explanation("usual"), "directives.accept": Explanation("special")}
    assert reason_for(difference("directives.accept"), special) == "special"
    there = ["a.user-agent", "auth-token.app_version", "a.protocol"]
    assert needless(reasons, there) == ["auth-token.x[A].y"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (("HTTP/2",), "Faster."),
        (("HTTP/2", "HTTP/3"), "Faster."),
        (("HTTP/1.1",), None),
        (("HTTP/2", "HTTP/1.1"), None),
        (("absent",), None),
    ],
)
def test_an_explanation_holds_for_what_it_says_ours_sends(
    values: tuple[str, ...], reason: str | None
) -> None:
    assert reason_for(difference("users-me.protocol", *values), explained_in(DOCUMENT)) == reason


@pytest.mark.parametrize(
    "row",
    ["| `a.b` | Differs. | | chosen |", "| `a.b` | Differs. | So. | perhaps |", "| `a.b` | So. |"],
)
def test_a_row_without_a_reason_explains_nothing(row: str) -> None:
    with pytest.raises(ExplanationError, match="lacks what differs"):
        explained_in(DOCUMENT + row)


def test_the_document_of_this_checkout_can_be_read() -> None:
    text = (CHECKOUT / "docs" / "protocol" / "differences.md").read_text(encoding="utf-8")
    assert explained_in(text)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Runs of two peers and of ours, which alone sends no language.
    """
    names = ("mass-alexa", "one", "two")
    for name in names:
        folder = tmp_path / f"{name}-form"
        folder.mkdir()
        headers = {} if name == "mass-alexa" else {"accept-language": "de-DE"}
        packages = {} if name == "mass-alexa" else {name: "1"}
        steps = {"enrol": {"journal": [1, 1], "task": {}}}
        report = {"client": name, "packages": packages, "steps": steps}
        (folder / "report.json").write_text(json.dumps(report))
        (folder / "journal.json").write_text(json.dumps([entry(headers=headers)]))
    clients = tuple(Client(name, "form", "own", "own", "driver.py", 1) for name in names)
    monkeypatch.setattr(compare, "CLIENTS", clients)
    monkeypatch.setattr(compare, "_DOCUMENT", tmp_path / "differences.md")
    monkeypatch.setattr(compare, "_REPORT", tmp_path / "comparison.json")
    monkeypatch.setattr("sys.argv", ["compare.py", "--runs", str(tmp_path)])
    (tmp_path / "differences.md").write_text(DOCUMENT)
    return tmp_path


def test_a_difference_that_nobody_explained_is_a_fault(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main() == 1
    assert "users-me.accept-language\n    ours: absent\n    one: de-DE" in capsys.readouterr().out
    row = "| `users-me.accept-language` | None. | Nobody reads it. | chosen |\n"
    (runs / "differences.md").write_text(DOCUMENT + row)
    assert compare.main() == 0
    assert capsys.readouterr().out.endswith("1 differences of ours, 0 of them not explained\n")
    (purpose,) = json.loads((runs / "comparison.json").read_text())
    assert purpose["differences"][0]["reason"] == "Nobody reads it."


def test_a_refused_request_of_ours_is_a_fault(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "| `users-me.accept-language` | None. | Nobody reads it. | chosen |\n"
    (runs / "differences.md").write_text(DOCUMENT + row)
    journal = runs / "mass-alexa-form" / "journal.json"
    refused = entry(n=2, status=400, path="/api/np/player")
    journal.write_text(json.dumps([*json.loads(journal.read_text()), refused]))
    assert compare.main() == 1
    told = "refused in no step: 400 GET alexa.amazon.de/api/np/player: NOT EXPECTED\n"
    assert told in capsys.readouterr().out


def test_an_explanation_of_something_else_is_shown_beside_what_is_sent(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "| `users-me.accept-language` | `fr-FR`: French. | Nobody reads it. | chosen |\n"
    (runs / "differences.md").write_text(DOCUMENT + row)
    assert compare.main() == 1
    told = "users-me.accept-language\n    the document says: fr-FR\n    ours: absent\n"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(("gone", "code"), [("mass-alexa", 2), ("two", 3), ("differences.md", 2)])
def test_what_is_needed_for_a_comparison(runs: Path, gone: str, code: int) -> None:
    lost = runs / gone if gone.endswith("md") else runs / f"{gone}-form" / "report.json"
    lost.unlink()
    assert compare.main() == code
