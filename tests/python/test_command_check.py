"""
``mass-alexa skill check``: every link by name, as far as it can be seen without the gateway.
"""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from mass_alexa import preflight
from test_command_skill import Owner
from world import Amazon, Command

URL = ("--public-url", "https://music.example.org")
SKILL = ("--skill-id", "amzn1.ask.skill.0")
STEPS = [
    "address",
    "dns",
    "certificate",
    "tls",
    "reachable",
    "skill",
    "endpoint",
    "locale",
    "testing",
    "enabled",
    "launch",
    "audio",
]


def verdicts(data: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["verdict"] for step in data["steps"]}


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_s_k2_a_lan_address_is_named_as_the_broken_link(alone: Command) -> None:
    ran = alone("skill", "check", "--public-url", "http://192.168.1.5", *SKILL, "--json")
    assert ran.code == 1
    assert ran.data["broken"] == ["address"]
    assert [step["name"] for step in ran.data["steps"]] == STEPS
    address = ran.data["steps"][0]
    assert "https://" in address["sentence"]
    assert address["next_step"]
    nothing = alone("skill", "check", "--public-url", "music", *SKILL, "--json")
    assert (nothing.code, nothing.error["code"]) == (2, "bad-public-url")


def test_s_k1_a_closed_port_is_named_for_people(alone: Command) -> None:
    ran = alone("skill", "check", *URL, *SKILL, "--public-at", closed_port())
    assert (ran.code, ran.err) == (1, "")
    assert "BROKEN  Reachable: music.example.org refuses connections" in ran.out
    assert "developer.amazon.com" in ran.out
    assert ran.out.count("BROKEN") == 1
    wrong = alone("skill", "check", *URL, *SKILL, "--public-at", "nowhere", "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "bad-setting")


def test_the_developer_side_and_the_echo_are_asked(amazon: Amazon, command: Command) -> None:
    assert command.login().code == 0
    code, out, _ = Owner(amazon).deploy(command)
    assert code == 0
    arguments = ("skill", "check", *URL, "--public-at", amazon.address, "--json")
    ran = command(*arguments, "--device", "Kitchen")
    # What answers at that address is Amazon, with a certificate for every name.
    assert ran.data["broken"] == ["reachable"]
    seen = verdicts(ran.data)
    for name in ("certificate", "tls", "skill", "endpoint", "locale", "testing"):
        assert seen[name] == "passed", ran.data["steps"]
    assert seen["launch"] == "skipped"
    other = command(*arguments, "--skill-id", "amzn1.ask.skill.0")
    assert other.data["broken"] == ["reachable", "skill"]
    assert json.loads(out)["skill_id"] != "amzn1.ask.skill.0"


def test_steps_are_told_one_by_one_on_the_loop(tmp_path: Path) -> None:
    told: list[preflight.Step] = []

    async def checked() -> list[preflight.Step]:
        loop = asyncio.get_running_loop()

        def tell(step: preflight.Step) -> None:
            assert asyncio.get_running_loop() is loop
            told.append(step)

        gateway = preflight.GatewayAddress(
            "https://music.example.org", closed_port(), "amzn1.ask.skill.0"
        )
        return await preflight.check(gateway, tmp_path, on_found=tell)

    steps = asyncio.run(checked())
    assert [step.name for step in steps] == [step.name for step in told] == STEPS
    broken = next(step for step in steps if step.is_broken)
    assert (broken.name, broken.title, broken.verdict) == ("reachable", "Reachable", "failed")
    assert broken.next_step is not None
    assert broken.to_dict()["next_step"] == broken.next_step
    assert next(step for step in steps if step.verdict == "passed").next_step is None
