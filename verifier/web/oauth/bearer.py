"""Who calls the API: the machine client whose bearer token stands in the request, else nobody (RFC 6750)."""

from __future__ import annotations

from flask import request

from verifier.accounts.caller import Caller
from verifier.accounts.clients import MachineClients
from verifier.errors import BadRequest
from verifier.web.access import Identify


def identify_client(clients: MachineClients) -> Identify:
    """Return what tells who calls by the Authorization header alone; cookies are not looked at.

    Without that header it is nobody. BadRequest `token-invalid` where there is one that is not a good bearer token:
    who believes to be signed in must never be served as a stranger.
    """

    def identify() -> Caller:
        address = request.remote_addr or ""
        header = request.headers.get("Authorization")  # two of them come as one, joined by a comma: no good token
        if header is None:
            return Caller(address)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise BadRequest("token-invalid", "The Authorization header must be: Bearer, then the access token.")
        return clients.caller(token, address)

    return identify
