"""What an ID token must be before it is believed (OpenID Connect Core 1.0, 3.1.3.7): pure, keys and time are given.

1. it is a JWS in compact form, not encrypted, with no extension that must be understood (RFC 7515 4.1.11);
2. its algorithm is asymmetric and one that the provider announces: never `none`, never HMAC (RFC 8725 3.1);
3. its signature fits a key of the provider of that kind, and of that `kid` where it names one;
4. `iss` is the provider, and `aud` is us; with several audiences, or where it is there, `azp` is us;
5. `exp`, `iat` and `nbf` fit the instant, and it was not issued long before we asked;
6. `nonce` is the one we sent;
7. `at_hash`, where it is there, is of the access token that came along (3.1.3.8);
8. where a fresh sign-in was asked for, `auth_time` says that it was one (3.1.2.1, `max_age`).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core.util import create_half_hash
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signature algorithms that may be believed (RFC 7518 3.1): all asymmetric."""
SKEW = timedelta(seconds=60)
"""How far the provider's clock may be from ours."""
DATED_BACK = timedelta(minutes=10)
"""How long before we asked a token may say it was issued: some providers date theirs back by five minutes."""
MAX_TOKEN = 16 * 1024
"""Longest ID token, in characters."""
MAX_KEYS = 50
"""Keys of a provider that are looked at."""
RSA_BITS = (2048, 8192)
"""Least size of an RSA key (RFC 7518 3.3), and the largest that is worth our time."""
MAX_SUBJECT = 255
"""Longest `sub`, in ASCII characters (OpenID Connect Core 1.0, 2)."""
LAST_INSTANT = 253402300799
"""Last second of the year 9999."""

_TYPES: Mapping[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
_TYPE_OF = {"RS": "RSA", "PS": "RSA", "ES": "EC"}


class NotProved(Exception):
    """The token is not to be believed; `check` names the rule and `why` says it in English, without its content."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(f"{check}: {why}")
        self.check, self.why = check, why


class KeyMissing(NotProved):
    """No key fits the signature: the token is false, or the provider has new keys."""


@dataclass(frozen=True)
class VerifyingKey:
    """One public key of a provider."""

    kid: str
    """Empty where it has none."""
    kind: str
    """RSA or EC."""
    algorithm: str
    """The only one it may be used with; empty for any of its kind."""
    key: RSAKey | ECKey = field(repr=False)

    def may_fit(self, kid: str, algorithm: str) -> bool:
        """Tell whether a token of this `kid` (empty: it names none) and algorithm can be by this key."""
        return (
            kid in ("", self.kid)
            and self.kind == _TYPE_OF[algorithm[:2]]
            and self.algorithm in ("", algorithm)
        )  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """What the token must say."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    """The one that came along; empty for none."""
    now: datetime
    begun_at: datetime
    fresh: bool
    """Whether the person had to sign in anew."""


def keys_of(document: object) -> tuple[VerifyingKey, ...]:
    """Return the usable keys of a JWK set (RFC 7517 5); ValueError where it is none. Others are passed over."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWK set")  # noqa: TRY004 - the value is wrong, whatever its type
    found = (_key(entry) for entry in entries[:MAX_KEYS])
    return tuple(one for one in found if one)


def believed(token: object, keys: Iterable[VerifyingKey], allowed: Sequence[str], expected: Expected) -> dict[str, Any]:
    """Return the claims of a token that is to be believed; NotProved names the first rule it breaks."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_TOKEN or token.count(".") != 2:
        raise NotProved("token", "there is no signed ID token of a usable size")
    header = _object(token.split(".")[0])
    algorithm = _algorithm(header, allowed)
    claims = _object(_payload(token, keys, _text(header, "kid"), algorithm))
    _check_parties(claims, expected)
    _check_times(claims, expected)
    _check_binding(claims, expected, algorithm)
    return claims


def instant(claims: Mapping[str, Any], name: str) -> int | None:
    """Return a NumericDate (RFC 7519 2) in whole seconds, None where it is missing; NotProved where it is none."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST_INSTANT:
        raise NotProved(name, f"{name} is not an instant")
    return int(value)


