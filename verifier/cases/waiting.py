"""What becomes of a dossier's time while a supplement or a confirmation is awaited: the law's data say which.

It runs, starts anew with the complete dossier, or stands still and goes on with the working time that was left
(`verifier/law/deadlines/waits.toml`). A time that stands still already is not stopped a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from verifier.cases.acceptance import promised, reckoned
from verifier.cases.kernel import Done, Turn
from verifier.cases.records import Confirmation
from verifier.cases.statuses import Status
from verifier.law.deadlines.records import PAUSED, RUNS, Wait
from verifier.law_desk import answered

SUPPLEMENT, CONFIRMATION = "supplement", "confirmation"


def rule(turn: Turn, occasion: str) -> Wait:
    """Return what the law of the case says of waiting for a `supplement` or a `confirmation`."""
    with answered():
        return turn.law.wait(turn.case.procedure, occasion)


def stopped(turn: Turn, occasion: str) -> dict[str, Any]:
    """Return the columns of a case whose time stops now; nothing where it goes on, or does not run."""
    case, clock = turn.case, rule(turn, occasion).clock
    if case.due_at is None or clock == RUNS:
        return {}
    still: dict[str, Any] = {"due_at": None, "apology": {}, "warned": ""}
    return still | ({"paused_at": turn.now, "paused_due": case.due_at} if clock == PAUSED else {})


def refusal_due(turn: Turn) -> datetime | None:
    """Return by when the refusal is notified of a dossier whose supplement did not come by the day that was set.

    Of an Apostille one working day (Decree 293/2026 Art. 18(2)). None while it may still come, and where law says
    nothing.
    """
    over, term = turn.case.supplement_due, rule(turn, SUPPLEMENT).refuse
    if turn.case.status != Status.SUPPLEMENT.value or over is None or turn.now < over or not term:
        return None
    with answered():
        return turn.law.term(term, over, turn.authority.code).due


def goes_on(turn: Turn) -> Done:
    """Let the time of an accepted dossier go on, by the way in which it was stopped, and tell the new date."""
    case = turn.case
    if case.paused_at and case.paused_due:
        return _resumed(turn, case.paused_at, case.paused_due)
    if case.due_at is None:
        return promised(turn, reckoned(turn, turn.now, turn.now), turn.now)
    return Done()


def _resumed(turn: Turn, since: datetime, due: datetime) -> Done:
    """Go on with what was left (Decree 293/2026 Art. 13(4), 15(2), 17(3)); steps have their whole targets anew.

    Where further papers give a longer time from the acceptance, what was left of that one counts.
    """
    fresh, case = reckoned(turn, turn.now, turn.now), turn.case
    whole = reckoned(turn, case.accepted_at, case.filed_at).due
    with answered():
        until = turn.law.resumed(max(due, whole or due), since, turn.now, turn.authority.code)
    steps = tuple(replace(one, target=min(one.target or until, until)) for one in fresh.steps)
    left = replace(fresh, due=until, clock_starts=case.clock_from, steps=steps)
    told = Done(change={"paused_at": None, "paused_due": None}, told={"stood_still_since": since.isoformat()})
    return told.and_then(promised(turn, left, turn.now))


def all_awaited(turn: Turn, requests: Iterable[Confirmation]) -> bool:
    """Tell whether every paper of the case is in a request that is under way.

    While some are not, the date of the dossier holds for these (Decree 293/2026 Art. 15(2)).
    """
    awaited: set[UUID] = {paper for one in requests if one.state == "sent" for paper in one.papers}
    return {one.id for one in turn.papers()} <= awaited
