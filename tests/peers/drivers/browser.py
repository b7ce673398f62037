"""
A scripted browser: opens a page, fills in the form it finds, follows where that leads.

It knows no client and no simulator, only the three names that Amazon gives its sign-in fields.
"""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import IO

_MOST_PAGES = 10
_MOST_TEXT = 120
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "de-DE,de;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Upgrade-Insecure-Requests": "1",
}


class PageError(Exception):
    """The browser does not know how to go on from a page."""


@dataclass
class Form:
    """A form: where it goes and its inputs by name as (type, value)."""

    action: str
    inputs: dict[str, tuple[str, str]] = field(default_factory=dict)

    def filled(self, answer: Callable[[str], str | None]) -> dict[str, str]:
        """
        Return what a person would send who has an answer for some of the visible inputs.
        """
        sent: dict[str, str] = {}
        for name, (kind, value) in self.inputs.items():
            typed = None if kind == "hidden" else answer(name)
            if typed is not None:
                sent[name] = typed
            elif kind not in {"submit", "button", "checkbox", "radio"}:
                sent[name] = value
        return sent


class _Page(HTMLParser):
    """Collects the forms and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._open: Form | None = None
        self._quiet = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(found.get("action", ""))
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and found.get("name"):
            kind = found.get("type", "text").lower()
            self._open.inputs[found["name"]] = (kind, found.get("value", ""))
        elif tag in {"script", "style"}:
            self._quiet += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag in {"script", "style"}:
            self._quiet -= 1

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.words.extend(data.split())

    @property
    def text(self) -> str:
        return " ".join(self.words)


class Browser:
    """One browser session with its own cookies."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def walk(self, start: str, answer: Callable[[str], str | None], goal: str) -> None:
        """
        Go from the start page through forms until a page holds the goal text.

        :param start: where to begin.
        :param answer: gives the text for an input of that name, or None to leave it alone.
        :param goal: text of the last page.
        :raises PageError: a page has no form that there is an answer for.
        """
        url, html = self._open(urllib.request.Request(start, headers=_HEADERS))
        for _ in range(_MOST_PAGES):
            page = _Page(html)
            if goal in page.text:
                return
            form = next((it for it in page.forms if self._answerable(it, answer)), None)
            if form is None:
                raise PageError(f"a page without a known form: {page.text[:_MOST_TEXT]!r}")
            body = urllib.parse.urlencode(form.filled(answer)).encode()
            headers = {
                **_HEADERS,
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url)),
                "Referer": url,
            }
            target = urllib.parse.urljoin(url, form.action)
            url, html = self._open(urllib.request.Request(target, data=body, headers=headers))
        raise PageError(f"still no end after {_MOST_PAGES} pages")

    @staticmethod
    def _answerable(form: Form, answer: Callable[[str], str | None]) -> bool:
        return any(
            kind != "hidden" and answer(name) is not None for name, (kind, _) in form.inputs.items()
        )

    def _open(self, request: urllib.request.Request) -> tuple[str, str]:
        answer: IO[bytes]
        try:
            answer = self._opener.open(request, timeout=20)
        except urllib.error.HTTPError as err:
            # An error page is a page as well.
            answer = err
        with answer:
            # `url` is the address after redirects.
            return str(getattr(answer, "url", request.full_url)), answer.read().decode()
