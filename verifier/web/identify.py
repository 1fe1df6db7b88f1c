"""Who sends a request: a person by the session cookie, on pages; a machine client by its token, on the API."""

from __future__ import annotations

from flask import request, session

from verifier.accounts.caller import Caller
from verifier.web.oauth.bearer import identify_client
from verifier.web.services import accounts

TOKEN = "token"  # noqa: S105 - a name
"""Key of the session cookie for the token of the session."""
API = "/api/"


def identify() -> Caller:
    """Return who sends the current request; a cookie counts for nothing on the API, a bearer token on pages."""
    if request.path.startswith(API):
        return identify_client(accounts().clients)()
    address = request.remote_addr or ""
    token = session.get(TOKEN, "")
    return accounts().sign_in.caller(token, address) if token else Caller(address=address)
