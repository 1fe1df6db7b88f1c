"""Sheets that hold no more: a spoiled one is printed again; one with an error is withdrawn and issued anew.

Printing again leaves number and book as they are. What is withdrawn and issued anew (thu hồi và cấp đổi, Decree
293/2026 Art. 19) takes a new number without a new fee, and waits to be handed over; the old entry stays, and each names
the other. For which results law knows that is data (`law/codes/books.toml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Literal
from uuid import UUID

from verifier.accounts.plain_text import reason_of
from verifier.audit import Detail
from verifier.cases import letters
from verifier.cases.kernel import CLERK, LEADER, RECEPTION, Command, Done, Letter, Turn, handles
from verifier.cases.onpaper import given_on_paper
from verifier.cases.papers import paper_of
from verifier.cases.paperwork import values_of
from verifier.cases.records import RETURNED, SPOILED, WITHDRAWN, Case, CaseRecord, Paper
from verifier.cases.setright import CheckPaper, set_right
from verifier.cases.sheets import Sheets, prints_of, sheet_of, wording_of
from verifier.cases.statuses import Status
from verifier.cases.steps import at_step
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.register.numbers import Intent, Numbered, issue_on_paper, replace_on_paper

ON_THE_SHEET = ("name", "serial", "office", "signer", "title")
"""What a sheet says of a paper."""
GIVEN = (Status.SIGNING, Status.SIGNED, Status.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class ReprintSheet(Command):
    """Print the sheet of a paper again, under the same number (in lại tờ bị hỏng)."""

    paper: UUID
    reason: str
    """What happened to the one before."""


def handed_over(case: Case, paper: Paper) -> bool:
    """Tell whether the sheet of a paper was handed over: what was issued later waits for it anew."""
    return bool(case.delivered_at and paper.issued_at and paper.issued_at <= case.delivered_at)


def refuse_no_sheet_here(turn: Turn) -> None:
    """Refuse to print again where no sheet that holds is at the office."""
    papers = [one for one in turn.papers() if given_on_paper([one])]
    if not papers:
        raise BadRequest("not-released")
    if all(handed_over(turn.case, one) for one in papers):
        raise BadRequest("sheet-handed-over")


def standing_paper(turn: Turn, id_: UUID) -> Paper:
    """Return a paper whose sheet holds; BadRequest `paper-unknown`, `not-released`, `not-in-force`."""
    paper = paper_of(turn, id_)
    if paper.issued_at is None or paper.issuance_id is not None or paper.entry is None:
        raise BadRequest("not-released")
    if paper.annulled_at is not None:
        raise BadRequest("not-in-force")
    return paper


@handles(
    ReprintSheet,
    "reprint-sheet",
    event="sheet-reprinted",
    by=[LEADER],
    within=[Status.SIGNING, Status.SIGNED],
    refuses=refuse_no_sheet_here,
)
def reprint_sheet(turn: Turn, said: ReprintSheet) -> Done:
    """Store the same sheet once more, byte for byte, and keep the spoiled one as that; the book stays as it is.

    BadRequest as `standing_paper`, and `reason-missing`, `sheet-handed-over`.
    """
    paper, reason = standing_paper(turn, said.paper), reason_of(said.reason)
    if handed_over(turn.case, paper):
        raise BadRequest("sheet-handed-over")
    records = turn.records()
    sheet = sheet_of(records, paper.id)
    if sheet is None:
        raise BadRequest("not-released")
    prints = prints_of(records, sheet) + 1
    turn.unit.cases.mark_record(sheet.id, SPOILED)
    name = PurePath(sheet.name).stem.removesuffix(f"-{prints - 1}" if prints > 2 else "")
    letters.again(turn, sheet, f"{name}-{prints}.pdf")
    told: dict[str, Detail] = {"paper": paper.number, "prints": prints, "sha256": sheet.sha256}
    told |= {"symbol": paper.symbol, "year": paper.year, "entry": paper.entry}
    return Done(told=told, reason=reason)


@dataclass(frozen=True, kw_only=True)
class ReplaceOnPaper(Command):
    """Withdraw a result on paper that has an error, and issue a new one (thu hồi và cấp đổi)."""

    paper: UUID
    erred: Literal["authority", "system", "applicant"]
    """Whose error it was; that of the applicant leads to no replacement."""
    reason: str
    """What was wrong, for the register, the log and the applicant."""
    name: str = ""
    """Right values of what was wrong, here and below; empty: it stays."""
    serial: str = ""
    office: str = ""
    signer: str = ""
    title: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Fields of the sheet that are other than the dossier says; what was said for the old sheet is said anew."""
    returned: bool = False
    """Whether the old sheet was given back; one that was not handed over yet is at the office."""


def law_of_replacing(turn: Turn, papers: Iterable[Paper]) -> str:
    """Return the law by which what was issued for papers is withdrawn and issued anew; BadRequest `not-replaceable`."""
    with answered():
        books = [turn.house.book.codes.book(one.symbol, turn.today) for one in papers]
    found = next((one.replacement for one in books if one.replacement), "")
    if not found:
        raise BadRequest("not-replaceable")
    return found


