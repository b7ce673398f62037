"""
aioamazondevices, the library behind one integration of a home automation system.
"""

from clients.client import Client

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
    ),
)
