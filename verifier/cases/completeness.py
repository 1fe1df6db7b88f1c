"""Whether a dossier is complete (kiểm tra thành phần hồ sơ), what is asked for, and what is then brought (bổ sung)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases import letters, money, owed, waiting
from verifier.cases.acceptance import AT_RETURN, BEFORE, accepted, check_due, forwarding_due, when_paid
from verifier.cases.filing import MOST_PAPERS, FiledComponent, FiledPaper, cleaned_paper
from verifier.cases.hands import refuse_others
from verifier.cases.intake import enter_paper
from verifier.cases.kernel import APPLICANT, RECEPTION, SPECIALIST, Command, Done, Letter, Turn, handles
from verifier.cases.offering import REFUSE, offer, scenes
from verifier.cases.papers import paper_of
from verifier.cases.records import Paper
from verifier.cases.setright import CheckPaper, refuse_unmarkable, set_right
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law_desk import answered, calendar_of

MOST_ITEMS = 30


def refuse_other_specialists(turn: Turn) -> None:
    """Refuse a specialist what another one has; reception looks at every paper."""
    refuse_others(turn, RECEPTION)


@handles(
    CheckPaper,
    "check-paper",
    event="paper-checked",
    by=(RECEPTION, SPECIALIST),
    within=(Status.FILED, Status.EXAMINATION),
    refuses=refuse_other_specialists,
)
def check_paper(turn: Turn, said: CheckPaper) -> Done:
    """Mark a paper, and set right what is said of it.

    BadRequest `not-assigned`, `paper-unknown`, and as `setright.set_right`.
    """
    refuse_other_specialists(turn)
    paper = paper_of(turn, said.paper)
    change = set_right(turn, paper, said)
    turn.unit.cases.change_paper(paper.id, checked=said.checked, **change)
    told: dict[str, Detail] = {"paper": paper.number, "checked": said.checked}
    return Done(told=told | ({"changed": sorted(change)} if change else {}))


@dataclass(frozen=True, kw_only=True)
class ConfirmComplete(Command):
    """Find the dossier complete (hồ sơ đầy đủ, hợp lệ)."""

    shown: tuple[str, ...] = ()
    """Ids of components that were shown at the desk, or are data, beside those that are stored."""
    reason: str = ""
    """Why the dossier goes on though the service finds a ground of refusal on a paper, where it does."""


def refuse_untranslated(turn: Turn) -> None:
    """Refuse where something is missing even if all were shown at the desk that may be: a translation."""
    with answered():
        known = tuple(one.id for one in turn.law.procedure(turn.case.procedure).components)
    _refuse_lacking(turn, known)


def _refuse_lacking(turn: Turn, shown: tuple[str, ...]) -> None:
    if missing := lacking(turn, shown):
        raise BadRequest("case-incomplete", ", ".join(missing), missing=", ".join(missing))


@handles(
    ConfirmComplete,
    "confirm-complete",
    event="completeness-confirmed",
    by=(RECEPTION,),
    within=(Status.FILED,),
    refuses=refuse_untranslated,
)
def confirm_complete(turn: Turn, said: ConfirmComplete) -> Done:
    """Confirm; then the fee is demanded where it is due before acceptance, else the dossier is accepted at once.

    A fee that is due at the return is reckoned and told now, too. A fee before acceptance is asked of nobody whose
    papers are barred (Decree 111/2011 Art. 15a(3)(b)): against what the service finds, a person gives the reason.
    BadRequest `case-incomplete` (`missing`), `component-unknown`, `reason-missing` (`paper`), `count-missing` where
    the fee cannot be reckoned.
    """
    _refuse_lacking(turn, said.shown)
    when, reason = when_paid(turn), clean_text(said.reason)
    if when == BEFORE and not reason:
        _refuse_barred(turn)
    for paper in turn.unit.cases.papers(turn.case.id):
        refuse_unmarkable(turn, paper)
    change: dict[str, Any] = {"complete_at": turn.now, "resume": "", "supplement": {}, "supplement_due": None}
    found = Done(change=change, told={"shown": [*said.shown]}, reason=reason)
    if when == BEFORE and not owed.settled(turn):
        return found.and_then(money.demand(turn))
    if when == AT_RETURN:
        fee = money.demand(turn)
        known = replace(turn.case, fee_vnd=fee.change.get("fee_vnd", turn.case.fee_vnd))
        return found.and_then(fee).and_then(accepted(replace(turn, case=known)))
    return found.and_then(accepted(turn))


def _refuse_barred(turn: Turn) -> None:
    """Refuse (`reason-missing`) where the service finds a ground of refusal on a paper."""
    papers = turn.unit.cases.papers(turn.case.id)
    looked = scenes(turn, papers)
    for paper in papers:
        with answered():
            offered = offer(looked[paper.id])
        if offered.word == REFUSE:
            detail = f"paper {paper.number}: {', '.join(offered.grounds)}"
            raise BadRequest("reason-missing", detail, field="reason", paper=str(paper.number))


def lacking(turn: Turn, shown: tuple[str, ...] = ()) -> list[str]:
    """Return the ids of components that are needed always, or of this filing, and were neither brought nor shown.

    Data come with an online filing by themselves. Translations are looked for by paper. BadRequest `component-unknown`.
    """
    case = turn.case
    with answered():
        procedure = turn.law.procedure(case.procedure)
        wanted = procedure.components_for({**case.facts, "channel": case.channel})
    if unknown := sorted(set(shown) - {one.id for one in procedure.components}):
        raise BadRequest("component-unknown", unknown[0], field="shown")
    papers = turn.papers()
    held = {one.component for one in turn.records() if one.component} | set(shown)
    if case.channel == "portal":
        held |= {one.id for one in procedure.components if set(one.shapes) == {"data"}}
    missing = [one.id for one in wanted if one.need == "always" and one.id not in held]
    if any(one.id == "translation" and one.need == "condition" for one in wanted):
        missing += [f"translation:{one.number}" for one in papers if one.language == "other" and not one.translation_id]
    return missing


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is asked for, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class AskSupplement(Command):
    """Ask the applicant to supplement the dossier (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ, form 02)."""

    items: tuple[Item, ...]
    until: date | None = None
    """By when, where the officer sets a day."""
    again: bool = False
    """Say that a further request is meant: the national portal then counts the dossier as late."""


def refuse_second(turn: Turn) -> None:
    """Refuse another request where the law gives one only."""
    if turn.case.supplements and not waiting.rule(turn, waiting.SUPPLEMENT).again:
        raise BadRequest("supplement-once", str(turn.case.supplements))


@handles(
    AskSupplement,
    "ask-supplement",
    event="supplement-asked",
    by=(RECEPTION, SPECIALIST),
    within=(Status.FILED, Status.PAYMENT, Status.ACCEPTED, Status.EXAMINATION),
    refuses=refuse_second,
)
def ask_supplement(turn: Turn, said: AskSupplement) -> Done:
    """Send form 02 with everything that is missing, once (Decree 45/2020 Art. 11(3)).

    BadRequest `items-missing`, `reason-missing`; `supplement-once` where the law gives no second request (of an
    Apostille, Decree 293/2026 Art. 13(4)), else `second-supplement` unless `again` is said; `field-wrong`.
    """
    case = turn.case
    if not 1 <= len(said.items) <= MOST_ITEMS:
        raise BadRequest("items-missing", field="items")
    items = [(clean_text(one.what), reason_of(one.why)) for one in said.items]
    if not all(what for what, _ in items):
        raise BadRequest("items-missing", field="items")
    refuse_second(turn)
    if case.supplements and not said.again:
        raise BadRequest("second-supplement", str(case.supplements), field="again")
    if said.until and said.until < turn.today:
        raise BadRequest("field-wrong", "until", field="until", allowed=f"≥ {turn.today.isoformat()}")
    lines = tuple(what for what, _ in items)
    reasons = "; ".join(dict.fromkeys(why for _, why in items))
    due = _supplement_due(turn, said.until)
    by = f" Hạn bổ sung: {due.astimezone(turn.zone):%H:%M ngày %d/%m/%Y}." if due else ""
    form = letters.form_record(turn, "supplement-request", {"missing": lines, "reason": reasons + by})
    resume = case.resume or case.status
    if resume == Status.PAYMENT.value:  # what is not complete is looked at again before anything is paid
        resume = Status.FILED.value
    change: dict[str, Any] = {"resume": resume, "supplements": case.supplements + 1, "supplement_due": due}
    change["supplement"] = {"items": [{"what": what, "why": why} for what, why in items], "form": str(form.id)}
    change |= {"step_due": due or _target(turn), "warned": "", **waiting.stopped(turn, waiting.SUPPLEMENT)}
    if resume == Status.FILED.value:
        change["complete_at"] = None
    values = {"items": "\n".join(lines), "reason": reasons, "until": due.isoformat() if due else ""}
    letter = Letter("supplement-request", values, (form.id,))
    told: dict[str, Detail] = {"items": len(items), "form": str(form.id), "times": case.supplements + 1}
    return Done(Status.SUPPLEMENT, change, told, reasons, (letter,))


def _supplement_due(turn: Turn, until: date | None) -> datetime | None:
    """Return the close of the day by which it is to be brought, or of the next working day; None where none is set.

    Not before the time that the law gives, where it gives one: of an Apostille 7 working days from the guidance
    (Decree 293/2026 Art. 13(4)).
    """
    calendar, by = calendar_of(turn.house.book, turn.authority.code), waiting.rule(turn, waiting.SUPPLEMENT).by
    with answered():
        days = [calendar.closes(calendar.add_days(until, 0))] if until else []
        if by:
            days.append(turn.law.term(by, turn.now, turn.authority.code).due)
    return max((one for one in days if one), default=None)


def _target(turn: Turn) -> datetime | None:
    """Return after when the office looks again where nobody set a day; an internal target, told to no applicant."""
    target = waiting.rule(turn, waiting.SUPPLEMENT).target
    with answered():
        return turn.law.term(target, turn.now, turn.authority.code).due if target else None


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that takes the place of a paper's, or of its translation's."""

    paper: int
    """Number of the paper within the dossier."""
    file: UUID
    translation: bool = False


