"""The routes of proving who one is at an OpenID Connect provider: to sign in, by an invitation, or once more."""

from __future__ import annotations

from flask import Response, request, session, url_for

from verifier.accounts.sessions import Opened
from verifier.errors import BadRequest
from verifier.outside.identity import Identity, IdentityProvider, Pending
from verifier.web import own_cases
from verifier.web.access import caller
from verifier.web.account.origin import origin
from verifier.web.account.routes import blueprint
from verifier.web.account.sign_in import sign_in_page, told
from verifier.web.account.way import NEXT, landing, opened, token, wish
from verifier.web.chrome import forward
from verifier.web.forms import form_error
from verifier.web.services import accounts

PENDING, PURPOSE, INVITATION = "identity", "purpose", "invitation"
"""Keys of the session cookie while somebody is at the provider."""
SIGN_IN, STEP_UP = "sign-in", "step-up"


@blueprint.get("/sign-in/identity")
def identity() -> Response:
    """Send the browser to the provider, to sign in."""
    return _depart(SIGN_IN, wish(request.args.get(NEXT, "")))


@blueprint.get("/invitation/<invitation>/identity")
def link_identity(invitation: str) -> Response:
    """Send the browser to the provider, to link an identity to the person who is invited.

    Only from our own page: a link elsewhere could have somebody's identity linked to an account that is not theirs,
    without a question where the provider asks none.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        return forward(url_for(".invited", invitation=invitation))
    if accounts().sign_in.invitation(invitation) is None:
        raise BadRequest("invitation-over")
    return _depart(SIGN_IN, "", invitation)


@blueprint.get("/step-up/identity")
def step_up_by_identity() -> Response:
    """Send the browser to the provider, where the person signs in anew."""
    return _depart(STEP_UP, wish(request.args.get(NEXT, "")))


@blueprint.get("/sign-in/identity/return")
def returned() -> Response:
    """Take the provider's answer; what was kept for it is good for one answer."""
    kept, purpose = session.pop(PENDING, None), session.pop(PURPOSE, SIGN_IN)
    invitation, wanted = str(session.pop(INVITATION, "")), wish(str(session.pop(NEXT, "")))
    try:
        pending = Pending.from_data(kept)
        found = _provider().finish(pending, request.args)
        if purpose == own_cases.APPLICANT:
            return own_cases.let_in(found)
        if purpose == STEP_UP:
            accounts().sign_in.step_up_with_identity(caller(), token(), found, pending.begun_at)
            return forward(wanted or landing())
        return opened(_signed_in(found, invitation), wanted)
    except BadRequest as refusal:
        return _failed(refusal, wanted)


def _signed_in(found: Identity, invitation: str) -> Opened:
    try:
        return accounts().sign_in.with_identity(found, origin(), invitation)
    except BadRequest as refusal:
        if refusal.problem.code == "sign-in-failed":
            raise BadRequest("identity-unknown") from None
        raise


def _depart(purpose: str, wanted: str, invitation: str = "") -> Response:
    try:
        begun = _provider().begin(fresh=purpose == STEP_UP)
    except BadRequest as refusal:
        return _failed(refusal, wanted)
    session.update({PENDING: begun.pending.as_data(), PURPOSE: purpose, INVITATION: invitation, NEXT: wanted})
    return forward(begun.address)


def _failed(refusal: BadRequest, wanted: str) -> Response:
    """Say on the sign-in page why it did not succeed: the local account is there still."""
    if caller().known:
        raise refusal
    return told(sign_in_page(wanted, errors=[form_error(refusal.problem, "login")]), refusal)


def _provider() -> IdentityProvider:
    provider = accounts().identity
    if provider is None:
        raise BadRequest("page-not-found")
    return provider
