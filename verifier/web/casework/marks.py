"""How a dossier and its papers look in a line: shape and word of a status and of what our judge found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from verifier.cases.found import Found
from verifier.cases.records import Case, Paper
from verifier.web.chrome import say, words

LOOKS: Mapping[str, str] = {
    "filed": "info",
    "supplement": "none",
    "payment": "none",
    "forwarded": "none",
    "accepted": "info",
    "examination": "info",
    "confirmation": "none",
    "approval": "info",
    "signing": "info",
    "signed": "info",
    "delivered": "ok",
    "refused-intake": "plain",
    "refused": "plain",
    "withdrawn": "plain",
    "stopped": "plain",
}
"""Shape of each status: who works here must act, others must, it was given out, it ended.

The shapes of verdicts, `?` and `×`, are left to verdicts.
"""
STATES: Mapping[str, str] = {
    "valid": "ok",
    "invalid": "bad",
    "unknown": "open",
    "unsigned": "plain",
    "unchecked": "none",
}
"""Shape of what the headline of a verdict says."""
FOUND = ("ok", "bad", "open", "none", "plain")
"""Looks of what was found, in the order in which a list counts them."""


@dataclass(frozen=True)
class Mark:
    """Shape and word."""

    look: str
    word: str
    sentence: str = ""


def look_of(case: Case) -> str:
    """Return the shape of a dossier's status."""
    return LOOKS.get(case.status, "info")


def mark_of(paper: Paper, sentence: str = "") -> Mark:
    """Say what our judge found in a paper; `sentence`: what the service offers, in words."""
    if paper.annulled_at:
        return Mark("void", say("case-found-annulled"))
    found = Found.of(paper)
    if found is None:
        return Mark("plain", say("case-found-changed" if paper.verdict else "case-found-not-yet"), sentence)
    word = found.word_en if words().lang == "en" and found.word_en else found.word_vi
    return Mark(STATES[found.state], word, sentence)


def found_counts(verdicts: Mapping[str, int], papers: int) -> tuple[tuple[str, int, str], ...]:
    """Count what was found in the papers of a dossier: look, number, words; last those that were not judged."""
    counts = Counter[str]()
    for state, count in verdicts.items():
        counts[STATES.get(state, "none")] += count
    told = [(look, counts[look], say(f"case-found-{look}")) for look in FOUND if counts[look]]
    rest = papers - sum(counts.values())
    return (*told, *([("plain", rest, say("case-found-not-yet"))] if rest > 0 else []))