def refuse_irreplaceable(turn: Turn) -> None:
    """Refuse where nothing holds that may be withdrawn and issued anew."""
    papers = [one for one in turn.papers() if given_on_paper([one])]
    if not papers:
        raise BadRequest("not-released")
    law_of_replacing(turn, papers)


@handles(
    ReplaceOnPaper,
    "replace-on-paper",
    event="result-replaced",
    by=[LEADER],
    within=GIVEN,
    step_up=True,
    refuses=refuse_irreplaceable,
)
def replace_sheet(turn: Turn, said: ReplaceOnPaper) -> Done:
    """Set the paper right, number and print the new sheet, and let the dossier wait until it is handed over.

    BadRequest as `standing_paper`, and `reason-missing`, `not-replaceable`, `applicant-erred`, `replacement-empty`, as
    `set_right` and `values_of`; CouldNotIssue `book-closed`, and as `MarkDrawer.by_hand`.
    """
    paper, reason = standing_paper(turn, said.paper), reason_of(said.reason)
    law = law_of_replacing(turn, [paper])
    if said.erred == "applicant":
        raise BadRequest("applicant-erred", field="erred")
    right = {name: value for name in ON_THE_SHEET if (value := getattr(said, name).strip())}
    if not right and not said.values:
        raise BadRequest("replacement-empty")
    old = sheet_of(turn.records(), paper.id)
    if old is None:
        raise BadRequest("not-released")
    number, before = _anew(turn, _set_right(turn, paper, right), f"{law}: {reason}", old, said.values)
    back = said.returned or not handed_over(turn.case, paper)
    turn.unit.cases.mark_record(old.id, RETURNED if back else WITHDRAWN)
    told: dict[str, Detail] = {"paper": paper.number, "fields": [*right, *said.values], "erred": said.erred}
    told |= {"symbol": number.symbol, "year": number.year, "entry": number.number}
    told |= {"replaces": f"{paper.entry}/{paper.year}", "returned": back}
    values = {"paper": paper.name, "number": before, "new": f"{number.text} {number.book}", "reason": reason}
    values |= {} if back else {"bring": "1"}
    return Done(told=told, reason=reason, letters=(Letter("result-replaced", values),)).and_then(_waits_again(turn))


def _set_right(turn: Turn, paper: Paper, right: Mapping[str, str]) -> Paper:
    """Write right values on a paper; the basis of what was granted stays. Return it as it then stands."""
    said: dict[str, Any] = {"paper": paper.id, **right}
    change = {name: value for name, value in set_right(turn, paper, CheckPaper(**said)).items() if name in right}
    if change:
        turn.unit.cases.change_paper(paper.id, **change)
    return replace(paper, **change)


def _anew(turn: Turn, paper: Paper, why: str, old: CaseRecord, values: Mapping[str, str]) -> tuple[Numbered, str]:
    """Number a paper anew and print its sheet; return the new number, and the old one as printed."""
    sheets, unit = Sheets(turn, wording_of(old), values_of(values)), turn.unit
    intent = Intent.on_paper(paper, turn.person())
    number, before = replace_on_paper(unit, turn.authority, paper.symbol, intent, why, turn.now)
    issue_on_paper(unit, turn.authority, paper, turn.now, replaces=before)
    sheets.draw(paper, number)
    unit.cases.change_paper(paper.id, symbol=number.symbol, year=number.year, entry=number.number, issued_at=turn.now)
    return number, before


def _waits_again(turn: Turn) -> Done:
    """Return that a dossier waits to be handed over: one that had ended goes on, and is archived anew later."""
    if turn.case.status == Status.SIGNING:
        return Done()
    gone_on = {"ended_at": None, "archived_at": None}
    return Done(Status.SIGNED, {**gone_on, **at_step(turn, RECEPTION)})


@dataclass(frozen=True, kw_only=True)
class NoteReturn(Command):
    """Note that a sheet that was withdrawn was given back (nộp lại bản bị thu hồi)."""

    paper: UUID


def refuse_none_out(turn: Turn) -> None:
    """Refuse where no withdrawn sheet is outside."""
    if not any(one.kind == WITHDRAWN for one in turn.records()):
        raise BadRequest("sheet-not-out")


@handles(
    NoteReturn,
    "note-return",
    event="sheet-returned",
    by=(RECEPTION, CLERK),
    within=GIVEN,
    intake=True,
    refuses=refuse_none_out,
)
def note_return(turn: Turn, said: NoteReturn) -> Done:
    """Note it of every withdrawn sheet of a paper; BadRequest `paper-unknown`, `sheet-not-out`."""
    paper = paper_of(turn, said.paper)
    out = [one for one in turn.records() if one.kind == WITHDRAWN and one.paper_id == paper.id]
    if not out:
        raise BadRequest("sheet-not-out", field="paper")
    for one in out:
        turn.unit.cases.mark_record(one.id, RETURNED)
    return Done(told={"paper": paper.number, "sha256": [one.sha256 for one in out]})
