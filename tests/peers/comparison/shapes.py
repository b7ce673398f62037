"""
Values reduced to what two clients can have in common.

Serials, tokens, times, versions and the texts of a task differ from run to run and become names
in angle brackets; what is left is compared literally. Nothing secret is left.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

ABSENT = "absent"

_PATTERNS = (
    (re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?"), "<time>"),
    (re.compile(r"\b(?:[A-Za-z]{2,4}\||\S*\bcanary-|MAP_)\S+"), "<secret>"),
    (re.compile(r"\b[0-9a-fA-F]{16,}\b"), "<hex>"),
    (re.compile(r"\bG0[0-9A-Z]{14}\b"), "<serial>"),
    (re.compile(r"\bA[0-9A-Z]{11,13}\b"), "<id>"),
    (re.compile(r"amzn1\.[\w.~-]+(?:<id>)?"), "<amzn1>"),
    (re.compile(r"\b1[6-9]\d{8,11}(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"\d+(?:[._]\d+)+(?:\.\*)?"), "<version>"),
)
_OPAQUE = re.compile(r"[\w+/=~|.-]{40,}")


def shape(value: Any) -> str:
    """
    Return what is left of one value.

    :param value: a string, number, truth value or None.
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return "<number>"
    text = str(value).strip()
    if _OPAQUE.fullmatch(text) and "://" not in text:
        return "<opaque>"
    for pattern, word in _PATTERNS:
        text = pattern.sub(word, text)
    if re.fullmatch(r"-?\d+", text):
        return '"<number>"'
    return " ".join(text.split())


def flattened(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """
    Yield the leaves of a JSON value as (path, shape).

    Texts that hold JSON themselves are opened. The entries of a list share one path, unless they
    name an interface; then each has its own.
    """
    if isinstance(value, str) and value[:1] in "[{" and value:
        try:
            value = json.loads(value)
        except ValueError:
            pass
        else:
            path = f"{path}#"
    if isinstance(value, dict):
        if not value:
            yield path, "{}"
        for name, inner in value.items():
            yield from flattened(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        if not value:
            yield path, "[]"
        for inner in value:
            key = inner.get("interface", "") if isinstance(inner, dict) else ""
            yield from flattened(inner, f"{path}[{key}]")
    else:
        yield path, shape(value)


def unwrapped(content: Any) -> Any:
    """
    Return the body of a behaviour with its operations side by side.

    One operation alone may stand by itself or in a list that runs it; both are the same to do.

    :param content: a JSON value; anything but a behaviour stays as it is.
    """
    if not isinstance(content, dict) or "sequenceJson" not in content:
        return content
    sequence = content["sequenceJson"]
    try:
        sequence = json.loads(sequence) if isinstance(sequence, str) else sequence
        start = sequence["startNode"]
    except (ValueError, TypeError, KeyError):
        return content
    wrappers: list[str] = []
    operations = list(_operations(start, wrappers))
    rest = {name: value for name, value in sequence.items() if name != "startNode"}
    return {
        **{name: value for name, value in content.items() if name != "sequenceJson"},
        "sequence": rest,
        "wrapped": " in ".join(wrappers) or "no",
        "node": operations,
    }


def _operations(node: Any, wrappers: list[str]) -> Iterator[Any]:
    if isinstance(node, dict) and isinstance(node.get("nodesToExecute"), list):
        kind = str(node.get("@type", "")).rpartition(".")[2]
        if kind not in wrappers:
            wrappers.append(kind)
        for inner in node["nodesToExecute"]:
            yield from _operations(inner, wrappers)
    else:
        yield node


def without(text: str, words: dict[str, str]) -> str:
    """
    Replace what only this run had, longest first.

    :param text: anything of a request.
    :param words: what to replace, and by what.
    """
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return text
