"""The browser's guards on every answer: content policy, no sniffing, no framing, no caching, no cross-site forms."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, request

from verifier.errors import BadRequest

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
HSTS = "max-age=63072000; includeSubDomains"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_COOKIES = ("/api/",)
"""Addresses where nothing is decided by a cookie, so that calls from anywhere are calls like any other."""


def install(app: Flask, *, production: bool) -> None:
    """Guard every request and answer of `app`."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=production,
    )
    app.before_request(refuse_cross_site)
    app.after_request(harden)


def refuse_cross_site() -> None:
    """Refuse what another site's page makes a browser send; BadRequest `form-expired`.

    Told by Sec-Fetch-Site, and by Origin where the browser is older; a form of ours always passes, whatever its age.
    """
    if request.method in SAFE_METHODS or request.path.startswith(WITHOUT_COOKIES):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        own = site in {"same-origin", "none"}
    else:
        own = origin is None or urlsplit(origin).netloc == request.host
    if not own:
        raise BadRequest("form-expired", "The form was sent from another site.")


def harden(response: Response) -> Response:
    """Set the guards that the answer has not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
