"""Warnings of deadlines, once at each stage: the internal target of a step, soon due, late.

While an applicant is asked for more, or another authority is to receive the dossier, the target is when the office
looks again: nothing ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from verifier.accounts.roles import Role
from verifier.audit import Detail
from verifier.cases import waiting
from verifier.cases.delays import RUNNING, prepared
from verifier.cases.kernel import SYSTEM_ASKER, Command, Done, Letter, Turn, handles
from verifier.cases.records import Case
from verifier.cases.staff import holders
from verifier.cases.statuses import Status
from verifier.errors import BadRequest

AHEAD = timedelta(hours=2)
"""How long before the due hour the warning is given: our own choice, no law."""
AT_RECEPTION = (Status.FILED, Status.SUPPLEMENT, Status.FORWARDED)
"""Statuses in which it is reception's to look, where the dossier is nobody's in particular."""
WATCHED = (*AT_RECEPTION, *RUNNING)
"""Statuses in which officers are warned; in the others somebody else is waited for, or the limit is met."""
TARGET, SOON, LATE = "target", "soon", "late"
STAGES = ("", TARGET, SOON, LATE)


@dataclass(frozen=True, kw_only=True)
class Warn(Command):
    """Warn the officer that a step or the dossier is late, or soon will be."""

    stage: str


@handles(Warn, "warn", event="deadline-warned", by=(SYSTEM_ASKER,), within=WATCHED)
def warn(turn: Turn, said: Warn) -> Done:
    """Warn once at each stage; before the end, prepare the apology where there is none.

    BadRequest `already-warned`.
    """
    case = turn.case
    if STAGES.index(said.stage) <= STAGES.index(case.warned):
        raise BadRequest("already-warned")
    told: dict[str, Detail] = {"stage": said.stage, "due": case.due_at.isoformat() if case.due_at else ""}
    template, values = "deadline-warning", {"stage": said.stage, "due": str(told["due"]), "code": case.code}
    refuse_by = waiting.refusal_due(turn)
    if case.status in LAIN:
        template, values = "waited-long", {LAIN[case.status](case): "1"}
    if refuse_by is not None and case.step_due == refuse_by:
        return _unrefused(turn, said.stage, told)
    if refuse_by is not None:  # the next target is the day of the refusal, of which officers are warned again
        values["refuse_by"] = refuse_by.isoformat()
        told["refuse_by"] = refuse_by.isoformat()
    letters = tuple(Letter(template, values, to=f"person:{one}") for one in _warned(turn, said.stage))
    change = {"warned": "", "step_due": refuse_by} if refuse_by else {"warned": said.stage}
    done = Done(change=change, told=told, letters=letters)
    if case.status == Status.CONFIRMATION.value:
        awaited = [one.due_at for one in turn.unit.cases.confirmations(case.id) if one.state == "sent"]
        known = [due for due in awaited if due]
        return done.and_then(prepared(turn, max(known) if known and len(known) == len(awaited) else None))
    return done


def _unrefused(turn: Turn, stage: str, told: dict[str, Detail]) -> Done:
    """Warn that the day of the refusal has passed: whose work it is, and leaders, who alone refuse."""
    who = dict.fromkeys([*_warned(turn, stage), *holders(turn, Role.LEADER)])
    letters = tuple(Letter("waited-long", {"unrefused": "1"}, to=f"person:{one}") for one in who)
    return Done(change={"warned": stage}, told=told, letters=letters)


def _warned(turn: Turn, stage: str) -> list[UUID]:
    """Return who is warned: whose work it is; before the limit leaders too, since they apologise, nobody else may.

    Leaders too where no time runs and the decision is theirs: what was not brought is to be refused by its day.
    """
    case = turn.case
    own = case.officer_id or case.decided_by
    role = Role.RECEPTION if Status(case.status) in AT_RECEPTION else Role.LEADER
    theirs = case.status == Status.APPROVAL.value and case.due_at is None
    more = [] if own and stage == TARGET and not theirs else holders(turn, role)
    return list(dict.fromkeys([*([own] if own else []), *more]))


@dataclass(frozen=True, kw_only=True)
class WarnSender(Command):
    """Warn the authority that forwarded a dossier that nobody there has received it."""


@handles(WarnSender, "warn-sender", event="sender-warned", by=(SYSTEM_ASKER,), within=(Status.FORWARDED,), intake=True)
def warn_sender(turn: Turn, _said: WarnSender) -> Done:
    """Warn reception where it was filed, before the receiver is warned; BadRequest `already-warned`."""
    if turn.case.warned:
        raise BadRequest("already-warned")
    values = {"forwarded": "1"}
    who = holders(turn, Role.RECEPTION)
    return Done(letters=tuple(Letter("waited-long", values, to=f"person:{one}") for one in who))


LAIN: Mapping[str, Callable[[Case], str]] = {
    Status.SUPPLEMENT.value: lambda case: "lapsed" if case.supplement_due else "supplement",
    Status.FORWARDED.value: lambda _case: "forwarded",
}
"""By status, what is said of a dossier for which somebody else is waited too long."""


def stage_of(case: Case, now: datetime) -> str:
    """Return at which stage a dossier is; empty where nothing is to be said."""
    if case.due_at and now > case.due_at:
        return LATE
    send_by = datetime.fromisoformat(case.apology["latest"]) if case.apology.get("latest") else case.due_at
    if send_by and now > send_by - AHEAD:  # an apology that is prepared must leave a day before
        return SOON
    return TARGET if case.step_due and now > case.step_due else ""
