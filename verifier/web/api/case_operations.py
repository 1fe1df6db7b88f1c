"""What the API offers for dossiers, as data for the OpenAPI document; every command comes out of the registry."""

from __future__ import annotations

import inspect

from verifier.accounts.scopes import FILE_CASES, READ_CASES
from verifier.cases import handlers
from verifier.cases.judging import EVIDENCE_TYPE, REPORT_TYPE
from verifier.cases.kernel import APPLICANT, REGISTRY, Spec
from verifier.cases.queue import WHOSE
from verifier.cases.statuses import Status
from verifier.cases.uploads import BYTES, MEDIA_TYPES, PICTURES
from verifier.web.api.case_schemas import body_name
from verifier.web.api.listing import MOST, USUAL
from verifier.web.api.openapi import Answer, Operation, problem

_ = handlers
FILES = tuple(sorted({*MEDIA_TYPES.values(), *PICTURES.values(), REPORT_TYPE, EVIDENCE_TYPE} - {BYTES}))
"""Media types of stored files, beside those of which nothing is known."""
PATH = "/api/v1/cases"
ONE = PATH + "/{id_}"
ID = {
    "name": "id_",
    "in": "path",
    "required": True,
    "description": "Id of the dossier.",
    "schema": {"type": "string", "format": "uuid"},
}
RECORD = {**ID, "name": "record_id", "description": "Id of the stored record."}
_QUERY = {"in": "query", "required": False, "schema": {"type": "string"}}
DOSSIER = {
    **_QUERY,
    "name": "dossier",
    "description": "Id of the dossier that the file is for: needed where another authority has it by now.",
    "schema": {"type": "string", "format": "uuid"},
}
FILE_NAME = {
    "name": "X-File-Name",
    "in": "header",
    "required": False,
    "description": "Name of the file, percent-encoded UTF-8, for a raw body.",
    "schema": {"type": "string"},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same content has one effect, for a day; with another content: 409.",
    "schema": {"type": "string", "maxLength": 255},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the dossier as it was read; `*` names no version.",
    "schema": {"type": "string"},
    "example": '"7"',
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag that is held already.",
    "schema": {"type": "string"},
}
LIST = (
    {**_QUERY, "name": "whose", "description": "Officers: whose move it is.", "schema": {"enum": list(WHOSE)}},
    {
        **_QUERY,
        "name": "status",
        "description": "May be repeated by officers.",
        "schema": {"type": "array", "items": {"enum": [one.value for one in Status]}},
    },
    {**_QUERY, "name": "procedure"},
    {**_QUERY, "name": "officer", "description": "Officers: id of the specialist it is assigned to, or `me`."},
    {**_QUERY, "name": "due", "description": "Officers: only those due before this instant, with its zone."},
    {
        **_QUERY,
        "name": "q",
        "description": "Officers: words of a name, a code, a number of a paper; goes with `limit` and `after` alone.",
    },
    {**_QUERY, "name": "external", "description": "Clients: the reference that the client gave it."},
    {**_QUERY, "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}},
    {**_QUERY, "name": "after", "description": "From `next` of an answer."},
)

WHO = problem("Nobody is signed in, the form token or the access token is missing, or the token is not good.")
NOT_ALLOWED = problem("The caller has not the role or the scope for it.")
NOT_PROVED = problem("The caller has not the role or the scope, or has to prove again: `params.prove_at` says where.")
UNKNOWN = problem("There is no such dossier for the caller, or code and token do not belong together.")
UNCLEAR = problem("It is not JSON as the schema says, a parameter is not understood, or the form token is not good.")
RATE = problem("Too many requests.", **{"Retry-After": "Seconds after which to try again."})
TAG = {"ETag": "Version of the dossier."}
GOES_ON = {**TAG, "Location": "Where it is.", "Retry-After": "Seconds after which to ask again."}
UNCHANGED = Answer("As `If-None-Match` names it.")
REFUSED = problem("What is said is not allowed by the rules; `params.field` says where, `citation` on what law.")
MULTIPART = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _read(path: str, summary: str, description: str, answer: Answer, **more: Answer) -> Operation:
    """Return the operation of reading something of one dossier."""
    answers = {200: answer, 401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN, 429: RATE}
    named = {int(name.removeprefix("status_")): one for name, one in more.items()}
    return Operation(
        "get",
        ONE + path,
        summary,
        description,
        {**answers, **named},
        parameters=(ID, *([RECORD] if "record_id" in path else []), *([IF_NONE_MATCH] if 304 in named else [])),
        scope=READ_CASES,
        visitors=False,
        officers=True,
        applicants=True,
    )


def _command(spec: Spec) -> Operation:
    """Return the operation of one command."""
    about = inspect.getdoc(spec.kind) or spec.name
    roles = ", ".join(f"`{one}`" for one in sorted(spec.by))
    within = ", ".join(f"`{one}`" for one in Status if one in spec.within)
    applicants = APPLICANT in spec.by
    proof = " It needs a step-up not older than five minutes." if spec.step_up else ""
    return Operation(
        "post",
        f"{ONE}/{spec.name}",
        about.partition("\n")[0].rstrip("."),
        f"By {roles}; while the dossier is {within}.{proof} Logged as `{spec.event}`.",
        {
            200: Answer("The dossier as it then stands.", "Dossier", headers=TAG),
            202: Answer("Taken; the service goes on with it by itself.", "Dossier", headers=GOES_ON),
            400: UNCLEAR,
            401: WHO,
            403: NOT_PROVED,
            404: UNKNOWN,
            409: problem("Not as the dossier stands, or the key was used for something else."),
            412: problem("The dossier is not at the version of `If-Match` any more."),
            413: problem("The body is too large."),
            415: problem("The body is not JSON."),
            422: REFUSED,
            428: problem("`If-Match` is missing."),
            429: RATE,
            503: problem("Something that is needed is not to be had now."),
        },
        body={"application/json": _schema(body_name(spec.name))},
        parameters=(ID, IF_MATCH, KEY),
        scope=FILE_CASES if applicants else "",
        visitors=False,
        officers=bool(spec.by - {APPLICANT}),
        applicants=applicants,
    )


def _signed(path: str, summary: str, description: str, schema: str) -> Operation:
    """Return the operation of what a leader does by the own session, with a step-up not older than five minutes."""
    return Operation(
        "post",
        ONE + path,
        summary,
        description,
        {
            200: Answer("The dossier as it then stands.", "Dossier", headers=TAG),
            202: Answer("It goes on; ask again.", "Dossier", headers=GOES_ON),
            400: UNCLEAR,
            401: WHO,
            403: NOT_PROVED,
            404: UNKNOWN,
            409: problem("Not as the dossier, the act, a key or a certificate stands."),
            412: problem("The dossier is not at the version of `If-Match` any more."),
            413: problem("The body is too large."),
            415: problem("The body is not JSON."),
            422: REFUSED,
            428: problem("`If-Match` is missing."),
            501: problem("This service issues nothing."),
            503: problem("The signer, a key or a time stamp is not to be had now."),
        },
        body={"application/json": _schema(schema)},
        parameters=(ID, IF_MATCH),
        officers=True,
    )


OPERATIONS = (
    _signed(
        "/sign",
        "Sign what was approved",
        "For a leader: every granted paper is marked, numbered, signed, timed and judged again; the same call again "
        "takes up what is on its way, and issues nothing twice.",
        "SignatureBody",
    ),
    _signed(
        "/annul",
        "Annul what was issued for a paper",
        "For a leader, with ground and decision number. Whoever checks the document learns it from then on.",
        "AnnulmentBody",
    ),
    Operation(
        "post",
        PATH + "/uploads",
        "Bring a file",
        "Keeps a file for a filing or a command to name; it is looked at by its outside, and unused it goes after a "
        "day. Nothing that it holds is believed.",
        {
            201: Answer("Kept.", "UploadNote"),
            400: UNCLEAR,
            401: WHO,
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: problem("Too many files of this applicant wait unused."),
            413: problem("Larger than the limit."),
            415: problem("The body was sent as a text form."),
            422: problem("The file is empty."),
            429: RATE,
        },
        body={"multipart/form-data": MULTIPART, "application/pdf": {}, "application/octet-stream": {}},
        parameters=(DOSSIER, FILE_NAME),
        scope=FILE_CASES,
        visitors=False,
        officers=True,
        applicants=True,
    ),
    Operation(
        "post",
        PATH,
        "File a dossier",
        "By reception at the counter or of the post, or by a client of the portal. The answer holds the secret access "
        "token; the same filing under the same key gets the same dossier and token.",
        {
            201: Answer("Filed.", "FiledDossier", headers={**TAG, "Location": "Where it is."}),
            400: UNCLEAR,
            401: WHO,
            403: NOT_ALLOWED,
            404: problem("The procedure, or an upload, is not known."),
            409: problem("The key was used for something else, or the reference was filed before."),
            413: problem("The body is too large."),
            415: problem("The body is not JSON."),
            422: REFUSED,
        },
        body={"application/json": _schema("Filing")},
        parameters=(KEY,),
        scope=FILE_CASES,
        visitors=False,
        officers=True,
    ),
    Operation(
        "get",
        PATH,
        "List dossiers",
        "For officers: open ones of the authority in the order in which they are due, or what `q` finds. For a "
        "client: those that it filed, the newest first.",
        {200: Answer("One page.", "Dossiers"), 400: UNCLEAR, 401: WHO, 403: NOT_ALLOWED},
        parameters=LIST,
        scope=READ_CASES,
        visitors=False,
        officers=True,
    ),
    Operation(
        "get",
        PATH + "/mine",
        "List the own dossiers",
        "For applicants: the dossier whose code and token are brought, or all that were filed with the electronic "
        "identity that is signed in.",
        {200: Answer("All of them.", "Dossiers"), 401: WHO, 403: NOT_ALLOWED, 404: UNKNOWN, 429: RATE},
        applicants=True,
    ),
    Operation(
        "get",
        PATH + "/specialists",
        "List to whom a dossier may be assigned",
        "Officers of the own authority who are specialists now. For officers, by their session.",
        {200: Answer("All of them, by name.", "Specialists"), 401: WHO, 403: NOT_ALLOWED},
        officers=True,
    ),
    _read("", "Read a dossier", "As it stands.", Answer("The dossier.", "Dossier", headers=TAG), status_304=UNCHANGED),
    _read(
        "/papers",
        "Read its papers",
        "With what is stored; applicants see what they brought and what was sent to them.",
        Answer("Papers and records.", "DossierPapers", headers=TAG),
        status_304=UNCHANGED,
    ),
    _read(
        "/records/{record_id}",
        "Get a stored file",
        "To the byte, always as a download; who reads it stands in the audit log.",
        Answer(
            "The file, of the type that it was seen to be when it was stored.",
            media=BYTES,
            also=FILES,
            headers={"Repr-Digest": "SHA-256 of the file (RFC 9530)."},
        ),
        status_410=problem("The file was removed when its time was over."),
    ),
    _read(
        "/log",
        "Read its log",
        "Every event with its hash.",
        Answer("The chain.", "DossierLog", headers=TAG),
        status_304=UNCHANGED,
    ),
    _read(
        "/deadline",
        "Why it is due when it is due",
        "As it stands, and step by step by the law of its day.",
        Answer("Dates and citations.", "DossierDeadline"),
    ),
    _read(
        "/deliveries",
        "How its result is given",
        "Which ways are open, why it does not go as it was wanted, how it stands, and each delivery with its proof.",
        Answer("The way out and the deliveries.", "DossierDeliveries", headers=TAG),
    ),
    _read(
        "/offers",
        "What may be done now",
        "Every command that the caller's roles could give, and signing and annulling what is issued electronically: "
        "where it is sent, the schema of its body, whether it takes a step-up, and why not now.",
        Answer("The commands.", "Offers", headers=TAG),
    ),
    *(_command(REGISTRY[name]) for name in sorted(REGISTRY) if not REGISTRY[name].secret),
)
