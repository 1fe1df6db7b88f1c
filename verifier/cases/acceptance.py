"""Acceptance of a dossier (tiếp nhận và hẹn trả kết quả): the receipt goes out, and the legal clock starts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from verifier.cases import letters
from verifier.cases.kernel import Done, Letter, Turn
from verifier.cases.statuses import Status
from verifier.law.answers import Deadline, DeadlineAsk
from verifier.law_desk import answered

AT_FILING, BEFORE, AT_RETURN = "at-filing", "before-acceptance", "at-return"
"""When a fee is paid (thời điểm nộp phí)."""
CHECKS = ("completeness-check", "acceptance-notice")
"""Terms of the first look at a dossier (kiểm tra tính chính xác, đầy đủ)."""


def when_paid(turn: Turn) -> str:
    """Return when the fee of a case is paid (thời điểm nộp phí): `at-filing`, `before-acceptance` or `at-return`."""
    with answered():
        procedure = turn.law.procedure(turn.case.procedure)
        return turn.house.book.fees.rule(procedure.fee, turn.case.law_day).when_paid.id


def accepted(turn: Turn) -> Done:
    """Accept the case (tiếp nhận): receipt and appointment go out, and the clock starts where it starts then.

    For consular acts only after completeness and payment (Decree 111/2011 Art. 15a(3)); at an authority that only
    takes in, no clock starts: the dossier is to be forwarded first, and that day is not counted (Circular 03/2026
    Art. 3). What stands in the way is the caller's to see.
    """
    if takes_in_only(turn):
        return Done(Status.ACCEPTED, {"accepted_at": turn.now, "step_due": forwarding_due(turn)})
    done = promised(turn, reckoned(turn, turn.now), turn.case.filed_at)
    return Done(Status.ACCEPTED, {"accepted_at": turn.now}).and_then(done)


def promised(turn: Turn, deadline: Deadline, received: datetime) -> Done:
    """Return what promising a date does: the clock, the receipt with the appointment, nothing warned of yet."""
    due = deadline.due
    change: dict[str, Any] = {
        "clock_from": deadline.clock_starts,
        "first_due": turn.case.first_due or due,
        "due_at": due,
    }
    change |= {"warned": "", "apology": {}, **target_of(turn, "specialist", deadline)}
    receipt = receipt_of(turn, deadline, received)
    values = {"due": due.isoformat() if due else "", "received": received.isoformat()}
    return Done(None, change, {"due": values["due"]}, letters=(Letter("receipt", values, (receipt,)),))


def takes_in_only(turn: Turn) -> bool:
    """Tell whether the authority that has the case only takes it in and forwards it."""
    own = turn.competences()
    now = [one for one in own if one.procedure == turn.case.procedure and one.holds(turn.today)]
    return bool(now) and all(one.capacity == "receive" for one in now)


def forwarding_due(turn: Turn, authority: str = "") -> datetime | None:
    """Return by when a dossier that was only taken in is to be forwarded (chuyển hồ sơ): one working day.

    `authority`: code of another than has it, by whose calendar that is reckoned.
    """
    with answered():
        return turn.law.term("forwarding", turn.now, authority or turn.authority.code).due


def reckoned(turn: Turn, accepted_at: datetime | None, received: datetime | None = None) -> Deadline:
    """Reckon the deadline of a case by the law of its day; `accepted_at`: when the receipt goes out.

    `received`: when the complete dossier came; where it is not said, the filing or the last supplement.
    """
    case = turn.case
    received = received or case.supplemented_at or case.filed_at
    papers = max(1, len(turn.unit.cases.papers(case.id)))
    ask = DeadlineAsk(received, accepted_at, papers, authority=turn.authority.code, channel=case.channel)
    with answered():
        return turn.law.deadline(case.procedure, ask)


def target_of(turn: Turn, role: str, deadline: Deadline) -> dict[str, Any]:
    """Return the columns of a case that comes to the first step of a role: its id and internal target.

    The target never moves the legal limit.
    """
    steps = zip(turn.law.procedure(turn.case.procedure).steps, deadline.steps, strict=True)
    found = next(((step.id, one.target) for step, one in steps if step.role == role), None)
    return {"step": found[0], "step_due": found[1]} if found else {}


def check_due(turn: Turn, received: datetime | None = None) -> datetime | None:
    """Return by when reception looks at what was filed: the law's time where it sets one, else the step's own target.

    Decree 111/2011 Art. 15a(3): on the same working day; Decree 45/2020 Art. 11(4): within 8 working hours. `received`
    as in `reckoned`.
    """
    deadline = reckoned(turn, None, received)
    by_law = [one.due for one in deadline.notices if one.id in CHECKS and one.due]
    own = [one.target for one in deadline.steps[:1] if one.target]
    return min(by_law or own, default=None)


def receipt_of(turn: Turn, deadline: Deadline, received: datetime) -> UUID:
    """Draw form 01 (giấy tiếp nhận hồ sơ và hẹn trả kết quả) and store it; `received`: when the dossier came."""
    papers = turn.unit.cases.papers(turn.case.id)
    procedure = turn.law.procedure(turn.case.procedure)
    ways = {one.id: one.words.vi for one in procedure.delivery}
    values: dict[str, Any] = {
        "components": tuple(f"{one.name} ({one.copies} bản)" for one in papers),
        "sets": procedure.sets,
        "received": received.astimezone(turn.zone),
        "due": deadline.due.astimezone(turn.zone) if deadline.due else None,
        "delivery": ways.get(turn.case.delivery, turn.authority.name_vi),
        "fee": turn.case.fee_vnd,
    }
    return letters.form_record(turn, "receipt", values).id
