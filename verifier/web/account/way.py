"""The way through signing in: the token of the session, and the page that was wanted, in the signed cookie."""

from __future__ import annotations

from flask import Response, request, session, url_for

from verifier.accounts.sessions import Opened
from verifier.storage.sessions import SignedIn
from verifier.web.access import caller, offered
from verifier.web.chrome import forward, own_address
from verifier.web.identify import TOKEN
from verifier.web.security import renew_session
from verifier.web.services import accounts

NEXT = "next"
LONGEST_WISH = 1500
"""Characters of an address: browsers keep no cookie of more than 4096 bytes, and ours holds more than this."""
LANDINGS = ("officer.validations", "people.index", "audit.index")
"""Where work begins: the first of these that the caller may open."""
STEPS = {"second_factor": "account.second_factor", "enrol": "account.enrol"}
"""Page by stage of a session that is not open yet."""


def token() -> str:
    """Return the token of the session; empty where there is none."""
    return str(session.get(TOKEN, ""))


def pending(stage: str) -> SignedIn | None:
    """Return the session where it waits for this step."""
    found = accounts().sign_in.pending(token())
    return found if found and found.stage == stage else None


def wish(address: str) -> str:
    """Return a page of ours that somebody asked for; empty for anything else, and for what fills the cookie up."""
    return address if address and len(address) <= LONGEST_WISH and own_address(address) == address else ""


def opened(one: Opened, wanted: str = "") -> Response:
    """Go on with a new session under a new cookie: to its next step, or to the page that was wanted.

    The session that the cookie held until now is over: nobody could end it here any more.
    """
    if caller().known:
        accounts().sign_in.sign_out(token(), request.remote_addr or "")
    wanted = wanted or str(session.get(NEXT, ""))
    renew_session(token=one.token, **({NEXT: wanted} if wanted and one.session.stage in STEPS else {}))
    return forward(url_for(STEPS[one.session.stage]) if one.session.stage in STEPS else wanted or url_for(".arrive"))


def landing() -> str:
    """Return where the work of the caller begins."""
    return url_for(next((one for one in LANDINGS if offered(one)), "public.upload_page"))
