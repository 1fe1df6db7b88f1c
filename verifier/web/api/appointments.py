"""The views of `/api/v1/appointments`: slots, who comes when, who waits, desks, and times at which nobody is received.

Callers are those of dossiers (`case_askers`): officers by their session and its form token, machine clients by bearer
token on what they booked or filed, applicants by a dossier's code and secret token or by their electronic identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.appointments.ics import MEDIA_TYPE, calendar_file
from verifier.appointments.office import Desks, Span
from verifier.appointments.records import Appointment
from verifier.appointments.service import Appointments, Wish
from verifier.appointments.telling import LANGUAGES
from verifier.cases.kernel import Asker, applicant
from verifier.cases.keys import Key
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM
from verifier.web.access import caller
from verifier.web.api import appointment_telling as telling
from verifier.web.api.appointment_bodies import (
    BookingBody,
    CancelBody,
    ClosureBody,
    DeskBody,
    DeskChangeBody,
    MoveBody,
    NothingBody,
    SpanBody,
    WaitingBody,
)
from verifier.web.api.asked import asked_day, asked_id
from verifier.web.api.case_askers import asker, casework, own, reached
from verifier.web.api.case_body import MOST_BYTES, body
from verifier.web.api.case_commands import key_of, wanted_version
from verifier.web.downloads import as_download

blueprint = Blueprint("appointments_api", __name__, url_prefix="/api/v1/appointments")
USUAL_DAYS = 14
"""Of a question for slots."""


@blueprint.url_value_preprocessor
def room(_endpoint: str | None, _values: object) -> None:
    """Let a body be as long as it may."""
    request.max_content_length = MOST_BYTES


def service() -> Appointments:
    """Return the appointments; BadRequest `not-found` where this service has no dossiers."""
    return casework().appointments


def desks() -> Desks:
    """Return desks and closures."""
    return casework().desks


# --- appointments ----------------------------------------------------------------------------------------------------


@blueprint.get("/slots")
def slots() -> Response:
    """Tell which slots are free."""
    dossier = asked_id("dossier")
    who, case = _asking(dossier)
    wish = Wish(
        request.args.get("procedure", "") or (case.procedure if case else ""),
        request.args.get("reason", "file"),
        _number("originals", 1),
    )
    place = _place(request.args.get("authority", "")) or (case.intake_id if case else who.scope.authority)
    if place is None:
        raise BadRequest("not-found")
    first = asked_day("from") or service().today(place)
    found = service().slots(who, place, wish, first, _number("days", USUAL_DAYS))
    return telling.answer({"slots": [telling.slot(one) for one in found]})


@blueprint.get("")
def index() -> Response:
    """List the appointments of a day at the officer's authority, or those of a dossier."""
    if dossier := asked_id("dossier"):
        who, _ = reached(dossier)
        found = [one for one in service().of_case(who, dossier) if one.case_id == dossier]
    else:
        officer = asker()
        day = asked_day("day") or service().today(_own(officer))
        found = list(service().of_day(officer, day))
    return telling.answer({"appointments": [_told(one) for one in found]})


@blueprint.post("")
def create() -> Response:
    """Book a slot."""
    said = body(BookingBody)
    who, _ = _asking(said.dossier)
    wish = Wish(said.procedure, said.reason, said.originals, said.dossier, said.contact)
    key, place = key_of(who, "book", said), _place(said.authority)
    made = service().book(who, wish, said.starts_at, said.desk, place=place, key=key)
    answer = _answer(made, 201)
    answer.headers["Location"] = url_for(".read", id_=made.id)
    return answer


@blueprint.get("/<uuid:id_>")
def read(id_: UUID) -> Response:
    """Tell one as it stands."""
    return _answer(service().get(_asker_of(id_), id_)).make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/<uuid:id_>/calendar")
