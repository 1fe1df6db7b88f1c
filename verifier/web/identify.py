"""Who sends a request: a person by the session cookie, on pages; a machine client by its token, on the API.

People call some parts of the API too (`OFFICERS_API`), by the cookie of their session. There a cookie counts only
together with the session's form token in the header `X-CSRF-Token`, whatever the method: no other site can know it, and
a script that holds it was given it by a page of ours. A bearer token goes before, and so do the code and the secret
token of a dossier; whether these two are good is looked at where the dossier is.
"""

from __future__ import annotations

from flask import request, session

from verifier.accounts.caller import Caller, Claim
from verifier.web import applicant
from verifier.web.oauth.bearer import identify_client
from verifier.web.security import API_TOKEN_HEADER, OFFICERS_API, require_token
from verifier.web.services import accounts

TOKEN = "token"  # noqa: S105 - a name
"""Key of the session cookie for the token of the session."""
API = "/api/"
CODE_HEADER, SECRET_HEADER = "X-Dossier-Code", "X-Dossier-Token"
"""What an applicant without an account brings: the code of a dossier and its secret access token."""


def identify() -> Caller:
    """Return who sends the current request; a cookie counts for nothing on the API, a bearer token on pages.

    But on the people's parts of the API, with the form token: BadRequest `form-expired` where that is not good.
    """
    address = request.remote_addr or ""
    if request.path.startswith(API):
        if claim := _claim():
            return Caller(address, claim=claim)
        if not _called_by_session():
            return identify_client(accounts().clients)()
        require_token(request.headers[API_TOKEN_HEADER])
    token = session.get(TOKEN, "")
    if token:
        return accounts().sign_in.caller(token, address)
    return Caller(address, identities=applicant.identities(accounts().clock.now()))


def _claim() -> Claim | None:
    """Return the code and token of a dossier; None where neither is brought, or a bearer token goes before."""
    here = request.headers
    if "Authorization" in here or not request.path.startswith(OFFICERS_API):
        return None
    if CODE_HEADER not in here and SECRET_HEADER not in here:
        return None
    return Claim(here.get(CODE_HEADER, ""), here.get(SECRET_HEADER, ""))


def _called_by_session() -> bool:
    by_header = API_TOKEN_HEADER in request.headers and "Authorization" not in request.headers
    return by_header and request.path.startswith(OFFICERS_API)
