"""
The sign-in page on the web server of Music Assistant.

The page itself, its words and what happens behind it belong to mass_alexa; here it only gets its
place on the web server. Its route is open to everybody, and nobody can guess it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from multidict import CIMultiDict

from mass_alexa import AlexaError, SignInPage
from mass_alexa.errors import AccountClosed, AlexaTimeout

from . import accounts, compat
from .constants import DONE_PAGE_SECONDS, SIGN_IN_PATH, SIGN_IN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from music_assistant.mass import MusicAssistant

    from mass_alexa import AccountInfo

REPLACED = "A newer sign-in page has taken the place of this one."
EXPIRED = "Nobody finished signing in within ten minutes. Press the button again for a new page."
NO_BROWSER = (
    "The sign-in page cannot be opened from here. "
    "Use the settings in the web interface of Music Assistant."
)


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


class _Route:
    """
    One page on the web server.
    """

    def __init__(self, mass: MusicAssistant, page: SignInPage) -> None:
        self._page = page
        self._unregister: list[Callable[[], None]] = []
        for path in (page.path, f"{page.path}/*"):
            remove = mass.webserver.register_dynamic_route(path, self._handle)
            self._unregister.append(remove)

    def close(self) -> None:
        """
        Take the page away; may be called again.
        """
        while self._unregister:
            self._unregister.pop()()
        self._page.close()

    async def _handle(self, request: web.Request) -> web.Response:
        answer = await self._page.handle(
            request.method,
            # As they were sent: decoded, a nested address would lose a layer of its encoding.
            request.rel_url.raw_path,
            request.rel_url.raw_query_string,
            list(request.headers.items()),
            await request.read(),
        )
        headers = CIMultiDict(answer.headers)
        return web.Response(status=answer.status, headers=headers, body=answer.body)


_routes: dict[str, _Route] = {}


async def sign_in(mass: MusicAssistant, form: str, session_id: str | None, site: str) -> Outcome:
    """
    Open the page in the user's browser and wait until somebody has signed in there.

    :param mass: The server.
    :param form: Which form asks; its earlier page, if still open, is replaced.
    :param session_id: What the user interface calls its form, or ``None`` for other clients.
    :param site: Retail site of the account.
    """
    if session_id is None:
        return Outcome(NO_BROWSER)
    reference = accounts.new_reference()
    store = await accounts.prepare(mass, reference)
    succeeded = False
    try:
        outcome = await _serve(
            mass, form, session_id, SignInPage(str(store), site, SIGN_IN_PATH, accounts.settings())
        )
        if isinstance(outcome, Outcome):
            return outcome
        succeeded = True
    except AlexaError as err:
        return Outcome(str(err))
    finally:
        if not succeeded:
            # Somebody may have signed in at the very moment the page went.
            await accounts.discard(mass, reference)
    name = outcome.name or outcome.email or "your account"
    text = f"Signed in to {outcome.site} as {name}. Now press Save to get your Echo devices."
    return Outcome(text, reference, outcome.site)


async def _serve(
    mass: MusicAssistant, form: str, session_id: str, page: SignInPage
) -> AccountInfo | Outcome:
    if earlier := _routes.pop(form, None):
        earlier.close()
    route = _Route(mass, page)
    _routes[form] = route
    succeeded = False
    try:
        if not compat.open_in_browser(mass, session_id, f"{mass.webserver.base_url}{page.path}"):
            return Outcome(NO_BROWSER)
        account = await page.wait(SIGN_IN_SECONDS)
        succeeded = True
        info = account.info
        await account.close()
    except AccountClosed:
        return Outcome(REPLACED)
    except AlexaTimeout:
        return Outcome(EXPIRED)
    finally:
        if _routes.get(form) is route:
            _routes.pop(form)
        if succeeded and not mass.closing:
            mass.call_later(DONE_PAGE_SECONDS, route.close)
        else:
            route.close()
    return info
