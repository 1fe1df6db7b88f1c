"""Draws and lays a mark out on trial, before there is a number: with the longest number that a year brings."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from verifier.errors import CouldNotIssue
from verifier.register.numbers import book_text, number_text
from verifier.signing.acts import paper
from verifier.signing.acts.admission import findings_of
from verifier.signing.acts.facts import Numbering, Office, mark_facts
from verifier.signing.acts.house import Files, House
from verifier.signing.acts.plan import Plan
from verifier.signing.ports import Layout
from verifier.signing.records import CoverFacts, Kind, MarkFacts, Piece, Placement, Wish
from verifier.signing.space.records import Asked, LaidOut
from verifier.storage.issuances import Issuance
from verifier.verdict import Outcome

LONGEST = 0
"""Stands for a number that is not known; printed with four digits, which no authority has exceeded in a year."""
ROOMLESS = {"no-room": "no-room", "page-too-small": "no-room", "pdf-unreadable": "pdf-unreadable"}
"""Refusals of the layout after which a cover is taken where the officer asked for no page; and the reason on it."""
NOTHING = LaidOut({}, (), {}, {})


@dataclass(frozen=True)
class Trial:
    """What is tried out."""

    house: House
    files: Files
    act: Issuance
    office: Office
    outcome: Outcome
    """Our judge's on the document as it came in."""
    source: Path
    """The document."""

    def planned(self, layout: Layout, hindrances: tuple[str, ...], wish: Wish, now: datetime) -> Plan:
        """Lay the mark out. CouldNotIssue as `Draws` and `space.layout`, and `not-extendable` (param `hindrance`)."""
        plan = self._plan(layout, hindrances)
        facts = self.facts(plan, now)
        if wish.placement is Placement.PAGE and hindrances:
            raise CouldNotIssue("not-extendable", hindrance=hindrances[0])
        if wish.placement is Placement.ALLONGE or hindrances:
            return self._on_cover(replace(plan, reasons=hindrances or ("wished",)), facts)
        try:
            return self._on_page(plan, facts, wish)
        except CouldNotIssue as refusal:
            why = ROOMLESS.get(refusal.problem.code)
            if why is None or wish.placement or wish.page:
                raise
        return self._on_cover(replace(plan, reasons=(why,)), facts)

    def facts(self, plan: Plan, now: datetime) -> MarkFacts:
        """Return what the mark says on trial."""
        return facts_on_trial(self.house, self.act, self.office, plan, now)

    def _plan(self, layout: Layout, hindrances: tuple[str, ...]) -> Plan:
        parts = self.house.parts
        electronic = parts.electronic_book and bool(layout.book_electronic)
        book = layout.book_electronic if electronic else layout.book
        return Plan(
            edition=layout.edition,
            status=layout.status,
            citation=layout.citation,
            symbol=book or layout.kind.value,
            electronic=electronic,
            book_shown=bool(book),
            signatures=layout.signatures,
            key=parts.ring.current,
            hindrances=hindrances,
            reasons=(),
            main="",
            laid=NOTHING,
        )

    def _on_page(self, plan: Plan, facts: MarkFacts, wish: Wish) -> Plan:
        pieces = self.house.parts.draws.pieces(facts)
        return self._laid(plan, pieces, self.source, wish)

    def _on_cover(self, plan: Plan, facts: MarkFacts) -> Plan:
        pdf, pieces = self.house.parts.draws.cover(facts, about_cover(self.act, plan.reasons, self.outcome))
        cover = self.files.new()
        cover.write_bytes(pdf)
        return self._laid(plan, pieces, cover, Wish())

    def _laid(self, plan: Plan, pieces: Sequence[Piece], on: Path, wish: Wish) -> Plan:
        laid = self.house.pool.run(paper.laid_out, on, tuple(map(Asked.of, pieces)), wish)
        return replace(plan, main=main_of(pieces).id, laid=laid)


def main_of(pieces: Sequence[Piece]) -> Piece:
    """Return the piece that the officer moves."""
    return next((one for one in pieces if one.main), pieces[0])


def facts_on_trial(house: House, act: Issuance, office: Office, plan: Plan, now: datetime) -> MarkFacts:
    """Return what the mark says before its number is known."""
    number = number_text(LONGEST, electronic=plan.electronic).replace("00", "0000", 1)
    book = book_text(plan.symbol, office.local(now).year) if plan.book_shown else ""
    return mark_facts(house.parts, act, office, Numbering(number, book, now, LONGEST), plan.key)


def about_cover(act: Issuance, reasons: tuple[str, ...], outcome: Outcome) -> CoverFacts:
    """Return what a cover says of the document in it."""
    told = media_type(act.file_name, outcome)
    return CoverFacts(act.file_name, act.size, act.input_sha256, told, reasons, findings_of(outcome))


def media_type(file_name: str, outcome: Outcome) -> str:
    """Return the media type of a document: by its content where that is a PDF, else by its name."""
    if outcome.kind == "pdf":
        return "application/pdf"
    guessed = mimetypes.guess_type(file_name)[0]
    return guessed if guessed and guessed != "application/pdf" else "application/octet-stream"


def layout_at(house: House, kind: Kind, office: Office, now: datetime) -> Layout:
    """Return how a kind is marked today where the authority sits; CouldNotIssue `no-layout`."""
    return house.parts.draws.layout(kind, office.local(now).date())
