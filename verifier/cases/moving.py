"""Who works on a dossier: assignment (phân công), forwarding to another authority (chuyển hồ sơ), withdrawal, stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from verifier.accounts.plain_text import reason_of
from verifier.accounts.roles import Role
from verifier.audit import Detail
from verifier.cases import letters
from verifier.cases.acceptance import accepted, forwarding_due, takes_in_only
from verifier.cases.examination import judge_all_anew
from verifier.cases.kernel import (
    APPLICANT,
    LEADER,
    OPEN,
    RECEPTION,
    SPECIALIST,
    Command,
    Done,
    Letter,
    Turn,
    handles,
)
from verifier.cases.statuses import Status, statuses
from verifier.cases.steps import at_step
from verifier.errors import BadRequest
from verifier.law_desk import calendar_of

UNDECIDED = OPEN - {Status.SIGNING, Status.SIGNED}
"""Statuses before the decision; while acts are being signed, or after, a dossier is neither withdrawn nor stopped."""


@dataclass(frozen=True, kw_only=True)
class Assign(Command):
    """Give the dossier to a specialist (phân công), also away from another."""

    officer: UUID


def refuse_forwarding(turn: Turn) -> None:
    """Refuse work on a dossier at an authority that only takes it in; BadRequest `to-be-forwarded`."""
    if takes_in_only(turn):
        raise BadRequest("to-be-forwarded")


@handles(
    Assign,
    "assign",
    event="case-assigned",
    by=(LEADER,),
    within=(Status.ACCEPTED, Status.EXAMINATION, Status.CONFIRMATION),
    refuses=refuse_forwarding,
)
def assign(turn: Turn, said: Assign) -> Done:
    """Assign; BadRequest `not-a-specialist` where that person is none of this authority, `to-be-forwarded`."""
    refuse_forwarding(turn)
    holds = any(
        grant.role == Role.SPECIALIST for grant in turn.unit.people.grants(said.officer) if grant.holds_at(turn.now)
    )
    person = turn.unit.people.get(said.officer)
    if person is None or person.authority_id != turn.case.authority_id or person.disabled_at is not None or not holds:
        raise BadRequest("not-a-specialist", field="officer")
    return assigned(turn, said.officer)


@dataclass(frozen=True, kw_only=True)
class Take(Command):
    """Take a dossier that is assigned to nobody (nhận hồ sơ)."""


def refuse_taken(turn: Turn) -> None:
    """Refuse to take what somebody has, or what is to be forwarded."""
    refuse_forwarding(turn)
    if turn.case.officer_id is not None:
        raise BadRequest("already-assigned")


@handles(
    Take,
    "take",
    event="case-taken",
    by=(SPECIALIST,),
    within=(Status.ACCEPTED, Status.EXAMINATION),
    refuses=refuse_taken,
)
def take(turn: Turn, _said: Take) -> Done:
    """Take it; BadRequest `already-assigned`, `to-be-forwarded`."""
    refuse_taken(turn)
    return assigned(turn, turn.person())


@dataclass(frozen=True, kw_only=True)
class TakeOver(Command):
    """Take a dossier over from the specialist who has it (nhận lại hồ sơ)."""

    reason: str


def refuse_nobodys(turn: Turn) -> None:
    """Refuse to take over what nobody has, which is taken, or what one has oneself."""
    refuse_forwarding(turn)
    if turn.case.officer_id is None:
        raise BadRequest("assigned-to-nobody")
    if turn.case.officer_id == turn.asker.person:
        raise BadRequest("already-assigned")


@handles(
    TakeOver,
    "take-over",
    event="case-taken-over",
    by=(SPECIALIST,),
    within=(Status.ACCEPTED, Status.EXAMINATION, Status.CONFIRMATION),
    refuses=refuse_nobodys,
)
def take_over(turn: Turn, said: TakeOver) -> Done:
    """Take it over; who had it is told. BadRequest `reason-missing`, `assigned-to-nobody`, `already-assigned`."""
    reason = reason_of(said.reason)
    refuse_nobodys(turn)
    return assigned(turn, turn.person(), reason)


def assigned(turn: Turn, officer: UUID, reason: str = "") -> Done:
    """Return what assigning does: the step of examination begins; who has it now, and who had it before, is told."""
    before, me = turn.case.officer_id, turn.asker.person
    status = Status.EXAMINATION if turn.case.status == Status.ACCEPTED.value else None
    change: dict[str, Any] = {"officer_id": officer, "assigned_at": turn.now, **at_step(turn, SPECIALIST)}
    told: dict[str, Detail] = {"officer": str(officer)}
    letters = [] if officer == me else [Letter("assigned-officer", {}, to=f"person:{officer}")]
    if before is not None and before != officer:
        told["officer-before"] = str(before)
        if before != me:
            letters.append(_handed_on(turn, officer, before, reason))
    return Done(status, change, told, reason, tuple(letters))


def _handed_on(turn: Turn, officer: UUID, before: UUID, reason: str) -> Letter:
    """Return the letter to who had it before."""
    person = turn.unit.people.get(officer)
    values = {"officer": person.name if person else "", **({"reason": reason} if reason else {})}
    return Letter("handed-on-officer", values, to=f"person:{before}")


@dataclass(frozen=True, kw_only=True)
class Forward(Command):
    """Forward the dossier to the authority that decides (chuyển hồ sơ)."""

    reason: str = ""


def refuse_nowhere(turn: Turn) -> None:
    """Refuse to forward where nobody is named, or what was forwarded already."""
    if turn.authority.forwards_to is None or turn.case.intake_id != turn.case.authority_id:
        raise BadRequest("forwards-nowhere")


@handles(
    Forward,
    "forward",
    event="case-forwarded",
    by=(RECEPTION, LEADER),
    within=(Status.ACCEPTED, Status.EXAMINATION),
    refuses=refuse_nowhere,
)
def forward(turn: Turn, said: Forward) -> Done:
    """Hand it over; from then on the other authority has it (Circular 03/2026/TT-BNG Art. 3(3)b).

    The law gives one working day to forward and says nothing of receiving: the same is the target there, after which
    both authorities are warned.
    BadRequest `forwards-nowhere` where the authority forwards to nobody, or the dossier was forwarded to it: who hands
    a dossier on sees it no more, but for where it was filed. `reason-missing` where it could decide itself;
    `authority-without-calendar` where the other could promise no day.
    """
    refuse_nowhere(turn)
    other = turn.unit.authorities.get(turn.authority.forwards_to) if turn.authority.forwards_to else None
    if other is None:
        raise BadRequest("forwards-nowhere")
    calendar_of(turn.house.book, other.code)
    reason = said.reason if takes_in_only(turn) else reason_of(said.reason)
    turn.unit.cases.move(turn.case, other.id)
    change: dict[str, Any] = {"authority_id": other.id, "forwarded_at": turn.now, "officer_id": None}
    change |= {"clock_from": None, "due_at": None, "step_due": forwarding_due(turn, other.code), "warned": ""}
    values = {"receiver_vi": other.name_vi, "receiver_en": other.name_en}
    return Done(Status.FORWARDED, change, {"to": other.code}, reason, (Letter("forwarded", values),))


@dataclass(frozen=True, kw_only=True)
class Receive(Command):
    """Receive a forwarded dossier (nhận hồ sơ chuyển đến): its time begins now."""


def refuse_incompetent(turn: Turn) -> None:
    """Refuse to receive what this authority does not decide."""
    held = (one for one in turn.competences() if one.procedure == turn.case.procedure and one.capacity == "decide")
    if not any(one.holds(turn.today) for one in held):
        raise BadRequest("procedure-not-offered", turn.case.procedure, procedure=turn.case.procedure)


@handles(
    Receive,
    "receive",
    event="case-received",
    by=(RECEPTION,),
    within=(Status.FORWARDED,),
    refuses=refuse_incompetent,
)
def receive(turn: Turn, _said: Receive) -> Done:
    """Accept it here; the receipt with the appointment goes to the applicant. BadRequest `procedure-not-offered`."""
    refuse_incompetent(turn)
    judge_all_anew(turn)
    return accepted(turn)


@dataclass(frozen=True, kw_only=True)
class Withdraw(Command):
    """Withdraw the dossier (rút hồ sơ), as the applicant wishes."""

    reason: str = ""


@handles(Withdraw, "withdraw", event="case-withdrawn", by=(APPLICANT, RECEPTION), within=UNDECIDED)
def withdraw(turn: Turn, said: Withdraw) -> Done:
    """End it; an officer who notes the applicant's wish says on what it rests (`reason-missing`)."""
    reason = said.reason if APPLICANT in turn.asker.may else reason_of(said.reason)
    return Done(Status.WITHDRAWN, {"step_due": None}, reason=reason, letters=(Letter("withdrawn"),))


