"""Client assertions (RFC 7523 3): the rules for a token by which a machine proves who it is; pure, no database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import CompactSignature, JWSRegistry

from verifier.accounts.client_keys import ALGORITHMS, KINDS, algorithms_of
from verifier.errors import BadRequest
from verifier.plain_json import read_once

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = timedelta(minutes=5)
"""How far ahead an assertion may expire: as long is it remembered that it was used."""
SKEW = timedelta(seconds=60)
"""How far the client's clock may go before ours."""
LENGTH = 8 * 1024
"""Most characters of an assertion."""
JTI_LENGTH = 256

_FAR = 1e11
"""Seconds beyond which no date lies; what is no number is not below it."""
_FAILED = "Client authentication failed."


@dataclass(frozen=True)
class Assertion:
    """What an assertion claims; true only once `signed_by` says so."""

    client_id: UUID
    kid: str
    alg: str
    jti: str = field(repr=False)
    expires_at: datetime
    _compact: CompactSignature = field(repr=False)

    def signed_by(self, jwk: Mapping[str, Any]) -> bool:
        """Tell whether the holder of a registered key signed it, by an algorithm that fits this key."""
        if self.alg not in algorithms_of(jwk):
            return False
        try:
            key = KINDS[jwk["kty"]].import_key(dict(jwk))
            return jws.validate_compact(self._compact, key, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError):
            return False


def refused(error: str, description: str = _FAILED) -> BadRequest:
    """Return the refusal of the token endpoint: `error` as RFC 6749 5.2 names it."""
    return BadRequest("token-refused", description, error=error)


def read_assertion(text: str, audiences: Collection[str], now: datetime) -> Assertion:
    """Read an assertion and hold it against every rule that needs no knowledge of the client.

    So these refusals may say what is wrong without telling anybody who our clients are. BadRequest `token-refused`.
    """
    compact, claims = _parsed(text)
    header = compact.headers()
    _check(header.get("alg") in ALGORITHMS, "alg must be one of " + ", ".join(ALGORITHMS))
    _check(not {"crit", "b64"} & header.keys(), "crit and b64 have no place in the header")
    _check(_is_text(header.get("kid"), JTI_LENGTH), "the header must name the key by kid")
    _check(_is_text(claims.get("sub"), 36), "sub must be the client_id")
    _check(claims.get("iss") == claims["sub"], "iss and sub must both be the client_id")
    audience = _audience(claims.get("aud"))
    _check(audience and audience in audiences, "aud must be the token endpoint alone")
    _check(_is_text(claims.get("jti"), JTI_LENGTH), "jti must be there")
    return Assertion(
        _client_id(claims["sub"]), header["kid"], header["alg"], claims["jti"], _expiry(claims, now), compact
    )


class _Registry(JWSRegistry):
    """Knows our algorithms and no other, whatever the library recommends."""

    max_signature_length = 1400
    """Base64 characters: those of the longest RSA key that is admitted."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"{name} is not used here")
        return self.algorithms[name]


_REGISTRY = _Registry()


def _parsed(text: str) -> tuple[CompactSignature, Mapping[str, Any]]:
    _check(len(text) <= LENGTH, "it is too long")
    try:
        compact = jws.extract_compact(text.encode("ascii"), registry=_REGISTRY)
        claims = read_once((compact.payload or b"").decode())
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _wrong("it is not a signed JWT in compact form") from None
    _check(isinstance(compact.headers(), dict) and isinstance(claims, dict), "header and claims must be JSON objects")
    return compact, claims


def _expiry(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Hold the times of the assertion against ours; nothing but `exp` must be there."""
    instant, skew = now.timestamp(), SKEW.total_seconds()
    expires = _seconds(claims, "exp")
    _check(instant < expires, "it has expired (exp)")
    _check(expires <= instant + LONGEST.total_seconds(), "exp must be at most 5 minutes ahead")
    for name in ("iat", "nbf"):
        if name in claims:
            _check(_seconds(claims, name) <= instant + skew, f"{name} lies ahead: the clocks differ")
    return datetime.fromtimestamp(expires, UTC)


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _check(number and abs(value or 0) < _FAR, f"{name} must be a number of seconds")
    return value or 0.0


def _audience(value: object) -> object:
    """Return the one audience; a token that others take too could be used by them in the client's name."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else None
    return value if isinstance(value, str) else None


def _client_id(text: str) -> UUID:
    try:
        id_ = UUID(text)
    except ValueError:
        raise refused("invalid_client") from None
    if str(id_) != text:
        raise refused("invalid_client")
    return id_


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _check(holds: object, rule: str) -> None:
    if not holds:
        raise _wrong(rule)


def _wrong(rule: str) -> BadRequest:
    return refused("invalid_client", f"The client assertion is not usable: {rule}.")