def calendar(id_: UUID) -> Response:
    """Give it as a file for one's own calendar."""
    found = service().get(_asker_of(id_), id_)
    lang = request.args.get("lang", "vi")
    if lang not in LANGUAGES:
        raise BadRequest("bad-option", f"lang must be one of {', '.join(LANGUAGES)}.", option="lang")
    data = calendar_file(found, *service().where(found), lang, service().house.clock())
    return as_download(Response(data, content_type=f"{MEDIA_TYPE}; charset=utf-8"), f"{found.id}.ics")


@blueprint.post("/<uuid:id_>/move")
def move(id_: UUID) -> Response:
    """Move it to another slot."""
    who = _asker_of(id_)
    service().get(who, id_)
    said = body(MoveBody)
    with _matched() as version:
        key = _key(who, "move", id_, said)
        return _answer(service().move(who, id_, said.starts_at, said.desk, version=version, key=key))


@blueprint.post("/<uuid:id_>/cancel")
def cancel(id_: UUID) -> Response:
    """Cancel it."""
    who = _asker_of(id_)
    service().get(who, id_)
    said = body(CancelBody)
    with _matched() as version:
        return _answer(service().cancel(who, id_, said.why, version=version, key=_key(who, "cancel", id_, said)))


@blueprint.post("/<uuid:id_>/no-show")
def no_show(id_: UUID) -> Response:
    """Note that nobody came."""
    who = asker()
    service().get(who, id_)
    said = body(NothingBody)
    with _matched() as version:
        return _answer(service().missed(who, id_, version=version, key=_key(who, "no-show", id_, said)))


# --- the waiting list ------------------------------------------------------------------------------------------------


@blueprint.get("/waiting")
def waiting() -> Response:
    """List who waits at the officer's authority."""
    return telling.answer({"waiting": [telling.waiting(one) for one in service().waiting(asker())]})


@blueprint.post("/waiting")
def wait() -> Response:
    """Put somebody on the waiting list."""
    said = body(WaitingBody)
    who, _ = _asking(said.dossier)
    wish = Wish(said.procedure, said.reason, said.originals, said.dossier, said.contact)
    key, place = key_of(who, "wait", said), _place(said.authority)
    return telling.answer(telling.waiting(service().wait(who, wish, said.first, said.last, place=place, key=key)), 201)


@blueprint.post("/waiting/<uuid:id_>/withdrawal")
def stop_waiting(id_: UUID) -> Response:
    """Take an entry off the waiting list."""
    who = _who() or _asker_of_waiting(id_)
    return telling.answer(telling.waiting(service().stop_waiting(who, id_)))


# --- desks and closures ----------------------------------------------------------------------------------------------


@blueprint.get("/desks")
def list_desks() -> Response:
    """List the desks of the officer's authority."""
    return telling.answer({"desks": [telling.desk(one) for one in desks().all(asker())]})


@blueprint.post("/desks")
def add_desk() -> Response:
    """Set up a desk."""
    who, said = asker(), body(DeskBody)
    made = desks().add(who, said.number, said.name, said.procedures, said.officer)
    return telling.answer(telling.desk(made), 201)


@blueprint.post("/desks/<uuid:id_>")
def change_desk(id_: UUID) -> Response:
    """Change a desk."""
    who = asker()
    before = desks().get(who, id_)
    said = body(DeskChangeBody)
    wanted = replace(before, version=said.version, open=said.open, name=said.name, procedures=said.procedures)
    return telling.answer(telling.desk(desks().change(who, replace(wanted, officer_id=said.officer))))


@blueprint.get("/closures")
def list_closures() -> Response:
    """List what is closed now and later."""
    return telling.answer({"closures": [telling.closure(one) for one in desks().closures(asker())]})


@blueprint.post("/closures/plan")
def plan_closure() -> Response:
    """Tell who would have to come to another desk, or at another time."""
    who, said = asker(), body(SpanBody)
    plan = desks().plan(who, Span(said.starts_at, said.ends_at, said.desk))
    told = {
        "seal": plan.seal,
        "moved": [{"appointment": _told(one), "desk": telling.desk(there)} for one, there in plan.moved],
        "cancelled": [_told(one) for one in plan.cancelled],
    }
    return telling.answer(told)


