"""What an application says of a paper, set right by an officer; and whether the mark can be filled from it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from verifier.cases.filing import FiledPaper, cleaned_paper, refuse_pages
from verifier.cases.kernel import Command, Turn
from verifier.cases.onpaper import ELECTRONIC, book_of
from verifier.cases.particulars import kind_of, said_of
from verifier.cases.records import COMPARED, Paper
from verifier.cases.sheets import drawer
from verifier.errors import BadRequest, CouldNotIssue
from verifier.law_desk import answered
from verifier.signing.acts.facts import BASIS
from verifier.signing.mark.values import said_values

FIELD_OF = {
    "country": "issuing_country",
    "signed_by": "signer",
    "capacity": "title",
    "seal_of": "office",
    "original": "name",
}
"""By field of a mark, the paper's field that fills it."""
SPECIMEN = frozenset({"signer", "title", "office"})
"""What a comparison with the specimen rests on."""
LATER = "0"
"""What the register or the service makes as the act is issued, and nobody says before."""


@dataclass(frozen=True, kw_only=True)
class CheckPaper(Command):
    """Note that a paper was looked at (đã kiểm tra), and set right what the application says of it; empty: it stays."""

    paper: UUID
    checked: bool = True
    name: str = ""
    holder: str = ""
    serial: str = ""
    office: str = ""
    signer: str = ""
    title: str = ""
    signed_on: date | None = None
    issuing_country: str = ""
    countries: tuple[str, ...] = ()
    language: str = ""
    copies: int | None = None
    """Number of copies (tổng số bản), by which the fee is counted: once it was demanded, it is to be corrected."""
    pages: int | None = None
    """Pages of the original."""


def set_right(turn: Turn, paper: Paper, said: CheckPaper) -> dict[str, Any]:
    """Return the columns of a paper that become others; BadRequest as `filing.cleaned_paper`, `field` as `signer`.

    Who compared a paper with the specimen compares it again where signer, title or office are others.
    """
    own = {one.name for one in fields(FiledPaper)} & {one.name for one in fields(said)}
    wanted = {name: value for name in sorted(own) if (value := getattr(said, name)) not in ("", None, ())}
    refuse_pages(said.pages, "pages")
    with answered():
        procedure = turn.law.procedure(turn.case.procedure)
    now = {one.name: getattr(paper, one.name) for one in fields(FiledPaper) if hasattr(paper, one.name)}
    filed = replace(FiledPaper(**now, file=paper.record_id), **wanted)
    if set(wanted) - {"pages"}:
        filed = cleaned_paper(filed, procedure, turn.law, turn.case.channel, "", turn.today)
    change = {name: getattr(filed, name) for name in now if getattr(filed, name) != now[name]}
    if paper.basis == COMPARED and SPECIMEN & set(change):
        change |= {"basis": "", "basis_note": "", "basis_record": None}
    return change


def issued_electronically(turn: Turn, paper: Paper) -> bool:
    """Tell whether the result of a paper is electronic today; BadRequest as the law answers."""
    if turn.case.procedure not in ELECTRONIC:
        return False
    record = turn.unit.cases.record(paper.record_id) if paper.record_id else None
    with answered():
        return not book_of(turn.house.book, turn.case, paper, record.kind if record else "", turn.today)


def refuse_unmarkable(turn: Turn, paper: Paper) -> None:
    """Refuse what will be issued electronically though its mark cannot be filled.

    BadRequest `particular-missing`, or as the mark says what else is wrong; with `paper` and `field`.
    """
    if not issued_electronically(turn, paper):
        return
    kind = kind_of(turn.case, paper)
    layout = drawer().layout(kind, turn.today)
    said = said_of(turn.case, paper, layout, turn.house.book.branches.countries)
    told = {name: text for name, text in said.items() if name != BASIS} | dict.fromkeys(layout.made, LATER)
    try:
        said_values(told, drawer().marking(kind, turn.today))
    except CouldNotIssue as refusal:
        about = dict(refusal.problem.params)
        about |= {"field": FIELD_OF.get(about["field"], about["field"]), "paper": str(paper.number)}
        code = refusal.problem.code
        code = "particular-missing" if code == "mark-field-missing" else code
        raise BadRequest(code, f"paper {paper.number}: {about['field']}", **about) from None
