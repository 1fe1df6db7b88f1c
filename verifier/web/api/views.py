"""The views of `/api/v1/validations`: parse the request, call the service, give out what it says.

Who calls is told by the access token alone: with one, a validation belongs to the client's authority, without it is
nobody's. What a client may do at all stands in the table of access.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_options_header

from verifier.errors import BadRequest, CouldNotJudge
from verifier.reports.formats import iso
from verifier.web.access import caller
from verifier.web.api import listing
from verifier.web.filing import with_filing
from verifier.web.issued import issued_json, issued_with
from verifier.web.jobs import NOBODY, Owner, Validation, Validations
from verifier.web.uploads import Readable

PASSWORDS = 8
"""Most passwords tried on one file."""
TEXT_FORM = "application/x-www-form-urlencoded"
POLL_SECONDS = "2"


@dataclass(frozen=True)
class Upload:
    """What a request brings."""

    stream: Readable
    name: str
    passwords: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields that say for what and where the document is handed in; none in a raw body."""


def blueprint(service: Validations, wait_seconds: float) -> Blueprint:
    """Make the blueprint; a POST waits at most `wait_seconds` for the verdict, then answers 202."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.get("/validations")
    def index() -> Response:
        return listing.answer(service, _owner().scope)

    @api.post("/validations")
    def create() -> Response:
        upload = read_upload()
        owner = with_filing(_owner(), upload.form)
        token = service.submit(upload.stream, upload.name, _language(), upload.passwords, owner)
        found = service.wait(token, 0 if _asynchronous() else wait_seconds, owner.scope)
        if found is not None and found.problem is not None:
            service.delete(token, owner.scope, owner.actor)  # nobody is told its address
        answer = _answer(found, 201)
        place = str(found.id) if found and found.authority_id else token
        answer.headers["Location"] = url_for("api.read", token=place)
        return answer

    @api.get("/validations/<token>")
    def read(token: str) -> Response:
        return _answer(service.read(token, _owner()), 200)

    @api.delete("/validations/<token>")
    def delete(token: str) -> Response:
        owner = _owner()
        found = service.get(token, owner.scope)
        own = found is not None and (found.authority_id is None or found.handed_in_by == owner.id)
        if not own or not service.delete(token, owner.scope, owner.actor):
            raise BadRequest("not-found")
        return Response(status=204)

    return api


def read_upload() -> Upload:
    """Find the file in the request: the multipart field `file`, or the body itself.

    BadRequest `file-missing`; `field-twice` where two files came, of which one would be dropped.
    """
    if request.mimetype == "multipart/form-data":
        file = sent_file()
        passwords = tuple(filter(None, request.form.getlist("password")))
        return Upload(file.stream, file.filename or "", passwords[:PASSWORDS], request.form)
    if request.mimetype == TEXT_FORM:
        raise BadRequest("unsupported-media-type", f"The body was declared as {TEXT_FORM}.")
    return Upload(request.stream, _declared_name())


def sent_file() -> FileStorage:
    """Return the one file of a form; BadRequest `file-missing`, `field-twice`."""
    files = request.files.getlist("file")
    if not files:
        raise BadRequest("file-missing", "The form has no field `file` that holds a file.")
    if len(files) > 1:
        raise BadRequest("field-twice", "The form has two files; one was expected.", field="file")
    return files[0]


def _owner() -> Owner:
    """For whom the caller acts: the client's authority, else nobody; people are signed in on pages only."""
    who = caller()
    return Owner(who.scope, who.id, who.actor) if who.client else NOBODY


def _declared_name() -> str:
    if encoded := request.headers.get("X-File-Name"):
        return unquote(encoded)
    _, options = parse_options_header(request.headers.get("Content-Disposition", ""))
    name = options.get("filename", "")
    with suppress(UnicodeError):  # headers come as Latin-1; most clients mean UTF-8
        return name.encode("latin-1").decode("utf-8")
    return name


def _answer(found: Validation | None, judged: int) -> Response:
    if found is None:
        raise BadRequest("not-found")
    if found.problem is not None:
        raise CouldNotJudge(found.problem.code, found.problem.detail, **found.problem.params)
    if found.report_text is None:
        return _progress(found)
    return Response(_with_issued(found.report_text, found.sha256), judged, content_type="application/json")


def _with_issued(report: str, sha256: str) -> str:
    """Add how the file stands now where we released it ourselves; else the report goes out to the byte."""
    issued = issued_with(sha256)
    if issued is None:
        return report
    return f'{report.rstrip()[:-1]}, "issued": {json.dumps(issued_json(issued), ensure_ascii=False)}}}'


def _progress(found: Validation) -> Response:
    told = {
        "state": found.state,
        "step": found.step,
        "steps": found.steps,
        "received_at": iso(found.received_at),
        "expires_at": iso(found.expires_at),
    }
    return Response(json.dumps(told), 202, {"Retry-After": POLL_SECONDS}, content_type="application/json")


def _asynchronous() -> bool:
    return "respond-async" in request.headers.get("Prefer", "").lower()


def _language() -> str:
    return request.accept_languages.best_match(["vi", "en"], "vi") or "vi"
