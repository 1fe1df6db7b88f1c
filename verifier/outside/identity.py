"""Signing in with an OpenID Connect provider: authorization code flow with PKCE, state and nonce; no web framework.

The rules are OpenID Connect Core 1.0, 3.1 (flow) and 3.1.3.7 (ID token, in `id_token`), Discovery 1.0, RFC 7636 (PKCE),
RFC 9207 (`iss` of the answer) and RFC 9700 (security). What goes wrong is one of four problems:

* `identity-provider-down`: the provider is away, slow, or talks nonsense; signing in with a local account still works;
* `identity-refused`: the person said no;
* `identity-not-proved`: a check failed; the parameter `check` names it;
* `identity-unknown` (raised by accounts): the identity is proved, but nobody here has it.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.outside.discovery import DISCOVERY, Provider, ProviderDown, host_and_port, may_be_asked, read_provider
from verifier.outside.fetch import Answer, Fetcher, FetchFailed, FetchLimits, Request
from verifier.outside.id_token import (
    SKEW,
    Expected,
    KeyMissing,
    NotProved,
    VerifyingKey,
    believed,
    instant,
    keys_of,
)

SCOPE = "openid profile email"
PENDING_FOR = timedelta(minutes=10)
"""How long a person may take at the provider; codes live no longer (RFC 6749 4.1.2)."""
KEPT_FOR = timedelta(hours=1)
"""How long the provider's description and keys are kept."""
ASK_AGAIN = timedelta(minutes=1)
"""Least time between two extra fetches of keys, so that false tokens cannot make us hammer the provider."""
MAX_ANSWER = 256 * 1024
"""Largest answer of the provider, in bytes."""
MAX_CODE = 4096
"""Longest authorization code, in characters."""
MAX_NAME = 300
RANDOM_BYTES = 32
"""Of state, nonce and verifier: 256 bits each (RFC 7636 7.1)."""
PERSON_SAID_NO = frozenset({
    "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required",
})  # fmt: skip
PROVIDER_FAILS = frozenset({"server_error", "temporarily_unavailable"})
OUR_SETTINGS = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})
"""Errors of the token endpoint that only an operator can mend."""

log = structlog.get_logger("verifier.identity")


class Asks(Protocol):
    """What is needed of HTTP; `fetch.Fetcher` has it."""

    def ask(self, request: Request, limits: FetchLimits | None = None) -> Answer:
        """Return the answer whatever its status, follow no redirect; FetchFailed where there is none."""


@dataclass(frozen=True)
class Pending:
    """What the browser keeps between the two halves of a sign-in, in the signed cookie."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    """Of PKCE."""
    begun_at: datetime
    """To the second, UTC."""
    fresh: bool = False
    """Whether the person must sign in anew."""

    def as_data(self) -> dict[str, str | int | bool]:
        """Return it as JSON has it."""
        return {
            "state": self.state,
            "nonce": self.nonce,
            "verifier": self.verifier,
            "begun_at": int(self.begun_at.timestamp()),
            "fresh": self.fresh,
        }

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Read what `as_data` wrote; BadRequest `identity-not-proved` for anything else, None included."""
        if not isinstance(data, dict) or set(data) != {"state", "nonce", "verifier", "begun_at", "fresh"}:
            raise _not_proved("pending", "no sign-in with this provider is under way in this browser")
        texts = [data[name] for name in ("state", "nonce", "verifier")]
        try:
            begun = instant(data, "begun_at")
        except NotProved:
            begun = None
        if (
            not all(isinstance(one, str) and one for one in texts)
            or begun is None
            or data["fresh"] not in (True, False)
        ):
            raise _not_proved("pending", "no sign-in with this provider is under way in this browser")
        state, nonce, verifier = texts
        return cls(state, nonce, verifier, datetime.fromtimestamp(begun, UTC), bool(data["fresh"]))


@dataclass(frozen=True)
class Begun:
    """Where to send the person, and what to keep meanwhile."""

    address: str = field(repr=False)
    pending: Pending


@dataclass(frozen=True)
class Identity:
    """Somebody of whom the provider says who they are."""

    issuer: str
    subject: str
    """Who it is at this issuer, for ever; ASCII, at most 255 characters."""
    name: str = field(repr=False)
    """As the provider has it; empty where it says none."""
    email: str = field(repr=False)
    """Only one that the provider has verified; else empty."""
    signed_in_at: datetime
    """When the person signed in at the provider (`auth_time`, else `iat`), UTC."""
    methods: tuple[str, ...]
    """How (`amr`, RFC 8176); empty where the provider does not say."""


@dataclass
class _Kept:
    """What is remembered of the provider, guarded by the lock of its owner."""

    provider: Provider | None = None
    provider_at: datetime | None = None
    keys: tuple[VerifyingKey, ...] | None = None
    keys_at: datetime | None = None
    extra_at: datetime | None = None
    """When the keys were last fetched before their time."""


