"""Free text of people (reasons, addresses, citations) as it is kept: one line, nothing that cannot be seen."""

from __future__ import annotations

import unicodedata

from verifier.errors import BadRequest

LONGEST_TEXT = 1000
"""Characters."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not seen, or turn what is seen around."""


def clean_text(raw: str) -> str:
    """Return text in NFC in one line with single spaces; empty is allowed.

    BadRequest `text-unclear` where it holds control, zero-width or direction characters, or is too long.
    """
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if len(text) > LONGEST_TEXT:
        raise BadRequest("text-unclear", f"It is longer than {LONGEST_TEXT} characters.")
    for letter in text:
        if unicodedata.category(letter) in UNSEEN:
            raise BadRequest("text-unclear", f"It holds U+{ord(letter):04X}.")
    return text
