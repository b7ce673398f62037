"""
Getting the provider into Music Assistant, which has no official way for that.

Three ways lead there. *link* puts a link into the server's own folder of providers; *launcher*
writes a start command that adds our folder and starts the normal server; *environment* writes a
folder that does the same when ``PYTHONPATH`` names it, with no change of the start command.

Each way is a :class:`Plan` whose steps can be read before they are done. Only the standard library
is needed, so that this works with the interpreter of any server.
"""

from .check import Check, check
from .plan import Plan, Step, apply
from .server import InstallError, Server, server_python
from .ways import WAYS, Way, plan, removal

__all__ = [
    "WAYS",
    "Check",
    "InstallError",
    "Plan",
    "Server",
    "Step",
    "Way",
    "apply",
    "check",
    "plan",
    "removal",
    "server_python",
]
