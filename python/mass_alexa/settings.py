"""
How the client reaches Amazon and how much it asks of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Settings of one account's connection; the defaults are what an ordinary installation wants.

    :param connect_to: IP address and port, such as ``127.0.0.1:4431``, that every Amazon host name
        resolves to. URLs, server names and certificates stay those of Amazon. For a proxy of one's
        own or the simulator.
    :param extra_ca: Path of a PEM file with certificates trusted besides the built-in roots.
    :param timeout: Seconds one request may take, connecting included.
    :param requests_per_second: Sustained rate of requests to Amazon; 0 takes the throttle away.
    :param burst: Requests that may go out at once after a quiet time.
    :param in_flight: Requests that may wait for their answers at the same time.
    """

    connect_to: str | None = None
    extra_ca: str | None = None
    timeout: float = 20.0
    requests_per_second: float = 1.0
    burst: int = 4
    in_flight: int = 2
