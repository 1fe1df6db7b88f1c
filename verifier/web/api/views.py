"""The views of `/api/v1/validations`: parse the request, call the service, give out what it says."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from flask import Blueprint, Response, request, url_for
from werkzeug.http import parse_options_header

from verifier.errors import BadRequest, CouldNotJudge
from verifier.reports.formats import iso
from verifier.web.jobs import Validation, Validations
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


def blueprint(service: Validations, wait_seconds: float) -> Blueprint:
    """Make the blueprint; a POST waits at most `wait_seconds` for the verdict, then answers 202."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/validations")
    def create() -> Response:
        upload = read_upload()
        token = service.submit(upload.stream, upload.name, _language(), upload.passwords)
        found = service.wait(token, 0 if _asynchronous() else wait_seconds)
        if found is not None and found.problem is not None:
            service.delete(token)  # nobody is told its address
        answer = _answer(found, 201)
        answer.headers["Location"] = url_for("api.read", token=token)
        return answer

    @api.get("/validations/<token>")
    def read(token: str) -> Response:
        return _answer(service.get(token), 200)

    @api.delete("/validations/<token>")
    def delete(token: str) -> Response:
        if not service.delete(token):
            raise BadRequest("not-found")
        return Response(status=204)

    return api


def read_upload() -> Upload:
    """Find the file in the request: the multipart field `file`, or the body itself. BadRequest where there is none."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise BadRequest("file-missing", "The form has no field `file` that holds a file.")
        passwords = tuple(filter(None, request.form.getlist("password")))
        return Upload(file.stream, file.filename or "", passwords[:PASSWORDS])
    if request.mimetype == TEXT_FORM:
        raise BadRequest("unsupported-media-type", f"The body was declared as {TEXT_FORM}.")
    return Upload(request.stream, _declared_name())


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
    return Response(found.report_text, judged, content_type="application/json")


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
