"""
The skill, the public name and the Echos of the simulated Amazon, for tests of the gateway.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from world import Amazon

SKILL = "amzn1.ask.skill.12345678-90ab-cdef-1234-567890abcdef"
HOST = "music.example.org"
PUBLIC_URL = f"https://{HOST}"
SECONDS_OF_A_FRAME = 0.036


def free_port() -> int:
    """
    A port that nobody has.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """
    What lies between Amazon and a gateway of this test.

    :param amazon: The simulated Amazon.
    :param folder: Where the certificate is written to.
    """

    def __init__(self, amazon: Amazon, folder: Path) -> None:
        self.amazon = amazon
        self.port = free_port()
        self.certificates, self.key = folder / "chain.pem", folder / "key.pem"

    def build(self, **skill: object) -> None:
        """
        Make the skill, have the public name lead to the port, and issue a certificate for it.
        """
        seed = {"id": SKILL, "endpoint": f"{PUBLIC_URL}/alexa/skill", **skill}
        seed.setdefault("invocation_name", "music assistant")
        self.amazon.control("POST", "/control/skills", seed)
        name = {"host": HOST, "to": f"127.0.0.1:{self.port}"}
        self.amazon.control("POST", "/control/resolve", name)
        issued = self.amazon.control("POST", "/control/certificates", {"names": [HOST]})
        self.certificates.write_text(issued["chain_pem"])
        self.key.write_text(issued["key_pem"])

    def echo(self, serial: str) -> dict[str, Any]:
        """
        What an Echo does, as far as skills are concerned.
        """
        return dict(self.amazon.control("GET", f"/control/echos/{serial}"))

    def say(self, serial: str, text: str) -> None:
        """
        Say something to an Echo.
        """
        self.amazon.control("POST", f"/control/echos/{serial}/say", {"text": text})


def sound(name: str, seconds: float, begin: float = 0) -> bytes:
    """
    An MP3 with marks that the simulated Echo reads, as the simulator makes them.

    :param name: What the marks say.
    :param seconds: Its length, with what is left out.
    :param begin: Seconds at its beginning that are left out.
    """
    # MPEG1 Layer III, 32 kbit/s, 32 kHz, mono: 144 bytes and 36 ms each.
    header = bytes((0xFF, 0xFB, 0x18, 0xC4))
    frames = []
    first, last = (round(at / SECONDS_OF_A_FRAME) for at in (begin, seconds))
    for number in range(first, last):
        mark = f"item={name};frame={number};".encode()
        frames.append((header + bytes(17) + mark).ljust(144, b"\0"))
    return b"".join(frames)
