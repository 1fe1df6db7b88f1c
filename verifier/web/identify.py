"""Who sends a request: a person by the session cookie, on pages; a machine client by its token, on the API.

Officers call one part of the API too, `/api/v1/issuances`, by the cookie of their session. There a cookie counts only
together with the session's form token in the header `X-CSRF-Token`, whatever the method: no other site can know it, and
a script that holds it was given it by a page of ours. A bearer token goes before; machine clients issue nothing.
"""

from __future__ import annotations

from flask import request, session

from verifier.accounts.caller import Caller
from verifier.web.oauth.bearer import identify_client
from verifier.web.security import API_TOKEN_HEADER, OFFICERS_API, require_token
from verifier.web.services import accounts

TOKEN = "token"  # noqa: S105 - a name
"""Key of the session cookie for the token of the session."""
API = "/api/"


def identify() -> Caller:
    """Return who sends the current request; a cookie counts for nothing on the API, a bearer token on pages.

    But on the officers' part of the API, with the form token: BadRequest `form-expired` where that is not good.
    """
    if request.path.startswith(API):
        if not _called_by_session():
            return identify_client(accounts().clients)()
        require_token(request.headers[API_TOKEN_HEADER])
    address = request.remote_addr or ""
    token = session.get(TOKEN, "")
    return accounts().sign_in.caller(token, address) if token else Caller(address=address)


def _called_by_session() -> bool:
    by_header = API_TOKEN_HEADER in request.headers and "Authorization" not in request.headers
    return by_header and request.path.startswith(OFFICERS_API)
