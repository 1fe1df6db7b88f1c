"""Procedures that end on paper (chứng thực bản sao, chứng thực chữ ký): the number, the wording to print, annulment.

The officer signs and seals the printed sheet by hand; the register number stands in the same transaction as the record
of it, so that no number is lost. One number for all copies of one original (Decree 23/2015 Art. 20(3)(b)), one for each
paper (Circular 01/2020 Art. 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases import letters
from verifier.cases.decision import refuse_swapped, standing
from verifier.cases.examination import GRANTED, paper_of
from verifier.cases.kernel import LEADER, Command, Done, Turn, handles
from verifier.cases.records import Paper
from verifier.cases.signed import all_signed, annulled
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law.forms import Form
from verifier.law_desk import answered
from verifier.register.numbers import Intent, Numbered, annul_on_paper, issue_on_paper, number_text, take

BOOKS: Mapping[str, str] = {"certified-copy": "SCT/BS", "signature-certification": "SCT/CK,ĐC"}
"""Register book by procedure that ends on paper (Decree 23/2015 Art. 13(4))."""
WORDING = "wording-"
"""How the ids of wordings (lời chứng) begin."""
IDENTITY: Mapping[str, str] = {
    "identity-card": "cc",
    "electronic-identity": "ecc",
    "passport": "passport",
    "travel-document": "international",
}
"""From the applicant's kind of identity paper to that of the wordings."""
OFFICE = "office"
BY_HAND = frozenset({"number", "volume", "made"})
"""What the register says, and nobody else."""


@dataclass(frozen=True, kw_only=True)
class SignOnPaper(Command):
    """Certify the granted papers on paper (ký chứng thực)."""

    wording: str = ""
    """Id of the wording, where the procedure has several; empty: its first."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Fields of the wording that are other than the dossier says, as `place` and `where`."""


@handles(SignOnPaper, "sign-on-paper", event="signed-on-paper", by=[LEADER], within=[Status.SIGNING])
def sign_on_paper(turn: Turn, said: SignOnPaper) -> Done:
    """Number every granted paper, enter it in the book and draw its wording; the dossier is signed.

    BadRequest `signed-electronically`, `wording-unknown`, `bad-option`, `document-changed`, and what forms refuse;
    CouldNotIssue `book-closed`.
    """
    case = turn.case
    if case.procedure not in BOOKS:
        raise BadRequest("signed-electronically", case.procedure)
    papers = turn.unit.cases.papers(case.id)
    refuse_swapped(papers, standing(turn))
    form = _wording(turn, said.wording)
    fixed = BY_HAND & said.values.keys()
    if fixed:
        raise BadRequest("bad-option", "the register says it", option=min(fixed))
    values = {name: clean_text(text) for name, text in said.values.items()}
    granted = [one for one in papers if one.outcome == GRANTED and one.issued_at is None]
    numbers = [_certified(turn, one, form, values).text for one in granted]
    return Done(told={"numbers": numbers, "book": BOOKS[case.procedure], "form": form.id}).and_then(all_signed(turn))


def _certified(turn: Turn, paper: Paper, form: Form, values: Mapping[str, str]) -> Numbered:
    symbol, unit = BOOKS[turn.case.procedure], turn.unit
    number = take(unit, turn.authority, symbol, Intent.on_paper(paper, turn.person()), turn.now)
    issue_on_paper(unit, turn.authority, paper, turn.now)
    told = {**_values(turn, form), **values, "number": number.text, "volume": f"{number.volume:02d}/{number.year}"}
    letters.form_record(turn, form.id, told, paper=paper.id)
    unit.cases.change_paper(paper.id, symbol=number.symbol, year=number.year, entry=number.number, issued_at=turn.now)
    return number


def _wording(turn: Turn, id_: str) -> Form:
    """Return the wording of today; which there are stands with the steps of the procedure."""
    with answered():
        steps = turn.law.procedure(turn.case.procedure).steps
        known = [one for step in steps for one in step.forms if one.startswith(WORDING)]
        if not known or (id_ and id_ not in known):
            raise BadRequest("wording-unknown", id_, wording=id_)
        return turn.house.book.at(turn.today).form(id_ or known[0])


def _values(turn: Turn, form: Form) -> dict[str, Any]:
    """Return what a wording says out of the dossier."""
    who, at = turn.case.applicant, turn.now.astimezone(turn.zone)
    person = turn.unit.people.get(turn.person())
    made, paper = form.field("made"), IDENTITY.get(who.id_kind, "")
    told = {
        "made": at if made and made.kind == "date-time" else at.date(),
        "where": OFFICE,
        "place": turn.authority.address_vi,
        "officer-title": f"{person.title_vi}, {turn.authority.name_vi}" if person else "",
        "requester": who.name,
        "paper": paper if _offered(form, "paper", paper) else "",
        "paper-number": who.id_number,
    }
    return {name: value for name, value in told.items() if value}


def _offered(form: Form, name: str, value: str) -> bool:
    wanted = form.field(name)
    return wanted is not None and any(one.value == value for one in wanted.choices)


@dataclass(frozen=True, kw_only=True)
class AnnulOnPaper(Command):
    """Annul what was certified on paper, by a decision (hủy bỏ giá trị)."""

    paper: UUID
    ground: str
    decision: str
    """Number of the decision."""


@handles(
    AnnulOnPaper,
    "annul-on-paper",
    event="paper-annulled",
    by=[LEADER],
    within=[Status.SIGNING, Status.SIGNED, Status.DELIVERED],
    step_up=True,
)
def annul_paper(turn: Turn, said: AnnulOnPaper) -> Done:
    """Annul it in the book and tell the applicant.

    BadRequest `paper-unknown`, `not-released`, `not-in-force`, `reason-missing`, `decision-missing`.
    """
    paper, ground, decision = paper_of(turn, said.paper), reason_of(said.ground), clean_text(said.decision)
    if not decision:
        raise BadRequest("decision-missing", field="decision")
    if paper.issued_at is None or paper.issuance_id is not None or paper.entry is None:
        raise BadRequest("not-released")
    if paper.annulled_at is not None:
        raise BadRequest("not-in-force")
    annul_on_paper(turn.unit, paper.id, f"{decision}: {ground}", turn.now)
    told: dict[str, Detail] = {"symbol": paper.symbol, "year": paper.year, "entry": paper.entry}
    done = annulled(turn, paper, turn.now, number_text(paper.entry), (ground, decision))
    return done.and_then(Done(told=told))
