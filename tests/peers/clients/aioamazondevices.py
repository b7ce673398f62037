"""
aioamazondevices, the library behind one integration of a home automation system.
"""

import sys

from clients.client import Client, KnownFault, Outcome


def _takes_a_loss_for_an_end(outcome: Outcome) -> bool:
    # Its task for the stream ended without an attempt to open a new one, where the interpreter is
    # one of those whose task groups leave a cancellation behind.
    asked = any(entry["path"].endswith("/directives") for entry in outcome.scene.journal)
    dropped = any(entry["kind"] == "drop" for entry in outcome.scene.turned)
    gave_up = outcome.seen.get("gave_up") is True
    return dropped and gave_up and not asked and sys.version_info < (3, 13)


CLIENTS = (
    Client(
        name="aioamazondevices",
        way="form",
        kind="python",
        environment="aioamazondevices",
        driver="aioamazondevices_driver.py",
        volume=41,
        hides=frozenset({"VOX"}),
        lacks={"push.connection": "it knows the event and does nothing with it"},
        faults=(
            KnownFault(
                name="loss-for-end",
                sentence="before CPython 3.13 a task group whose task failed leaves its parent "
                "counted as being cancelled, which the client asks to tell its own end from a "
                "lost connection: it never opens the stream again",
                capability="reconnect",
                shows=_takes_a_loss_for_an_end,
            ),
        ),
    ),
)