@dataclass(frozen=True, kw_only=True)
class Stop(Command):
    """Stop the work on the dossier (dừng giải quyết hồ sơ, form 05)."""

    reason: str
    asked_by_applicant: bool = False
    """The applicant asked for it; else nobody stops a dossier."""


@handles(Stop, "stop", event="case-stopped", by=(LEADER,), within=UNDECIDED)
def stop(turn: Turn, said: Stop) -> Done:
    """Stop it with form 05 (thông báo dừng giải quyết hồ sơ), as the applicant wishes.

    What cannot be granted is refused, which takes two people. BadRequest `reason-missing`, `stop-not-asked`.
    """
    reason = reason_of(said.reason)
    if not said.asked_by_applicant:
        raise BadRequest("stop-not-asked", field="asked_by_applicant")
    stage = statuses()[turn.case.status].words.vi
    paid = "Đã nộp" if turn.case.paid_at else "Chưa nộp"
    values: dict[str, Any] = {"reason": reason, "stage": stage, "money": paid, "asked": turn.today}
    values |= {"stopped": turn.now.astimezone(turn.zone), "leader": turn.asker.actor.name}
    form = letters.form_record(turn, "stop-notice", values)
    told: dict[str, Detail] = {"form": str(form.id), "asked_by_applicant": said.asked_by_applicant}
    return Done(Status.STOPPED, {"step_due": None}, told, reason, (Letter("stopped", {"reason": reason}, (form.id,)),))