@dataclass(frozen=True, kw_only=True)
class Supplement(Command):
    """Bring what was asked for (bổ sung, hoàn thiện hồ sơ); the code stays (Decree 45/2020 Art. 12(2)c)."""

    papers: tuple[FiledPaper, ...] = ()
    """Further papers."""
    files: tuple[NewFile, ...] = ()
    components: tuple[FiledComponent, ...] = ()
    note: str = ""


@handles(
    Supplement,
    "supplement",
    event="supplemented",
    by=(APPLICANT, RECEPTION),
    within=(Status.SUPPLEMENT,),
)
def supplement(turn: Turn, said: Supplement) -> Done:
    """Take in what is brought; the dossier goes back to where it was asked for, and the legal time starts anew.

    Of an Apostille it goes on with what was left of it (`waiting`).

    Files that were there before stay as history. BadRequest `supplement-empty`, `paper-unknown`, `upload-unknown`,
    and what a filing is refused for.
    """
    case = turn.case
    if not (said.papers or said.files or said.components or clean_text(said.note)):
        raise BadRequest("supplement-empty")
    with answered():
        procedure = turn.law.procedure(case.procedure)
    papers = turn.unit.cases.papers(case.id)
    if len(papers) + len(said.papers) > MOST_PAPERS:
        raise BadRequest("field-wrong", "papers", field="papers", allowed=f"≤ {MOST_PAPERS - len(papers)}")
    for at, one in enumerate(said.papers):
        ready = cleaned_paper(one, procedure, turn.law, case.channel, f"papers.{at}.", turn.today)
        enter_paper(turn, ready, len(papers) + at + 1, procedure)
    for fresh in said.files:
        replace_file(turn, next((one for one in papers if one.number == fresh.paper), None), fresh)
    for at, brought in enumerate(said.components):
        if brought.component not in {one.id for one in procedure.components}:
            raise BadRequest("component-unknown", brought.component, field=f"components.{at}.component")
        letters.taken(turn, brought.file, "component", component=brought.component)
    counts = {"papers": len(said.papers), "files": len(said.files), "components": len(said.components)}
    change: dict[str, Any] = {"resume": "", "supplement": {}, "supplement_due": None, "supplemented_at": turn.now}
    back = Done(Status(case.resume), change, {**counts}, clean_text(said.note))
    if case.accepted_at and case.clock_from:
        return back.and_then(waiting.goes_on(turn)).and_then(money.recounted(turn))
    due = forwarding_due(turn) if case.accepted_at else check_due(turn, turn.now)
    return back.and_then(Done(change={"step_due": due, "warned": ""}))


def replace_file(turn: Turn, paper: Paper | None, fresh: NewFile) -> None:
    """Put another file in the place of a paper's; what was judged of the old one holds no more."""
    if paper is None:
        raise BadRequest("paper-unknown", str(fresh.paper), field="files")
    kind = "translation" if fresh.translation else "paper"
    record = letters.taken(turn, fresh.file, kind, component=kind, paper=paper.id)
    if fresh.translation:
        turn.unit.cases.change_paper(paper.id, translation_id=record.id)
        return
    blank: dict[str, Any] = {"verdict": {}, "basis": "", "basis_note": "", "basis_record": None, "checked": False}
    turn.unit.cases.change_paper(paper.id, record_id=record.id, sha256=record.sha256, **blank)
