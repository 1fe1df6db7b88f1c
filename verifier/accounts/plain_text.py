"""Free text of people (reasons, addresses, citations) as it is kept: one line, nothing that cannot be seen."""

from __future__ import annotations

import unicodedata

from verifier.errors import BadRequest
from verifier.plain import is_hidden

LONGEST_TEXT = 1000
"""Characters."""


def clean_text(raw: str) -> str:
    """Return text in NFC in one line with single spaces; empty is allowed.

    BadRequest `text-unclear` where it holds control, zero-width or direction characters, or is too long (`limit`).
    """
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if len(text) > LONGEST_TEXT:
        raise BadRequest("text-unclear", f"It is longer than {LONGEST_TEXT} characters.", limit=str(LONGEST_TEXT))
    for letter in text:
        if is_hidden(letter):
            raise BadRequest("text-unclear", f"It holds U+{ord(letter):04X}.")
    return text


def reason_of(raw: str) -> str:
    """Return a reason as it is kept, in one line; BadRequest `reason-missing` or `text-unclear`, with its field."""
    try:
        words = clean_text(raw)
    except BadRequest as refusal:
        raise BadRequest(refusal.problem.code, refusal.problem.detail, field="reason") from None
    if not words:
        raise BadRequest("reason-missing", field="reason")
    return words
