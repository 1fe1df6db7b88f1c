"""Makes hostile text harmless: names of files and people as plain, visible, normalised text."""

from __future__ import annotations

import json
import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Zero width joiner and non-joiner: Persian and Indic names need them."""

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_BEYOND_ASCII = re.compile(r"[^\x20-\x7e]")


def is_hidden(character: str) -> bool:
    """Tell whether a character is not seen or steers its neighbours: controls, marks, surrogates, unassigned."""
    return unicodedata.category(character) in _HIDDEN


def visible(text: str) -> str:
    """Return `text` in NFC with every hidden character written out, as ⟨U+202E⟩; joiners of scripts stay."""

    def shown(found: re.Match[str]) -> str:
        character = found[0]
        if character in JOINERS or not is_hidden(character):
            return character
        return f"⟨U+{ord(character):04X}⟩"

    return unicodedata.normalize("NFC", _BEYOND_ASCII.sub(shown, text))


def escape_json(encoded: str) -> str:
    """Return JSON text with every hidden character inside its strings as a JSON escape; the value stays the same."""

    def escaped(found: re.Match[str]) -> str:
        return json.dumps(found[0])[1:-1] if is_hidden(found[0]) else found[0]

    return _BEYOND_ASCII.sub(escaped, encoded)
