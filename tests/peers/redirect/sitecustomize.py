"""
Sends the connections of this one interpreter to the simulated Amazon.

The harness puts this folder on ``PYTHONPATH`` of a client's process and nowhere else. Names of
Amazon's hosts resolve to the loopback address, connections to its port 443 go to the simulator's
port, and the only certificate authority is the simulator's. Names of any other host do not
resolve, and an address outside this machine cannot be connected to: a client that would talk to
somebody else fails loudly instead.
"""

import contextlib
import errno
import os
import re
import socket
from typing import Any

_LOOPBACK = "127.0.0.1"
_LOCAL = frozenset({None, "", "localhost", "0.0.0.0", "::", "::1", _LOOPBACK})
_AMAZON = re.compile(
    r"(?:^|\.)(?:amazon(?:\.[a-z]{2,3}){1,2}|amazonalexa\.com|a2z\.com)$", re.IGNORECASE
)

_PORT = int(os.environ["PEERS_SIMULATOR_PORT"])
_AUTHORITY = os.environ["SSL_CERT_FILE"]

_getaddrinfo = socket.getaddrinfo
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _resolve(host: Any, port: Any, family: int = 0, *rest: Any, **named: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOCAL:
        return _getaddrinfo(host, port, family, *rest, **named)
    if not _AMAZON.search(name):
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is no host of the simulated Amazon")
    if family == socket.AF_INET6:
        raise socket.gaierror(socket.EAI_FAMILY, "the simulated Amazon has no IPv6 address")
    return _getaddrinfo(_LOOPBACK, port, socket.AF_INET, *rest, **named)


def _target(address: Any) -> Any:
    if not isinstance(address, tuple):
        return address
    host, port, *_ = address
    if host not in _LOCAL:
        raise OSError(errno.ENETUNREACH, f"{host} is outside this machine")
    return (_LOOPBACK, _PORT) if port == 443 else address


def _connect_redirected(self: socket.socket, address: Any) -> None:
    _connect(self, _target(address))


def _connect_ex_redirected(self: socket.socket, address: Any) -> int:
    return _connect_ex(self, _target(address))


socket.getaddrinfo = _resolve
socket.socket.connect = _connect_redirected  # type: ignore[assignment, method-assign]
socket.socket.connect_ex = _connect_ex_redirected  # type: ignore[assignment, method-assign]

# Libraries that do not ask the system for its authorities ask certifi.
with contextlib.suppress(ImportError):
    import certifi

    certifi.where = lambda: _AUTHORITY
