"""References of orders: what a payer quotes, short, without letters that look alike, with a check character."""

from __future__ import annotations

from uuid import UUID

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U."""
LENGTH = 12
"""Characters before the check character: the first 60 bits of an order's id."""
PREFIX = "P"
_WEIGHTS = 31
"""A prime: a wrong character, or two that changed places, are found, but for 0 in place of Z."""


def reference_of(order: UUID) -> str:
    """Return the reference of an order, as `P8K3…`: 14 characters; unique as the id is, and the database holds it."""
    rest, text = order.int >> (128 - 60), ""
    for _ in range(LENGTH):
        rest, digit = divmod(rest, len(LETTERS))
        text = LETTERS[digit] + text
    return PREFIX + text + check(text)


def check(text: str) -> str:
    """Return the check character of a reference's middle."""
    value = sum(place * LETTERS.index(letter) for place, letter in enumerate(text, start=1))
    return LETTERS[value % _WEIGHTS]


def read_reference(text: str) -> str:
    """Return a reference as it is kept, however it was typed; empty for what is none."""
    plain = "".join(text.upper().split()).replace("-", "")
    body = plain.removeprefix(PREFIX)
    whole = plain.startswith(PREFIX) and len(body) == LENGTH + 1 and set(body) <= set(LETTERS)
    return plain if whole and check(body[:LENGTH]) == body[LENGTH] else ""
