"""
The clients that must get along with the simulated Amazon.
"""

from clients import aioamazondevices, alexa_remote, alexapy, mass_alexa
from clients.client import Client

CLIENTS: tuple[Client, ...] = (
    *aioamazondevices.CLIENTS,
    *alexapy.CLIENTS,
    *alexa_remote.CLIENTS,
    *mass_alexa.CLIENTS,
)
