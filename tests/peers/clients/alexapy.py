"""
alexapy, the library behind another integration, with both of its ways of signing in.
"""

from clients.client import Client, KnownFault, Outcome


def _code_never_read(outcome: Outcome) -> bool:
    # Amazon handed out an authorization code, and no attempt to register made use of it.
    offered = any(
        entry["path"] == "/ap/maplanding" and "authorization_code" in str(entry["query"])
        for entry in outcome.journal
    )
    used = any(
        entry["path"] == "/auth/register" and "authorization_code" in str(entry["body"])
        for entry in outcome.journal
    )
    return offered and not used and not outcome.scene.after.registrations


CLIENTS = (
    Client(
        name="alexapy",
        way="its proxy",
        kind="python",
        environment="alexapy",
        driver="alexapy_driver.py",
        arguments=("proxy",),
        volume=57,
    ),
    Client(
        name="alexapy",
        way="form",
        kind="python",
        environment="alexapy",
        driver="alexapy_driver.py",
        arguments=("form",),
        volume=58,
        faults=(
            KnownFault(
                name="code-never-read",
                sentence="its form login never reads the authorization code it is given, so it "
                "registers no device and has cookies alone",
                capability="enrol",
                shows=_code_never_read,
                spoils=frozenset({"devices"}),
            ),
        ),
    ),
)
