"""Refuses what cannot be printed on a mark, in the words of this package."""

from __future__ import annotations

from verifier.errors import CouldNotIssue
from verifier.law.letters import plain, printable, shown, unprintable

__all__ = ["printable", "printed", "shown"]


def printed(text: str, field: str, **told: str) -> str:
    """Return `text` in NFC with single spaces; CouldNotIssue `mark-unprintable` (`field`, `letter`, `told`).

    Refused is what cannot be seen (controls, direction marks, zero width) and what the fonts do not have: a mark says
    nothing that its reader cannot see.
    """
    told_text = plain(text)
    if letter := unprintable(told_text):
        raise CouldNotIssue("mark-unprintable", f"{field} holds {letter}", field=field, letter=letter, **told)
    return told_text
