"""A quick reader of plain object syntax (ISO 32000-2 7.3), for the many ordinary objects of a file.

Whatever is unusual (comments, escapes, odd ends) raises `UnusualSyntaxError` and is left to pyHanko's thorough reader,
which takes ten times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple


class Ref(NamedTuple):
    """An indirect reference (ISO 32000-2 7.3.10)."""

    number: int
    generation: int

    def __str__(self) -> str:
        return f"{self.number} {self.generation}"


class Name(str):
    """A PDF name with its leading slash; differs from a string by type."""

    __slots__ = ()


class UnusualSyntaxError(Exception):
    """The object is not written in the plain way that the quick reader knows."""


DUPLICATE = "duplicate keys"
"""Key (no name) that marks a dictionary with a key twice: readers differ in which value counts. The first is kept."""

MAX_NESTING = 100

_SPACE = rb"[\x00\t\n\x0c\r ]"
_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|\Z)"
_TOKEN = re.compile(
    _SPACE + rb"*(?:"
    rb"(?P<name>/[!$&'*-.0-;=?-Z\\^-z|~]*)" + _END + rb"|"
    rb"(?P<ref>(\d{1,10})" + _SPACE + rb"{1,8}(\d{1,5})" + _SPACE + rb"{1,8}R)" + _END + rb"|"
    rb"(?P<int>[+-]?\d{1,18})" + _END + rb"|"
    rb"(?P<real>[+-]?(?:\d{1,18}\.\d{0,18}|\.\d{1,18}))" + _END + rb"|"
    rb"(?P<open><<)|(?P<close>>>)|(?P<array>\[)|(?P<stop>\])|"
    rb"<(?P<hex>[0-9A-Fa-f]*)>|"
    rb"\((?P<text>[^()\\\r]*)\)|"
    rb"(?P<word>true|false|null)" + _END + rb")"
)
_HEADER = re.compile(_SPACE + rb"*(\d{1,10})" + _SPACE + rb"+(\d{1,5})" + _SPACE + rb"+obj" + _END)
_FINISH = re.compile(_SPACE + rb"*endobj")
_STREAM = re.compile(_SPACE + rb"*stream(?:\r\n|\n)")
_STREAM_FINISH = re.compile(_SPACE + rb"*endstream" + _SPACE + rb"*endobj")
_WORDS = {b"true": True, b"false": False, b"null": None}


def read_value(data: bytes, position: int) -> tuple[Any, int]:
    """Return the value written at `position` and the offset after it.

    Raises:
        UnusualSyntaxError: it is not written in the plain way.
    """
    stack: list[list[Any]] = []
    marks: list[bool] = []
    for match in _TOKEN.finditer(data, position):
        if match.start() != position or len(stack) > MAX_NESTING:
            break
        position = match.end()
        kind = match.lastgroup
        if kind in ("open", "array"):
            stack.append([])
            marks.append(kind == "open")
            continue
        if kind in ("close", "stop"):
            if not stack or marks.pop() != (kind == "close"):
                break
            items = stack.pop()
            value: Any = _dictionary(items) if kind == "close" else items
        else:
            value = _SCALARS[str(kind)](match)
        if not stack:
            return value, position
        stack[-1].append(value)
    raise UnusualSyntaxError


def read_object(
    data: bytes, position: int, ref: Ref, length_of: Callable[[Ref], Any]
) -> tuple[Any, tuple[int, int] | None]:
    """Return the value of the object at `position` and, for a stream, where its bytes stand.

    `length_of` resolves an indirect /Length.

    Raises:
        UnusualSyntaxError: it is not written in the plain way, or is another object.
    """
    header = _HEADER.match(data, position)
    if header is None or (int(header[1]), int(header[2])) != ref:
        raise UnusualSyntaxError
    value, position = read_value(data, header.end())
    if _FINISH.match(data, position):
        return value, None
    start = _STREAM.match(data, position)
    length = value.get("/Length") if isinstance(value, dict) else None
    if isinstance(length, Ref):
        length = length_of(length)
    if start is None or not isinstance(length, int) or length < 0:
        raise UnusualSyntaxError
    span = (start.end(), start.end() + length)
    if not _STREAM_FINISH.match(data, span[1]):
        raise UnusualSyntaxError
    return value, span


def _dictionary(items: list[Any]) -> dict[str, Any]:
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, Name) for key in keys):
        raise UnusualSyntaxError
    # the first of several values counts, as for pyHanko
    found = dict(zip(map(str, reversed(keys)), reversed(items[1::2]), strict=True))
    return found if len(found) == len(keys) else {**found, DUPLICATE: True}


def _hexadecimal(match: re.Match[bytes]) -> bytes:
    digits = match["hex"]
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


_SCALARS: dict[str, Callable[[re.Match[bytes]], Any]] = {
    "name": lambda match: Name(match["name"].decode("ascii")),
    "ref": lambda match: Ref(int(match[3]), int(match[4])),
    "int": lambda match: int(match["int"]),
    "real": lambda match: float(match["real"]),
    "hex": _hexadecimal,
    "text": lambda match: match["text"],
    "word": lambda match: _WORDS[match["word"]],
}
