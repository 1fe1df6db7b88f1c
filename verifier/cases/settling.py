"""How a command ends: the case changes, one event goes into its chain, letters and the portal's message are put."""

from __future__ import annotations

from datetime import date

from verifier.archive.keeping import keep_until
from verifier.audit import Detail, Event
from verifier.cases import letters
from verifier.cases.kernel import Done, Turn
from verifier.cases.records import Case
from verifier.cases.statuses import Status, final, statuses
from verifier.errors import BadRequest
from verifier.law.records import NoAnswer

SUBJECT = "case"
"""Kind of the subject in the audit log."""
PORTAL_TOPIC = "portal-status"
"""Topic of what the national portal is told."""


def settle(turn: Turn, event: str, done: Done) -> Case:
    """Write what a handler said; return the case as it then stands. BadRequest `changed-meanwhile`."""
    case, unit = turn.case, turn.unit
    status = done.status.value if done.status else case.status
    change = {**done.change, "status": status}
    if status in final() and case.ended_at is None:
        change |= {"ended_at": turn.now, "keep_until": _kept_until(turn), "paused_at": None, "paused_due": None}
        unit.payments.cancel_open(case.id, turn.now, "case-ended")
    if change.get("step", case.step) != case.step and case.warned == "target":
        change["warned"] = ""  # that was of the step before
    if not unit.cases.change(case, **change):
        raise BadRequest("changed-meanwhile")
    after = unit.cases.get(case.id)
    if after is None:
        raise LookupError(f"case {case.id} is out of reach")
    note(turn, after, event, done, before=case.status)
    if status != case.status or after.due_at != case.due_at:
        tell_portal(turn, after)
    letters.awaited(turn)
    for letter in done.letters:
        turn.house.tells(unit, after, letter, turn.now)
    return after


def _kept_until(turn: Turn) -> date | None:
    """Return the first day on which a dossier that ends now may be removed.

    Where the law does not say, what was decided of one that had ended before; None where nothing was.
    """
    try:
        return keep_until(turn.law.procedure(turn.case.procedure), turn.today) or turn.case.keep_until
    except NoAnswer:
        return turn.case.keep_until


def note(turn: Turn, case: Case, event: str, done: Done, *, before: str) -> None:
    """Append the event of a command to the dossier's chain."""
    told: dict[str, Detail] = {**done.told, "version": case.version, "was": before, "status": case.status}
    turn.unit.audit.append(
        Event(SUBJECT, str(case.id), event, turn.asker.actor, turn.now, case.authority_id, done.reason, told)
    )


def tell_portal(turn: Turn, case: Case) -> None:
    """Put the status of a case into the outbox, for the portal, with the time from which it holds and the due date.

    Those of one dossier are told one after the other, also where one has to be told again. The portal counts a dossier
    as on time by the end of the work and the promised date that it was told.
    """
    if turn.house.portal:
        since = {Status.SIGNED.value: case.signed_at, Status.DELIVERED.value: case.delivered_at}.get(case.status)
        told = {"code": case.code, "status": case.status, "portal": statuses()[case.status].portal}
        due = case.due_at.isoformat() if case.due_at else None
        told |= {"at": (since or turn.now).isoformat(), "procedure": case.procedure, "due": due}
        line = f"case:{case.id}"
        key, place = f"{line}:{case.version}", (line, case.version)
        turn.unit.outbox.put(PORTAL_TOPIC, key, told, turn.now, case.authority_id, place)
