"""What the API offers for appointments, as data for the OpenAPI document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verifier.accounts.scopes import FILE_CASES, READ_CASES
from verifier.appointments.ics import MEDIA_TYPE
from verifier.appointments.records import REASONS
from verifier.appointments.telling import LANGUAGES
from verifier.web.api.openapi import Answer, Operation, problem

PATH = "/api/v1/appointments"
ONE = PATH + "/{id_}"
ID = {
    "name": "id_",
    "in": "path",
    "required": True,
    "description": "Its id.",
    "schema": {"type": "string", "format": "uuid"},
}
_QUERY: dict[str, Any] = {"in": "query", "required": False, "schema": {"type": "string"}}
DOSSIER = {
    **_QUERY,
    "name": "dossier",
    "description": "Id of the dossier; applicants name theirs.",
    "schema": {"type": "string", "format": "uuid"},
}
_DAY = {**_QUERY, "schema": {"type": "string", "format": "date"}}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same content leads to the same answer.",
    "schema": {"type": "string", "maxLength": 255},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the appointment as it was read; `*` names no version.",
    "schema": {"type": "string"},
    "example": '"1"',
}
LANG = {**_QUERY, "name": "lang", "schema": {"enum": list(LANGUAGES), "default": "vi"}}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag that is held already.",
    "schema": {"type": "string"},
}
SLOTS = (
    {**_QUERY, "name": "procedure", "description": "Its id; may be left out where a dossier is named."},
    {**_QUERY, "name": "reason", "description": "Why somebody comes.", "schema": {"enum": list(REASONS)}},
    {
        **_QUERY,
        "name": "originals",
        "description": "How many are brought.",
        "schema": {"type": "integer", "minimum": 1},
    },
    {**_DAY, "name": "from", "description": "First day, as `2026-11-24`; today where it is missing."},
    {
        **_QUERY,
        "name": "days",
        "description": "How many days.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 31},
    },
    {**_QUERY, "name": "authority", "description": "Its code; the own one, or where the dossier was filed."},
    DOSSIER,
)
WHO = problem("Nobody is signed in, the form token or the access token is missing, or the token is not good.")
NOT_ALLOWED = problem("The caller has not the role or the scope for it.")
UNKNOWN = problem("There is nothing like that for the caller.")
UNCLEAR = problem("It is not JSON as the schema says, a parameter is not understood, or the form token is not good.")
RATE = problem("Too many requests.", **{"Retry-After": "Seconds after which to try again."})
REFUSED = problem("What is said is not allowed by the rules; `params.field` says where.")
CONFLICT = problem("Taken, over, closed, changed meanwhile, or the key was used for something else.")
MATCHED = {
    412: problem("It is not at the version of `If-Match` any more."),
    428: problem("`If-Match` is missing."),
}
"""Of what names a version."""
READS = {400: UNCLEAR, 401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN}
WRITES = {**READS, 409: CONFLICT, 422: REFUSED}
BODY = {413: problem("The body is too large."), 415: problem("The body is not JSON.")}
"""Of what takes a body."""
TAG = {"ETag": "Version of the appointment."}
ALL = Operation("get", PATH, "", "", {}, scope=READ_CASES, visitors=False, officers=True, applicants=True)
"""For officers, clients and applicants."""
DOES = replace(ALL, method="post", scope=FILE_CASES)
OFFICE = Operation("get", PATH, "", "", {}, visitors=False, officers=True)
"""For officers alone."""


def _body(name: str) -> dict[str, Any]:
    return {"application/json": {"$ref": f"#/components/schemas/{name}"}}


def _told(base: Operation, path: str, summary: str, description: str, *rest: Any, **more: Any) -> Operation:
    """Return an operation like another one; `rest` is its first answer: status, words, schema.

    Its own answers come on top of what all of its kind have.
    """
    status, words, schema = rest
    matched = MATCHED if IF_MATCH in more.get("parameters", ()) else {}
    common = {**(WRITES if base.method == "post" else READS), **(BODY if "body" in more else {})}
    limited = {429: RATE} if base.applicants else {}
    headers = TAG if schema == "AppointmentNote" else {}
    place = {"Location": "Where it is."} if headers and status == 201 else {}
    told = Answer(words, schema, headers={**headers, **place})
    answers = {status: told, **common, **limited, **base.answers, **matched}
    return replace(base, path=path, summary=summary, description=description, answers=answers, **more)


OPERATIONS = (
    _told(
        replace(ALL, answers={422: REFUSED}),
        PATH + "/slots",
        "Free slots",
        "By office hours, desks, bookings and closures. Any time on the grid of five minutes that is free may be "
        "booked; told are those that leave no gaps.",
        *(200, "The slots.", "Slots"),
        parameters=SLOTS,
    ),
    _told(
        ALL,
        PATH,
        "List appointments",
        "For officers: of a day at their authority. With `dossier`: of that dossier.",
        *(200, "All of them.", "AppointmentNotes"),
        parameters=({**_DAY, "name": "day", "description": "As `2026-11-24`; today where it is missing."}, DOSSIER),
    ),
    _told(
        DOES,
        PATH,
        "Book an appointment",
        "For a dossier, or by officers and clients for somebody without one. Who comes and the handling officer are "
        "told. A dossier has one appointment ahead at a time.",
        *(201, "Booked.", "AppointmentNote"),
        body=_body("BookingBody"),
        parameters=(KEY,),
    ),
    _told(
        replace(ALL, answers={304: Answer("As `If-None-Match` names it.")}),
        ONE,
        "Read an appointment",
        "As it stands.",
        *(200, "The appointment.", "AppointmentNote"),
        parameters=(ID, IF_NONE_MATCH),
    ),
    replace(
        _told(ALL, ONE + "/calendar", "As a calendar file", "", 200, "", "", parameters=(ID, LANG)),
        description="For one's own calendar (RFC 5545); taken in again after a change it takes the place of the first.",
        answers={200: Answer("The file.", media=MEDIA_TYPE), **READS, 429: RATE},
    ),
    _told(
        DOES,
        ONE + "/move",
        "Move an appointment",
        "To another free slot, before it begins. Who comes and the handling officer are told.",
        *(200, "As it then stands.", "AppointmentNote"),
        body=_body("MoveBody"),
        parameters=(ID, IF_MATCH, KEY),
    ),
    _told(
        DOES,
        ONE + "/cancel",
        "Cancel an appointment",
        "Before it begins. Its time goes to who waits for one.",
        *(200, "As it then stands.", "AppointmentNote"),
        body=_body("CancelBody"),
        parameters=(ID, IF_MATCH, KEY),
    ),
    _told(
        replace(OFFICE, method="post"),
        ONE + "/no-show",
        "Note that nobody came",
        "By officers, when its time is over.",
        *(200, "As it then stands.", "AppointmentNote"),
        body=_body("NothingBody"),
        parameters=(ID, IF_MATCH, KEY),
    ),
    _told(
        OFFICE,
        PATH + "/waiting",
        "Who waits",
        "At the officer's authority, in the order of coming.",
        *(200, "The waiting list.", "WaitingNotes"),
    ),
    _told(
        DOES,
        PATH + "/waiting",
        "Wait for a slot",
        "Where no slot is free on some days: the first that becomes free is booked for who waited longest, and told.",
        *(201, "On the list.", "WaitingNote"),
        body=_body("WaitingBody"),
        parameters=(KEY,),
    ),
    _told(
        DOES,
        PATH + "/waiting/{id_}/withdrawal",
        "Wait no more",
        "Takes the entry off the list.",
        *(200, "As it then stands.", "WaitingNote"),
        parameters=(ID,),
    ),
    _told(OFFICE, PATH + "/desks", "List desks", "By number, closed ones too.", 200, "The desks.", "DeskNotes"),
    _told(
        replace(OFFICE, method="post"),
        PATH + "/desks",
        "Set up a desk",
        "By leaders and administrators.",
        *(201, "Set up.", "DeskNote"),
        body=_body("DeskBody"),
    ),
    _told(
        replace(OFFICE, method="post"),
        PATH + "/desks/{id_}",
        "Change a desk",
        "By leaders and administrators. A desk at which people are booked is not closed for good.",
        *(200, "As it then stands.", "DeskNote"),
        body=_body("DeskChangeBody"),
        parameters=(ID,),
    ),
    _told(
        OFFICE,
        PATH + "/closures",
        "List closures",
        "Now and later.",
        *(200, "What is closed.", "ClosureNotes"),
    ),
    _told(
        replace(OFFICE, method="post"),
        PATH + "/closures/plan",
        "Who will be told of a closure",
        "By leaders and administrators. Changes nothing.",
        *(200, "The plan, with its seal.", "ClosurePlan"),
        body=_body("SpanBody"),
    ),
    _told(
        replace(OFFICE, method="post"),
        PATH + "/closures",
        "Close a time",
        "By leaders and administrators, as a plan was shown: who can be received at another desk at the same time goes "
        "there, the other appointments are cancelled, and everybody is told.",
        *(201, "Closed.", "ClosureNote"),
        body=_body("ClosureBody"),
    ),
    _told(
        replace(OFFICE, method="post"),
        PATH + "/closures/{id_}/lifting",
        "Open a closed time again",
        "By leaders and administrators. Who waits gets what is free.",
        *(200, "As it then stands.", "ClosureNote"),
        parameters=(ID,),
    ),
)
