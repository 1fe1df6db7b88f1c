"""Whether the result of a paper is electronic or on paper, in which book, and whether it rests on a comparison.

One rule for all procedures; what differs between them is data: the books of results on paper (`law/codes/books.toml`),
the switch without which a mark is not electronic (`law/marks/*.toml`), how papers come in (`law/procedures/*.toml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from verifier.cases.filing import FiledPaper, Filing, paper_component
from verifier.cases.found import rests_on_signature
from verifier.cases.kernel import Turn
from verifier.cases.records import Case, CaseRecord, Paper
from verifier.law.book import Law, LawBook
from verifier.law.marks import Marking, chapter
from verifier.law.procedures import Component
from verifier.law_desk import answered
from verifier.signing.records import Kind

ELECTRONIC = {
    one.value: one
    for one in (Kind.CONSULAR_CERTIFICATION, Kind.CONSULAR_LEGALIZATION, Kind.CERTIFIED_ECOPY, Kind.APOSTILLE)
}
"""Kinds of acts by id of their procedure; all other procedures end on paper."""
YES, NO = "yes", "no"


def came(law: Law, case: Case, carrier: str) -> str:
    """Return whether a paper came electronically: `yes`, `no`; empty where it is not there yet. NoAnswer.

    `carrier` is the kind of the stored record that is the paper, empty for none. What is stored of a paper that its
    procedure takes as an original or a certified copy is a picture of it.
    """
    own = paper_component(law.procedure(case.procedure), case.channel)
    if carrier == "scan" or (own is not None and "electronic" not in own.shapes):
        return NO
    return YES if carrier == "paper" else ""


def compared(law: Law, case: Case, carrier: str) -> bool:
    """Tell whether what is certified of a paper is compared by hand with the specimen (đối chiếu mẫu). NoAnswer.

    A paper that came on paper has no digital signature to judge (Decree 293/2026 Art. 14(1)); consular acts are
    electronic always (Decree 111/2011 Art. 15a).
    """
    on_paper = rests_on_signature(case.procedure) and law.book.codes.paper_book(case.procedure, law.day) is not None
    return on_paper and came(law, case, carrier) == NO


def own_book(book: LawBook, paper: Paper, day: date) -> str:
    """Return the book of a kind of work that is done on paper in whatever procedure; empty where it is none (CNXT).

    Decree 111/2011 Art. 12: that a paper was presented at the Ministry of Foreign Affairs.
    """
    found = book.codes.paper_book(paper.work, day) if paper.work else None
    return found.symbol if found else ""


def book_of(book: LawBook, case: Case, paper: Paper, carrier: str, day: date) -> str:
    """Return the symbol of the register book of a result on paper; empty where the result is electronic. NoAnswer.

    An Apostille is electronic only where the Minister has announced it (Decree 293/2026 Art. 36(4)) and the paper was
    filed online as an electronic one. What is bound to an act of issuing is electronic.
    """
    if paper.issuance_id is not None:
        return ""
    if own := own_book(book, paper, day):
        return own
    found = book.codes.paper_book(case.procedure, day)
    if found is None:
        return ""
    a_file = _may_be(book, case.procedure, day) and came(book.at(case.law_day), case, carrier) == YES
    return "" if a_file else found.symbol


def expected(law: Law, filing: Filing) -> tuple[bool, bool]:
    """Return whether something of the result of a filing will be a file, and whether something will be on paper.

    As it stands on the day of the law: the kind of work of a paper may be set right later. NoAnswer.
    """
    own = paper_component(law.procedure(filing.procedure), filing.channel)
    files = {_a_file(law.book, filing.procedure, one, own, law.day) for one in filing.papers}
    return True in files, False in files


def _a_file(book: LawBook, procedure: str, paper: FiledPaper, own: Component | None, day: date) -> bool:
    if paper.work and book.codes.paper_book(paper.work, day):
        return False
    if book.codes.paper_book(procedure, day) is None:
        return True
    taken = own is None or "electronic" in own.shapes
    return _may_be(book, procedure, day) and paper.file is not None and taken


def waiting_on_paper(
    book: LawBook, case: Case, papers: Iterable[Paper], records: Iterable[CaseRecord], now: datetime
) -> Mapping[UUID, str]:
    """Return the register book of each paper that is granted and waits to be signed on paper, by its id.

    BadRequest as the law answers.
    """
    kinds, day = {one.id: one.kind for one in records}, book.codes.day_of(now)
    told: dict[UUID, str] = {}
    with answered():
        for one in unissued(papers):
            carrier = kinds.get(one.record_id, "") if one.record_id else ""
            if symbol := book_of(book, case, one, carrier, day):
                told[one.id] = symbol
    return told


def unissued(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the papers that are granted and not issued yet."""
    return tuple(one for one in papers if one.outcome == "granted" and one.issued_at is None)


def compared_of(turn: Turn, paper: Paper) -> bool:
    """Tell the same as `compared` of a paper of the case; BadRequest as the law answers."""
    record = turn.unit.cases.record(paper.record_id) if paper.record_id else None
    with answered():
        return compared(turn.law, turn.case, record.kind if record else "")


def given_on_paper(papers: Iterable[Paper]) -> bool:
    """Tell whether something of a dossier was issued on paper and stands: it is handed over, or sent by post."""
    return any(one.issued_at and one.issuance_id is None and one.annulled_at is None for one in papers)


def _may_be(book: LawBook, procedure: str, day: date) -> bool:
    """Tell whether an act of a procedure that has a book of results on paper may be electronic all the same."""
    return procedure in ELECTRONIC and _switched_on(book, procedure, day)


def _switched_on(book: LawBook, procedure: str, day: date) -> bool:
    marking = chapter(procedure).at(day)
    return isinstance(marking, Marking) and (not marking.electronic_switch or book.source.on(marking.electronic_switch))
