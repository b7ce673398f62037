"""
A person's own browser, as far as the simulated Amazon needs one.

It follows a sign-in link, fills in the forms that come and ends where Amazon sends it. It shares
nothing with the client: what it does, the client never sees.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

LAST_PAGE = "/ap/maplanding"
MOST_PAGES = 40
"""Pages after which it is going in circles; chosen."""
PASSKEY_FIELD = "webauthn_assertion"
PASSKEY = "canary-assertion"
"""What the simulator's script sends for a passkey."""
AGENT = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "identity",
}


class LostError(Exception):
    """
    The browser does not know what to do on a page; the message names it.
    """


@dataclass(slots=True)
class _Form:
    """
    A form of a page.

    :param attributes: Attributes of its tag.
    :param inputs: Attributes of its fields.
    """

    attributes: dict[str, str]
    inputs: list[dict[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    """
    What of a page matters for a sign-in.

    :param text: The page.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.links: dict[str, str] = {}
        self.has_passkey = False
        self._form: _Form | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Note forms, their fields, links and the passkey's button.

        :param tag: Name of the element.
        :param attrs: Its attributes.
        """
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = _Form(known)
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None:
            self._form.inputs.append(known)
        elif tag == "a":
            self.links[known.get("id", "")] = known.get("href", "")
        elif tag == "button" and known.get("id") == "passkey-button":
            self.has_passkey = True

    def handle_endtag(self, tag: str) -> None:
        """
        Note the end of a form.

        :param tag: Name of the element.
        """
        if tag == "form":
            self._form = None


class Browser:
    """
    A browser with its cookies.

    :param address: Where every host of the simulated Amazon is, such as ``127.0.0.1:4431``.
    :param authority: PEM file of the certificate authority it trusts.
    """

    def __init__(self, address: str, authority: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._trust = ssl.create_default_context(cafile=authority)
        self._cookies: dict[tuple[str, str], str] = {}

    def sign_in(self, link: str, person: Callable[[str], str]) -> str:
        """
        Follow a link to the end of the sign-in and give the address of the last page.

        :param link: The link.
        :param person: Tells what the person types into a field of a name.
        """
        method, url, form = "GET", link, ""
        for _ in range(MOST_PAGES):
            if urlsplit(url).path == LAST_PAGE:
                return url
            where, text = self._load(method, url, form)
            if where is not None:
                method, url, form = "GET", urljoin(url, where), ""
            else:
                method, url, form = _next(_Page(text), url, person)
        raise LostError(f"no end of pages at {urlsplit(url).path}")

    def _load(self, method: str, url: str, form: str) -> tuple[str | None, str]:
        """
        Load a page; gives the address it sends on to, or its text.

        :param method: HTTP method.
        :param url: Its address.
        :param form: What is sent.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        headers = {**AGENT, "Host": host}
        cookies = [
            f"{name}={value}"
            for (domain, name), value in self._cookies.items()
            if f".{host}".endswith(f".{domain}")
        ]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(host, timeout=20)
        plain = socket.create_connection(self._address, timeout=20)
        connection.sock = self._trust.wrap_socket(plain, server_hostname=host)
        try:
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, path, form or None, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                self._keep(host, cookie)
            return answer.headers.get("Location"), answer.read().decode()
        finally:
            connection.close()

    def _keep(self, host: str, cookie: str) -> None:
        """
        Keep a cookie.

        :param host: Who set it.
        :param cookie: The header.
        """
        pair, *attributes = (part.strip() for part in cookie.split(";"))
        name, _, value = pair.partition("=")
        domain = host
        for attribute in attributes:
            key, _, given = attribute.partition("=")
            if key.lower() == "domain":
                domain = given.lstrip(".")
        self._cookies[domain, name] = value


def _next(page: _Page, url: str, person: Callable[[str], str]) -> tuple[str, str, str]:
    """
    Decide what a person does on a page: method, address and content of the next request.

    :param page: The page.
    :param url: Its address.
    :param person: Tells what the person types.
    """
    if "ab-signin-ingress-link" in page.links:
        return "GET", urljoin(url, page.links["ab-signin-ingress-link"]), ""
    if not page.forms:
        raise LostError(f"nothing to do at {urlsplit(url).path}")
    form = page.forms[0]
    fields = _filled(form, person)
    if page.has_passkey:
        fields[PASSKEY_FIELD] = PASSKEY
    target = urljoin(url, form.attributes.get("action", ""))
    content = urlencode(fields)
    if form.attributes.get("id") == "pollingForm":
        # The real page polls with a script and then goes where the form says.
        return "GET", fields.get("openid.return_to", target), ""
    if form.attributes.get("method", "get").lower() == "get":
        return "GET", f"{target}?{content}", ""
    return "POST", target, content


def _filled(form: _Form, person: Callable[[str], str]) -> dict[str, str]:
    """
    Fill a form in.

    :param form: The form.
    :param person: Tells what the person types or chooses.
    """
    fields: dict[str, str] = {}
    for one in form.inputs:
        name, kind, value = one.get("name", ""), one.get("type", "text"), one.get("value", "")
        if not name or kind in {"checkbox", "submit"}:
            continue
        # Hidden by a style: there for password managers, a person does not see it.
        if kind == "hidden" or "display:none" in one.get("style", ""):
            fields[name] = value
        elif kind == "radio":
            if name not in fields or value.endswith(person(name)):
                fields[name] = value
        else:
            fields[name] = person(name)
    return fields
