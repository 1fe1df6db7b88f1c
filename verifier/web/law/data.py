"""The page of all data of the law, for those who work here: each entry with its mark, and the worked examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from verifier.law.examples import Outcome
from verifier.law.listing import Listed, listed
from verifier.law.records import STATUSES, Words
from verifier.law.source import Source
from verifier.law_desk import answered
from verifier.web.chrome import page, say, words
from verifier.web.law.desk import desk

ROWS = 50
"""Entries, or examples, on one page."""
LOOKS = {"verified": "ok", "partial": "info", "unverified": "open"}

blueprint = Blueprint("law_data", __name__, url_prefix="/law", template_folder="../templates")


@dataclass(frozen=True)
class Count:
    """How many entries of a part have each mark."""

    part: str
    by_status: tuple[tuple[str, int], ...]
    total: int


@dataclass(frozen=True)
class Switch:
    """Something that holds only when somebody has decided it."""

    id: str
    words: Words
    on: bool
    entry: Listed


@dataclass(frozen=True)
class Slice:
    """Which rows of a long list are shown, and where the others are; addresses are empty where there are none."""

    begin: int
    newer: str
    older: str

    @classmethod
    def of(cls, count: int, said: Sequence[tuple[str, str]]) -> Slice:
        """Return the slice that the address asks for, of a list with these filters."""
        begin = max(0, request.args.get("from", 0, type=int)) // ROWS * ROWS
        begin = begin if begin < count else 0

        def at(place: int) -> str:
            query = urlencode([(name, value) for name, value in [*said, ("from", str(place or ""))] if value])
            return f"{request.path}?{query}#entries"

        return cls(begin, at(begin - ROWS) if begin else "", at(begin + ROWS) if begin + ROWS < count else "")


@blueprint.get("")
def index() -> Response:
    """Show all entries, filtered by part and mark, with switches, examples and forms."""
    book = desk().book
    entries = _entries(book.source)
    parts = tuple(dict.fromkeys(one.part for one in entries))
    part, status = _one_of("part", parts), _one_of("status", STATUSES)
    found = [one for one in entries if (not part or one.part == part) and (not status or one.status == status)]
    shown = Slice.of(len(found), [("part", part), ("status", status)])
    with answered():
        law = desk().law(request.args.get("at", ""))
    lang = words().lang
    return page(
        "law/data.html",
        law=law,
        rows=found[shown.begin : shown.begin + ROWS],
        count=len(found),
        shown=shown,
        part=part,
        mark=status,
        counts=_counts(entries, parts),
        looks=LOOKS,
        switches=_switches(entries),
        outcomes=desk().outcomes,
        failed=_failed(desk().outcomes),
        forms=law.forms,
        names=[(one, say(f"law-part-{one}")) for one in parts],
        marks=[(one, say(f"law-status-{one}")) for one in STATUSES],
        said=lambda one: one.said(lang),
        date=words().date,
        day_of_law=words().date(law.day),
    )


@blueprint.get("/examples")
def examples() -> Response:
    """Show the worked examples with how they come out, those that fail first."""
    outcomes = desk().outcomes
    kinds = tuple(dict.fromkeys(one.example.kind for one in outcomes))
    kind = _one_of("kind", kinds)
    found = sorted((one for one in outcomes if not kind or one.example.kind == kind), key=lambda one: one.passed)
    shown = Slice.of(len(found), [("kind", kind)])
    lang = words().lang
    return page(
        "law/examples.html",
        rows=found[shown.begin : shown.begin + ROWS],
        count=len(found),
        shown=shown,
        kind=kind,
        kinds=[(one, say(f"law-example-{one}")) for one in kinds],
        failed=_failed(outcomes),
        outcomes=outcomes,
        said=lambda one: one.said(lang),
    )


@blueprint.get("/forms/<form_id>")
def form(form_id: str) -> Response:
    """Draw a blank form with the marks of what is doubtful."""
    with answered():
        sheet = desk().blank(desk().law(request.args.get("at", "")), form_id, "administrator")
    answer = Response(sheet, mimetype="application/pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@lru_cache(maxsize=2)
def _entries(source: Source) -> tuple[Listed, ...]:
    return listed(source)


def _failed(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(one for one in outcomes if not one.passed)


def _counts(entries: tuple[Listed, ...], parts: tuple[str, ...]) -> tuple[Count, ...]:
    counted = Counter((one.part, one.status) for one in entries)
    return tuple(
        Count(part, by := tuple((status, counted[part, status]) for status in STATUSES), sum(count for _, count in by))
        for part in parts
    )


def _switches(entries: tuple[Listed, ...]) -> tuple[Switch, ...]:
    on = desk().book.source.switches
    found = [one for one in entries if one.part == "switches"]
    ids = [one.path.rpartition(" ")[2] for one in found]
    return tuple(Switch(id_, one.words, id_ in on, one) for id_, one in zip(ids, found, strict=True))


def _one_of(name: str, among: tuple[str, ...]) -> str:
    value = request.args.get(name, "")
    return value if value in among else ""
