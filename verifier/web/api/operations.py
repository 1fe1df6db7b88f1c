"""What the API offers, as data for the OpenAPI document; a test holds it against the routes."""

from __future__ import annotations

from verifier.accounts.assertions import ASSERTION_TYPE
from verifier.accounts.clients import GRANT
from verifier.accounts.scopes import CREATE, READ
from verifier.web.api import (
    appointment_operations,
    archive_operations,
    case_operations,
    issuance_operations,
    law_operations,
    payment_operations,
    register_operations,
)
from verifier.web.api.common_answers import completed
from verifier.web.api.listing import MOST, USUAL
from verifier.web.api.openapi import Answer, Operation, problem

TOKEN = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "The last part of the Location given when the file was handed in. Without an account, whoever knows "
    "it may read it; of an authority's validation it is the id, and helps nobody without an access token.",
    "schema": {"type": "string"},
}
FILE_NAME = {
    "name": "X-File-Name",
    "in": "header",
    "required": False,
    "description": "Name of the file, percent-encoded UTF-8, for a raw body; Content-Disposition is understood too.",
    "schema": {"type": "string"},
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async` answers 202 at once instead of waiting for the verdict (RFC 7240).",
    "schema": {"type": "string"},
}
MULTIPART = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/pdf"},
        "password": {
            "type": "string",
            "description": "Tried on an encrypted file; may be repeated; never stored.",
        },
        "document_kind": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$",
            "description": "Code of the kind of document: whether the signer is competent may depend on it.",
        },
        "filed_at": {
            "type": "string",
            "pattern": "^(home|mission:[A-Z]{2}(,[A-Z]{2})*)$",
            "description": "Where it is handed in: `home`, or `mission:` with the states that a Vietnamese mission is "
            "sent to (ISO 3166-1, host state first). Where it is missing that follows from the client's authority.",
            "examples": ["mission:SG,BN"],
        },
    },
}
UNKNOWN = problem("Nothing is at this address for the caller: never was, deleted, expired or another authority's.")
CHALLENGE = {"WWW-Authenticate": "As RFC 6750 3 tells."}
NOT_GOOD = problem("The access token is not good, or there is another Authorization header.", **CHALLENGE)
NO_TOKEN = problem("The access token is missing or not good.", **CHALLENGE)
NOT_ALLOWED = problem("The access token does not have the scope.", **CHALLENGE)
LIMIT = {
    "name": "limit",
    "in": "query",
    "required": False,
    "description": "Most entries of the answer.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
}
BEFORE = {
    "name": "before",
    "in": "query",
    "required": False,
    "description": "Only those received before this instant (ISO 8601 with its zone); `next` of an answer has it.",
    "schema": {"type": "string"},
}
TOKEN_FORM = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"const": GRANT},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {
            "type": "string",
            "description": "A JWT signed by a registered key, named by `kid`; `iss` and `sub` are the client's id, "
            "`aud` is this endpoint alone, `exp` at most 5 minutes ahead, `jti` never used before.",
        },
        "scope": {"type": "string", "description": "Scopes, separated by spaces; all of the client's where missing."},
    },
}
LATER = "Seconds after which to try again."
WAITS = {"Location": "Where it will be.", "Retry-After": LATER}

_TOLD = (
    Operation(
        "post",
        "/oauth/token",
        "Get an access token",
        "For machine clients of an authority: OAuth 2.0 client credentials with `private_key_jwt`. A token is good for "
        "ten minutes.",
        {
            200: Answer("The token.", "AccessToken"),
            400: Answer("The request is not right.", "TokenError"),
            401: Answer("The client has not proved who it is.", "TokenError"),
            429: problem("Too many requests.", **{"Retry-After": LATER}),
        },
        body={"application/x-www-form-urlencoded": TOKEN_FORM},
    ),
    Operation(
        "get",
        "/.well-known/oauth-authorization-server",
        "Where and how to get an access token",
        "The metadata of RFC 8414.",
        {200: Answer("The metadata.", "ServerMetadata")},
    ),
    Operation(
        "get",
        "/api/v1/validations",
        "List an authority's validations",
        "Those that the client's authority handed in, by people or machines, the newest first.",
        {
            200: Answer("One page.", "Listing"),
            400: problem("`limit` or `before` is not understood."),
            401: NO_TOKEN,
            403: NOT_ALLOWED,
        },
        parameters=(LIMIT, BEFORE),
        scope=READ,
        visitors=False,
    ),
    Operation(
        "post",
        "/api/v1/validations",
        "Judge a file",
        "Hands a file in and waits for the verdict. The verdict and the file are kept under an address that cannot be "
        "guessed, until they are deleted or expire.",
        {
            201: Answer("The verdict, whatever it says.", "JudgedFile", headers={"Location": "Where it is kept."}),
            202: Answer("Not judged yet; ask again.", "Progress", headers=WAITS),
            400: problem("No file in the request, or a malformed one; or a kind or place that is not understood."),
            401: NOT_GOOD,
            403: NOT_ALLOWED,
            413: problem("Larger than the limit, or too costly to judge."),
            415: problem("The body was sent as a text form."),
            422: problem("Two files; or not a PDF, empty, truncated, encrypted or unreadable; or the policy is."),
            429: problem("Too many requests.", **{"Retry-After": LATER}),
            500: problem("A fault of ours, with a reference number."),
            503: problem("Too busy, or the trust store is not usable.", **{"Retry-After": LATER}),
        },
        body={"multipart/form-data": MULTIPART, "application/pdf": {}, "application/octet-stream": {}},
        parameters=(FILE_NAME, PREFER),
        scope=CREATE,
    ),
    Operation(
        "get",
        "/api/v1/validations/{token}",
        "Read a verdict",
        "Gives the same bytes as when the file was judged; of a file that this service released itself, `issued` says "
        "how it stands now.",
        {
            200: Answer("The verdict.", "JudgedFile"),
            202: Answer("Not judged yet; ask again.", "Progress", headers={"Retry-After": LATER}),
            401: NOT_GOOD,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            413: problem("It was too costly to judge."),
            422: problem("It could not be judged."),
        },
        parameters=(TOKEN,),
        scope=READ,
    ),
    Operation(
        "delete",
        "/api/v1/validations/{token}",
        "Delete a verdict",
        "Deletes the verdict, the file and the evidence for good. A machine client deletes only what it handed in.",
        {204: Answer("Deleted."), 401: NOT_GOOD, 403: NOT_ALLOWED, 404: UNKNOWN},
        parameters=(TOKEN,),
        scope=CREATE,
    ),
    Operation(
        "get",
        "/api/v1/trust",
        "Whom the service trusts",
        "The trust snapshot in use: its id, since when, its anchors by branch, and the lists that are followed.",
        {
            200: Answer("What is in use.", "Trust", headers={"ETag": "Changes with what is in use."}),
            304: Answer("Still what `If-None-Match` names."),
            404: problem("The service keeps no trust of its own."),
            503: problem("The trust store is not usable.", **{"Retry-After": LATER}),
        },
    ),
    *issuance_operations.OPERATIONS,
    *case_operations.OPERATIONS,
    *appointment_operations.OPERATIONS,
    *archive_operations.OPERATIONS,
    *register_operations.OPERATIONS,
    *payment_operations.OPERATIONS,
    *law_operations.OPERATIONS,
    Operation(
        "get",
        "/health/live",
        "Is the process alive?",
        "Says only that requests are answered.",
        {200: Answer("It is.", "Readiness")},
    ),
    Operation(
        "get",
        "/health/ready",
        "Can files be judged?",
        "Ready only while the trust snapshot is usable, the database answers and the workers are alive.",
        {200: Answer("Ready.", "Readiness"), 503: Answer("Not ready, and why.", "Readiness")},
    ),
)
OPERATIONS = tuple(completed(one) for one in _TOLD)
