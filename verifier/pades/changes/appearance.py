"""Does a field show what its value says? Text is read from the appearance stream and compared (shadow attacks)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from verifier.pades.changes.legible import Box, conceals
from verifier.pades.changes.objects import ObjectStore, Stream, entries, text
from verifier.pades.changes.syntax import Name, Ref

_TOKEN = re.compile(
    rb"\((?P<literal>(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)|<(?P<hex>[0-9A-Fa-f\s]*)>(?!>)"
    rb"|(?P<name>/[^\s/<>\[\](){}%]*)|(?P<word>[A-Za-z'\"*]+)|(?P<other>[^\s()<>/A-Za-z]+|<<|>>)",
    re.DOTALL,
)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)

PAINTING = frozenset({b"Do", b"sh", b"BI", b"c", b"v", b"y"})
"""Operators that bring pictures, other forms, shadings or curves into an appearance: more than text in a box."""

MAX_LINES = 64
"""Straight lines in a text field's appearance: borders and comb cells, not letters."""

MAX_SHOWN_BYTES = 1 << 20
"""Bytes of appearance content that are read."""


def shows(store: ObjectStore, revision: int, appearance: Any, value: str, *, formatted: bool = False) -> bool:
    """Whether the appearance stream (/N of /AP) of a text or choice field shows nothing but `value`.

    Glyph codes are mapped through /ToUnicode, or taken as Latin text; where a font with two-byte codes has no map, the
    number of glyphs must fit. Whitespace and line breaks are left out on both sides. A `formatted` field may show a
    number with separators, zeros after the point and a currency.
    """
    shown = shown_text(store, revision, appearance)
    if shown is None:
        return False
    characters, unmapped = shown
    if unmapped:
        return unmapped + len(characters) <= len(value)
    if characters == "".join(value.split()):
        return True
    digits = _digits(characters)
    return formatted and bool(digits) and digits == _digits(value)


def shown_text(store: ObjectStore, revision: int, appearance: Any) -> tuple[str, int] | None:
    """Return the text an appearance shows, without white space, and the number of glyphs that have no text.

    None where the appearance is no stream, or draws more than text in a box.
    """
    stream = store.resolve(appearance, revision)
    content = stream.decoded() if isinstance(stream, Stream) else None
    if content is None or len(content) > MAX_SHOWN_BYTES:
        return None
    if conceals(content, _box(store, revision, stream)):
        return None
    tokens = list(_tokens(content))
    words = [token for kind, token in tokens if kind == "word"]
    if PAINTING.intersection(words) or words.count(b"l") > MAX_LINES:
        return None
    return _shown(store, revision, stream, tokens)


def _box(store: ObjectStore, revision: int, stream: Stream) -> Box:
    corners = store.resolve(stream.dictionary.get("/BBox"), revision)
    numbers = [store.resolve(each, revision) for each in corners] if isinstance(corners, list) else []
    if len(numbers) != 4 or not all(isinstance(each, (int, float)) for each in numbers):
        return (0.0, 0.0, 0.0, 0.0)
    x, y = sorted((float(numbers[0]), float(numbers[2]))), sorted((float(numbers[1]), float(numbers[3])))
    return (x[0], y[0], x[1], y[1])


def _digits(value: str) -> str:
    return "".join(character for character in value if character.isdigit()).strip("0")


def _shown(store: ObjectStore, revision: int, stream: Stream, tokens: list[tuple[str, bytes]]) -> tuple[str, int]:
    resources = entries(store.resolve(stream.dictionary.get("/Resources"), revision))
    fonts = entries(store.resolve(resources.get("/Font"), revision))
    shown, unmapped = "", 0
    font: Any = None
    for kind, token in tokens:
        if kind == "name" and token.decode("latin-1") in fonts:
            font = store.resolve(fonts[token.decode("latin-1")], revision)
        elif kind == "string":
            piece, missing = _characters(store, revision, font, token)
            shown, unmapped = shown + piece, unmapped + missing
    return "".join(shown.split()), unmapped


FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"BI"})
DRAWING = FILLING | {b"S", b"s", b"Tj", b"TJ", b"'", b'"'}


def fills(store: ObjectStore, revision: int, appearance: Any) -> bool:
    """Whether an appearance stream, or a form it draws, paints areas."""
    return draws(store, revision, appearance, operators=FILLING)


def multiplies(store: ObjectStore, revision: int, appearance: Any) -> bool:
    """Whether an appearance lets through what is under it, as highlighting does (ISO 32000-2 11.3.5)."""
    resources = entries(store.resolve(entries(store.resolve(appearance, revision)).get("/Resources"), revision))
    states = [entries(store.resolve(each, revision)) for each in _values(store, revision, resources, "/ExtGState")]
    inner = [each for each in _values(store, revision, resources, "/XObject") if isinstance(each, Ref)]
    modes = [store.resolve(state.get("/BM"), revision) for state in states]
    if modes:
        return all(mode == Name("/Multiply") for mode in modes)
    return len(inner) == 1 and multiplies(store, revision, inner[0])


