"""What the API offers for issuing, as data for the OpenAPI document."""

from __future__ import annotations

from dataclasses import replace

from verifier.signing.records import Kind, Level, State
from verifier.web.api.listing import MOST, USUAL
from verifier.web.api.openapi import Answer, Operation, problem

ID = {
    "name": "id_",
    "in": "path",
    "required": True,
    "description": "Id of the act.",
    "schema": {"type": "string", "format": "uuid"},
}
CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "The check code, as it stands in the QR code of the document.",
    "schema": {"type": "string"},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same content leads to the same act, for 24 hours.",
    "schema": {"type": "string", "maxLength": 255},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag that is held already.",
    "schema": {"type": "string"},
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async` answers 202 as soon as the act is confirmed (RFC 7240).",
    "schema": {"type": "string"},
}
ORDER = {
    "type": "object",
    "required": ["file", "kind"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "kind": {"enum": [one.value for one in Kind]},
        "dossier": {"type": "string", "maxLength": 100},
        "level": {"enum": [one.value for one in Level], "default": Level.B_LTA.value},
        "placement": {
            "enum": ["auto", "page", "allonge"],
            "default": "auto",
            "description": "`auto`: a free place on a page, else a cover (allonge).",
        },
        "particulars": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "JSON object with what the kind's mark says, by name: strings.",
            "examples": ['{"country": "Lào", "signed_by": "Nguyễn Văn A"}'],
        },
        "replaces": {"type": "string", "format": "uuid", "description": "Id of the act that this one replaces."},
    },
}
ANNULMENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ground", "decision"],
    "properties": {
        "ground": {"type": "string", "description": "Shown to whoever checks the document."},
        "decision": {"type": "string", "description": "Number of the decision."},
    },
}
CANCELLATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["reason"],
    "properties": {"reason": {"type": "string"}},
}
_QUERY = {"in": "query", "required": False}
LIMIT = {**_QUERY, "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}}
AFTER = {**_QUERY, "name": "after", "description": "From `next` of an answer.", "schema": {"type": "string"}}
STATE = {**_QUERY, "name": "state", "schema": {"enum": [one.value for one in State]}}
KIND = {**_QUERY, "name": "kind", "schema": {"enum": [one.value for one in Kind]}}

NOT_SIGNED_IN = problem("Nobody is signed in, or the form token is missing.")
NOT_ALLOWED = problem("The caller does not have the role.")
NOT_PROVED = problem("The caller does not have the role, or has to prove again: `params.prove_at` says where.")
UNKNOWN = problem("There is no such act for the caller.")
UNCLEAR = problem("It is not JSON, there is no such parameter, or the form token is not good.")
BODY = {413: problem("The body is too large."), 415: problem("The body is not JSON.")}
OFF = problem("This service issues nothing.")
TAG = {"ETag": "Changes with the act.", "Location": "Where the act is."}
ACT = Answer("The act.", "IssuanceNote", headers={"ETag": "Changes with the act."})
HTML = "text/html"
"""Of the pages for people, which come wherever `Accept` asks for nothing else."""
LATER = "Seconds after which to try again."


OPERATIONS = (
    Operation(
        "get",
        "/api/v1/issuances",
        "List an authority's acts of issuing",
        "Those of the officer's authority, the newest first.",
        {
            200: Answer("One page.", "Issuances"),
            400: problem("`limit`, `after`, `state` or `kind` is not understood."),
            401: NOT_SIGNED_IN,
            403: NOT_ALLOWED,
            501: OFF,
        },
        parameters=(LIMIT, AFTER, STATE, KIND),
        officers=True,
    ),
    Operation(
        "post",
        "/api/v1/issuances",
        "Issue a document",
        "For a leader with a step-up not older than five minutes: the document is judged, marked, numbered, signed, "
        "timed and judged again. The call confirms the act; where it is refused nothing is numbered or signed.",
        {
            201: Answer("Released.", "IssuanceNote", headers=TAG),
            202: Answer("It goes on; ask again.", "IssuanceNote", headers={**TAG, "Retry-After": LATER}),
            400: problem("No file, a field that is not understood, or a form token that is not the session's."),
            401: NOT_SIGNED_IN,
            403: NOT_PROVED,
            409: problem("The act, a key or a certificate does not allow it; or the key was used for something else."),
            413: problem("Larger than the limit, or too costly to judge."),
            422: problem("The document, or what is said of it, cannot be used."),
            429: problem("Too many requests.", **{"Retry-After": LATER}),
            500: problem("A fault of ours, with a reference number."),
            501: OFF,
            503: problem("The signer, a key or a time stamp is not to be had now.", **{"Retry-After": LATER}),
        },
        body={"multipart/form-data": ORDER},
        parameters=(KEY, PREFER),
        officers=True,
    ),
    Operation(
        "get",
        "/api/v1/issuances/{id_}",
        "Read an act of issuing",
        "As it stands.",
        {
            200: ACT,
            304: Answer("As `If-None-Match` names it."),
            401: NOT_SIGNED_IN,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            501: OFF,
        },
        parameters=(ID, IF_NONE_MATCH),
        officers=True,
    ),
    Operation(
        "get",
        "/api/v1/issuances/{id_}/document",
        "Get the released document",
        "The signed PDF, to the byte.",
        {
            200: Answer("The document.", media="application/pdf"),
            401: NOT_SIGNED_IN,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: problem("It is not released."),
            501: OFF,
        },
        parameters=(ID,),
        officers=True,
    ),
    Operation(
        "get",
        "/api/v1/issuances/{id_}/sheet",
        "Get the paper carrier",
        "The mark as a printable sheet with its QR code.",
        {
            200: Answer("The sheet, a PDF.", media="application/pdf"),
            401: NOT_SIGNED_IN,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: problem("It is not released, or the kind has no sheet."),
            501: OFF,
        },
        parameters=(ID,),
        officers=True,
    ),
    Operation(
        "post",
        "/api/v1/issuances/{id_}/annulment",
        "Annul a released document",
        "For a leader with a step-up not older than five minutes. Whoever checks the document learns it from then on.",
        {
            200: ACT,
            400: UNCLEAR,
            401: NOT_SIGNED_IN,
            403: NOT_PROVED,
            404: UNKNOWN,
            409: problem("It is not released, or holds no more."),
            **BODY,
            422: problem("Ground or decision is missing or not as the schema says."),
            501: OFF,
        },
        body={"application/json": ANNULMENT},
        parameters=(ID,),
        officers=True,
    ),
    Operation(
        "post",
        "/api/v1/issuances/{id_}/cancellation",
        "Cancel an act that is not released",
        "Its number, where it has one, stays in the register as cancelled.",
        {
            200: ACT,
            400: UNCLEAR,
            401: NOT_SIGNED_IN,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: problem("It is released already, or a step of it is being made."),
            **BODY,
            422: problem("The reason is missing or not as the schema says."),
            501: OFF,
        },
        body={"application/json": CANCELLATION},
        parameters=(ID,),
        officers=True,
    ),
    Operation(
        "get",
        "/check/{code}",
        "How an issued document stands",
        "The address in the QR code of a document; as JSON where `Accept` asks for `application/json`. For everybody; "
        "all codes that are none get the same answer.",
        {
            200: Answer("The document is known.", "IssuedNote", also=(HTML,)),
            404: replace(problem("Nothing matches. That does not yet mean that the document is forged."), also=(HTML,)),
            429: replace(problem("Too many requests."), also=(HTML,)),
        },
        parameters=(CODE,),
    ),
    Operation(
        "get",
        "/check/apostille",
        "How an Apostille stands",
        "By its number and its day of issue, which must both be right, on paper or electronic; as JSON where `Accept` "
        "asks for `application/json`. It says what Decree 293/2026 Art. 21(2) names, and no more. For everybody, from "
        "the day that the Minister announces.",
        {
            200: Answer("The Apostille is known.", "Lookups", also=(HTML,)),
            404: replace(problem("Nothing matches, or the register is not open to the public yet."), also=(HTML,)),
            429: replace(problem("Too many requests."), also=(HTML,)),
        },
        parameters=(
            {"name": "number", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 9}},
            {"name": "date", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}},
        ),
    ),
)
