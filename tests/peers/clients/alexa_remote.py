"""
alexa-cookie2 for the sign-in and alexa-remote2 for everything after it.
"""

from clients.client import Client

CLIENTS = (
    Client(
        name="alexa-remote2",
        way="alexa-cookie2's proxy",
        kind="node",
        environment="alexa-remote2",
        driver="alexa_cookie2_driver.js",
        volume=23,
    ),
)
