"""Opening a file to extend it: as tolerantly as viewers read, but only where an update lands where they look for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from verifier.errors import CouldNotIssue, CouldNotJudge
from verifier.pades.engine import Opened, analyse
from verifier.signing.pdf.pages import PageTreeError
from verifier.signing.pdf.update import Update

TOLERABLE = frozenset({"hybrid-xref", "strict-reading-failed", "trailing-bytes"})
"""What our reader may have tolerated in a file that can be extended all the same.

Not among them: cross references made anew (there is nothing to link to), and a header that is not at the beginning
(readers count offsets from either).
"""

NOT_PDF, ENCRYPTED, LOCKED_AWAY, DAMAGED = "not-pdf", "encrypted", "pdf-encrypted", "damaged-xref"

_HINDRANCES = {"not-a-pdf": NOT_PDF, "empty-file": NOT_PDF, "pdf-encrypted": LOCKED_AWAY}

T = TypeVar("T")


def attempted(data: bytes, action: Callable[[Update], T]) -> T:
    """Return what `action` makes of the file, from the strictest reading that carries it to the end.

    CouldNotIssue: not-extendable (param `hindrance`), and what `action` refuses.
    """

    # a refusal is carried out of the attempts as a value: none of the others would make it possible
    def attempt(opened: Opened) -> tuple[T] | CouldNotIssue:
        if opened.encrypted:
            return refused(ENCRYPTED, "The file is encrypted.")
        if set(opened.tolerated) - TOLERABLE:
            return refused(DAMAGED, ", ".join(opened.tolerated))
        try:
            return (action(Update(opened)),)
        except CouldNotIssue as refusal:
            return refusal
        except PageTreeError as error:
            return refused(DAMAGED, str(error))

    try:
        found = analyse(data, (), attempt)
    except CouldNotJudge as problem:
        raise refused(_HINDRANCES.get(problem.problem.code, DAMAGED), problem.problem.detail) from None
    if isinstance(found, CouldNotIssue):
        raise found
    return found[0]


def refused(hindrance: str, detail: str = "") -> CouldNotIssue:
    """Return the error for a file that cannot be extended."""
    return CouldNotIssue("not-extendable", detail, hindrance=hindrance)
