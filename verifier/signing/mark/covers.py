"""What the cover (allonge) says, and the room that it keeps for the pieces of the mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from verifier.law.marks import read_cover
from verifier.law.records import Words
from verifier.signing.mark import codes
from verifier.signing.mark.letters import shown
from verifier.signing.mark.values import Values, grouped
from verifier.signing.records import CoverFacts, MarkFacts, Piece

QR_MM = 20.0
AIR_MM = 8.0
"""Free above and below what stands in the room."""
TOP_MM = 20.0
"""Margin at the top where nothing stands in the corner."""
STEPS = ("open", "compare", "signatures")


def moved(piece: Piece) -> Piece:
    """Return a piece as it stands on a cover: on the first page, at the bottom but for lines at the top."""
    if piece.preferences[0] == "top-right":
        return replace(piece, pages="first")
    own = tuple(one for one in piece.preferences if ":" in one)
    bottom = ("bottom-right", "bottom-left", "free")
    ordered = piece.preferences if piece.preferences[0] in bottom else (*own, *bottom)
    return replace(piece, pages="first", preferences=tuple(dict.fromkeys((*ordered, *bottom))))


def told(facts: MarkFacts, about: CoverFacts, found: Values, pieces: Sequence[Piece]) -> Mapping[str, Any]:
    """Return what the template of the cover is told; CouldNotIssue `qr-too-long`."""
    words = read_cover()
    top = [piece.drawing.height_mm for piece in pieces if piece.preferences[0] == "top-right"]
    below = [piece for piece in pieces if piece.preferences[0] != "top-right"]
    between = _between(below, found)
    return {
        **{name: vars(words[name]) for name in ("title", "what", "why", "verdict", "out", "check")},
        "authority": vars(found["authority"]),
        "facts": _facts(about, found, words),
        "reasons": [_reason(code, words) for code in about.reasons],
        "findings": [{"vi": shown(vi), "en": shown(en)} for vi, en in about.findings],
        "steps": [vars(words[f"step.{step}"]) for step in STEPS],
        "address": found["address"].vi,
        "qr": codes.picture(codes.matrix(facts.check_url, QR_MM)),
        "qr_mm": QR_MM,
        "top_mm": max((TOP_MM, *(height + AIR_MM for height in top))),
        "room_mm": max((0.0, *(piece.drawing.height_mm + (4 if between else 2) * AIR_MM for piece in below))),
        "between": between,
    }


def _facts(about: CoverFacts, found: Values, words: Mapping[str, Words]) -> list[dict[str, Any]]:
    size = f"{about.size:,}".replace(",", ".")
    values = {
        "file": shown(about.file_name),
        "size": f"{size} byte",
        "type": shown(about.media_type),
        "sha256": grouped(about.sha256),
        "number": found["number"].vi,
        "time": found["time"].vi,
    }
    return [{"label": vars(words[name]), "value": value} for name, value in values.items()]


def _reason(code: str, words: Mapping[str, Words]) -> dict[str, str]:
    known = words.get(f"reason.{code}")
    if known is not None:
        return {**vars(known)}
    other = words["reason.other"]
    return {"vi": other.vi.format(code=shown(code)), "en": other.en.format(code=shown(code))}


def _between(pieces: Sequence[Piece], found: Values) -> dict[str, Any] | None:
    """Title and name with room for the signature between, where a piece stands between them."""
    held = [piece for piece in pieces if piece.preferences[0].startswith("between:")]
    if not held:
        return None
    gap = max(piece.drawing.height_mm for piece in pieces) + AIR_MM / 2
    return {"title": found["title"].vi, "officer": found["officer"].vi, "gap_mm": gap}
