"""The views of `/oauth/token` and of the authorization server's metadata."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.accounts.assertions import refused
from verifier.accounts.client_keys import ALGORITHMS
from verifier.accounts.clients import GRANT, TOKEN_PATH
from verifier.accounts.scopes import SCOPES
from verifier.errors import BadRequest
from verifier.web.services import accounts

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 32 * 1024
"""Largest token request."""
CACHE = "public, max-age=300"
NOT_CACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""What RFC 6749 5.1 asks for."""

blueprint = Blueprint("oauth", __name__)


@blueprint.post(TOKEN_PATH)
def token() -> Response:
    """Give an access token, or say in the words of RFC 6749 5.2 why not."""
    try:
        told = accounts().clients.token(_form(), request.remote_addr or "")
    except BadRequest as refusal:
        if refusal.problem.code != "token-refused":
            raise
        return _refusal(refusal)
    answer = jsonify(told)
    answer.headers.update(NOT_CACHED)
    return answer


@blueprint.get("/.well-known/oauth-authorization-server")
def metadata() -> Response:
    """Say what clients need to know to get a token (RFC 8414 2)."""
    endpoint = accounts().clients.endpoint
    issuer = endpoint.removesuffix(TOKEN_PATH)
    answer = jsonify(
        {
            "issuer": issuer,
            "token_endpoint": endpoint,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "scopes_supported": list(SCOPES),
            "service_documentation": issuer + url_for("docs.page"),
        }
    )
    answer.headers["Cache-Control"] = CACHE
    return answer


def _form() -> dict[str, str]:
    """Return the form: each field at most once, none that is empty (RFC 6749 3.2), no other proof beside it (2.3)."""
    request.max_content_length = FORM_BYTES
    if "Authorization" in request.headers:
        raise refused("invalid_client", "Only private_key_jwt: the client proves itself in the form, not in a header.")
    if request.mimetype != FORM:
        raise refused("invalid_request", f"The body must be {FORM}.")
    try:
        fields = dict(request.form.lists())
    except RequestEntityTooLarge:
        raise refused("invalid_request", "The body is too large.") from None
    if any(len(values) > 1 for values in fields.values()):
        raise refused("invalid_request", "A field stands there more than once.")
    return {name: values[0] for name, values in fields.items() if values[0]}


def _refusal(refusal: BadRequest) -> Response:
    error = refusal.problem.params["error"]
    answer = jsonify(error=error, error_description=refusal.problem.detail)
    answer.headers.update(NOT_CACHED)
    answer.status_code = 401 if error == "invalid_client" else 400
    if answer.status_code == 401 and "Authorization" in request.headers:
        answer.headers["WWW-Authenticate"] = 'Basic realm="verifier"'  # RFC 6749 5.2: where a header was tried
    return answer
