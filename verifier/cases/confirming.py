"""Requests for confirmation (đề nghị xác minh): drafted, signed by another, sent; their clock is not the dossier's.

Decree 111/2011 Art. 11(6), 13(4), 14(5), 15(5): a Vietnamese authority answers within 5 working days, the Ministry a
mission within 2; a foreign authority has no time. The dossier's own time goes on, so an apology is prepared at once
where the answer cannot be here in time. Of an Apostille it stands still while all papers are awaited (Decree 293/2026
Art. 15(2), 17(3)); which of the two holds is data (`waiting`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.accounts.roles import Role
from verifier.audit import Detail
from verifier.cases import letters, waiting
from verifier.cases.delays import prepared
from verifier.cases.hands import refuse_others
from verifier.cases.kernel import (
    CLERK,
    LEADER,
    RECEPTION,
    SPECIALIST,
    SYSTEM_ASKER,
    Command,
    Done,
    Letter,
    Turn,
    handles,
)
from verifier.cases.papers import paper_of
from verifier.cases.records import Confirmation, Paper
from verifier.cases.refiling import given_back
from verifier.cases.staff import holders
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law_desk import answered

VIETNAM, MINISTRY, FOREIGN = "vietnam", "ministry", "foreign"
ANSWERS = ("authentic", "not-authentic", "unclear")
FORM = "confirmation-request"
TERMS = {VIETNAM: "confirmation-vietnam", MINISTRY: "confirmation-mission", FOREIGN: "confirmation-foreign"}
THROUGH = "Bộ Ngoại giao"
"""Through whom every other authority asks a foreign one (Cục Lãnh sự)."""
OPEN_TO_ASK = (Status.EXAMINATION, Status.CONFIRMATION)
MOST_POINTS = 20
SENT = ("state", "sent_by", "sent_at", "due_at", "reference", "letter_id", "warn_at")
"""Columns of a request that change as it is sent."""
ANSWER, REMIND, BACK = "answer", "remind", "back"
"""Of what officers are warned: the answer is late, the authority is to be reminded, the dossier is to be given back."""


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


@handles(
    DraftConfirmation,
    "draft-confirmation",
    event="confirmation-drafted",
    by=(SPECIALIST,),
    within=OPEN_TO_ASK,
    refuses=refuse_others,
)
def draft_confirmation(turn: Turn, said: DraftConfirmation) -> Done:
    """Draft the letter, to be read and sent by a leader.

    BadRequest `not-assigned`, `paper-unknown`, `field-missing`, `field-wrong`, `asked-not-offered` where this
    authority does not ask such a one.
    """
    refuse_others(turn)
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


def refuse_no_draft(turn: Turn) -> None:
    """Refuse to send where nothing is drafted, or nothing by another person."""
    drafts = _standing(turn, "already-sent", "drafted")
    if all(one.drafted_by == turn.asker.person for one in drafts):
        raise BadRequest("own-draft")


def _standing(turn: Turn, code: str, *states: str) -> list[Confirmation]:
    """Return the requests in some states; BadRequest of the code where there is none, `confirmation-unknown` of any."""
    if not (there := turn.confirmations()):
        raise BadRequest("confirmation-unknown", field="confirmation")
    if not (found := [one for one in there if one.state in states]):
        raise BadRequest(code)
    return found


@handles(
    SendConfirmation,
    "send-confirmation",
    event="confirmation-sent",
    by=(LEADER,),
    within=OPEN_TO_ASK,
    refuses=refuse_no_draft,
)
def send_confirmation(turn: Turn, said: SendConfirmation) -> Done:
    """Note that it left; its clock starts, and where the answer comes too late the apology is prepared.

    Where the dossier's time stands still meanwhile, the applicant is told that with the time that is expected.
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
    due = _term_due(turn, waiting.rule(turn, waiting.CONFIRMATION).answer, turn.now) if one.asked == VIETNAM else None
    due = due or _term_due(turn, TERMS[one.asked], turn.now)
    one = replace(one, state="sent", sent_by=turn.person(), sent_at=turn.now, due_at=due, reference=reference)
    one = replace(one, letter_id=record.id, warn_at=min((at for _, at in _stages(turn, one)), default=None))
    turn.unit.cases.change_confirmation(
        one.id,
        **{name: getattr(one, name) for name in SENT},
    )
    told: dict[str, Detail] = {"confirmation": str(one.id), "letter": str(record.id)}
    told["due"] = due.isoformat() if due else ""
    change = _standing_still(turn)
    values = {"asked": one.name, "paused" if change or turn.case.paused_at else "runs": "1", "until": str(told["due"])}
    done = Done(Status.CONFIRMATION, change, told, letters=(Letter("confirmation-sent", values),))
    return done if change else done.and_then(prepared(turn, answer_by=due))


def _standing_still(turn: Turn) -> dict[str, Any]:
    """Return the columns of a case whose time stops with this request, the last of those by which all are awaited."""
    if not waiting.all_awaited(turn, turn.unit.cases.confirmations(turn.case.id)):
        return {}
    change = waiting.stopped(turn, waiting.CONFIRMATION)
    return change | ({"step_due": None} if change else {})