class IdentityProvider:
    """One configured provider; nothing is asked of it before somebody signs in. Safe for several threads."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        clock: Clock,
        *,
        name: str,
        timeout: float = 5.0,
        http: Asks | None = None,
    ) -> None:
        """`timeout` is the whole time of one call, in seconds; BadRequest `bad-option` for settings not to be used.

        Without `http` the issuer's own `host:port` may be anywhere, and other hosts it names must be public.
        """
        if not may_be_asked(issuer, issuer) or urlsplit(issuer).query:
            raise BadRequest("bad-option", "the issuer must be an https address", option="VERIFIER_OIDC_ISSUER")
        for option, value in (
            ("VERIFIER_OIDC_CLIENT_ID", client_id or " "),
            ("VERIFIER_OIDC_CLIENT_SECRET", client_secret),
        ):
            if not value.isascii() or not value.isprintable() or value.startswith(" "):
                raise BadRequest("bad-option", f"{option} must be printable ASCII (RFC 6749 A)", option=option)
        self.issuer, self.name = issuer, name
        self._client_id, self._client_secret, self._redirect_uri = client_id, client_secret, redirect_uri
        self._clock = clock
        self._limits = FetchLimits(MAX_ANSWER, timeout, 0)
        self._http = http or Fetcher([host_and_port(issuer)])
        self._lock = threading.Lock()
        self._kept = _Kept()

    def __repr__(self) -> str:
        return f"IdentityProvider(issuer={self.issuer!r}, name={self.name!r})"

    def begin(self, *, fresh: bool = False) -> Begun:
        """Start a sign-in; with `fresh` the person must sign in anew, whatever session the provider has.

        BadRequest `identity-provider-down`.
        """
        try:
            provider = self._provider()
        except ProviderDown as error:
            raise self._down(error) from None
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        address = prepare_grant_uri(
            provider.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=self._redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **({"prompt": "login", "max_age": "0"} if fresh else {}),
        )
        begun_at = self._clock.now().replace(microsecond=0)
        return Begun(str(address), Pending(state, nonce, verifier, begun_at, fresh))

    def finish(self, pending: Pending, query: Mapping[str, str]) -> Identity:
        """Return who came back with this answer; the caller forgets `pending` first, whatever comes of it.

        BadRequest `identity-provider-down`, `identity-refused` or `identity-not-proved`.
        """
        try:
            return self._finish(pending, query)
        except ProviderDown as error:
            raise self._down(error) from None
        except NotProved as error:
            log.warning("identity not proved", issuer=self.issuer, check=error.check, reason=error.why)
            raise _not_proved(error.check, error.why) from None

    def _finish(self, pending: Pending, query: Mapping[str, str]) -> Identity:
        _check_pending(pending, query, self._clock.now())
        provider = self._provider()
        _check_answer(query, self.issuer, provider)
        tokens = self._tokens(provider, query["code"], pending)
        claims = self._claims(provider, tokens, pending)
        if not _name(claims) and provider.userinfo_endpoint:
            claims = self._more(provider, tokens, claims)
        signed_in = instant(claims, "auth_time") or instant(claims, "iat") or 0
        methods = claims.get("amr")
        return Identity(
            self.issuer,
            claims["sub"],
            _name(claims),
            _email(claims),
            datetime.fromtimestamp(signed_in, UTC),
            tuple(one for one in methods if isinstance(one, str)) if isinstance(methods, list) else (),
        )

    def _provider(self) -> Provider:
        """Return what the provider says of itself, asked for at most once an hour."""
        now = self._clock.now()
        with self._lock:
            kept = self._kept.provider if _young(self._kept.provider_at, now) else None
        if kept:
            return kept
        said = self._get(self.issuer.rstrip("/") + DISCOVERY)
        found = read_provider(said, self.issuer, has_secret=bool(self._client_secret))
        with self._lock:
            self._kept.provider, self._kept.provider_at = found, now
        return found

    def _keys(self, provider: Provider) -> tuple[VerifyingKey, ...]:
        now = self._clock.now()
        with self._lock:
            kept = self._kept.keys if _young(self._kept.keys_at, now) else None
        return kept if kept is not None else self._fetch_keys(provider)

    def _newer_keys(self, provider: Provider) -> tuple[VerifyingKey, ...] | None:
        """Return keys fetched before their time; None where that was done less than a minute ago."""
        now = self._clock.now()
        with self._lock:
            if self._kept.extra_at and now - self._kept.extra_at < ASK_AGAIN:
                return None
            self._kept.extra_at = now
        return self._fetch_keys(provider)

    def _fetch_keys(self, provider: Provider) -> tuple[VerifyingKey, ...]:
        now = self._clock.now()
        try:
            keys = keys_of(self._get(provider.jwks_uri))
        except ValueError:
            raise ProviderDown("its keys cannot be read") from None
        with self._lock:
            self._kept.keys, self._kept.keys_at = keys, now
        return keys

    def _tokens(self, provider: Provider, code: str, pending: Pending) -> dict[str, Any]:
        """Exchange the code (OpenID Connect Core 1.0, 3.1.3)."""
        body = prepare_token_request(
            "authorization_code", redirect_uri=self._redirect_uri, code=code, code_verifier=pending.verifier
        )
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        client = ClientAuth(self._client_id, self._client_secret, provider.authentication)
        address, headers, body = client.prepare("POST", provider.token_endpoint, headers, body)
        answer = self._ask(Request(address, "POST", body.encode("ascii"), tuple(headers.items())))
        if answer.status not in (200, 400, 401):
            raise ProviderDown(f"its token endpoint answers with status {answer.status}")
        said = _object(answer.body)
        if answer.status == 200 and "error" not in said:
            return said
        if str(said.get("error")) in OUR_SETTINGS or "error" not in said:
            raise ProviderDown("it does not accept this service: check the client id and secret")
        raise NotProved("code", "the provider does not accept the code")

    def _claims(self, provider: Provider, tokens: Mapping[str, Any], pending: Pending) -> dict[str, Any]:
        access = tokens.get("access_token")
        usable = isinstance(access, str) and access.isascii() and access.isprintable()
        if not usable or str(tokens.get("token_type", "")).lower() != "bearer":
            raise NotProved("token", "the provider gave no access token")
        expected = Expected(
            self.issuer, self._client_id, pending.nonce, str(access), self._clock.now(), pending.begun_at, pending.fresh
        )
        token = tokens.get("id_token")
        try:
            return believed(token, self._keys(provider), provider.algorithms, expected)
        except KeyMissing:
            keys = self._newer_keys(provider)
            if keys is None:
                raise
            return believed(token, keys, provider.algorithms, expected)

    def _more(self, provider: Provider, tokens: Mapping[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """Add what userinfo says (OpenID Connect Core 1.0, 5.3); it may be missing, but not be of somebody else."""
        bearer = ("Authorization", f"Bearer {tokens['access_token']}")
        try:
            said = self._json(Request(provider.userinfo_endpoint, headers=(bearer, ("Accept", "application/json"))))
        except ProviderDown:
            log.info("identity provider gave no userinfo", issuer=self.issuer)
            return claims
        if said.get("sub") != claims["sub"]:
            raise NotProved("userinfo", "userinfo is of somebody else")
        told = ("name", "email", "email_verified") if "email" in said else ("name",)
        return {**claims, **{name: said.get(name) for name in told}}

    def _get(self, address: str) -> dict[str, Any]:
        return self._json(Request(address, headers=(("Accept", "application/json"),)))

    def _json(self, request: Request) -> dict[str, Any]:
        answer = self._ask(request)
        if answer.status != 200:
            raise ProviderDown(f"it answers with status {answer.status}")
        return _object(answer.body)

    def _ask(self, request: Request) -> Answer:
        if not may_be_asked(request.url, self.issuer):
            raise ProviderDown("it names an address that is not https")
        try:
            return self._http.ask(request, self._limits)
        except FetchFailed as error:
            raise ProviderDown(error.reason) from None

    def _down(self, error: ProviderDown) -> BadRequest:
        log.warning("identity provider down", issuer=self.issuer, reason=str(error))
        return BadRequest("identity-provider-down", f"the identity provider cannot be used: {error}", name=self.name)


def _not_proved(check: str, why: str) -> BadRequest:
    return BadRequest("identity-not-proved", why, check=check)


def _young(since: datetime | None, now: datetime) -> bool:
    return since is not None and timedelta() <= now - since < KEPT_FOR


def _object(content: bytes) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ProviderDown("it answers with something that is not a JSON object")
    return read


def _check_pending(pending: Pending, query: Mapping[str, str], now: datetime) -> None:
    """The answer belongs to what this browser began, and not too long ago."""
    if not hmac.compare_digest(query.get("state", "").encode("utf-8", "replace"), pending.state.encode()):
        raise NotProved("state", "the answer belongs to another sign-in")
    if not -SKEW <= now - pending.begun_at <= PENDING_FOR:
        raise NotProved("pending", "the sign-in took too long")


def _check_answer(query: Mapping[str, str], issuer: str, provider: Provider) -> None:
    """The answer is by this provider (RFC 9207 2.4), and is a code (RFC 6749 4.1.2)."""
    if (provider.says_issuer or "iss" in query) and query.get("iss") != issuer:
        raise NotProved("iss", "the answer is by another provider")
    if error := query.get("error"):
        if error in PERSON_SAID_NO:
            raise BadRequest("identity-refused", "the person, or the provider for them, said no")
        if error in PROVIDER_FAILS:
            raise ProviderDown("it says that it cannot answer now")
        raise NotProved("error", "the provider answers with an error")
    if not 0 < len(query.get("code", "")) <= MAX_CODE:
        raise NotProved("code", "the answer holds no code")


def _name(claims: Mapping[str, Any]) -> str:
    """Return the name in one line; empty for one that cannot be shown."""
    name = claims.get("name")
    return name.strip() if isinstance(name, str) and name.isprintable() and len(name) <= MAX_NAME else ""


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    verified = claims.get("email_verified") is True
    return email if verified and isinstance(email, str) and email.isprintable() and len(email) <= MAX_NAME else ""
