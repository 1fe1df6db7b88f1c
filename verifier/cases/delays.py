"""When a result cannot be given in time: the apology with a new date (xin lỗi và hẹn lại, form 04), prepared ahead.

Decree 61/2018 Art. 19(9) and what followed it: at the latest one day before the due date, and once only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from verifier.accounts.plain_text import reason_of
from verifier.audit import Detail
from verifier.cases import letters
from verifier.cases.acceptance import reckoned
from verifier.cases.kernel import LEADER, Command, Done, Letter, Turn, handles
from verifier.cases.statuses import Status, statuses
from verifier.errors import BadRequest
from verifier.law_desk import answered, calendar_of

RUNNING = (Status.ACCEPTED, Status.EXAMINATION, Status.CONFIRMATION, Status.APPROVAL, Status.SIGNING)
"""Statuses in which the legal time runs."""
FOR_CONFIRMATION = "Cần xác minh, làm rõ thông tin tại cơ quan có thẩm quyền."
"""Proposed reason: the paper must be confirmed by another authority."""


@dataclass(frozen=True)
class Prepared:
    """An apology that is prepared: what `Case.apology` holds."""

    new_due: datetime | None
    """Proposed new date; None where nobody can say when the answer comes."""
    reason: str
    latest: datetime | None
    """Last moment to send it, by the law; None where the whole time is too short for that."""

    def told(self) -> Mapping[str, Any]:
        """Return it as it is kept."""
        return {"new_due": _iso(self.new_due), "reason": self.reason, "latest": _iso(self.latest)}


def prepared(turn: Turn, answer_by: datetime | None) -> Done:
    """Prepare the apology where an awaited answer leaves no time to keep the date; nothing where it does.

    The new date gives the whole time of the procedure anew from the day on which the answer is due.
    """
    case = turn.case
    if case.due_at is None or case.apologies or case.apology:
        return Done()
    new_due = reckoned(turn, answer_by, answer_by).due if answer_by else None
    if new_due is not None and new_due <= case.due_at:
        return Done()
    ready = Prepared(new_due, FOR_CONFIRMATION, latest(turn))
    return Done(change={"apology": ready.told()}, told={"apology_by": _iso(ready.latest), "new_due": _iso(new_due)})


def latest(turn: Turn) -> datetime | None:
    """Return the last moment to send the apology in time; None where it lies before the clock's start, or now."""
    case = turn.case
    if case.due_at is None:
        return None
    with answered():
        due = turn.law.term("apology", case.due_at, turn.authority.code).due
    return due if due and case.clock_from and due > case.clock_from else None


@dataclass(frozen=True, kw_only=True)
class Apologise(Command):
    """Apologise and give a new date (xin lỗi và hẹn lại ngày trả kết quả)."""

    new_due: datetime
    """With its zone."""
    reason: str


def refuse_second(turn: Turn) -> None:
    """Refuse an apology where no time runs, or where there was one."""
    if turn.case.due_at is None:
        raise BadRequest("clock-not-started")
    if turn.case.apologies:
        raise BadRequest("apology-once")


@handles(Apologise, "apologise", event="apology-sent", by=(LEADER,), within=RUNNING, refuses=refuse_second)
def apologise(turn: Turn, said: Apologise) -> Done:
    """Send form 04; the dossier is due at the new date.

    Where it leaves later than the law wants that is noted (`late`), not refused: an applicant who hears of it late is
    better off than one who never does. BadRequest `clock-not-started`, `apology-once`, `reason-missing`,
    `field-wrong` where the new date is not after the old one, or on a day that is not worked.
    """
    case = turn.case
    refuse_second(turn)
    if case.due_at is None:
        raise BadRequest("clock-not-started")
    reason, new_due = reason_of(said.reason), said.new_due
    if new_due.utcoffset() is None or new_due <= max(case.due_at, turn.now):
        raise BadRequest(
            "field-wrong", "new_due", field="new_due", allowed=f"> {max(case.due_at, turn.now).isoformat()}"
        )
    calendar = calendar_of(turn.house.book, turn.authority.code)
    with answered():
        if calendar.counts_from(new_due) != new_due:
            raise BadRequest("field-wrong", "new_due", field="new_due", allowed="giờ làm việc / office hours")
    zone, end = turn.zone, latest(turn)
    values: dict[str, Any] = {
        "due": case.due_at.astimezone(zone),
        "new-due": new_due.astimezone(zone),
        "received": (case.accepted_at or case.filed_at).astimezone(zone).date(),
        "reason": reason,
        "state": statuses()[case.status].words.vi,
        "leader": turn.asker.actor.name,
    }
    form = letters.form_record(turn, "apology", values)
    told: dict[str, Detail] = {"due": case.due_at.isoformat(), "new_due": new_due.isoformat(), "form": str(form.id)}
    told["late"] = turn.now > (end or case.due_at)
    change = {"due_at": new_due, "apologies": case.apologies + 1, "apology": {}, "warned": ""}
    letter = Letter(
        "apology", {"due": case.due_at.isoformat(), "new_due": new_due.isoformat(), "reason": reason}, (form.id,)
    )
    return Done(None, change, told, reason, (letter,))


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