@blueprint.post("/closures")
def close() -> Response:
    """Close a time as its plan was shown, and tell everybody whom it meets."""
    who, said = asker(), body(ClosureBody)
    made = desks().close(who, Span(said.starts_at, said.ends_at, said.desk), said.reason, said.seal)
    return telling.answer(telling.closure(made), 201)


@blueprint.post("/closures/<uuid:id_>/lifting")
def lift(id_: UUID) -> Response:
    """Open a closed time again."""
    return telling.answer(telling.closure(desks().lift(asker(), id_)))


# --- who asks, and of what -------------------------------------------------------------------------------------------


def _asking(dossier: UUID | None) -> tuple[Asker, Any]:
    """Return who asks, and the dossier that they ask for where there is one."""
    if dossier:
        return reached(dossier)
    if claim := _claimed():
        return claim
    if caller().person is None and caller().client is None:
        raise BadRequest("field-missing", "An applicant names the dossier.", field="dossier")
    return asker(), None


def _claimed() -> tuple[Asker, Any] | None:
    """Return the holder of a dossier's token; there is but one dossier that they can mean."""
    if caller().claim is None:
        return None
    (case,) = own()
    return applicant(case, caller().address), case


def _who() -> Asker | None:
    """Return who asks where that does not depend on what is asked for; None for who signed in by an identity."""
    if claim := _claimed():
        return claim[0]
    return None if caller().identities else asker()


def _asker_of(id_: UUID) -> Asker:
    """Return who asks about an appointment; BadRequest `not-found` where it is none of theirs."""
    if who := _who():
        return who
    with service().house.database.unit(SYSTEM) as unit:
        found = unit.appointments.get(id_)
    return _identified(found.case_id if found else None)


def _asker_of_waiting(id_: UUID) -> Asker:
    with service().house.database.unit(SYSTEM) as unit:
        found = unit.appointments.wait(id_)
    return _identified(found.case_id if found else None)


def _identified(dossier: UUID | None) -> Asker:
    if dossier is None:
        raise BadRequest("not-found")
    return reached(dossier)[0]


def _own(who: Asker) -> UUID:
    if who.scope.authority is None:
        raise BadRequest("not-allowed")
    return who.scope.authority


def _place(code: str) -> UUID | None:
    """Return the authority of a code; None where none is named. BadRequest `not-found`."""
    if not code:
        return None
    if "\0" in code:  # no text of the database holds it
        raise BadRequest("not-found")
    with service().house.database.unit(SYSTEM) as unit:
        found = unit.authorities.by_code(code)
    if found is None:
        raise BadRequest("not-found")
    return found.id


# --- small things ----------------------------------------------------------------------------------------------------


def _told(one: Appointment) -> dict[str, Any]:
    place, desk = service().where(one)
    return telling.appointment(one, place, desk)


def _answer(one: Appointment, status: int = 200) -> Response:
    answer = telling.answer(_told(one), status)
    answer.set_etag(str(one.version))
    return answer


@contextmanager
def _matched() -> Iterator[int]:
    """Give the version that `If-Match` names, as commands want it; 412 where it is another by now."""
    try:
        yield wanted_version()
    except BadRequest as refusal:
        if refusal.problem.code == "changed-meanwhile":
            raise BadRequest("precondition-failed") from None
        raise


def _key(who: Asker, what: str, id_: UUID, said: object) -> Key | None:
    return key_of(who, f"{what} {id_}", said)


def _number(name: str, usual: int) -> int:
    told = request.args.get(name, str(usual))
    if not (told.isascii() and told.isdigit() and len(told) < 4):
        raise BadRequest("bad-option", f"{name} must be a number.", option=name)
    return int(told)
