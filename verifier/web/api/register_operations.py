"""What the API offers for register books, as data for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from verifier.web.api.listing import MOST, USUAL
from verifier.web.api.openapi import Answer, Operation, problem

PATH = "/api/v1/registers"
ONE = PATH + "/{book}/{year}"
BOOK = {
    "name": "book",
    "in": "path",
    "required": True,
    "description": "Its symbol in small letters of ASCII: `SCT/CK,ĐC` is `sct-ck-dc`.",
    "schema": {"type": "string"},
}
YEAR = {"name": "year", "in": "path", "required": True, "description": "Its year.", "schema": {"type": "integer"}}
_QUERY: dict[str, Any] = {"in": "query", "required": False}
LIMIT = {**_QUERY, "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}}
AFTER = {**_QUERY, "name": "after", "description": "Only later numbers.", "schema": {"type": "integer"}}
MONTH = {**_QUERY, "name": "month", "schema": {"type": "integer", "minimum": 1, "maximum": 12}}
_DAY: dict[str, Any] = {**_QUERY, "required": True, "schema": {"type": "string", "format": "date"}}
ID = {
    "name": "id_",
    "in": "path",
    "required": True,
    "description": "Id of the dossier.",
    "schema": {"type": "string", "format": "uuid"},
}
CORRECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "column", "after", "reason", "basis"],
    "properties": {
        "number": {"type": "integer", "description": "Of the entry."},
        "column": {"type": "string", "description": "Id of the column, as in `columns` of the entry."},
        "after": {"type": "string", "description": "What is right; counts and fees in digits alone."},
        "reason": {"type": "string"},
        "basis": {"type": "string", "description": "What it rests on: number of a minute, decision or request."},
    },
}
NOTHING = {"type": "object", "additionalProperties": False}
CLOSING = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"decision": {"type": "string", "description": "Only to close before the end of the year."}},
}
WHO = problem("Nobody is signed in, or the form token is missing.")
NOT_ALLOWED = problem("The caller does not have the role.")
NOT_PROVED = problem("The caller does not have the role, or has to prove again: `params.prove_at` says where.")
UNKNOWN = problem("There is no such book for the caller.")
UNCLEAR = problem("A parameter, the body or the form token is not understood.")
REFUSED = problem("What is said is not allowed; `params` say what.")
BODY = {413: problem("The body is too large."), 415: problem("The body is not JSON.")}
CONFLICT = problem("The book is closed, or open still, or acts of it go on.")
READS = {400: UNCLEAR, 401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN}
PDF = Answer("The sheets.", media="application/pdf")


def _told(description: str, schema: str) -> Answer:
    return Answer(description, schema)


OPERATIONS = (
    Operation(
        "get", PATH, "List an authority's register books", "The newest year first.",
        {200: _told("The books.", "RegisterBooks"), 401: WHO, 403: NOT_ALLOWED}, officers=True,
    ),
    Operation(
        "get", ONE, "Read a register book", "With its totals as they are now, or were when it was closed.",
        {200: _told("The book.", "RegisterBookWhole"), **READS}, parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "get", ONE + "/entries", "List the entries of a register book",
        "By number, with what was corrected in them; the columns are as they stood when they were entered.",
        {200: _told("One page.", "RegisterEntries"), **READS}, parameters=(BOOK, YEAR, LIMIT, AFTER), officers=True,
    ),
    Operation(
        "get", ONE + "/volumes", "List the volumes and closings of a register book",
        "A book that was closed before the year's end goes on in a further volume; each closing stays as it was "
        "counted, with who closed it and by which decision, its hash and the signature of its page.",
        {200: _told("All of them, the oldest first.", "RegisterVolumes"), **READS}, parameters=(BOOK, YEAR),
        officers=True,
    ),
    Operation(
        "get", "/api/v1/register-entries", "Find an entry by number and day", "In whichever book.",
        {200: _told("The entries.", "RegisterEntries"), **READS},
        parameters=(
            {**_QUERY, "name": "number", "required": True, "schema": {"type": "integer"}}, {**_DAY, "name": "day"},
        ),
        officers=True,
    ),
    Operation(
        "get", ONE + "/print", "Print a register book",
        "A month, as it is bound every month; or the whole book with its cover and, once closed, its closing page.",
        {200: PDF, **READS, 422: REFUSED}, parameters=(BOOK, YEAR, MONTH), officers=True,
    ),
    Operation(
        "get", ONE + "/closing-page", "Draw the closing page of a register book",
        "With totals and the hash that binds the entries.",
        {200: PDF, **READS, 409: CONFLICT, 422: REFUSED}, parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "post", ONE + "/volumes", "Open a register book or its next volume",
        "The book of this year; where it is there, its next volume, in which numbers count on, also after it was "
        "closed before the year's end.",
        {201: _told("The book.", "RegisterBookNote"), **READS, **BODY, 409: CONFLICT, 422: REFUSED},
        body={"application/json": NOTHING}, parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "post", ONE + "/corrections", "Correct an entry",
        "By a cited entry beside it; the line itself stays. It stands in the same book, or where that is closed in "
        "this year's.",
        {201: _told("The correction.", "RegisterCorrectionNote"), **READS, **BODY, 409: CONFLICT, 422: REFUSED},
        body={"application/json": CORRECTION}, parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "post", ONE + "/closing", "Close a register book",
        "For a leader with a step-up not older than five minutes: acts are counted, entries bound by a hash, and "
        "nothing is entered any more. Before the year's end it takes a decision.",
        {200: _told("The book.", "RegisterBookWhole"), **READS, **BODY, 403: NOT_PROVED, 409: CONFLICT, 422: REFUSED},
        body={"application/json": CLOSING}, parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "post", ONE + "/closing/signature", "Have a closing page signed",
        "Orders the closing page as a document of the agency; the leader confirms it as any other.",
        {
            201: Answer("What was ordered.", "ClosingSignature", headers={"Location": "Where the act is."}),
            **READS, 409: CONFLICT, 422: REFUSED, 501: problem("This service issues nothing."),
        },
        parameters=(BOOK, YEAR), officers=True,
    ),
    Operation(
        "get", "/api/v1/tracking-book", "The tracking book of dossiers",
        "Those that were filed, or came by forwarding, from one day to another, both with; as JSON, or as the printed "
        "form where `Accept` prefers `application/pdf`.",
        {200: Answer("The rows.", "TrackingRows", also=(PDF.media,)), **READS, 422: REFUSED},
        parameters=({**_DAY, "name": "from"}, {**_DAY, "name": "to"}), officers=True,
    ),
    Operation(
        "get", "/api/v1/cases/{id_}/control-sheet", "The control sheet of a dossier",
        "Who handed it over to whom, when, and whether in time; as JSON, or as the printed form where `Accept` prefers "
        "`application/pdf`.",
        {200: Answer("The handovers.", "Handovers", also=(PDF.media,)), **READS}, parameters=(ID,), officers=True,
    ),
)  # fmt: skip
