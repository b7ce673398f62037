"""
Amazon Echo devices as players.

Sign in once with :meth:`Account.sign_in_by_link` or :meth:`Account.enrol`, later open the sealed
session with :meth:`Account.open`:

.. code-block:: python

    async with await Account.open("/path/of/the/store") as account:
        for device in await account.devices():
            print(device.name, device.serial)
"""

from ._native import (
    AccountInfo,
    Change,
    CommandReport,
    Device,
    Link,
    Links,
    PageResponse,
    PlayerState,
    Question,
    SessionStatus,
    SignInPage,
    Watch,
    normalise_site,
    sites,
    totp,
    version,
)
from .account import Account
from .errors import AlexaError
from .settings import Settings
from .sign_ins import Stage
from .stores import export_session, import_session, rotate_key

__version__ = version()

__all__ = [
    "Account",
    "AccountInfo",
    "AlexaError",
    "Change",
    "CommandReport",
    "Device",
    "Link",
    "Links",
    "PageResponse",
    "PlayerState",
    "Question",
    "SessionStatus",
    "Settings",
    "SignInPage",
    "Stage",
    "Watch",
    "__version__",
    "export_session",
    "import_session",
    "normalise_site",
    "rotate_key",
    "sites",
    "totp",
    "version",
]