def _key(entry: object) -> VerifyingKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kind = _text(entry, "kty")
    names = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}.get(kind, ())
    public = {name: entry[name] for name in names if isinstance(entry.get(name), str)}
    if not names or len(public) < len(names) or (kind == "RSA" and not _fair_size(public["n"])):
        return None
    try:
        key = _TYPES[kind].import_key(public)
    except (JoseError, ValueError, TypeError, LookupError):
        return None
    return VerifyingKey(_text(entry, "kid"), kind, _text(entry, "alg"), key)


def _fair_size(modulus: str) -> bool:
    try:
        return RSA_BITS[0] <= int.from_bytes(urlsafe_b64decode(modulus.encode())).bit_length() <= RSA_BITS[1]
    except ValueError:
        return False


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _object(part: str | bytes) -> dict[str, Any]:
    try:
        read = json.loads(urlsafe_b64decode(part.encode()) if isinstance(part, str) else part)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise NotProved("token", "the ID token cannot be read")
    return read


def _algorithm(header: Mapping[str, Any], allowed: Sequence[str]) -> str:
    algorithm = _text(header, "alg")
    if algorithm not in ALGORITHMS or algorithm not in allowed:
        raise NotProved("algorithm", "the ID token is signed in a way that is not accepted")
    if "crit" in header or "b64" in header:
        raise NotProved("token", "the ID token wants extensions that are not known here")
    return algorithm


def _payload(token: str, keys: Iterable[VerifyingKey], kid: str, algorithm: str) -> bytes:
    for one in keys:
        if one.may_fit(kid, algorithm):
            try:
                return jws.deserialize_compact(token, one.key, algorithms=[algorithm]).payload
            except (JoseError, ValueError):
                continue
    raise KeyMissing("signature", "no key of the provider fits the signature of the ID token")


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise NotProved("iss", "the ID token is by another issuer")
    subject = _text(claims, "sub")
    if not subject or not subject.isascii() or not subject.isprintable() or len(subject) > MAX_SUBJECT:
        raise NotProved("sub", "the ID token names nobody")
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    if expected.client_id not in audiences:
        raise NotProved("aud", "the ID token is for another service")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise NotProved("azp", "the ID token was given to another service")


def _check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    now, skew = expected.now.timestamp(), SKEW.total_seconds()
    begun = expected.begun_at.timestamp()
    ends, issued, starts = (instant(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or ends + skew <= now:
        raise NotProved("exp", "the ID token has expired")
    if issued is None or issued - skew > now:
        raise NotProved("iat", "the ID token was issued in the future")
    if issued + DATED_BACK.total_seconds() < begun:
        raise NotProved("iat", "the ID token was issued long before it was asked for")
    if starts is not None and starts - skew > now:
        raise NotProved("nbf", "the ID token is not valid yet")
    signed_in = instant(claims, "auth_time")
    if signed_in is not None and signed_in - skew > now:
        raise NotProved("auth_time", "the sign-in lies in the future")
    if expected.fresh and (signed_in is None or signed_in + skew < begun):
        raise NotProved("auth_time", "the provider does not say that the person signed in anew")


def _check_binding(claims: Mapping[str, Any], expected: Expected, algorithm: str) -> None:
    if not _same(claims.get("nonce"), expected.nonce):
        raise NotProved("nonce", "the ID token answers another request")
    if "at_hash" in claims:
        half = create_half_hash(expected.access_token, algorithm).decode("ascii")
        if not expected.access_token or not _same(claims["at_hash"], half):
            raise NotProved("at_hash", "the ID token belongs to another access token")


def _same(given: object, wanted: str) -> bool:
    """Compare in constant time; what is no text, or empty, is never the same."""
    if not isinstance(given, str) or not wanted:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
