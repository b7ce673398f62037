"""
What can be done with the store of a session besides using it: backup, restore, a new key.
"""

from os import PathLike, fspath

from . import _native
from ._native import AccountInfo


async def export_session(store: str | PathLike[str], passphrase: str) -> bytes:
    """
    Seal the session of a store with a passphrase, to be kept elsewhere.

    The session stays where it is. What is exported is the same sign-in: signing out in one place
    ends it in the other too.

    :param store: Folder of the session.
    :param passphrase: Opens the export; at least 8 characters. Nothing else does.
    """
    return await _native.export_session(fspath(store), passphrase)


async def import_session(
    store: str | PathLike[str], data: bytes, passphrase: str, *, replace: bool = False
) -> AccountInfo:
    """
    Put an exported session into a store and tell whose it is. Asks nothing of the network.

    :param store: Folder of the session; made with mode 0700 if it is not there.
    :param data: What :func:`export_session` gave.
    :param passphrase: The passphrase of then.
    :param replace: Set a session that is there aside; without, that is ``session-exists``.
    """
    return await _native.import_session(fspath(store), data, passphrase, replace)


async def rotate_key(store: str | PathLike[str]) -> str:
    """
    Seal the session of a store with a new key; the old one opens nothing any more.

    Gives the name of where the key is: ``env-file``, ``keyring`` or ``key-file``.

    :param store: Folder of the session.
    """
    return await _native.rotate_key(fspath(store))
