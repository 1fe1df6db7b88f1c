"""What pages and other renderings print: every word derived once, here; templates only print it.

All functions take the language (`vi` or `en`) and, where times are written, the zone. Values from documents come out
as visible plain text (controls and direction marks written out); escaping for HTML is the template's.
"""

from __future__ import annotations

from dataclasses import dataclass

from verifier.errors import Problem
from verifier.reports.cards import ProcessLine, SignatureCard, StampLine, TimelineEntry, signature_card, timeline
from verifier.reports.details import (
    ChangeLine,
    CheckLine,
    Circular15,
    Explanation,
    Fact,
    GapLine,
    changes,
    checks,
    checks_summary,
    circular_15,
    evidence,
    explanation,
    gaps,
    tolerated,
)
from verifier.reports.findings import State
from verifier.reports.formats import HANOI, Moment, Words
from verifier.reports.headline import Headline, headline
from verifier.reports.layers import Layer, layers
from verifier.reports.particulars import problem_key, problem_params

__all__ = [
    "HANOI",
    "ChangeLine",
    "CheckLine",
    "Circular15",
    "Explanation",
    "Fact",
    "GapLine",
    "Headline",
    "Layer",
    "Moment",
    "ProblemText",
    "ProcessLine",
    "SignatureCard",
    "StampLine",
    "State",
    "TimelineEntry",
    "Words",
    "changes",
    "checks",
    "checks_summary",
    "circular_15",
    "evidence",
    "explanation",
    "gaps",
    "headline",
    "layers",
    "problem_text",
    "signature_card",
    "timeline",
    "tolerated",
]


@dataclass(frozen=True)
class ProblemText:
    """A problem in words: what, why, and what to do instead."""

    code: str
    title: str
    detail: str
    do: str


def problem_text(problem: Problem, lang: str) -> ProblemText:
    """Return the words of a problem, for pages and RFC 9457 documents; an unknown code gets general words."""
    words = Words(lang)
    key, params = f"problems.{problem_key(problem)}", problem_params(problem, words)
    return ProblemText(
        code=problem.code,
        title=words.text(f"{key}.title", params),
        detail=words.text(f"{key}.detail", params),
        do=words.text(f"{key}.do", params),
    )
