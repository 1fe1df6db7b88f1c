"""A demonstration OpenID Connect provider on loopback: choose who you are, no passwords; never for production.

The protocol is idpyoidc's, another line than the client's; this module adds HTTP, the page, and rotation of keys.
As a process: `python -m verifier.demo.identity_provider`, with one JSON object as the first line of its standard input:
`port`, `identities` (fields of `DemoIdentity`) and `clients` (fields of `DemoClient`).
It prints `ready`, answers each further line `rotate` by `rotated`, and ends at the end of its input.
"""

from __future__ import annotations

import html
import json
import logging
import secrets
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptojwt.exception import JWKESTException
from cryptojwt.key_jar import build_keyjar
from idpyoidc.exception import OidcMsgError
from idpyoidc.message import Message
from idpyoidc.message.oidc import AuthorizationRequest
from idpyoidc.server import Server
from idpyoidc.server.exception import ClientAuthenticationError, OidcOPError, UnAuthorizedClient
from idpyoidc.server.token.exception import UnknownToken
from idpyoidc.server.user_authn.user import UserAuthnMethod
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

LOOPBACK = "127.0.0.1"
CODE_SECONDS = 120
ID_TOKEN_SECONDS = 300
LOGIN_SECONDS = 3600
MAX_ASKED = 1000
"""Requests that wait for somebody to be chosen."""
KEYS = [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}]
HOW = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
"""How somebody signed in here (`acr`): in no way that proves anything."""
PACKAGE = "idpyoidc.server"

_NOT_IN_ORDER = (OidcOPError, OidcMsgError, UnknownToken, JWKESTException, LookupError, ValueError, TypeError)
"""What idpyoidc raises on requests that are not in order; there is no common base."""


@dataclass(frozen=True)
class DemoIdentity:
    """One person whom this provider knows."""

    sub: str
    """Never changes; ASCII."""
    name: str
    email: str = ""
    note: str = ""
    """What the page says beside the name, such as a role; told to nobody else."""


@dataclass(frozen=True)
class DemoClient:
    """A service that may ask who somebody is."""

    client_id: str
    client_secret: str
    redirect_uri: str


