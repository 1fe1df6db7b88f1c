"""What the public learns of a document that we released: whether it still holds, as a line, a headline and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from verifier.reports.formats import Words, iso
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Issued, Standing
from verifier.web import locale

LOOKS: Mapping[Standing, str] = {Standing.IN_FORCE: "ok", Standing.ANNULLED: "void", Standing.REPLACED: "void"}
"""Class of the style sheet, and name of the shape, by standing."""


@dataclass(frozen=True)
class IssuedLine:
    """How a released document stands, in words."""

    look: str
    word: str
    sentence: str
    """Who issued it under which number, and what became of it."""
    next_step: str
    in_force: bool


def service() -> Issuing | None:
    """Return the act of issuing; None where this service issues nothing."""
    return cast("Issuing | None", current_app.extensions.get("issuing"))


def issued_with(sha256: str) -> Issued | None:
    """Return what we released with this SHA-256 of the whole file, looked up now; None where it is not ours."""
    found = service()
    return found.by_sha256(sha256) if found and sha256 else None


def issued_line(issued: Issued, words: Words) -> IssuedLine:
    """Return how a released document stands, in the reader's language."""
    standing, lang = issued.standing.value, words.lang
    told = {
        "authority": words.plain(authority_of(issued, lang)),
        "number": words.plain(issued.number),
        "date": words.date(issued.released_at.astimezone(words.zone)),
        "since": words.date(issued.since.astimezone(words.zone)) if issued.since else "–",
        "decision": words.plain(issued.decision),
        "replacement": words.plain(issued.replacement),
    }
    return IssuedLine(
        look=LOOKS[issued.standing],
        word=locale.text(f"issued-word-{standing}", lang),
        sentence=locale.text(f"issued-sentence-{standing}", lang, **told),
        next_step=locale.text(f"issued-next-{standing}", lang),
        in_force=issued.standing is Standing.IN_FORCE,
    )


def authority_of(issued: Issued, lang: str) -> str:
    """Name the authority that released it."""
    return issued.authority_en if lang == "en" else issued.authority_vi


def issued_json(issued: Issued) -> dict[str, str | None]:
    """Return the same for machines (wire type `IssuedNote`)."""
    return {
        "standing": issued.standing.value,
        "kind": issued.kind.value,
        "number": issued.number,
        "book": issued.book,
        "authority_vi": issued.authority_vi,
        "authority_en": issued.authority_en,
        "released_at": iso(issued.released_at),
        "sha256": issued.sha256,
        "since": iso(issued.since) if issued.since else None,
        "ground": issued.ground,
        "decision": issued.decision,
        "replacement": issued.replacement,
    }
