"""Every refusal of the web: the one table of HTTP statuses, RFC 9457 documents, and the edge where faults end."""

from __future__ import annotations

import json
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import structlog
from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from verifier.errors import Problem, VerifierError
from verifier.reports.formats import Words as Language
from verifier.reports.particulars import problem_key, problem_params
from verifier.storage.outage import is_clash, is_outage
from verifier.web.problem_statuses import STATUSES
from verifier.web.uploads import too_large

RETRY_AFTER = 20
"""Seconds, where the problem names none."""
CHALLENGES: Mapping[str, str] = {
    "not-signed-in": "Bearer",
    "token-invalid": 'Bearer error="invalid_token"',
    "not-allowed": 'Bearer error="insufficient_scope"',
}
"""What `WWW-Authenticate` says by problem code (RFC 6750 3)."""
MACHINE_PATHS = ("/api/", "/oauth/", "/.well-known/", "/health/", "/metrics")
"""Addresses that machines call: problems there are never pages."""
TEXT_KEYS = ("title", "detail", "do")
PROBLEM_JSON = "application/problem+json"

log = structlog.get_logger("verifier.web")


@dataclass(frozen=True)
class Words:
    """What is said about a problem in one language."""

    title: str
    detail: str
    next_step: str


@dataclass(frozen=True)
class Refusal:
    """A problem on its way out."""

    problem: Problem
    status: int
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> str:
        """The problem's code."""
        return self.problem.code

    def words(self, lang: str) -> Words:
        """What is said in `vi` or `en`."""
        return words_of(self.problem, lang)

    def document(self) -> dict[str, object]:
        """The RFC 9457 document, in both languages at once."""
        english, vietnamese = self.words("en"), self.words("vi")
        return {
            "type": f"/problems/{self.code}",
            "title": english.title,
            "status": self.status,
            "detail": english.detail,
            "next_step": english.next_step,
            "title_vi": vietnamese.title,
            "detail_vi": vietnamese.detail,
            "next_step_vi": vietnamese.next_step,
            "code": self.code,
            "particulars": self.problem.detail,
            "params": dict(self.problem.params),
        }


RenderPage = Callable[[Refusal], str]
"""Makes the HTML page of a refusal."""


def status_of(code: str) -> int:
    """Return the HTTP status of a problem code; 500 for one that has none."""
    return STATUSES.get(code, 500)


def words_of(problem: Problem, lang: str) -> Words:
    """Return what is said about a problem; `not-a-pdf` is said for each kind of file."""
    if entry := _web_texts().get(problem.code):
        return Words(*(_filled(entry[key][lang], problem.params) for key in TEXT_KEYS))
    words = Language(lang)
    params = problem_params(problem, words)
    return Words(*(words.text(f"problems.{problem_key(problem)}.{key}", params) for key in TEXT_KEYS))


def refusal_of(problem: Problem) -> Refusal:
    """Return the problem with its status, and when to come again where that may help."""
    status = status_of(problem.code)
    if status in {429, 503}:
        seconds = problem.params.get("seconds", str(RETRY_AFTER))
        problem = Problem(problem.code, problem.detail, {**problem.params, "seconds": seconds})
        return Refusal(problem, status, (("Retry-After", seconds),))
    challenge = CHALLENGES.get(problem.code)
    return Refusal(problem, status, (("WWW-Authenticate", challenge),) if challenge else ())


def install(app: Flask, render_page: RenderPage) -> None:
    """Answer every error of `app` by a problem document, or on pages for people by `render_page`."""

    def answer(refusal: Refusal) -> Response:
        return problem_response(refusal) if for_machines() else _page(refusal, render_page)

    def on_own(error: VerifierError) -> Response:
        return answer(refusal_of(error.problem))

    def on_http(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400 or error.response is not None:
            return error
        return answer(_refusal_of_http(app, error))

    def on_database(error: SQLAlchemyError) -> Response:
        if is_clash(error):
            log.warning("two stood in each other's way", exc_info=error)
            return answer(refusal_of(Problem("crossed")))
        if not is_outage(error):
            return on_fault(error)
        log.error("the database does not answer", exc_info=error)
        return answer(refusal_of(Problem("unavailable")))

    def on_fault(error: Exception) -> Response:
        reference = secrets.token_hex(4).upper()
        log.error("fault", reference=reference, exc_info=error)
        return answer(Refusal(Problem("internal-error", params={"reference": reference}), 500))

    app.register_error_handler(VerifierError, on_own)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(SQLAlchemyError, on_database)
    app.register_error_handler(Exception, on_fault)


def for_machines() -> bool:
    """Tell whether the request wants a document rather than a page."""
    if request.path.startswith(MACHINE_PATHS):
        return True
    offered = ["text/html", PROBLEM_JSON, "application/json"]
    return request.accept_mimetypes.best_match(offered, "text/html") != "text/html"


def problem_response(refusal: Refusal) -> Response:
    """Return the RFC 9457 response."""
    text = json.dumps(refusal.document(), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(text, refusal.status, list(refusal.headers), content_type=PROBLEM_JSON)


def _page(refusal: Refusal, render_page: RenderPage) -> Response:
    headers = list(refusal.headers)
    return Response(render_page(refusal), refusal.status, headers, content_type="text/html; charset=utf-8")


def _refusal_of_http(app: Flask, error: HTTPException) -> Refusal:
    status = error.code or 500
    kept = tuple((key, value) for key, value in error.get_headers() if key == "Allow")
    if status == 413:
        return refusal_of(too_large(request.max_content_length or app.config["UPLOAD_BYTES"]).problem)
    codes = {404: "page-not-found", 405: "method-not-allowed", 415: "unsupported-media-type", 500: "internal-error"}
    return Refusal(Problem(codes.get(status, "bad-request")), status, kept)


@lru_cache(maxsize=1)
def _web_texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((files("verifier.web") / "problem_texts.toml").read_text("utf-8"))


def _filled(template: str, params: Mapping[str, str]) -> str:
    return template.replace("{seconds}", params.get("seconds", str(RETRY_AFTER)))