class DemoIdentityProvider:
    """The provider at `http://127.0.0.1:{port}`, a WSGI application."""

    def __init__(self, port: int, identities: Iterable[DemoIdentity], clients: Iterable[DemoClient]) -> None:
        self.issuer = f"http://{LOOPBACK}:{port}"
        self._identities = {one.sub: one for one in identities}
        self._server = Server(_configuration(self.issuer, self._identities.values()))
        self._context = self._server.context
        self._context.provider_info["authorization_response_iss_parameter_supported"] = True
        for client in clients:
            self._register(client)
        self._asked: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def rotate(self) -> None:
        """Sign with new keys from now on, and publish the old ones no more."""
        fresh = build_keyjar(KEYS).export_jwks(private=True)
        with self._lock:
            for owner in ("", self.issuer):
                self._server.keyjar.load_keys(owner, jwks=fresh, replace=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; one at a time, as sessions live in plain dictionaries."""
        with self._lock:
            return self._answer(Request(environ))(environ, start_response)

    def _register(self, client: DemoClient) -> None:
        self._context.cdb[client.client_id] = {
            "client_secret": client.client_secret,
            "redirect_uris": [(client.redirect_uri, {})],
            "response_types_supported": ["code"],
            "allowed_scopes": ["openid", "profile", "email"],
        }

    def _answer(self, request: Request) -> Response:
        pages = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks.json": self._jwks,
            "/authorization": self._authorization,
            "/chosen": self._chosen,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        if request.path not in pages:
            return Response("Không có gì ở đây · nothing here", 404)
        try:
            return pages[request.path](request)
        except (UnAuthorizedClient, ClientAuthenticationError):
            return _json({"error": "invalid_client"}, 401)
        except _NOT_IN_ORDER as error:
            return _json({"error": "invalid_request", "error_description": type(error).__name__}, 400)

    def _discovery(self, _: Request) -> Response:
        return _json(self._context.provider_info)

    def _jwks(self, _: Request) -> Response:
        return _json(self._server.keyjar.export_jwks())

    def _authorization(self, request: Request) -> Response:
        endpoint = self._server.get_endpoint("authorization")
        asked = endpoint.parse_request(request.values.to_dict(), http_info=_http_info(request))
        if "error" in asked:
            return _json(asked.to_dict(), 400)
        answer = endpoint.process_request(asked, http_info=_http_info(request))
        if asked := answer.get("http_response"):
            page = _page(self._keep(asked), self._identities.values())
            return Response(page, content_type="text/html; charset=utf-8")
        return redirect(_with(answer.pop("return_uri"), {**answer, "iss": self.issuer}))

    def _keep(self, asked: dict[str, Any]) -> str:
        """Keep a request, and forget the oldest of too many."""
        while len(self._asked) >= MAX_ASKED:
            self._asked.pop(next(iter(self._asked)))
        name = secrets.token_urlsafe(16)
        self._asked[name] = asked
        return name

    def _chosen(self, request: Request) -> Response:
        """Send the person back with a code, or with their no."""
        asked = self._asked.pop(request.form.get("request", ""))
        authorization = AuthorizationRequest().from_urlencoded(asked["query"])
        back = authorization["redirect_uri"]
        chosen = self._identities.get(request.form.get("sub", ""))
        if chosen is None:
            state = authorization.get("state", "")
            return redirect(_with(back, {"error": "access_denied", "state": state, "iss": self.issuer}), 303)
        endpoint = self._server.get_endpoint("authorization")
        method = self._context.authn_broker.pick(asked["authn_class_ref"])[0]["method"]
        session = endpoint.create_session(authorization, chosen.sub, asked["authn_class_ref"], 0, method)
        answer = endpoint.authz_part2(request=authorization, session_id=session)
        return redirect(_with(back, answer["response_args"].to_dict()), 303)

    def _token(self, request: Request) -> Response:
        endpoint = self._server.get_endpoint("token")
        asked = endpoint.parse_request(request.form.to_dict(), http_info=_http_info(request))
        answer = asked if "error" in asked else endpoint.process_request(asked)
        if "error" in answer:
            return _json(answer.to_dict(), 400)
        return _json(endpoint.response_cls(**answer["response_args"]).serialize(method="dict"))

    def _userinfo(self, request: Request) -> Response:
        endpoint = self._server.get_endpoint("userinfo")
        asked = endpoint.parse_request({}, http_info=_http_info(request))
        answer = endpoint.process_request(asked)
        if "error" in answer:
            return _json({"error": "invalid_token"}, 401)
        return _json(answer["response_args"])


class RunningProvider:
    """A provider that answers in a thread."""

    def __init__(self, provider: DemoIdentityProvider, server: BaseWSGIServer) -> None:
        self._provider, self._server = provider, server
        self.issuer = provider.issuer

    def rotate(self) -> None:
        """Sign with new keys from now on."""
        self._provider.rotate()

    def shutdown(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()


def serve(
    port: int,
    identities: Iterable[DemoIdentity],
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    more_clients: Iterable[DemoClient] = (),
) -> RunningProvider:
    """Answer at `http://127.0.0.1:{port}` in a thread, until `shutdown` is called on what is returned."""
    logging.getLogger("idpyoidc").setLevel(logging.CRITICAL)
    clients = (DemoClient(client_id, client_secret, redirect_uri), *more_clients)
    provider = DemoIdentityProvider(port, identities, clients)
    server = make_server(LOOPBACK, port, provider, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, name="demo-identity-provider", daemon=True).start()
    return RunningProvider(provider, server)


def main() -> int:
    """Run as a process told by its standard input."""
    told = json.loads(sys.stdin.readline())
    identities = [DemoIdentity(**one) for one in told["identities"]]
    first, *more = [DemoClient(**one) for one in told["clients"]]
    running = serve(told["port"], identities, first.client_id, first.client_secret, first.redirect_uri, more)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "rotate":
            running.rotate()
            print("rotated", flush=True)
    running.shutdown()
    return 0


class _Chooser(UserAuthnMethod):  # type: ignore[misc]  # idpyoidc has no types
    """Asks the person who they are."""

    def __call__(self, **kwargs: Any) -> dict[str, Any]:
        """Return what was asked, which is kept until somebody is chosen."""
        return kwargs


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: addresses hold codes."""


def _configuration(issuer: str, identities: Iterable[DemoIdentity]) -> dict[str, Any]:
    people = {one.sub: _claims(one) for one in identities}
    minting = {"supports_minting": ["access_token", "id_token"], "max_usage": 1, "expires_in": CODE_SECONDS}
    return {
        "issuer": issuer,
        "base_url": issuer,
        "key_conf": {"key_defs": KEYS, "uri_path": "jwks.json"},
        "preference": {
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code"],
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "scopes_supported": ["openid", "profile", "email"],
        },
        "token_handler_args": _tokens(issuer),
        "endpoint": _endpoints(),
        "authentication": {"choose": {"acr": HOW, "class": _Chooser, "kwargs": {}}},
        "userinfo": {"class": f"{PACKAGE}.user_info.UserInfo", "kwargs": {"db": people}},
        "authz": {
            "class": f"{PACKAGE}.authz.AuthzHandling",
            "kwargs": {
                "grant_config": {
                    "usage_rules": {"authorization_code": minting, "access_token": {"expires_in": ID_TOKEN_SECONDS}},
                    "expires_in": LOGIN_SECONDS,
                }
            },
        },
        "session_params": {"sub_func": {"public": {"class": f"{PACKAGE}.session.manager.RawID", "kwargs": {}}}},
        "cookie_handler": _cookies(),
        "add_on": {"pkce": _PKCE},
    }


_PKCE = {
    "function": f"{PACKAGE}.oauth2.add_on.pkce.add_support",
    "kwargs": {"essential": True, "code_challenge_methods": {"S256": None}},
}


def _claims(one: DemoIdentity) -> dict[str, Any]:
    return {"name": one.name} | ({"email": one.email, "email_verified": True} if one.email else {})


def _tokens(issuer: str) -> dict[str, Any]:
    key = {"type": "oct", "bytes": "24", "use": ["enc"], "kid": "code"}
    lifetime = {"lifetime": ID_TOKEN_SECONDS}
    return {
        "jwks_def": {"private_path": "", "key_defs": [key]},  # an empty path: keys stay in memory
        "code": {"kwargs": {"lifetime": CODE_SECONDS}},
        "token": {"class": f"{PACKAGE}.token.jwt_token.JWTToken", "kwargs": {**lifetime, "aud": [issuer]}},
        "id_token": {
            "class": f"{PACKAGE}.token.id_token.IDToken",
            "kwargs": {**lifetime, "add_claims_by_scope": True},
        },
    }


def _endpoints() -> dict[str, Any]:
    def endpoint(path: str, name: str, **kwargs: Any) -> dict[str, Any]:
        return {"path": path, "class": f"{PACKAGE}.oidc.{name}", "kwargs": kwargs}

    open_to_all: dict[str, Any] = {"client_authn_method": None}
    by_secret = ["client_secret_basic", "client_secret_post"]
    return {
        "provider_config": endpoint(
            ".well-known/openid-configuration", "provider_config.ProviderConfiguration", **open_to_all
        ),
        "authorization": endpoint(
            "authorization", "authorization.Authorization", response_types_supported=["code"], **open_to_all
        ),
        "token": endpoint("token", "token.Token", client_authn_method=by_secret),
        "userinfo": endpoint("userinfo", "userinfo.UserInfo", client_authn_method=["bearer_header"]),
    }


def _cookies() -> dict[str, Any]:
    """Return what idpyoidc wants for cookies, though none are set here: everybody chooses anew each time."""
    keys = [{"type": "OCT", "use": ["enc"], "kid": "enc"}, {"type": "OCT", "use": ["sig"], "kid": "sig"}]
    names = {"session": "demo_idp", "register": "demo_idp_rp", "session_management": "demo_idp_sman"}
    return {
        "class": f"{PACKAGE}.cookie_handler.CookieHandler",
        "kwargs": {"keys": {"key_defs": keys}, "name": names},
    }


def _http_info(request: Request) -> dict[str, Any]:
    return {
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "method": request.method,
        "url": request.url,
    }


def _with(address: str, args: dict[str, Any]) -> str:
    return str(Message(**args).request(address))


def _json(content: Any, status: int = 200) -> Response:
    text = json.dumps(content, default=lambda one: one.to_dict())
    return Response(text, status, [("Cache-Control", "no-store")], content_type="application/json")


def _page(request: str, identities: Iterable[DemoIdentity]) -> str:
    buttons = "".join(
        f'<li><button name="sub" value="{html.escape(one.sub)}">{html.escape(one.name)}'
        f" <small>{html.escape(one.note or one.email or one.sub)}</small></button></li>"
        for one in identities
    )
    return PAGE.replace("{buttons}", buttons).replace("{request}", html.escape(request))


PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Định danh trình diễn</title>
<style>
body { font: 1.0625rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1b }
ul { list-style: none; padding: 0 }
button { font: inherit; width: 100%; text-align: left; padding: .75rem 1rem; margin: .25rem 0; min-height: 2.75rem;
  border: 1px solid #555; border-radius: .25rem; background: #fff; color: inherit; cursor: pointer }
button:hover { background: #f1f1f1 } button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px }
small, [lang=en] { color: #555 }
</style></head><body><main>
<h1>Ông/bà là ai?</h1>
<p>Đây là hệ thống định danh trình diễn: hãy chọn một người, không cần mật khẩu.<br>
<span lang="en">A demonstration of an identity provider: choose a person, no password is needed.</span></p>
<form method="post" action="/chosen"><input type="hidden" name="request" value="{request}">
<ul>{buttons}</ul>
<button name="sub" value="">Từ chối và quay lại · <span lang="en">Refuse and go back</span></button>
</form></main></body></html>
"""


if __name__ == "__main__":
    sys.exit(main())
