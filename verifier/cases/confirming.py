"""Requests for confirmation (đề nghị xác minh): drafted, signed by another, sent; their clock is not the dossier's.

Decree 111/2011 Art. 11(6), 13(4), 14(5), 15(5): a Vietnamese authority answers within 5 working days, the Ministry a
mission within 2; a foreign authority has no time. The dossier's own time goes on, so an apology is prepared at once
where the answer cannot be here in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases import letters
from verifier.cases.completeness import paper_of
from verifier.cases.delays import prepared
from verifier.cases.kernel import CLERK, LEADER, RECEPTION, SPECIALIST, Command, Done, Letter, Turn, handles
from verifier.cases.records import Case, Confirmation, Paper
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law_desk import answered

VIETNAM, MINISTRY, FOREIGN = "vietnam", "ministry", "foreign"
ANSWERS = ("authentic", "not-authentic", "unclear")
FORM = "confirmation-request"
TERMS = {VIETNAM: "confirmation-vietnam", MINISTRY: "confirmation-mission", FOREIGN: "confirmation-foreign"}
APOSTILLE_TERM = "apostille-confirmation"
THROUGH = "Bộ Ngoại giao"
"""Through whom every other authority asks a foreign one (Cục Lãnh sự)."""
OPEN_TO_ASK = (Status.EXAMINATION, Status.CONFIRMATION)
MOST_POINTS = 20


@dataclass(frozen=True, kw_only=True)
class DraftConfirmation(Command):
    """Draft a request for confirmation (dự thảo công văn xác minh)."""

    papers: tuple[UUID, ...]
    asked: str
    """`vietnam`, `ministry` (by a mission) or `foreign`."""
    name: str
    """Of the authority that is asked."""
    points: tuple[str, ...]
    """What is to be confirmed, one sentence each."""
    address: str = ""
    doubt: str = ""
    """Why it is asked."""


@handles(DraftConfirmation, "draft-confirmation", event="confirmation-drafted", by=(SPECIALIST,), within=OPEN_TO_ASK)
def draft_confirmation(turn: Turn, said: DraftConfirmation) -> Done:
    """Draft the letter, to be read and sent by a leader.

    BadRequest `paper-unknown`, `field-missing`, `field-wrong`, `asked-not-offered` where this authority does not ask
    such a one.
    """
    papers = _papers(turn, said.papers)
    name, points = clean_text(said.name), tuple(text for raw in said.points if (text := clean_text(raw)))
    if not name or not 1 <= len(points) <= MOST_POINTS:
        raise BadRequest("field-missing", field="points" if name else "name")
    if said.asked not in TERMS:
        raise BadRequest("field-wrong", said.asked, field="asked", allowed=", ".join(TERMS))
    if said.asked == MINISTRY and turn.authority.kind != "mission":
        raise BadRequest("asked-not-offered", said.asked, field="asked")
    question = "\n".join((*points, clean_text(said.doubt)))
    one = Confirmation(
        id=uuid4(),
        case_id=turn.case.id,
        authority_id=turn.case.authority_id,
        papers=tuple(paper.id for paper in papers),
        asked=said.asked,
        name=name,
        address=clean_text(said.address),
        question=question,
        reference="",
        state="drafted",
        drafted_by=turn.person(),
        drafted_at=turn.now,
    )
    record = letters.form_record(turn, FORM, _letter(turn, one, papers), kind="letter")
    turn.unit.cases.add_confirmation(one)
    turn.unit.cases.change_confirmation(one.id, letter_id=record.id)
    return Done(told={"confirmation": str(one.id), "asked": said.asked, "papers": len(papers)})


@dataclass(frozen=True, kw_only=True)
class SendConfirmation(Command):
    """Sign and send a drafted request (ký, gửi công văn xác minh)."""

    confirmation: UUID
    reference: str
    """Number of the letter (số công văn)."""


@handles(SendConfirmation, "send-confirmation", event="confirmation-sent", by=(LEADER,), within=OPEN_TO_ASK)
def send_confirmation(turn: Turn, said: SendConfirmation) -> Done:
    """Note that it left; its clock starts, and where the answer comes too late the apology is prepared.

    BadRequest `confirmation-unknown`, `already-sent`, `own-draft`, `field-missing`.
    """
    one = found(turn, said.confirmation)
    reference = clean_text(said.reference)
    if one.state != "drafted":
        raise BadRequest("already-sent")
    if one.drafted_by == turn.person():
        raise BadRequest("own-draft")
    if not reference:
        raise BadRequest("field-missing", field="reference")
    papers = [paper_of(turn, id_) for id_ in one.papers]
    values = {**_letter(turn, one, papers), "number": reference, "officer": turn.asker.actor.name}
    record = letters.form_record(turn, FORM, values, kind="letter")
    with answered():
        due = turn.law.term(_term(turn.case, one.asked), turn.now, turn.authority.code).due
    change: Mapping[str, Any] = {"sent_by": turn.person(), "sent_at": turn.now, "due_at": due, "reference": reference}
    turn.unit.cases.change_confirmation(one.id, state="sent", letter_id=record.id, **change)
    told: dict[str, Detail] = {"confirmation": str(one.id), "letter": str(record.id)}
    told["due"] = due.isoformat() if due else ""
    done = Done(Status.CONFIRMATION, told=told, letters=(Letter("confirmation-sent", {"asked": one.name}),))
    return done.and_then(prepared(turn, answer_by=due))


@dataclass(frozen=True, kw_only=True)
class RemindConfirmation(Command):
    """Note that the authority that was asked was reminded (nhắc, đôn đốc)."""

    confirmation: UUID
    reference: str = ""


@handles(
    RemindConfirmation,
    "remind-confirmation",
    event="confirmation-reminded",
    by=(SPECIALIST, LEADER),
    within=(Status.CONFIRMATION,),
)
def remind_confirmation(turn: Turn, said: RemindConfirmation) -> Done:
    """Note the reminder; BadRequest `confirmation-unknown`, `not-sent`."""
    one = found(turn, said.confirmation)
    if one.state != "sent":
        raise BadRequest("not-sent")
    turn.unit.cases.change_confirmation(one.id, reminded_at=turn.now)
    return Done(told={"confirmation": str(one.id), "reference": clean_text(said.reference)})


@dataclass(frozen=True, kw_only=True)
class RecordAnswer(Command):
    """Record an answer with its document (ghi nhận văn bản trả lời)."""

    confirmation: UUID
    answer: str
    """`authentic`, `not-authentic` or `unclear`."""
    reference: str
    """Number and day of the answer."""
    file: UUID


@handles(
    RecordAnswer,
    "record-answer",
    event="confirmation-answered",
    by=(SPECIALIST, RECEPTION, CLERK),
    within=tuple(Status),
)
def record_answer(turn: Turn, said: RecordAnswer) -> Done:
    """Record it; the dossier goes back to examination once nothing more is awaited.

    An answer after the decision is recorded all the same, marked `late`; whoever decided is told, since an answer
    that says `not-authentic` may be a reason to annul. BadRequest `confirmation-unknown`, `not-sent`,
    `already-answered`, `field-missing`, `field-wrong`, `upload-unknown`.
    """
    one = found(turn, said.confirmation)
    if said.answer not in ANSWERS:
        raise BadRequest("field-wrong", said.answer, field="answer", allowed=", ".join(ANSWERS))
    if one.state == "answered":
        raise BadRequest("already-answered")
    if one.state == "drafted":
        raise BadRequest("not-sent")
    reference = clean_text(said.reference)
    if not reference:
        raise BadRequest("field-missing", field="reference")
    record = letters.taken(turn, said.file, "answer")
    who = {"answered_at": turn.now, "noted_by": turn.person(), "answer_id": record.id, "answer_reference": reference}
    turn.unit.cases.change_confirmation(one.id, state="answered", answer=said.answer, **who)
    late = turn.case.status != Status.CONFIRMATION.value
    told: dict[str, Detail] = {"confirmation": str(one.id), "answer": said.answer, "sha256": record.sha256}
    told["late"] = late
    decider = turn.case.decided_by
    letter = Letter("answer-late", {"answer": said.answer}, to=f"person:{decider}")
    return Done(_after(turn, one), told=told, letters=(letter,) if late and decider else ())


@dataclass(frozen=True, kw_only=True)
class CloseConfirmation(Command):
    """Give a request up without an answer (kết thúc, không có trả lời)."""

    confirmation: UUID
    reason: str


@handles(
    CloseConfirmation,
    "close-confirmation",
    event="confirmation-closed",
    by=(LEADER, SPECIALIST),
    within=OPEN_TO_ASK,
)
def close_confirmation(turn: Turn, said: CloseConfirmation) -> Done:
    """Close it; an answer that comes later is still recorded. BadRequest `already-answered`, `reason-missing`."""
    one = found(turn, said.confirmation)
    if one.state in ("answered", "closed"):
        raise BadRequest("already-answered")
    reason = reason_of(said.reason)
    turn.unit.cases.change_confirmation(one.id, state="closed")
    return Done(_after(turn, one), told={"confirmation": str(one.id)}, reason=reason)


def found(turn: Turn, id_: UUID) -> Confirmation:
    """Return a request of the case; BadRequest `confirmation-unknown`."""
    own = (one for one in turn.unit.cases.confirmations(turn.case.id) if one.id == id_)
    one = next(own, None)
    if one is None:
        raise BadRequest("confirmation-unknown", str(id_), field="confirmation")
    return one


def _after(turn: Turn, done: Confirmation) -> Status | None:
    """Return where the case goes once a request is over: on, unless another one is awaited."""
    if turn.case.status != Status.CONFIRMATION.value:
        return None
    others = (one for one in turn.unit.cases.confirmations(turn.case.id) if one.id != done.id)
    return None if any(one.state == "sent" for one in others) else Status.EXAMINATION


def _term(case: Case, asked: str) -> str:
    """Return the term by which an answer is due; of Apostilles all Vietnamese bodies answer by the same."""
    return APOSTILLE_TERM if case.procedure == "apostille" and asked == VIETNAM else TERMS[asked]


def _papers(turn: Turn, ids: tuple[UUID, ...]) -> list[Paper]:
    if not ids:
        raise BadRequest("field-missing", field="papers")
    return [paper_of(turn, id_) for id_ in dict.fromkeys(ids)]


def _letter(turn: Turn, one: Confirmation, papers: list[Paper]) -> dict[str, Any]:
    """Return what the letter says."""
    *points, doubt = one.question.split("\n")
    direct = one.asked != FOREIGN or turn.authority.kind in ("ministry", "mission")
    return {
        "to": "vietnamese" if one.asked != FOREIGN else "foreign",
        "recipient": one.name,
        "via": "" if direct else THROUGH,
        "papers": tuple(_row(paper) for paper in papers),
        "points": tuple(points),
        "doubt": doubt,
        "attached": tuple(p.name for p in papers),
        "contact": f"{turn.authority.name_vi}, {turn.authority.address_vi}",
    }


def _row(paper: Paper) -> dict[str, Any]:
    """Return the row of a paper in the letter, without what is not known of it."""
    row = {"name": paper.name, "sign": paper.serial, "signer": paper.signer, "title": paper.title}
    return {
        name: value for name, value in {**row, "authority": paper.office, "signed": paper.signed_on}.items() if value
    }
