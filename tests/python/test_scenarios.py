"""
The list of scenarios, the tests that carry their ids, and the verdicts.
"""

from pathlib import Path

import pytest
from scenarios.__main__ import main
from scenarios.carriers import Carrier, carriers_in, ids_of
from scenarios.catalogue import CatalogueError, Scenario, scenarios_in
from scenarios.outcomes import Outcome, of_junit, of_libtest
from scenarios.suites import SUITES, found
from scenarios.verdicts import Judgement, Proof, judge, summary, unlisted
from world import CHECKOUT

DOCUMENT = """
## Sign-in

Words | with a bar.

| Id | Promise | Stands |
|---|---|---|
| S-L1 | The password is sent once. | yes |
| S-L5a | Blanks are fine. | yes |

## Streaming

| Id | Promise | Stands |
|---|---|---|
| S-K1 | The broken link is named. | not yet: skill |
"""
L1 = Scenario("S-L1", "Sign-in", "The password is sent once.", None)
K1 = Scenario("S-K1", "Streaming", "The broken link is named.", "skill")
PASSED = Outcome("passed")
LIBTEST = """
running 4 tests
test sign_in::s_l1_once ... ok
test tests::s_l1_boom - should panic ... ok
test a::b::s_t1_days ... FAILED
test s_t3_child ... ignored, runs in a child of another test

failures:
test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out
"""
JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest">
<testcase classname="tests.python.test_a" name="test_s_d1_any[null]"/>
<testcase classname="tests.python.test_a" name="test_s_d1_any[page]">
  <failure message="assert 1 == 2&#10;more">text</failure></testcase>
<testcase classname="tests.python.test_a" name="test_s_d2_away">
  <skipped message="needs a server"/></testcase>
