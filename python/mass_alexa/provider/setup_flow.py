"""
Setting the provider up in versions with a flow for that (2.10 and later).

That this file is there tells them so; older versions never read it.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import PROBLEM


async def run_setup(session: Any) -> None:
    """
    Ask for consent and site, have the user sign in on our own page, and finish.

    :param session: ``SetupSession`` of the server.
    """
    if PROBLEM:
        abort: type[Exception] = importlib.import_module(
            "music_assistant.models.setup_flow"
        ).AbortFlow
        raise abort(PROBLEM)
    from .flow import Flow  # noqa: PLC0415 - it needs the package that may be missing

    flow = Flow(session)
    try:
        while not await flow.attempt():
            pass
    finally:
        flow.leave()