def _values(store: ObjectStore, revision: int, resources: Any, category: str) -> list[Any]:
    return list(entries(store.resolve(resources.get(category), revision)).values())


def draws(
    store: ObjectStore, revision: int, appearance: Any, depth: int = 0, operators: frozenset[bytes] = DRAWING
) -> bool:
    """Whether an appearance stream, or a form it draws, paints anything, with one of these operators."""
    stream = store.resolve(appearance, revision)
    if isinstance(stream, dict):
        return (
            any(draws(store, revision, state, depth + 1, operators) for state in stream.values()) if depth < 4 else True
        )
    if not isinstance(stream, Stream):
        return False
    content = stream.decoded()
    if content is None:
        return True
    words = {token for kind, token in _tokens(content[:MAX_SHOWN_BYTES]) if kind == "word"}
    if words & operators:
        return True
    if b"Do" not in words or depth > 8:
        return b"Do" in words
    resources = entries(store.resolve(stream.dictionary.get("/Resources"), revision))
    drawn = entries(store.resolve(resources.get("/XObject"), revision)).values()
    return any(_paints(store, revision, each, depth, operators) for each in drawn)


def _paints(store: ObjectStore, revision: int, drawn: Any, depth: int, operators: frozenset[bytes]) -> bool:
    stream = store.resolve(drawn, revision)
    if entries(stream).get("/Subtype") == "/Image":
        return True
    return draws(store, revision, drawn, depth + 1, operators)


def _tokens(content: bytes) -> Iterator[tuple[str, bytes]]:
    for match in _TOKEN.finditer(content):
        if match.group("literal") is not None:
            yield "string", _ESCAPE.sub(_unescape, match.group("literal"))
        elif match.group("hex") is not None:
            digits = b"".join(match.group("hex").split())
            yield "string", bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        elif match.group("name") is not None:
            yield "name", match.group("name")
        elif match.group("word") is not None:
            yield "word", match.group("word")


def _unescape(match: re.Match[bytes]) -> bytes:
    escaped = match.group(1)
    if escaped[:1].isdigit():
        return bytes([int(escaped, 8) & 0xFF])
    if escaped in (b"\n", b"\r", b"\r\n"):
        return b""
    return _ESCAPES.get(escaped, escaped)


def _characters(store: ObjectStore, revision: int, font: Any, shown: bytes) -> tuple[str, int]:
    """Return the text of one shown string and how many of its glyphs have none."""
    dictionary = entries(font)
    wide = dictionary.get("/Subtype") == "/Type0"
    mapping = _to_unicode(store.resolve(dictionary.get("/ToUnicode"), revision))
    if mapping is None and not wide:
        return text(shown) if shown.isascii() else shown.decode("cp1252", "replace"), 0
    size = 2 if wide else 1
    codes = [int.from_bytes(shown[at : at + size], "big") for at in range(0, len(shown), size)]
    found = [(mapping or {}).get(code) for code in codes]
    return "".join(piece for piece in found if piece is not None), sum(piece is None for piece in found)


_CHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)

MAX_RANGE = 65536
"""Codes of one bfrange that are read."""


def _to_unicode(cmap: Any) -> dict[int, str] | None:
    """Read a /ToUnicode CMap (ISO 32000-2 9.10.3)."""
    content = cmap.decoded() if isinstance(cmap, Stream) else None
    if content is None or len(content) > MAX_SHOWN_BYTES:
        return None
    mapping: dict[int, str] = {}
    for kind, body in _SECTION.findall(content):
        if kind == b"bfchar":
            mapping.update({int(code, 16): _utf16(target) for code, target in _CHAR.findall(body)})
            continue
        for first, last, start, listed in _RANGE.findall(body):
            mapping.update(_range(int(first, 16), int(last, 16), start, listed))
    return mapping


def _range(first: int, last: int, start: bytes, listed: bytes) -> dict[int, str]:
    if listed:
        targets = re.findall(rb"<([0-9A-Fa-f]*)>", listed)
        return {first + offset: _utf16(target) for offset, target in enumerate(targets)}
    base = int(start, 16)
    codes = range(first, min(last, first + MAX_RANGE) + 1)
    return {code: _utf16(f"{base + code - first:0{len(start)}x}".encode()) for code in codes}


def _utf16(digits: bytes) -> str:
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("utf-16-be", "replace")