<testcase classname="tests.python.test_a" name="test_s_d3_end"/>
<testcase classname="tests.python.test_a" name="test_s_d3_end"><error message="at its end"/>
</testcase></testsuite></testsuites>"""


def carrier(name: str, suite: str = "core") -> Carrier:
    return Carrier(suite, "src/a.rs", name, ids_of(name))


def test_the_document_is_read_with_areas_and_what_is_waited_for() -> None:
    scenarios = scenarios_in(DOCUMENT)
    assert scenarios[0] == L1
    assert scenarios[2] == K1
    assert [one.id for one in scenarios] == ["S-L1", "S-L5a", "S-K1"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("| S-L1 | Twice. | yes |", "listed twice"),
        ("| S-L2 | Perhaps. | maybe |", "neither stands"),
        ("| S-L2 | Waits for nothing. | not yet: |", "neither stands"),
        ("| S-L2 | | yes |", "neither stands"),
        ("| S-L2 | Too short. |", "no scenario"),
        ("| S-2L | No id. | yes |", "no scenario"),
    ],
)
def test_a_row_that_says_nothing_is_refused(row: str, words: str) -> None:
    with pytest.raises(CatalogueError, match=words):
        scenarios_in(f"{DOCUMENT}{row}\n")


def test_a_document_without_scenarios_is_refused() -> None:
    with pytest.raises(CatalogueError):
        scenarios_in("# Nothing\n")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("s_l1_page_is_passed", ["S-L1"]),
        ("test_s_d2_s_d3_two_of_one_name", ["S-D2", "S-D3"]),
        ("test_s_l5a_a_seed", ["S-L5a"]),
        ("s_s6_s", ["S-S6"]),
        ("s_t1", ["S-T1"]),
        ("test_speech_s_v1_later", []),
        ("says_s_v1", []),
        ("test_s", []),
    ],
)
def test_ids_are_what_a_name_begins_with(name: str, ids: list[str]) -> None:
    assert list(ids_of(name)) == ids


def test_carriers_are_found_in_both_languages() -> None:
    rust = "#[tokio::test]\nasync fn s_l1_a() {\n    fn s_helper() {}\n}\n// fn s_l2_b()\n"
    made = "in_turn! {\n    s_t2_answers_401: status(401);\n    s_total: 1;\n    let s_t3 = 1;\n}\n"
    assert [one.name for one in carriers_in("integration", "a.rs", made)] == ["s_t2_answers_401"]
    python = "async def test_s_l1_c() -> None:\n    s_l1 = 1\n\ndef s_l2_helper(): ...\n"
    assert [one.name for one in carriers_in("core", "src/a.rs", rust)] == ["s_l1_a"]
    assert [one.name for one in carriers_in("package", "t.py", python)] == ["test_s_l1_c"]


def test_libtest_is_read() -> None:
    assert of_libtest(LIBTEST) == {
        "s_l1_once": [PASSED],
        "s_l1_boom": [PASSED],
        "s_t1_days": [Outcome("failed")],
        "s_t3_child": [Outcome("skipped", "runs in a child of another test")],
    }


def test_junit_is_read_with_every_case() -> None:
    assert of_junit(JUNIT) == {
        "test_s_d1_any": [PASSED, Outcome("failed", "assert 1 == 2")],
        "test_s_d2_away": [Outcome("skipped", "needs a server")],
        "test_s_d3_end": [PASSED, Outcome("failed", "at its end")],
    }
    with pytest.raises(ValueError, match="no report"):
        of_junit("no tests ran")


@pytest.mark.parametrize(
    ("cases", "verdict", "proof"),
    [
        ([PASSED, PASSED], "passed", "passed"),
        ([PASSED, Outcome("failed", "boom")], "failed", "failed"),
        ([Outcome("skipped", "no server")], "failed", "skipped"),
        ([PASSED, Outcome("skipped", "no server")], "failed", "skipped"),
        ([], "failed", "not run"),
    ],
)
def test_only_what_ran_and_passed_is_passed(cases: list[Outcome], verdict: str, proof: str) -> None:
    judgement = Judgement(L1, [Proof(carrier("s_l1_a"), cases)])
    assert judgement.verdict == verdict
    assert judgement.proofs[0].verdict == proof
    assert judgement.is_fault == (verdict != "passed")
    assert judgement.line().startswith(f"S-L1   {verdict}")
    if verdict == "failed":
        assert f"{proof} src/a.rs s_l1_a" in judgement.line()


def test_one_failing_test_among_good_ones_is_a_failure() -> None:
    carriers = [carrier("s_l1_a"), carrier("s_l1_b"), carrier("s_l1_b", "package")]
    outcomes = {
        "core": {"s_l1_a": [PASSED], "s_l1_b": [Outcome("failed")]},
        "package": {"s_l1_b": [PASSED]},
    }
    (judgement,) = judge([L1], carriers, outcomes)
    assert judgement.verdict == "failed"
    assert "2 of 3 tests" in judgement.line()


def test_what_has_no_test_is_missing_unless_it_waits() -> None:
    judged = judge([L1, K1], [], {})
    assert [one.verdict for one in judged] == ["missing", "not yet"]
    assert [one.is_fault for one in judged] == [True, False]
    assert "waits for: skill" in judged[1].line()
    assert summary(judged) == "2 scenarios: 0 passed, 0 failed, 1 missing, 1 not yet"


def test_an_id_that_is_not_listed_is_told() -> None:
    carriers = [carrier("s_l1_a"), carrier("s_l1_s_q9_b")]
    assert unlisted([L1], carriers) == ["src/a.rs: s_l1_s_q9_b names S-Q9, which is not listed"]


def test_an_id_that_does_not_exist_is_not_run_in_vain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scenarios", "--list", "--only", "S-L1", "S-Z9", "S-Z8"])
    assert main() == 2
    assert capsys.readouterr() == ("", "scenarios: there is no S-Z8, S-Z9\n")
    monkeypatch.setattr("sys.argv", ["scenarios", "--list", "--only", "S-L1"])
    assert main() == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"S-L1"}


def test_every_file_of_the_integration_tests_is_compiled() -> None:
    folder = CHECKOUT / "tests" / "it"
    sources = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.rs")}
    everything = "\n".join(sources.values())
    assert [name for name in sources if f"mod {name};" not in everything] == ["main"]


def test_the_document_and_the_tests_of_this_checkout_agree() -> None:
    text = Path(CHECKOUT, "docs", "scenarios.md").read_text(encoding="utf-8")
    scenarios, carriers = scenarios_in(text), found(SUITES)
    assert unlisted(scenarios, carriers) == []
    carried = {one for it in carriers for one in it.ids}
    assert {one.id for one in scenarios if not one.waits_for} == carried
