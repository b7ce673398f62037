"""
How an account stands, link by link, and what follows from it for the players.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from .constants import SILENT_SECONDS
from .sentences import LINK_BROKEN, SILENT, countdown

if TYPE_CHECKING:
    from typing import Any

    from mass_alexa import Link, Links

    from .provider import AlexaProvider

OVER: Final = frozenset({"no-session", "session-ended"})
"""Codes of a session that only a new sign-in mends; a refused renewal alone proves nothing."""


class Standing:
    """
    Keeps the links of an account.

    :param provider: The provider with the account.
    """

    def __init__(self, provider: AlexaProvider) -> None:
        self._provider = provider
        self._links: Links | None = None
        self._watched = False
        self._is_judged_soon = False
        self.reachable = True

    @property
    def live(self) -> bool:
        """
        Whether every change is told by itself, so that nobody needs to ask.
        """
        return self._watched and self._links is not None and self._links.push.ok is True

    def watched(self, *, watched: bool) -> None:
        """
        Note whether anybody listens to what the account tells.

        :param watched: Whether it is so from now on.
        """
        self._watched = watched
        self._spread()

    def take(self, links: Links) -> None:
        """
        Take what the account hangs on.

        :param links: All links as they are now.
        """
        self._links = links
        session = links.session
        if session.ok is False and session.code in OVER:
            self._provider.end(session.text or "")
            return
        if self._is_silent():
            # News of the same silence do not put off its end.
            if self.reachable and not self._is_judged_soon:
                self._is_judged_soon = True
                self._provider.plan("silence", SILENT_SECONDS, self._judge)
        else:
            self._is_judged_soon = False
            self._provider.cancel("silence")
            self._set_reachable(reachable=True)
        self._spread()

    def sentence(self) -> str | None:
        """
        Which link is broken, for how long and why; ``None`` where none is.
        """
        links = self._links
        if links is None:
            return None
        if not self.reachable:
            return self._told(SILENT, links.state)
        for name, text in LINK_BROKEN.items():
            link: Link = getattr(links, name)
            if link.ok is False:
                return self._told(text, link)
        return None

    def report(self) -> dict[str, Any]:
        """
        The links for a report of a problem: how each stands, since when, and the code of why.
        """
        if self._links is None:
            return {}
        return {
            name: {"ok": link["ok"], "since_at": link["since"], "code": link["code"]}
            for name, link in self._links.to_dict().items()
        }

    def _told(self, text: str, link: Link) -> str:
        age = countdown(time.time() - link.since)
        return f"{text.format(age=age)} {link.text or ''}".rstrip()

    def _is_silent(self) -> bool:
        links = self._links
        return links is not None and links.state.ok is False and links.push.ok is not True

    def _judge(self) -> None:
        self._is_judged_soon = False
        # A short gap is no reason to take the players away: commands to them would be dropped
        # without a word, while they may work again already.
        if self._is_silent():
            self._set_reachable(reachable=False)

    def _set_reachable(self, *, reachable: bool) -> None:
        if reachable == self.reachable:
            return
        self.reachable = reachable
        if reachable:
            self._provider.logger.info("Amazon answers again.")
        else:
            self._provider.logger.warning("%s", self.sentence())
        self._provider.start("show", self._provider.roster.show)

    def _spread(self) -> None:
        for player in self._provider.roster.players():
            player.set_poll(wanted=not self.live)
