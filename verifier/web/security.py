"""The browser's guards: content policy, no sniffing, framing or caching, cookies, and whose forms are taken."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf, validate_csrf
from wtforms import ValidationError

from verifier.accounts.security_log import What
from verifier.errors import BadRequest
from verifier.web.access import caller, rule_of
from verifier.web.watch import report

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; "
    "worker-src 'self'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "payment=(), usb=()",
}
"""On every answer. The address of a verdict is its key, so no other site may learn it from a referrer."""
TOKEN_FIELD, TOKEN_HEADER, API_TOKEN_HEADER = "csrf_token", "X-CSRFToken", "X-CSRF-Token"
HSTS = "max-age=63072000; includeSubDomains"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_COOKIES = ("/api/", "/oauth/")
"""Addresses where nothing is decided by a cookie, so that calls from anywhere are calls like any other."""
OFFICERS_API = (
    "/api/v1/issuances",
    "/api/v1/cases",
    "/api/v1/payments",
    "/api/v1/registers",
    "/api/v1/register-entries",
    "/api/v1/tracking-book",
    "/api/v1/appointments",
    "/api/v1/archive",
)
"""The parts of the API that people call by their session; guarded like forms."""


def install(app: Flask, *, production: bool) -> None:
    """Guard every request and answer of `app`."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=production,
        SESSION_COOKIE_NAME="__Host-session" if production else "session",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as the session that it belongs to
    )
    CSRFProtect(app)
    app.before_request(refuse_cross_site)
    app.after_request(harden)


def refuse_cross_site() -> None:
    """Refuse what another site's page makes a browser send; BadRequest `form-expired`.

    Told by Sec-Fetch-Site, and by Origin where the browser is older; a form of ours always passes, whatever its age.
    """
    if request.method in SAFE_METHODS or _without_cookies():
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        own = site in {"same-origin", "none"}
    else:
        own = origin is None or urlsplit(origin).netloc == request.host
    if not own:
        raise BadRequest("form-expired", "The form was sent from another site.")


def guard_forms(app: Flask) -> None:
    """Ask every form of somebody who is signed in, or signs in, for its token; after the guard of access."""
    app.before_request(refuse_without_token)


def refuse_without_token() -> None:
    """Refuse a form without the token of its session; BadRequest `form-expired`."""
    if request.method in SAFE_METHODS or _without_cookies() or not _wants_token():
        return
    sent = (request.headers.get(name) for name in (TOKEN_HEADER, API_TOKEN_HEADER))
    require_token(next(filter(None, sent), None) or request.form.get(TOKEN_FIELD))


def require_token(token: str | None) -> None:
    """Refuse a token that is not the session's own; BadRequest `form-expired`."""
    try:
        validate_csrf(token)
    except ValidationError as why:
        report(What.FORM_REFUSED)
        raise BadRequest("form-expired", str(why)) from why


def form_token() -> str:
    """Return the token for a form on this page; empty for a visitor of the public pages, who gets no cookie."""
    return str(generate_csrf()) if _wants_token() else ""


def renew_session(**kept: str) -> None:
    """Forget everything in the session cookie, the secret of its forms too, and begin with `kept`."""
    session.clear()
    g.pop(TOKEN_FIELD, None)
    session.update(kept)


def _without_cookies() -> bool:
    path = request.path
    return path.startswith(WITHOUT_COOKIES) and not path.startswith(OFFICERS_API)


def _wants_token() -> bool:
    if caller().client is not None:
        return False  # it brings its token with each call, by a header that no form can send
    return caller().known or bool(caller().identities) or rule_of(request.endpoint).form_token


def harden(response: Response) -> Response:
    """Set the guards that the answer has not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
