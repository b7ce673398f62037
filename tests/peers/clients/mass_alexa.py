"""
This project's own client, on the same errand as the others.
"""

from clients.client import Client

CLIENTS: tuple[Client, ...] = (
    Client(
        name="mass-alexa",
        way="form",
        kind="own",
        environment="own",
        driver="mass_alexa_driver.py",
        volume=33,
    ),
)
