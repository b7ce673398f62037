"""
What a report of a problem holds, and what it must not.
"""

import asyncio
import json
from typing import Any

from house import House, values_of
from later import set_up
from mass_alexa.provider import constants, diagnostics
from world import GARAGE, KITCHEN, Amazon

VALUES = {
    constants.KEY_CONSENT: True,
    constants.KEY_SITE: "amazon.de",
    "session_id": "abc",
}


def report_of(form: dict[str, Any]) -> dict[str, str]:
    """
    What a form shows, part by part.
    """
    text = str(form[constants.KEY_REPORT].label)
    assert not set("{}|@") & set(text), "the user interface would stumble"
    return dict(part.split(": ", 1) for part in text.split(diagnostics.SEPARATOR))


def forbidden(house: House, amazon: Amazon) -> list[str]:
    """
    What would tell a stranger who this is, or let them in.
    """
    account = amazon.account
    personal = [account["email"], account["name"], account["customer_id"], KITCHEN, GARAGE]
    return [*personal, *account["secrets"], *(path.name for path in house.folders())]


async def test_s_u3_the_report_of_a_failed_sign_in_names_pages_and_holds_no_secret(
    house: House, amazon: Amazon
) -> None:
    form = await house.form(constants.KEY_DIAGNOSTICS, VALUES)
    assert "last_failed_sign_in" not in report_of(form)
    amazon.knobs(next_page="unknown")
    pressed = asyncio.create_task(house.form(constants.KEY_SIGN_IN, VALUES))
    async with await house.page() as browser:
        await browser.open()
        page = await browser.sign_in(amazon)
        assert page.alert
        form = await house.form(constants.KEY_DIAGNOSTICS, VALUES)
        assert "e-mail" in report_of(form)["sign_in_under_way"], "while it is open too"
    pressed.cancel()
    await asyncio.gather(pressed, return_exceptions=True)
    form = await house.form(constants.KEY_DIAGNOSTICS, VALUES)
    text = str(report_of(form))
    said = report_of(form)["last_failed_sign_in"]
    assert "The form was left" in said
    assert "e-mail" in said
    assert "200" in said
    for secret in forbidden(house, amazon):
        assert secret not in text
    assert form[constants.KEY_CONSENT].value is True, "what was given stays"


async def test_a_provider_reports_its_records(house: House, instance: str, amazon: Amazon) -> None:
    await house.live(KITCHEN)
    values = house.mass.config.get(f"providers/{instance}/values")
    form = await house.form(constants.KEY_DIAGNOSTICS, values, instance)
    report = report_of(form)
    assert "sign_ins ok 1" in report["records"]
    assert "site amazon.de" in report["session"]
    assert "key_source key-file" in report["session"]
    assert report["devices"].endswith("offline 1")
    assert "text_version" in report["consent"]
    assert "setup_flow False" in report["versions"]
    for link in ("session ok True", "devices ok True", "state ok True", "push ok True"):
        assert f"{link}, since_at 20" in report["links"]
    for secret in forbidden(house, amazon):
        assert secret not in str(report)
    again = await house.form(None, values_of(form), instance)
    assert constants.KEY_REPORT not in again, "shown when it is asked for"


async def test_the_server_collects_it_by_itself(later: House, amazon: Amazon) -> None:
    instance = await set_up(later)
    report = await later.provider(instance).get_diagnostics()
    assert json.loads(json.dumps(report)) == report
    assert report["versions"]["setup_flow"] is True
    assert report["records"]["sign_ins"] == {"ok": 1}
    entries = await later.provider(instance).handle_config_action(constants.KEY_DIAGNOSTICS)
    assert report_of({entry.key: entry for entry in entries})["reachable"] == "True"
    for secret in forbidden(later, amazon):
        assert secret not in json.dumps(report)
