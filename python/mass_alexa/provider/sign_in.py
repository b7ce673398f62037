"""
Signing in by a page of this server, for both surfaces: the form and the setup flow.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from mass_alexa import AlexaError, SignInPage
from mass_alexa.errors import AccountClosed, AlexaTimeout

from . import accounts, consent
from .constants import DONE_PAGE_SECONDS, SIGN_IN_PATH, SIGN_IN_SECONDS
from .route import Route
from .sentences import EXPIRED, GIVEN_UP, REPLACED, WITHDRAWN

if TYPE_CHECKING:
    from music_assistant.mass import MusicAssistant

    from mass_alexa import AccountInfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a sign-in ended.

    :param text: What the user is told.
    :param reference: The new account, where there is one.
    :param site: The site the account turned out to be on.
    """

    text: str
    reference: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """
    The last sign-in of this server that came to nothing.

    :param at: When, in unix time.
    :param text: What the user was told.
    :param report: Pages that were seen and their statuses; holds nothing secret.
    """

    at: float
    text: str
    report: str


class SignIn:
    """
    A sign-in under way, with its page. Make one with :meth:`open`, and close it in any case.

    :param mass: The server.
    :param owner: Which form or flow it belongs to.
    :param reference: Reference of the account to be.
    :param page: The page.
    """

    def __init__(self, mass: MusicAssistant, owner: str, reference: str, page: SignInPage) -> None:
        self._mass = mass
        self._owner = owner
        self._reference = reference
        self._page = page
        self._over = REPLACED
        self._told = GIVEN_UP
        self._succeeded = False
        self._closed = False
        # Nobody gets here without having accepted the risk.
        self._began = time.time()
        self._route = Route(mass, page)

    @classmethod
    async def open(cls, mass: MusicAssistant, owner: str, site: str) -> SignIn:
        """
        Put a page on the web server; one that its owner has open already is taken away.

        :param mass: The server.
        :param owner: Which form or flow asks.
        :param site: Retail site of the account.
        """
        reference = accounts.new_reference()
        folder = await accounts.prepare(mass, reference)
        opened = False
        try:
            page = SignInPage(str(folder), site, SIGN_IN_PATH, accounts.settings())
            sign_ins = _open.setdefault(mass, {})
            if earlier := sign_ins.pop(owner, None):
                earlier.withdraw(REPLACED)
            sign_ins[owner] = sign_in = cls(mass, owner, reference, page)
            opened = True
        finally:
            if not opened:
                await accounts.delete(mass, reference)
        return sign_in

    @property
    def url(self) -> str:
        """
        Where the user signs in.
        """
        return f"{self._mass.webserver.base_url}{self._page.path}"

    @property
    def stage(self) -> str:
        """
        What goes on, without a full stop.
        """
        return self._page.stage

    @property
    def until(self) -> float | None:
        """
        Unix time at which what goes on ends at the latest, where there is such a time.
        """
        return self._page.until

    @property
    def seconds_left(self) -> float:
        """
        Seconds until what goes on ends, or else the page.
        """
        ends_at = self._began + SIGN_IN_SECONDS if self.until is None else self.until
        return max(0.0, ends_at - time.time())

    @property
    def busy(self) -> bool:
        """
        Whether it is Amazon that is waited for and not the user at the page.
        """
        return self.until is not None

    @property
    def report(self) -> str:
        """
        Pages that were seen and their statuses, for a report of a problem; holds nothing secret.
        """
        return self._page.report

    async def finish(self) -> Outcome:
        """
        Wait until somebody has signed in. The account of any other end is gone afterwards.
        """
        try:
            info = await self._finish()
        except AccountClosed:
            self._told = self._over
        except AlexaTimeout:
            self._told = EXPIRED
        except AlexaError as err:
            self._told = str(err)
        finally:
            await self.close()
        if not self._succeeded:
            return Outcome(self._told)
        name = info.name or "your account"
        return Outcome(f"Signed in to {info.site} as {name}.", self._reference, info.site)

    def withdraw(self, why: str) -> None:
        """
        Take the page away; whoever waits for it is told why.

        :param why: A sentence for the user.
        """
        if not self._succeeded:
            self._over = why
        self._route.close()

    def take_away(self) -> None:
        """
        Take the page away at once, unless somebody has just signed in there.
        """
        if not self._succeeded:
            self._route.close()

    async def close(self) -> None:
        """
        End it. The page of a success stays a little, so that it can be read; may be called again.
        """
        sign_ins = _open.get(self._mass, {})
        if sign_ins.get(self._owner) is self:
            del sign_ins[self._owner]
        if self._succeeded or self._closed:
            return
        self._closed = True
        self._route.close()
        if self.report or self._mass not in _failures:
            _failures[self._mass] = Failure(time.time(), self._told, self.report)
        # Somebody may have signed in at the very moment the page went.
        await accounts.discard(self._mass, self._reference)

    async def _finish(self) -> AccountInfo:
        account = await self._page.wait(SIGN_IN_SECONDS)
        info = account.info
        await account.close()
        await consent.record(accounts.folder(self._mass, self._reference), self._began)
        self._succeeded = True
        if self._mass.closing:
            self._route.close()
        else:
            _done.setdefault(self._mass, set()).add(self)
            self._mass.call_later(DONE_PAGE_SECONDS, self._clear)
        return info

    def _clear(self) -> None:
        _done.get(self._mass, set()).discard(self)
        self._route.close()


_open: WeakKeyDictionary[MusicAssistant, dict[str, SignIn]] = WeakKeyDictionary()
_done: WeakKeyDictionary[MusicAssistant, set[SignIn]] = WeakKeyDictionary()
_failures: WeakKeyDictionary[MusicAssistant, Failure] = WeakKeyDictionary()


def under_way(mass: MusicAssistant, owner: str) -> SignIn | None:
    """
    The sign-in whose page is open for a form or flow.

    :param mass: The server.
    :param owner: Which form or flow.
    """
    return _open.get(mass, {}).get(owner)


def last_failure(mass: MusicAssistant) -> Failure | None:
    """
    The last sign-in that came to nothing since the server started.

    :param mass: The server.
    """
    return _failures.get(mass)


def withdraw(mass: MusicAssistant, owner: str) -> None:
    """
    Take away the page of a provider that stops; of a server that stops, every page.

    :param mass: The server.
    :param owner: Instance of the provider.
    """
    sign_ins = _open.get(mass, {})
    for name in list(sign_ins) if mass.closing else [owner]:
        if found := sign_ins.get(name):
            found.withdraw(WITHDRAWN)
    if mass.closing:
        for done in list(_done.get(mass, ())):
            done.withdraw(WITHDRAWN)
