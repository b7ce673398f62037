"""
What a request is for: its method and the family of its path, and for the addresses that serve
many ends, the word in the body that tells them apart.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

_VARIABLE = re.compile(r"[A-Z0-9]{10,}|amzn1\..*|@self|v?\d+(?:\.\d+)*|\w*~.*")
_NODE = re.compile(r'\\?"type\\?"\s*:\s*\\?"((?:Alexa|AMAZON|Amazon)[\w.]*)')
_ROOT = re.compile(r"\{\s*(?:\w+\s*:\s*)?(\w+)")


def purpose_of(method: str, path: str, body: str) -> str:
    """
    Return a short stable name of what a request is for.

    :param method: the HTTP method.
    :param path: the path without the query.
    :param body: the body as text.
    """
    parts = [part for part in path.split("/") if part and not _VARIABLE.fullmatch(part)]
    if parts[:1] == ["api"]:
        del parts[0]
    name = "-".join(re.sub(r"\W+", "-", part).strip("-") for part in parts) or "root"
    if method not in {"GET", "POST"} or (method == "POST" and name in _READ_TOO):
        name = f"{method.lower()}-{name}"
    detail = _DETAILS.get(name)
    word = detail(body) if detail else ""
    return f"{name}:{word}" if word else name


def form_of(body: str) -> dict[str, str]:
    """
    Return the fields of a form body.
    """
    return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}


def _node_types(body: str) -> str:
    return "+".join(sorted({name.rpartition(".")[2] for name in _NODE.findall(body)}))


def _command(body: str) -> str:
    return str(_object(body).get("type", ""))


def _root_fields(body: str) -> str:
    try:
        calls = json.loads(body)
    except ValueError:
        return ""
    calls = calls if isinstance(calls, list) else [calls]
    found = set()
    for call in calls:
        query = str(call.get("query", ""))
        kind = "mutation-" if query.lstrip().startswith("mutation") else ""
        # The first brace may open the variables of the operation; the selection is what counts.
        if hit := _ROOT.search(re.sub(r"\([^()]*\)", "", query)):
            found.add(kind + hit.group(1))
    return "+".join(sorted(found))


def _token_wanted(body: str) -> str:
    fields = form_of(body) if "=" in body and not body.startswith("{") else _object(body)
    wanted = fields.get("requested_token_type", "")
    return str(wanted)


def _page(body: str) -> str:
    fields: Mapping[str, Any] = form_of(body)
    for name in ("otpCode", "password", "email"):
        if fields.get(name):
            return name
    return "other"


def _object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


_READ_TOO = frozenset({"ap-signin", "ap-maplanding"})
_DETAILS: dict[str, Callable[[str], str]] = {
    "behaviors-preview": _node_types,
    "np-command": _command,
    "nexus-graphql": _root_fields,
    "auth-token": _token_wanted,
    "post-ap-signin": _page,
}
