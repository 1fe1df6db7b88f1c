"""What our own judge must say of what came out before it is released; anything else keeps it back for good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from verifier.errors import CouldNotIssue
from verifier.signing.records import Level, Placement
from verifier.verdict import Changes, Conclusion, Coverage, DocumentVerdict, Outcome, SignatureVerdict

_RANK = (Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED)
_LEVELS = {
    Level.B_LT: frozenset({"PAdES-BASELINE-LT", "PAdES-BASELINE-LTA"}),
    Level.B_LTA: frozenset({"PAdES-BASELINE-LTA"}),
}
_COVERS = frozenset({Coverage.ENTIRE_FILE, Coverage.ENTIRE_REVISION})
CHUNK = 1024 * 1024


def refuse_output(
    before: Outcome, after: Outcome, *, ours: tuple[str, ...], level: Level, placement: Placement
) -> DocumentVerdict:
    """Return the verdict on what came out; CouldNotIssue `own-judge-refused` (param `why`) where it may not go out.

    `ours` are the names of our signature fields, `before` the outcome on the document as it came in. Ours must be
    TOTAL_PASSED at the wanted level, nothing suspicious after them; each earlier signature as good as it was.
    """
    if not isinstance(after, DocumentVerdict):
        raise refused(f"not judged: {after.problem.code}")
    for why in _of_ours(after, ours, level):
        raise refused(why)
    if placement is Placement.PAGE and isinstance(before, DocumentVerdict):
        for why in _of_others(before, after, ours):
            raise refused(why)
    if after.changes_after_last_signature is Changes.SUSPICIOUS:
        raise refused("suspicious changes after the last signature")
    return after


def refuse_changed(path: Path, size: int, sha256: str) -> None:
    """Refuse what does not begin with the bytes of the document as it came in."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size and (piece := file.read(min(size, CHUNK))):
            digest.update(piece)
            size -= len(piece)
    if size or digest.hexdigest() != sha256:
        raise refused("it does not begin with the document as it came in")


def refused(why: str) -> CouldNotIssue:
    """Return the refusal."""
    return CouldNotIssue("own-judge-refused", why, why=why)


def _of_ours(after: DocumentVerdict, ours: tuple[str, ...], level: Level) -> Iterator[str]:
    for name in ours:
        found = [one for one in after.signatures if one.field_name == name]
        if len(found) != 1:
            yield f"{name} is there {len(found)} times"
            return
        one = found[0]
        if one.indication is not Conclusion.TOTAL_PASSED:
            yield f"{name} is {one.indication.value} {one.sub_indication.value if one.sub_indication else ''}".strip()
        if not one.integrity.intact or one.integrity.coverage not in _COVERS:
            yield f"{name} does not cover its revision whole"
        if one.integrity.changes is Changes.SUSPICIOUS:
            yield f"suspicious changes after {name}"
        if one.level not in _LEVELS[level]:
            yield f"{name} is {one.level}, not {level.value}"


def _of_others(before: DocumentVerdict, after: DocumentVerdict, ours: tuple[str, ...]) -> Iterator[str]:
    now = [one for one in after.signatures if one.field_name not in ours][: len(before.signatures)]
    if len(now) < len(before.signatures) or after.signature_remnants > before.signature_remnants:
        yield "an earlier signature is gone"
        return
    for old, new in zip(before.signatures, now, strict=True):
        if why := _worse(old, new):
            yield f"the earlier signature {old.field_name} {why}"


def _worse(old: SignatureVerdict, new: SignatureVerdict) -> str:
    """Tell in what an earlier signature is worse than it was; empty where in nothing."""
    if new.field_name != old.field_name:
        return "is not where it was"
    if _RANK.index(new.indication) < _RANK.index(old.indication):
        return f"was {old.indication.value} and is {new.indication.value}"
    if old.integrity.intact and not new.integrity.intact:
        return "is broken"
    if new.integrity.changes is Changes.SUSPICIOUS and old.integrity.changes is not Changes.SUSPICIOUS:
        return "has suspicious changes after it"
    return ""
