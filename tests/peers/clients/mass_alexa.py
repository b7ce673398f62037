"""
This project's own client, on the same errand as the others.
"""

from clients.client import Client

CLIENTS: tuple[Client, ...] = ()
