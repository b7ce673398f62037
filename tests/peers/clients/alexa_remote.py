"""
alexa-cookie2 for the sign-in and its renewal, and alexa-remote2 for everything after it.
"""

from clients.client import Client

CLIENTS = (
    Client(
        name="alexa-remote2",
        way="its proxy",
        kind="node",
        environment="alexa-remote2",
        driver="alexa_remote_driver.js",
        volume=23,
        lacks={
            "push.dnd": "its parser knows no event of do not disturb and hands it on as unknown",
        },
    ),
)
