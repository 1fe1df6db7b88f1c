"""The waiting list (danh sách chờ): what becomes free goes to who has waited longest and can use it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from verifier.appointments.booking import Wish, booked
from verifier.appointments.records import Waiting
from verifier.appointments.sitting import Sitting
from verifier.audit import Actor
from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.records import Case

ACTOR = "waiting-list"
"""Who books in the log where the service does by itself."""


def serve(here: Sitting, freed: datetime) -> int:
    """Give what is free on the day of an instant to those who wait for it, in order; return how many were served.

    They are told like everybody who books, with the notice that applicants need.
    """
    day = freed.astimezone(here.calendar.zone).date()
    if day < here.today:
        return 0
    actor = Actor("system", ACTOR, authority_id=here.authority.id)
    by_itself = Asker(f"system:{ACTOR}", here.asker.scope, actor, frozenset({APPLICANT}))
    own = replace(here, asker=by_itself)
    waits = [one for one in here.unit.appointments.waiting(here.authority.id) if one.first <= day <= one.last]
    return sum(_served(own, one, freed) for one in waits)


def _served(here: Sitting, one: Waiting, freed: datetime) -> bool:
    search = here.search(one.procedure, one.reason, one.originals)
    slots = here.offered(search, freed.astimezone(here.calendar.zone).date(), 1)
    if not slots:
        return False
    case = _still_wanted(here, one)
    if one.case_id and case is None:
        here.unit.appointments.serve(one, "withdrawn")
        return False
    wish = Wish(one.procedure, one.reason, one.originals, one.case_id, one.contact)
    made = booked(here, wish, slots[0], case, one.made_by)
    here.unit.appointments.serve(one, "served", made.id)
    return True


def _still_wanted(here: Sitting, one: Waiting) -> Case | None:
    """Return the dossier of an entry; None where there is none, or it was removed, or has an appointment ahead."""
    case = here.unit.cases.get(one.case_id) if one.case_id else None
    if case is None or case.removed_at is not None:
        return None
    ahead = any(each.state == "booked" and each.ends_at > here.now for each in here.unit.appointments.of_case(case.id))
    return None if ahead else case
