"""How often files may be handed in and proofs tried, by whom; and where an upload waits on its way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn

from flask import Flask, Request, current_app, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.web.access import ACCESS, EVERYBODY, caller
from verifier.web.uploads import MIB

LIMITED = frozenset({"/api/v1/validations", "/api/v1/issuances", "/api/v1/cases/uploads", "/verify"})
"""Addresses where a POST brings a file, and most cost a judgement; they share one count."""
CLAIMED = "60 per minute"
"""Most calls from one address, of whatever kind, with the code and the secret token of a dossier."""
TRIES: Mapping[str, str] = {
    "oauth": "60 per minute",
    "account": "30 per minute",
    "check": "60 per minute",
    "delivery": "30 per minute",
    "dossier": "30 per minute",
    "own_cases": "30 per minute",
    "payments_api": "600 per minute",
    "law_api": "120 per minute",
    "procedures": "120 per minute",
}
"""Most POSTs of one caller to each address of a blueprint: where somebody could try what they do not know."""
ASKED_ELSEWHERE = frozenset(
    {
        "account.identity",
        "account.link_identity",
        "account.step_up_by_identity",
        "account.returned",
        "own_cases.sign_in",
    }
)
"""Routes whose GET asks the identity provider, for which a thread of ours waits: counted as tries are."""
GUESSED = frozenset({"check.show", "check.lookup"})
"""Routes whose GET could be used to guess a key that stands in the address: counted as tries are."""
RECKONED = frozenset({"law_api.deadline", "law_api.calendar", "law_api.form", "procedures.show"})
"""Routes whose GET reckons or draws for whoever asks: counted as tries are."""
FORM_SLACK = MIB
"""Bytes that a request may have beside the file: the frame of the form, a password."""
FORM_BYTES = 256 * 1024
"""Largest body that carries no file: a text form is read as a whole, and takes fifty times its size in memory."""
IN_MEMORY = 64 * 1024
"""A file in a form goes to disk beyond this many bytes."""
FIELD_BYTES = 2 * IN_MEMORY
"""No other field may be longer. A form is read in blocks of 64 KiB, and this limit holds for a block with what was left
of the one before, in files too: it must be larger than a block, or files of several blocks are refused."""
PARTS = 100
"""Most fields and files of a form with files."""
TEXT_FORM = "application/x-www-form-urlencoded"


class SpoolingRequest(Request):
    """A request whose files wait in the service's own folder: never in memory, never where others may look."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return SpooledTemporaryFile(IN_MEMORY, "rb+", dir=current_app.config["SPOOL"])


def trust_proxies(app: Flask, count: int) -> None:
    """Take address and scheme of a request from what the last `count` proxies added to it; 0 believes no header.

    The proxies must set X-Forwarded-For and X-Forwarded-Proto. The host is never taken from a header of theirs.
    """
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]


@dataclass(frozen=True)
class Rates:
    """Files that may be handed in, each like `30 per minute`."""

    visitor: str
    """By one address, without an account."""
    signed_in: str
    """By one person or machine client, wherever they are."""


def install(app: Flask, *, rates: Rates, storage: str, upload_bytes: int, spool: Path) -> Limiter:
    """Limit the rate of POSTs and the size of bodies; to be called when all routes are there.

    `storage` is where counts are kept (`memory://`, `redis://…`).
    """
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.request_class = SpoolingRequest
    app.config.update(SPOOL=spool, UPLOAD_BYTES=upload_bytes, MAX_CONTENT_LENGTH=FORM_BYTES)
    app.config.update(MAX_FORM_MEMORY_SIZE=FIELD_BYTES, MAX_FORM_PARTS=PARTS)

    @app.url_value_preprocessor
    def room(_endpoint: str | None, _values: object) -> None:
        if request.path in LIMITED and request.mimetype != TEXT_FORM:
            request.max_content_length = upload_bytes + FORM_SLACK

    limiter = Limiter(get_remote_address, app=app, storage_uri=storage, on_breach=_refuse)
    files: Any = limiter.shared_limit(
        lambda: rates.signed_in if caller().known else rates.visitor, scope="validations", key_func=_who
    )
    claims: Any = limiter.shared_limit(
        CLAIMED, scope="dossiers", key_func=_who, exempt_when=lambda: caller().claim is None
    )
    for rule in app.url_map.iter_rules():
        rate = TRIES.get(rule.endpoint.partition(".")[0])
        methods = {"GET", "HEAD"} if rule.endpoint in ASKED_ELSEWHERE | GUESSED | RECKONED else {"POST"}
        limit: Any = limiter.limit(rate, key_func=_who, methods=sorted(methods)) if rate else files
        if (rate or rule.rule in LIMITED) and methods & (rule.methods or set()):
            app.view_functions[rule.endpoint] = limit(app.view_functions[rule.endpoint])
        if ACCESS.get(rule.endpoint, EVERYBODY).applicants:
            app.view_functions[rule.endpoint] = claims(app.view_functions[rule.endpoint])
    return limiter


def _who() -> str:
    """Whose count it is: that of the person or client, wherever they call from, else that of the address.

    Of IPv6 the first 64 bits count: whoever has one address has all of its network (RFC 6177), and takes another.
    """
    return str(caller().id or _place(get_remote_address()))


def _place(address: str) -> str:
    try:
        one = IPv6Address(address)
    except ValueError:
        return address
    return str(one.ipv4_mapped or ip_network((int(one), 64), strict=False))


def _refuse(limit: RequestLimit) -> NoReturn:
    # the limiter counts by the system's clock, whichever clock the rest was given
    seconds = max(1, math.ceil(limit.reset_at - SystemClock().now().timestamp()))
    raise BadRequest("rate-limited", seconds=str(seconds))
