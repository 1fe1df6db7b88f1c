"""What the API offers, as data for the OpenAPI document; a test holds it against the routes."""

from __future__ import annotations

from verifier.web.api.openapi import Answer, Operation, problem

TOKEN = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "The last part of the Location given when the file was handed in; whoever knows it may read it.",
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
    },
}
UNKNOWN = problem("Nothing is at this address: never was, deleted or expired.")
LATER = "Seconds after which to try again."

OPERATIONS = (
    Operation(
        "post",
        "/api/v1/validations",
        "Judge a file",
        "Hands a file in and waits for the verdict. The verdict and the file are kept under an address that cannot be "
        "guessed, until they are deleted or expire.",
        {
            201: Answer("The verdict, whatever it says.", "Report", headers={"Location": "Where it is kept."}),
            202: Answer("Not judged yet; ask again.", "Progress", headers={"Location": "Where it will be."}),
            400: problem("No file in the request, or a malformed request."),
            413: problem("Larger than the limit, or too costly to judge."),
            415: problem("The body was sent as a text form."),
            422: problem("Not a PDF, empty, truncated, encrypted or unreadable; or the policy is."),
            429: problem("Too many requests.", **{"Retry-After": LATER}),
            500: problem("A fault of ours, with a reference number."),
            503: problem("Too busy, or the trust store is not usable.", **{"Retry-After": LATER}),
        },
        body={"multipart/form-data": MULTIPART, "application/pdf": {}, "application/octet-stream": {}},
        parameters=(FILE_NAME, PREFER),
    ),
    Operation(
        "get",
        "/api/v1/validations/{token}",
        "Read a verdict",
        "Gives the same bytes as when the file was judged.",
        {
            200: Answer("The verdict.", "Report"),
            202: Answer("Not judged yet; ask again.", "Progress"),
            404: UNKNOWN,
            413: problem("It was too costly to judge."),
            422: problem("It could not be judged."),
        },
        parameters=(TOKEN,),
    ),
    Operation(
        "delete",
        "/api/v1/validations/{token}",
        "Delete a verdict",
        "Deletes the verdict, the file and the evidence for good.",
        {204: Answer("Deleted."), 404: UNKNOWN},
        parameters=(TOKEN,),
    ),
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
