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
from verifier.storage.outage import is_outage
from verifier.web.uploads import too_large

STATUSES: Mapping[str, int] = {
    "bad-instant": 400,
    "parameter-unknown": 400,
    "bad-option": 400,
    "bad-filing": 400,
    "bad-request": 400,
    "file-missing": 400,
    "form-expired": 400,
    "token-refused": 400,
    "choice-unknown": 400,
    "count-missing": 400,
    "count-unused": 400,
    "count-wrong": 400,
    "country-missing": 400,
    "date-unclear": 400,
    "instant-missing": 400,
    "instant-unclear": 400,
    "calendar-out-of-range": 400,
    "time-without-zone": 400,
    "time-wrong": 400,
    "times-out-of-order": 400,
    "extension-not-allowed": 400,
    "form-audience-unknown": 400,
    "not-signed-in": 401,
    "sign-in-failed": 401,
    "token-invalid": 401,
    "identity-not-proved": 401,
    "identity-refused": 401,
    "identity-unknown": 403,
    "not-allowed": 403,
    "step-up-failed": 403,
    "step-up-needed": 403,
    "not-found": 404,
    "page-not-found": 404,
    "scheme-unknown": 404,
    "book-unknown": 404,
    "calendar-unknown": 404,
    "deadline-unknown": 404,
    "deadline-not-in-force": 404,
    "fee-unknown": 404,
    "fee-not-in-force": 404,
    "form-unknown": 404,
    "form-not-in-force": 404,
    "ground-unknown": 404,
    "ground-not-in-force": 404,
    "list-unknown": 404,
    "procedure-unknown": 404,
    "procedure-not-in-force": 404,
    "tariff-unknown": 404,
    "term-unknown": 404,
    "term-not-in-force": 404,
    "branch-not-held": 404,
    "method-not-allowed": 405,
    "no-second-factor": 409,
    "changed-meanwhile": 409,
    "login-taken": 409,
    "account-closed": 409,
    "key-ended": 409,
    "last-administrator": 409,
    "own-account": 409,
    "role-held": 409,
    "roles-exclude": 409,
    "already-decided": 409,
    "own-proposal": 409,
    "proposer-gone": 409,
    "identity-taken": 409,
    "list-older": 409,
    "list-number-reused": 409,
    "list-issued-earlier": 409,
    "scheme-unclear": 409,
    "invitation-over": 410,
    "budget-exhausted": 413,
    "too-large": 413,
    "list-too-large": 413,
    "unsupported-media-type": 415,
    "code-wrong": 422,
    "empty-file": 422,
    "nothing-changed": 422,
    "bad-zone": 422,
    "bad-states": 422,
    "nothing-chosen": 422,
    "trust-file-missing": 422,
    "list-entry-broken": 422,
    "text-unclear": 422,
    "text-missing": 422,
    "fact-unknown": 422,
    "register-code-wrong": 422,
    "filing-channel-unknown": 400,
    "fact-wrong": 422,
    "form-value-unknown": 422,
    "form-value-wrong": 422,
    "form-too-long": 422,
    "form-unprintable": 422,
    "paper-unclear": 422,
    "objection-wrong": 422,
    "competence-outside": 422,
    "competence-overlaps": 422,
    "competence-without-law": 422,
    "file-unreadable": 422,
    "key-unusable": 422,
    "not-a-pdf": 422,
    "pdf-encrypted": 422,
    "pdf-truncated": 422,
    "pdf-unreadable": 422,
    "policy-unreadable": 422,
    "bad-date": 422,
    "email-unclear": 422,
    "reason-missing": 422,
    "role-unknown": 422,
    "scope-unknown": 422,
    "login-unclear": 422,
    "name-unclear": 422,
    "password-known": 422,
    "password-too-long": 422,
    "password-too-short": 422,
    "encoding-not-utf8": 422,
    "html-instead-of-list": 422,
    "xml-doctype": 422,
    "xml-too-complex": 422,
    "xml-truncated": 422,
    "xml-broken": 422,
    "xml-not-canonical": 422,
    "not-a-list": 422,
    "scheme-information-missing": 422,
    "list-expected": 422,
    "list-of-lists-expected": 422,
    "type-missing": 422,
    "version-missing": 422,
    "version-unknown": 422,
    "element-repeated": 422,
    "critical-scheme-extension": 422,
    "operator-certificate-missing": 422,
    "signature-missing": 422,
    "several-signatures": 422,
    "list-signature-broken": 422,
    "signer-not-pinned": 422,
    "signature-weak": 422,
    "signer-not-valid-then": 422,
    "territory-missing": 422,
    "territory-other": 422,
    "sequence-missing": 422,
    "sequence-unclear": 422,
    "issued-missing": 422,
    "issued-unclear": 422,
    "issued-in-future": 422,
    "next-update-missing": 422,
    "next-update-unclear": 422,
    "next-update-before-issue": 422,
    "next-update-passed": 422,
    "list-empty": 422,
    "pivot-broken": 422,
    "pin-missing": 422,
    "scheme-of-list": 422,
    "trust-store-plain": 422,
    "operation-unclear": 422,
    "scheme-branch-fixed": 409,
    "anchor-known": 409,
    "anchor-unknown": 422,
    "anchor-of-list": 422,
    "authority-unknown": 422,
    "authority-of-list": 422,
    "certificate-unreadable": 422,
    "id-unclear": 422,
    "territory-unclear": 422,
    "address-unclear": 422,
    "list-not-fetched": 422,
    "fingerprint-differs": 422,
    "authority-twice": 409,
    "branch-missing": 422,
    "branch-unknown": 422,
    "channel-unknown": 422,
    "country-unknown": 422,
    "document-malformed": 422,
    "id-malformed": 422,
    "kind-unknown": 422,
    "name-missing": 422,
    "name-taken": 409,
    "name-twice": 422,
    "notification-missing": 422,
    "oid-malformed": 422,
    "period-reversed": 422,
    "rule-empty": 422,
    "seat-missing": 422,
    "sha256-malformed": 422,
    "specimen-missing": 422,
    "specimen-twice": 422,
    "specimens-overlap": 409,
    "table-malformed": 422,
    "territory-unknown": 422,
    "mark-field-missing": 422,
    "mark-choice-unknown": 422,
    "mark-too-long": 422,
    "mark-unprintable": 422,
    "qr-too-long": 422,
    "e-apostille-off": 409,
    "mark-picture-bad": 422,
    "mark-picture-size": 422,
    "no-time-stamp": 503,
    "status-unknown": 503,
    "status-not-yet": 503,
    "clock-off": 503,
    "certificate-unfit": 422,
    "nothing-signed": 422,
    "signer-absent": 503,
    "signer-busy": 503,
    "no-mandate": 409,
    "mandate-over": 409,
    "digest-mismatch": 409,
    "session-over": 401,
    "key-unavailable": 503,
    "token-absent": 503,
    "pin-wrong": 409,
    "key-mismatch": 409,
    "certificate-expired": 409,
    "certificate-revoked": 409,
    "certificate-status-unknown": 503,
    "certificate-not-trusted": 409,
    "certificate-not-public-service": 409,
    "certificate-restricted": 409,
    "wrong-state": 409,
    "pin-locked": 409,
    "signer-refused": 409,
    "key-missing": 409,
    "key-weak": 409,
    "algorithm-unfit": 409,
    "pkcs12-refused": 409,
    "secret-open": 409,
    "password-wrong": 409,
    "grant-overlaps": 409,
    "own-grant": 409,
    "attributes-unclear": 422,
    "key-not-held": 422,
    "person-not-leader": 422,
    "role-mismatch": 422,
    "until-after-certificate": 422,
    "picture-too-large": 422,
    "picture-unreadable": 422,
    "picture-opaque": 422,
    "picture-width": 422,
    "signer-fault": 503,
    "signer-question": 400,
    "would-not-last": 409,
    "own-judge-refused": 409,
    "issuing-off": 501,
    "check-unknown": 404,
    "idempotency-key-reused": 409,
    "not-competent": 409,
    "broken-signature": 422,
    "no-signature": 422,
    "basis-needed": 422,
    "already-confirmed": 409,
    "already-released": 409,
    "in-hand": 409,
    "not-released": 409,
    "not-in-force": 409,
    "kind-differs": 422,
    "ground-missing": 422,
    "decision-missing": 422,
    "no-sheet": 503,
    "book-closed": 409,
    "layout-changed": 409,
    "mark-field-unknown": 400,
    "mark-covers": 409,
    "no-signing-grant": 403,
    "check-code-lost": 500,
    "cancelled-by-officer": 409,
    "batch-full": 409,
    "batch-empty": 409,
    "batch-differs": 409,
    "batch-not-running": 409,
    "batch-not-stopped": 409,
    "no-layout": 409,
    "not-extendable": 422,
    "field-name-taken": 422,
    "field-too-small": 422,
    "cms-too-large": 500,
    "too-many-pages": 422,
    "no-room": 422,
    "off-page": 422,
    "page-missing": 422,
    "page-too-small": 422,
    "certificate-not-yet-valid": 409,
    "certificate-weak": 409,
    "rate-limited": 429,
    "sign-in-locked": 429,
    "internal-error": 500,
    "sealed-data-broken": 500,
    "audit-being-checked": 503,
    "busy": 503,
    "identity-provider-down": 503,
    "archive-unwritable": 503,
    "material-broken": 503,
    "material-unknown": 503,
    "snapshot-broken": 503,
    "snapshot-unknown": 503,
    "trust-certificate-broken": 503,
    "trust-store-empty": 503,
    "trust-store-missing": 503,
    "trust-store-unreadable": 503,
    "unavailable": 503,
}
"""Status by problem code; a code that is not here is a fault of ours."""
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
        return refusal_of(too_large(app.config["UPLOAD_BYTES"]).problem)
    codes = {404: "page-not-found", 405: "method-not-allowed", 415: "unsupported-media-type", 500: "internal-error"}
    return Refusal(Problem(codes.get(status, "bad-request")), status, kept)


@lru_cache(maxsize=1)
def _web_texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((files("verifier.web") / "problem_texts.toml").read_text("utf-8"))


def _filled(template: str, params: Mapping[str, str]) -> str:
    return template.replace("{seconds}", params.get("seconds", str(RETRY_AFTER)))
