"""
The kept runs of the clients as requests with a purpose and comparable aspects.
"""

import json
import re
from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from comparison.purposes import form_of, kind_of, purposes_of
from comparison.shapes import ABSENT, flattened, shape, unwrapped, without

OURS = "mass-alexa"

# About the connection, or about the length of what is compared anyway.
_TRANSPORT = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "priority"}
)
_SITE = re.compile(r"\bamazon\.(?:de|co\.uk|co\.jp)\b")
_SITE_COOKIE = re.compile(r"^(at|sess-at|sst|ubid|x|lc|session-at)-(?:main|acb[a-z]{2})$")
_REGION = re.compile(r"^(bob-dispatch-prod-)?(?:na|eu|fe)(-api-alexa|(?=\.))")
_CACHE_BUSTER = "_"


@dataclass(frozen=True)
class Request:
    """
    One request of one client.
    """

    purpose: str
    step: str
    aspects: Mapping[str, str]
    """Shape by aspect, such as ``host``, ``query.cached`` or ``body.source_token_type``."""


@dataclass
class Run:
    """
    What one client sent, under all its ways of signing in.
    """

    client: str
    requests: list[Request] = field(default_factory=list)

    def by_purpose(self) -> dict[str, list[Request]]:
        """
        Return the requests by what they are for.
        """
        sorted_out = defaultdict(list)
        for request in self.requests:
            sorted_out[request.purpose].append(request)
        return dict(sorted_out)


def read(folder: Path, names: Container[str]) -> dict[str, Run]:
    """
    Read all kept runs; those of one client are taken together.

    :param folder: where every run has a folder with ``report.json`` and ``journal.json``.
    :param names: folders to read.
    """
    runs: dict[str, Run] = {}
    for report_path in sorted(folder.glob("*/report.json")):
        if report_path.parent.name not in names:
            continue
        report = json.loads(report_path.read_text(encoding="utf-8"))
        journal_path = report_path.with_name("journal.json")
        if not journal_path.exists():
            continue
        journal = json.loads(journal_path.read_text(encoding="utf-8"))
        # A client can come under several names; what is installed tells whose work it is.
        client = "+".join(sorted(report["packages"])) or report["client"]
        runs.setdefault(client, Run(client)).requests += requests_of(report, journal)
    return runs


def requests_of(report: dict[str, Any], journal: list[dict[str, Any]]) -> list[Request]:
    """
    Return the accepted requests of the steps of a run.

    :param report: the steps with their parts of the journal.
    :param journal: every request of the run.
    """
    found = []
    for name, step in report["steps"].items():
        first, last = step["journal"]
        words = _words_of(step.get("task") or {})
        found += [
            Request(purpose, name, aspects_of(entry, words, purpose.partition(":")[2]))
            for entry in journal
            if first <= entry["n"] <= last and _is_accepted(entry)
            for purpose in purposes_of(entry["method"], entry["path"], entry["body"] or "")
        ]
    return found


def aspects_of(
    entry: Mapping[str, Any], words: dict[str, str], operation: str = ""
) -> dict[str, str]:
    """
    Take a request apart.

    :param entry: an entry of the journal.
    :param words: what only this run had, and what stands for it.
    :param operation: of a behaviour that does several things, the one to look at.
    """
    aspects = {"host": _host(entry["host"]), "protocol": entry["http_version"]}
    for name, value in parse_qsl(entry["query"], keep_blank_values=True):
        if name != _CACHE_BUSTER:
            aspects[f"query.{name}"] = _site(shape(without(value, words)))
    for name, value in entry["headers"].items():
        aspects.update(_header(name.lower(), value, words))
    aspects.update(_body(entry, words, operation))
    return aspects


def _is_accepted(entry: Mapping[str, Any]) -> bool:
    # What Amazon refused is nobody's example. The pages of a sign-in answer as they please.
    status = entry["status"] or 0
    return status < 300 or entry["path"].startswith("/ap/")


def _words_of(task: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(value): f"<{name}>"
        for name, value in task.items()
        if isinstance(value, str) and len(value) > 3
    }


def _host(host: str) -> str:
    return _site(_REGION.sub(r"\1<region>\2", host))


def _site(text: str) -> str:
    return _SITE.sub("<site>", text)


def _header(name: str, value: str, words: dict[str, str]) -> dict[str, str]:
    if name in _TRANSPORT:
        return {}
    if name == "cookie":
        names = (part.partition("=")[0].strip() for part in value.split(";"))
        return {f"cookie.{_SITE_COOKIE.sub(r'\1-<site>', it)}": "sent" for it in names if it}
    if name in {"authorization", "x-amz-access-token", "csrf"}:
        scheme, blank, _ = value.partition(" ")
        return {f"header.{name}": f"{scheme} <secret>" if blank else "<secret>"}
    if name == "content-type":
        value = re.sub(r"boundary=\S+", "boundary=<boundary>", value).lower()
    return {f"header.{name}": _site(shape(without(value, words)))}


def _body(entry: Mapping[str, Any], words: dict[str, str], operation: str) -> dict[str, str]:
    body = entry["body"] or ""
    kind = entry["headers"].get("content-type", "")
    if body.lstrip()[:1] in {"{", "["}:
        return _json(without(body, words), operation)
    if not body or "multipart" in kind:
        return {"body": "multipart" if body else ABSENT}
    fields = form_of(without(body, words))
    if entry["path"].startswith("/ap/signin"):
        # Most of it is what the page had in hidden fields, and the rest is secret.
        told = {f"body.{name}": "sent" for name in fields}
    else:
        told = {f"body.{name}": _site(shape(value)) for name, value in fields.items()}
    return {"body": "form" if fields else "text", **told}


def _json(body: str, operation: str) -> dict[str, str]:
    try:
        content = unwrapped(json.loads(body))
    except ValueError:
        return {"body": "broken JSON"}
    if isinstance(content, dict) and "node" in content and operation:
        content["node"] = [it for it in content["node"] if kind_of(it) == operation]
    leaves: dict[str, set[str]] = defaultdict(set)
    for path, leaf in flattened(content):
        leaves[path].add(_site(leaf))
    told = {f"body.{path}": " | ".join(sorted(found)) for path, found in leaves.items()}
    return {"body": "JSON", **told}
