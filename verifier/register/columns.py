"""The columns of a register book, filled out of the dossier and the act; kept with the entry, which outlives both.

Headings and which book has which columns are data (`verifier/law/codes/books.toml`). What is stored is what stood in
the book on the day of the entry: the dossier may be removed later, the book is kept for ever (Decree 23/2015/NĐ-CP
Art. 14(1)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from verifier.cases.records import Case, Paper
from verifier.law.book import law_book
from verifier.law.records import NoAnswer
from verifier.payments.reckoning import cost
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.people import Person
from verifier.storage.registers import RegisterEntry

Columns = Mapping[str, Any]
"""By id of the column: a text, a whole number, or None where nothing is known."""
DERIVED = frozenset({"number", "date", "validity"})
"""Columns that follow from the entry itself and are not kept."""
FIXED = DERIVED | {"form", "copy", "management", "dossier"}
"""Columns that the service alone fills: nobody mistypes them, so nobody corrects them."""
COUNTED = frozenset({"count", "fee"})
"""Columns that hold whole numbers."""
REPLACES = "replaces"
"""Kept beside the columns: the number whose place an entry takes (cấp đổi), as printed."""
PLAIN = ("dossier", "document", "officer")
"""What is kept of a book whose columns the data do not tell."""
_IDENTIFIED = "SCT/CK,ĐC"
"""The book that names the identity paper of who asked (its column 3)."""
_FOR_ABROAD = ("CNLS", "CNXT")
"""Books that name the countries of use; the one of legalization names the country that the paper comes from."""
_BY_NAME = ("SCT/BS", "SCTĐT/BS", _IDENTIFIED)
"""Books that name the paper without its number."""


@dataclass(frozen=True)
class Facts:
    """What an entry is filled out of."""

    entry: RegisterEntry
    authority: Authority
    officer: Person | None
    case: Case | None = None
    paper: Paper | None = None
    act: Issuance | None = None
    fee: int | None = None

    @property
    def said(self) -> Mapping[str, str]:
        """What the officer said for the mark."""
        return self.act.wanted.get("said", {}) if self.act else {}


def column_ids(symbol: str, day: date) -> tuple[str, ...]:
    """Return the ids of the columns that are kept of a book's entries, in their order."""
    try:
        found = tuple(one.id for one in law_book().codes.book(symbol, day).columns)
    except NoAnswer:
        found = ()
    return tuple(one for one in found if one not in DERIVED) or PLAIN


def filled(facts: Facts) -> dict[str, Any]:
    """Return the columns of an entry as they are kept."""
    return {name: _FILL[name](facts) for name in column_ids(facts.entry.symbol, _day(facts))}


def _day(facts: Facts) -> date:
    return facts.entry.reserved_at.astimezone(ZoneInfo(facts.authority.time_zone)).date()


def facts_of(
    unit: UnitOfWork, authority: Authority, entry: RegisterEntry, *, act: Issuance | None, paper: Paper | None
) -> Facts:
    """Read what an entry is filled out of; an act that is of no dossier of ours has its own particulars only."""
    case = unit.cases.get(paper.case_id) if paper else None
    fee = fee_of(unit, authority, case, paper) if case and paper else None
    return Facts(entry, authority, unit.people.get(entry.officer_id), case, paper, act, fee)


def fee_of(unit: UnitOfWork, authority: Authority, case: Case, paper: Paper) -> int | None:
    """Return the fee of one paper of a dossier in whole đồng; None where it cannot be told from that of the others.

    The dossier's own fee where it has one paper or owes nothing, else what the law of its day asks for this paper.
    Missions have prices of their own, which the law book does not hold.
    """
    if case.fee_vnd == 0:
        return 0
    others = [one for one in unit.cases.papers(case.id) if one.id != paper.id and one.outcome != "refused"]
    if not others and case.fee_vnd is not None:
        return case.fee_vnd
    intake = authority if case.intake_id == authority.id else unit.authorities.get(case.intake_id)
    if intake is None or intake.kind == "mission":
        return None
    try:
        return cost(law_book().at(case.law_day), case.procedure, [paper]).total
    except NoAnswer:
        return None


def management_number(authority: Authority, year: int, number: int) -> str:
    """Return a number as no other authority or year has it: `2026-G08.09-000042`."""
    return f"{year}-{authority.code}-{number:06d}"


def _requester(facts: Facts) -> str:
    if facts.case is None:
        return ""
    who = facts.case.applicant
    named = facts.entry.symbol == _IDENTIFIED and who.id_number
    return f"{who.name}, {who.id_number}" if named else who.name


def _document(facts: Facts) -> str:
    paper = facts.paper
    if paper is None:
        return facts.entry.document
    numbered = paper.serial and facts.entry.symbol not in _BY_NAME
    return f"{paper.name}, số {paper.serial}" if numbered else paper.name


def _signed(facts: Facts) -> str:
    paper, said = facts.paper, facts.said
    told = (paper.signer, paper.title, paper.office) if paper else ()
    return _joined(*told) or _joined(said.get("signed_by", ""), said.get("capacity", ""), said.get("seal_of", ""))


def _country(facts: Facts) -> str:
    if facts.paper is None:
        return facts.said.get("country", "")
    codes = facts.paper.countries if facts.entry.symbol in _FOR_ABROAD else (facts.paper.issuing_country,)
    known = law_book().branches.countries
    return ", ".join(known[code].words.vi if code in known else code for code in codes if code)


def _officer(facts: Facts) -> str:
    return _joined(facts.officer.name, facts.officer.title_vi) if facts.officer else ""


def _count(facts: Facts) -> int:
    return facts.paper.copies if facts.paper and facts.act is None else 1


_FILL: Mapping[str, Callable[[Facts], Any]] = {
    "requester": _requester,
    "applicant": _requester,
    "document": _document,
    "signed": _signed,
    "country": _country,
    "officer": _officer,
    "count": _count,
    "fee": lambda facts: facts.fee,
    "note": lambda _: "",
    "dossier": lambda facts: facts.case.code if facts.case else facts.act.dossier if facts.act else "",
    "form": lambda facts: "electronic" if facts.act else "paper",
    "copy": lambda facts: facts.act.output_sha256 if facts.act else "",
    "management": lambda facts: management_number(facts.authority, facts.entry.year, facts.entry.number),
}
"""How each column is filled: an electronic copy is one, whatever number was asked for."""


def _joined(*texts: str) -> str:
    return ", ".join(one for one in texts if one)