@dataclass(frozen=True, kw_only=True)
class RemindConfirmation(Command):
    """Note that the authority that was asked was reminded (nhắc, đôn đốc)."""

    confirmation: UUID
    reference: str = ""


def refuse_none_sent(turn: Turn) -> None:
    """Refuse to remind where nothing is awaited."""
    _standing(turn, "not-sent", "sent")


@handles(
    RemindConfirmation,
    "remind-confirmation",
    event="confirmation-reminded",
    by=(SPECIALIST, LEADER),
    within=(Status.CONFIRMATION,),
    refuses=refuse_none_sent,
)
def remind_confirmation(turn: Turn, said: RemindConfirmation) -> Done:
    """Note the reminder; BadRequest `confirmation-unknown`, `not-sent`."""
    one = found(turn, said.confirmation)
    if one.state != "sent":
        raise BadRequest("not-sent")
    turn.unit.cases.change_confirmation(one.id, reminded_at=turn.now)
    return Done(told={"confirmation": str(one.id), "reference": clean_text(said.reference)})


@dataclass(frozen=True, kw_only=True)
class AllowLonger(Command):
    """Note that the authority that was asked needs longer, as it wrote (trường hợp phức tạp)."""

    confirmation: UUID
    reference: str
    """Number of its letter, which gives the reason."""


def refuse_no_longer(turn: Turn) -> None:
    """Refuse to wait longer where no request may take a later term."""
    if not any(_longer(turn, one) for one in _standing(turn, "not-sent", "sent")):
        raise BadRequest("longer-not-offered")


@handles(
    AllowLonger,
    "allow-longer",
    event="answer-extended",
    by=(SPECIALIST, RECEPTION, CLERK),
    within=(Status.CONFIRMATION,),
    refuses=refuse_no_longer,
)
def allow_longer(turn: Turn, said: AllowLonger) -> Done:
    """Expect the answer at the later term that the law gives (Decree 293/2026 Art. 15(3)), and tell the applicant.

    BadRequest `confirmation-unknown`, `not-sent`, `field-missing`, `longer-not-offered` where the law gives no later
    one, or that one is expected already.
    """
    one, reference = found(turn, said.confirmation), clean_text(said.reference)
    if one.state != "sent" or one.sent_at is None:
        raise BadRequest("not-sent")
    if not reference:
        raise BadRequest("field-missing", field="reference")
    if (due := _longer(turn, one)) is None:
        raise BadRequest("longer-not-offered")
    stages = _stages(turn, replace(one, due_at=due))
    next_ = min((at for _, at in stages if at >= turn.now), default=None)
    turn.unit.cases.change_confirmation(one.id, due_at=due, warn_at=next_)
    values = {"asked": one.name, "paused" if turn.case.paused_at else "runs": "1", "until": due.isoformat()}
    told: dict[str, Detail] = {"confirmation": str(one.id), "due": due.isoformat(), "reference": reference}
    return Done(told=told, letters=(Letter("confirmation-sent", values),))


def _longer(turn: Turn, one: Confirmation) -> datetime | None:
    """Return the later term of a request that was sent; None where the law gives none, or it is expected already."""
    if one.sent_at is None or one.due_at is None:
        return None
    due = _term_due(turn, waiting.rule(turn, waiting.CONFIRMATION).longer, one.sent_at)
    return due if due and due > one.due_at else None


@dataclass(frozen=True, kw_only=True)
class RecordAnswer(Command):
    """Record an answer with its document (ghi nhận văn bản trả lời)."""

    confirmation: UUID
    answer: str
    """`authentic`, `not-authentic` or `unclear`."""
    reference: str
    """Number and day of the answer."""
    file: UUID


def refuse_none_awaited(turn: Turn) -> None:
    """Refuse an answer where no request left that is not answered."""
    _standing(turn, "not-sent", "sent", "closed")


