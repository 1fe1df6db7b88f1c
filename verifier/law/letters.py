"""Which letters the shipped fonts have: what is printed says nothing that its reader cannot see."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "marks" / "fonts"
"""The only fonts that anything is printed with."""
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories that are not seen, or steer their neighbours."""
_SPACES = re.compile(r"[\t\n\r \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_PILED = re.compile(r"[\u0300-\u036f]{3}")
"""Three marks on one letter in NFC: no language writes so, and they would run into other lines."""


@lru_cache
def printable() -> frozenset[str]:
    """Return the letters that every font has and that are seen (neither controls nor marks of direction)."""
    held = frozenset.intersection(*(_letters(path) for path in sorted(FONTS.glob("*.ttf"))))
    return frozenset(one for one in held if unicodedata.category(one) not in _HIDDEN)


def plain(text: str) -> str:
    """Return `text` in NFC with single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def unprintable(text: str) -> str | None:
    """Return the first letter of a `plain` text that cannot be printed, as `U+202E`; None where all can."""
    bad = next((one for one in text if one not in printable()), None)
    if bad is None and (piled := _PILED.search(text)):
        bad = piled[0][-1]
    return bad and f"U+{ord(bad):04X}"


def shown(text: str) -> str:
    """Return foreign text, as a file's name, in NFC with every letter that cannot be printed as ‹U+4E2D›."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(one if one in printable() else f"‹U+{ord(one):04X}›" for one in normal)


def _letters(path: Path) -> frozenset[str]:
    font = path.read_bytes()
    start = next(struct.unpack_from(">I", font, at + 8)[0] for at in _tables(font) if font[at : at + 4] == b"cmap")
    found: set[int] = set()
    for number in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * number)
        if (platform, encoding) == (3, 1):
            found.update(_segments(font, start + offset))
    return frozenset(map(chr, found))


def _tables(font: bytes) -> range:
    return range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16)


def _segments(font: bytes, at: int) -> Iterator[int]:
    """Yield the characters of a cmap subtable of format 4 (OpenType, "cmap")."""
    kind, length, _, doubled = struct.unpack_from(">4H", font, at)
    if kind != 4:
        raise ValueError(f"cmap subtable of format {kind}")
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", font, offsets_at)
    for place, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for letter in range(first, min(last, 0xFFFE) + 1):
            glyph = letter
            if offset:
                glyph_at = offsets_at + 2 * place + offset + 2 * (letter - first)
                glyph = struct.unpack_from(">H", font, glyph_at)[0] if glyph_at < at + length else 0
            if (glyph + delta) % 0x10000 if glyph or not offset else 0:
                yield letter
