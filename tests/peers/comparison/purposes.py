"""
What a request is for: its method and the family of its path, and for the addresses that serve
many ends, the word in the body that tells them apart.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from comparison.shapes import unwrapped

_VARIABLE = re.compile(r"[A-Z0-9]{10,}|amzn1\..*|@self|v?\d+(?:\.\d+)*|\w*~.*")
_ROOT = re.compile(r"\{\s*(?:\w+\s*:\s*)?(\w+)")


def purposes_of(method: str, path: str, body: str) -> list[str]:
    """
    Return short stable names of what a request is for, one for each thing that a list asks for.

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
    words = detail(body) if detail else []
    return [f"{name}:{word}" for word in words if word] or [name]


def form_of(body: str) -> dict[str, str]:
    """
    Return the fields of a form body.
    """
    return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}


def kind_of(operation: Any) -> str:
    """
    Return the word that tells an operation of a behaviour from others.
    """
    kind = operation.get("type", "") if isinstance(operation, dict) else ""
    return str(kind).rpartition(".")[2]


def _operations(body: str) -> list[str]:
    content = unwrapped(_object(body))
    return sorted({kind_of(operation) for operation in content.get("node", [])})


def _command(body: str) -> list[str]:
    return [str(_object(body).get("type", ""))]


def _root_fields(body: str) -> list[str]:
    try:
        calls = json.loads(body)
    except ValueError:
        return []
    calls = calls if isinstance(calls, list) else [calls]
    found = set()
    for call in calls:
        query = str(call.get("query", ""))
        kind = "mutation-" if query.lstrip().startswith("mutation") else ""
        # The first brace may open the variables of the operation; the selection is what counts.
        if hit := _ROOT.search(re.sub(r"\([^()]*\)", "", query)):
            found.add(kind + hit.group(1))
    return sorted(found)


def _token_wanted(body: str) -> list[str]:
    fields = form_of(body) if "=" in body and not body.startswith("{") else _object(body)
    wanted = fields.get("requested_token_type", "")
    return [str(wanted)]


def _page(body: str) -> list[str]:
    fields: Mapping[str, Any] = form_of(body)
    for name in ("otpCode", "password", "email"):
        if fields.get(name):
            return [name]
    return ["other"]


def _object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


_READ_TOO = frozenset({"ap-signin", "ap-maplanding"})
_DETAILS: dict[str, Callable[[str], list[str]]] = {
    "behaviors-preview": _operations,
    "np-command": _command,
    "nexus-graphql": _root_fields,
    "auth-token": _token_wanted,
    "post-ap-signin": _page,
}
