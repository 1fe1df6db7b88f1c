"""An applicant's own dossiers (hồ sơ của tôi), by electronic identity: signing in without an account, a bare list.

Whoever the identity provider vouches for may come; what is seen is what was filed with this identity, and nothing else.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, session, url_for

from verifier.cases.secrecy import identities_of
from verifier.cases.statuses import statuses
from verifier.errors import BadRequest
from verifier.outside.identity import Identity, IdentityProvider
from verifier.web import applicant
from verifier.web.access import caller
from verifier.web.api.case_askers import cases, own
from verifier.web.chrome import forward, page, words
from verifier.web.identify import TOKEN
from verifier.web.security import renew_session
from verifier.web.services import accounts

PENDING, PURPOSE = "identity", "purpose"
"""Keys of the session cookie while somebody is at the provider."""
APPLICANT = "applicant"
"""The purpose for which an applicant goes there."""

blueprint = Blueprint("own_cases", __name__, url_prefix="/own-dossiers", template_folder="templates")


@blueprint.get("")
def show() -> Response:
    """List the own dossiers of whoever is signed in; else offer to sign in."""
    provider = _provider()
    if not caller().identities:
        return page("cases/own.html", provider=provider.name, cases=None)
    found = [(one, statuses()[one.status].words.said(words().lang)) for one in own()]
    return page("cases/own.html", provider=provider.name, cases=found)


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Send the browser to the provider."""
    begun = _provider().begin()
    session.update({PENDING: begun.pending.as_data(), PURPOSE: APPLICANT})
    return forward(begun.address)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Forget who is signed in."""
    renew_session()
    return forward(url_for(".show"))


def let_in(found: Identity) -> Response:
    """Begin the session of an applicant whom the provider vouches for; one of an account ends where it was open."""
    if caller().known:
        accounts().sign_in.sign_out(str(session.get(TOKEN, "")), request.remote_addr or "")
    applicant.let_in(identities_of(cases().house.ring, found.subject), accounts().clock.now())
    return forward(url_for("own_cases.show"))


def _provider() -> IdentityProvider:
    provider = accounts().identity
    if provider is None or "casework" not in current_app.extensions:
        raise BadRequest("page-not-found")
    return provider
