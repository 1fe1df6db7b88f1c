"""Warnings of deadlines, once at each stage: the internal target of a step, soon due, late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from verifier.accounts.roles import Role
from verifier.audit import Detail
from verifier.cases.delays import RUNNING, prepared
from verifier.cases.kernel import SYSTEM_ASKER, Command, Done, Letter, Turn, handles
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.errors import BadRequest

AHEAD = timedelta(hours=2)
"""How long before the due hour the warning is given: our own choice, no law."""
WATCHED = (Status.FILED, *RUNNING)
"""Statuses in which officers are warned; in the others somebody else is waited for, or the limit is met."""
MOST_WARNED = 5
"""Leaders, or officers of reception, who are warned of one dossier."""
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
    values = {"stage": said.stage, "due": str(told["due"]), "code": case.code}
    letters = tuple(Letter("deadline-warning", values, to=f"person:{one}") for one in _warned(turn, said.stage))
    done = Done(change={"warned": said.stage}, told=told, letters=letters)
    if case.status == Status.CONFIRMATION.value:
        awaited = [one.due_at for one in turn.unit.cases.confirmations(case.id) if one.state == "sent"]
        known = [due for due in awaited if due]
        return done.and_then(prepared(turn, max(known) if known and len(known) == len(awaited) else None))
    return done


def _warned(turn: Turn, stage: str) -> list[UUID]:
    """Return who is warned: whose work it is; before the limit leaders too, since they apologise, nobody else may."""
    case = turn.case
    own = case.officer_id or case.decided_by
    role = Role.RECEPTION if case.status == Status.FILED.value else Role.LEADER
    held = (one for one in turn.unit.people.all_grants() if one.role == role.value and one.holds_at(turn.now))
    more = [] if own and stage == TARGET else list(dict.fromkeys(one.person_id for one in held))[:MOST_WARNED]
    return list(dict.fromkeys([*([own] if own else []), *more]))


def stage_of(case: Case, now: datetime) -> str:
    """Return at which stage a dossier is; empty where nothing is to be said."""
    if case.due_at and now > case.due_at:
        return LATE
    send_by = datetime.fromisoformat(case.apology["latest"]) if case.apology.get("latest") else case.due_at
    if send_by and now > send_by - AHEAD:  # an apology that is prepared must leave a day before
        return SOON
    return TARGET if case.step_due and now > case.step_due else ""