@handles(
    RecordAnswer,
    "record-answer",
    event="confirmation-answered",
    by=(SPECIALIST, RECEPTION, CLERK),
    within=tuple(Status),
    refuses=refuse_none_awaited,
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
    done = Done(told=told, letters=(letter,) if late and decider else ())
    return done.and_then(Done(letters=(Letter("answer-after-return"),)) if given_back(turn.case) else _after(turn, one))


@dataclass(frozen=True, kw_only=True)
class CloseConfirmation(Command):
    """Give a request up without an answer (kết thúc, không có trả lời)."""

    confirmation: UUID
    reason: str


def refuse_none_open(turn: Turn) -> None:
    """Refuse to give up where nothing is drafted or awaited."""
    _standing(turn, "already-answered", "drafted", "sent")


@handles(
    CloseConfirmation,
    "close-confirmation",
    event="confirmation-closed",
    by=(LEADER, SPECIALIST),
    within=OPEN_TO_ASK,
    refuses=refuse_none_open,
)
def close_confirmation(turn: Turn, said: CloseConfirmation) -> Done:
    """Close it; an answer that comes later is still recorded. BadRequest `already-answered`, `reason-missing`."""
    one = found(turn, said.confirmation)
    if one.state in ("answered", "closed"):
        raise BadRequest("already-answered")
    reason = reason_of(said.reason)
    turn.unit.cases.change_confirmation(one.id, state="closed")
    return Done(told={"confirmation": str(one.id)}, reason=reason).and_then(_after(turn, one))


@dataclass(frozen=True, kw_only=True)
class GiveBack(Command):
    """Give back a dossier for which no answer came in time (trả lại hồ sơ do không có kết quả xác minh)."""

    reason: str


def refuse_early(turn: Turn) -> None:
    """Refuse to give back where some paper is not awaited for so long, or the law knows of no such end."""
    back = waiting.rule(turn, waiting.CONFIRMATION).back
    sent = [one for one in turn.confirmations() if one.state == "sent"]
    over = [one for one in sent if one.sent_at and (due := _term_due(turn, back, one.sent_at)) and due <= turn.now]
    if not waiting.all_awaited(turn, over):
        raise BadRequest("give-back-too-early")


@handles(
    GiveBack,
    "give-back",
    event="dossier-given-back",
    by=(LEADER,),
    within=(Status.CONFIRMATION,),
    refuses=refuse_early,
)
def give_back(turn: Turn, said: GiveBack) -> Done:
    """End it, and tell the applicant; a person decides, after the time of Decree 293/2026 Art. 15(5)(b).

    An answer that comes later invites to file again. BadRequest `give-back-too-early` where some paper is not awaited
    for so long, or the law of the case knows of no such end; `reason-missing`.
    """
    reason = reason_of(said.reason)
    refuse_early(turn)
    sent = [one for one in turn.confirmations() if one.state == "sent"]
    for one in sent:
        turn.unit.cases.change_confirmation(one.id, state="closed")
    change = {"step_due": None, "decided_by": turn.person(), "decided_at": turn.now}
    return Done(Status.STOPPED, change, {"confirmations": len(sent)}, reason, (Letter("given-back"),))


# --- warnings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WarnConfirmation(Command):
    """Warn officers that an answer is late, the authority to be reminded, or the dossier to be given back."""

    confirmation: UUID


@handles(
    WarnConfirmation,
    "warn-confirmation",
    event="confirmation-warned",
    by=(SYSTEM_ASKER,),
    within=(Status.CONFIRMATION,),
)
def warn_confirmation(turn: Turn, said: WarnConfirmation) -> Done:
    """Warn who works on it, of giving back leaders too; once at each term. BadRequest `already-warned`."""
    one = found(turn, said.confirmation)
    if one.state != "sent" or one.warn_at is None or one.warn_at >= turn.now:
        raise BadRequest("already-warned")
    stages = _stages(turn, one)
    passed = [stage for stage, at in stages if at < turn.now] or [ANSWER]
    turn.unit.cases.change_confirmation(one.id, warn_at=min((at for _, at in stages if at >= turn.now), default=None))
    own = turn.case.officer_id or one.drafted_by
    more = holders(turn, Role.LEADER) if passed[-1] == BACK else []
    values = {passed[-1]: "1", "asked": one.name}
    letters_ = tuple(Letter("waited-long", values, to=f"person:{who}") for who in dict.fromkeys([own, *more]))
    return Done(told={"confirmation": str(one.id), "stage": passed[-1]}, letters=letters_)


def _stages(turn: Turn, one: Confirmation) -> list[tuple[str, datetime]]:
    """Return when officers are warned of a request that was sent, and of what, in order."""
    rule, sent = waiting.rule(turn, waiting.CONFIRMATION), one.sent_at
    if sent is None:
        return []
    terms = {ANSWER: one.due_at, REMIND: _term_due(turn, rule.remind, sent), BACK: _term_due(turn, rule.back, sent)}
    return sorted(((stage, at) for stage, at in terms.items() if at), key=lambda told: told[1])


def _term_due(turn: Turn, term: str, start: datetime) -> datetime | None:
    """Return when a term of the law ends, by the working days of Viet Nam, where the answer is given; None for none.

    A mission keeps other days; only an authority at home has a time to answer.
    """
    with answered():
        return turn.law.term(term, start).due if term else None


def found(turn: Turn, id_: UUID) -> Confirmation:
    """Return a request of the case; BadRequest `confirmation-unknown`."""
    own = (one for one in turn.unit.cases.confirmations(turn.case.id) if one.id == id_)
    one = next(own, None)
    if one is None:
        raise BadRequest("confirmation-unknown", str(id_), field="confirmation")
    return one


def _after(turn: Turn, done: Confirmation) -> Done:
    """Return where the case goes once a request is over: on, unless another one is awaited; its time goes on too."""
    if turn.case.status != Status.CONFIRMATION.value:
        return Done()
    others = [one for one in turn.unit.cases.confirmations(turn.case.id) if one.id != done.id]
    status = None if any(one.state == "sent" for one in others) else Status.EXAMINATION
    still = turn.case.paused_at is None or waiting.all_awaited(turn, others)
    return Done(status) if still else Done(status).and_then(waiting.goes_on(turn))


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
