"""Results on paper (bản sao, chữ ký chứng thực; Apostille bằng giấy; CNXT): the number, the sheet to print, annulment.

The officer signs and seals the printed sheet by hand; the register number stands in the same transaction as the record
of it, so that no number is lost. One number for all copies of one original (Decree 23/2015 Art. 20(3)(b)), one for each
paper (Circular 01/2020 Art. 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases.decision import refuse_swapped, standing
from verifier.cases.kernel import LEADER, Command, Done, Turn, handles
from verifier.cases.onpaper import given_on_paper, waiting_on_paper
from verifier.cases.papers import paper_of
from verifier.cases.records import Paper
from verifier.cases.sheets import Sheets
from verifier.cases.signed import all_signed, annulled
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.register.numbers import Intent, Numbered, annul_on_paper, issue_on_paper, number_text, take
from verifier.signing.acts.facts import MANAGEMENT

FIXED = frozenset({"number", "volume", "made", "issued", MANAGEMENT})
"""What the register says, and nobody else."""


@dataclass(frozen=True, kw_only=True)
class SignOnPaper(Command):
    """Sign the granted papers whose result is on paper (ký trên giấy)."""

    wording: str = ""
    """Id of the wording, where the procedure has several; empty: its first."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Fields of the wording or certificate that are other than the dossier says, as `place`, `where`, `capacity`."""


def refuse_electronic(turn: Turn) -> None:
    """Refuse where nothing waits to be signed on paper."""
    _books(turn)


def _books(turn: Turn) -> Mapping[UUID, str]:
    """Return the book of each paper that waits; BadRequest `signed-electronically` where none does."""
    case = turn.case
    if books := waiting_on_paper(turn.house.book, case, turn.papers(), turn.records(), turn.now):
        return books
    raise BadRequest("signed-electronically", case.procedure)


@handles(
    SignOnPaper,
    "sign-on-paper",
    event="signed-on-paper",
    by=[LEADER],
    within=[Status.SIGNING],
    refuses=refuse_electronic,
)
def sign_on_paper(turn: Turn, said: SignOnPaper) -> Done:
    """Number every paper that waits for it, enter it in its book and draw its sheet.

    The dossier is signed once nothing waits to be signed electronically either. BadRequest `signed-electronically`,
    `wording-unknown`, `bad-option`, `document-changed`, and what forms refuse; CouldNotIssue `book-closed`, and as
    `MarkDrawer.by_hand`.
    """
    papers, books = turn.papers(), _books(turn)
    refuse_swapped(papers, standing(turn))
    sheets = Sheets(turn, said.wording, values_of(said.values))
    done = [_certified(turn, one, books[one.id], sheets) for one in papers if one.id in books]
    told: dict[str, Detail] = {"numbers": [number.text for number, _ in done]}
    told |= {"book": ", ".join(sorted(set(books.values()))), "form": ", ".join(sorted({form for _, form in done}))}
    return Done(told=told).and_then(all_signed(turn))


def values_of(said: Mapping[str, str]) -> dict[str, str]:
    """Return values of a sheet as they are printed; BadRequest `bad-option` of what the register says."""
    if fixed := FIXED & said.keys():
        raise BadRequest("bad-option", "the register says it", option=min(fixed))
    return {name: clean_text(text) for name, text in said.items()}


def _certified(turn: Turn, paper: Paper, symbol: str, sheets: Sheets) -> tuple[Numbered, str]:
    """Number a paper and draw its sheet; return the number, and what was drawn."""
    unit = turn.unit
    number = take(unit, turn.authority, symbol, Intent.on_paper(paper, turn.person()), turn.now)
    issue_on_paper(unit, turn.authority, paper, turn.now)
    drawn = sheets.draw(paper, number)
    unit.cases.change_paper(paper.id, symbol=number.symbol, year=number.year, entry=number.number, issued_at=turn.now)
    return number, drawn


@dataclass(frozen=True, kw_only=True)
class AnnulOnPaper(Command):
    """Annul what was certified on paper, by a decision (hủy bỏ giá trị)."""

    paper: UUID
    ground: str
    decision: str
    """Number of the decision."""


def refuse_unissued(turn: Turn) -> None:
    """Refuse to annul where nothing that was certified on paper is in force."""
    if not given_on_paper(turn.papers()):
        raise BadRequest("not-released")


@handles(
    AnnulOnPaper,
    "annul-on-paper",
    event="paper-annulled",
    by=[LEADER],
    within=[Status.SIGNING, Status.SIGNED, Status.DELIVERED],
    step_up=True,
    refuses=refuse_unissued,
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
