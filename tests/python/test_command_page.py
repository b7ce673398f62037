"""
``mass-alexa login --browser``: our own page, served by the command.
"""

import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from world import Amazon, Command, eventually


class Page:
    """
    The command with its page, and a browser that has it open.
    """

    def __init__(self, command: Command, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            command.arguments("login", "--site", "amazon.de", "--json", *arguments),
            env=command.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        self.url = str(json.loads(line)["page"])
        self.shown_at = self.url
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._browser = urllib.request.build_opener(jar)

    def get(self) -> str:
        return self._open(urllib.request.Request(self.url))

    def post(self, **fields: str) -> str:
        return self.send(self.url, fields)

    def send(self, url: str, fields: dict[str, str]) -> str:
        return self._open(urllib.request.Request(url, urllib.parse.urlencode(fields).encode()))

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._browser.open(request, timeout=20) as answer:
                self.shown_at = str(answer.url)
                return str(answer.read().decode())
        except urllib.error.HTTPError as err:
            with err:
                return err.read().decode()

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def interrupt(self) -> tuple[int, str, str]:
        os.kill(self.process.pid, signal.SIGINT)
        return self.end()


@pytest.fixture
def page(command: Command) -> Iterator[Page]:
    page = Page(command, "--browser")
    yield page
    if page.process.poll() is None:
        page.process.kill()
    page.process.communicate()


def is_done(page: Page) -> bool:
    return "Signed in" in page.get()


def test_the_password_way_on_the_page(
    amazon: Amazon, command: Command, page: Page, store: Path
) -> None:
    who = amazon.account
    assert page.url.startswith("http://127.0.0.1:")
    assert "<form" in page.get()
    page.post(way="password", email=who["email"], password=who["password"], otp=who["otp_seed"])
    eventually(lambda: is_done(page), bool)
    code, out, err = page.end()
    assert (code, err) == (0, "")
    assert json.loads(out)["account"]["customer_id"] == who["customer_id"]
    assert (store / "session.sealed").exists()
    assert not [one for one in who["secrets"] if not one.isdigit() and one in out]
    with pytest.raises(urllib.error.URLError):
        page.get()
    assert command("status", "--json").data["status"]["signed_in"] is True


def test_s_l3_the_link_way_on_the_page(amazon: Amazon, page: Page) -> None:
    amazon.knobs(passkey_only=True)
    shown = page.get()
    start = shown.index("https://www.amazon.com/ap/signin")
    link = shown[start:].partition('"')[0].replace("&amp;", "&")
    page.post(way="link", address=amazon.visit(link))
    eventually(lambda: is_done(page), bool)
    assert page.end()[0] == 0
    assert amazon.counters["password_posts"] == 0


def test_the_guided_window_on_the_page(amazon: Amazon, page: Page) -> None:
    who = amazon.account
    page.get()
    shown = page.post(way="window")
    for name, value in (
        ("email", who["email"]),
        ("password", who["password"]),
        ("otpCode", amazon.code()),
    ):
        assert page.shown_at.startswith(f"{page.url}/")
        form = re.search(r"<form[^>]* action=\"([^\"]*)\".*?</form>", shown, re.DOTALL)
        assert form, shown
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
        fields = {key: html.unescape(text) for key, text in hidden} | {name: value}
        target = urllib.parse.urljoin(page.shown_at, html.unescape(form[1]))
        shown = page.send(target, fields)
    eventually(lambda: is_done(page), bool)
    assert page.end()[0] == 0
    assert amazon.counters["password_posts"] == 1


def test_everything_below_the_page_reaches_it_and_nothing_else(page: Page) -> None:
    parts = urllib.parse.urlsplit(page.url)
    page.get()

    def ask(method: str, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    for path in ("/", "/favicon.ico", f"{parts.path}x", parts.path.rpartition("/")[0]):
        assert ask("GET", path) == (404, b"Nothing here.\n")
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "POST"):
        status, body = ask(method, f"{parts.path}/below?x=1")
        assert status >= 400, "another browser, or no such page"
        assert body != b"Nothing here.\n"
    assert ask("HEAD", parts.path)[1] == b""
    huge = {"Content-Length": str(2**40)}
    assert ask("POST", parts.path, **huge)[0] == 413
    assert ask("POST", parts.path, **{"Transfer-Encoding": "chunked"})[0] == 411
    assert ask("GET", parts.path, **{"X-Long": "x" * 70_000})[0] == 431


def test_what_is_no_http_harms_nothing(page: Page) -> None:
    parts = urllib.parse.urlsplit(page.url)
    for bytes_sent in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET http://x/ HTTP/1.1\r\n\r\n"):
        with socket.create_connection((parts.hostname, parts.port), 20) as raw:
            raw.sendall(bytes_sent)
    assert "<form" in page.get()


def test_a_second_browser_is_refused(page: Page) -> None:
    assert "<form" in page.get()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(page.url, timeout=20)
    assert caught.value.code == 403
    caught.value.close()


def test_s_u4_ctrl_c_takes_the_page_away(page: Page, store: Path) -> None:
    page.get()
    code, out, err = page.interrupt()
    assert (code, out) == (130, "")
    assert json.loads(err)["error"]["code"] == "interrupted"
    assert not store.exists()
    with pytest.raises(urllib.error.URLError):
        page.get()


def test_s_u4_ctrl_c_while_the_page_signs_in(amazon: Amazon, page: Page, store: Path) -> None:
    amazon.fault(path_prefix="/ap/", kind="delay", delay_ms=60_000)
    who = amazon.account
    page.get()
    page.post(way="password", email=who["email"], password=who["password"], otp="")
    eventually(lambda: [one for one in amazon.journal() if one["path"].startswith("/ap/")], bool)
    code, _, err = page.interrupt()
    assert code == 130
    assert "Traceback" not in err
    eventually(lambda: amazon.counters["aborted_connections"], bool)
    assert not (store / "session.sealed").exists()


def test_it_opens_where_there_is_a_desktop(command: Command) -> None:
    environment, noted = command.desktop()
    page = Page(command, "--browser", **environment)
    eventually(noted.exists, bool)
    assert eventually(lambda: noted.read_text(encoding="utf-8"), bool) == f"{page.url}\n"
    assert page.interrupt()[0] == 130


def test_for_another_device_the_danger_is_said(command: Command) -> None:
    for address, told in (("0.0.0.0:0", "http://"), ("127.0.0.2:0", "http://127.0.0.2:")):
        terminal = command.terminal("login", "--listen", address)
        url = terminal.line_after("sign in there:")
        assert url.startswith(told)
        assert "0.0.0.0" not in url
        assert ("not encrypted" in " ".join(terminal.seen.split())) is (told == "http://")
        assert terminal.interrupt() == 130
        assert "Interrupted" in terminal.seen


@pytest.mark.parametrize(
    "address", ["8080", "127.0.0.1", "localhost:80", "127.0.0.1:65536", "127.0.0.1:-1", "::1"]
)
def test_what_is_no_address(alone: Command, address: str) -> None:
    shown = alone("login", "--json", "--listen", address)
    assert (shown.code, shown.error["code"]) == (2, "bad-address")


def test_an_address_of_somebody_else_or_in_use(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for address in (f"127.0.0.1:{taken.getsockname()[1]}", "192.0.2.1:0"):
            shown = command("login", "--json", "--listen", address)
            assert (shown.code, shown.error["code"]) == (2, "bad-address")
            assert shown.error["next_step"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--password", "--browser"],
        ["--credentials-stdin", "--browser"],
        ["--password", "--listen", "127.0.0.1:0"],
    ],
)
def test_two_ways_at_once_are_none(alone: Command, arguments: list[str]) -> None:
    shown = alone("login", "--json", *arguments)
    assert (shown.code, shown.error["code"]) == (2, "usage")
    assert arguments[0] in shown.error["message"]
