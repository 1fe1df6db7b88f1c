"""What an OpenID Connect provider says of itself (Discovery 1.0), and which of its addresses may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from verifier.outside.id_token import ALGORITHMS

DISCOVERY = "/.well-known/openid-configuration"
AUTHENTICATION = ("client_secret_basic", "client_secret_post")
"""How we show the provider that we are we, best known first (OpenID Connect Core 1.0, 9)."""


class ProviderDown(Exception):
    """The provider cannot be used now; the text is English, without secrets."""


@dataclass(frozen=True)
class Provider:
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    """Empty for none."""
    algorithms: tuple[str, ...]
    """In which it signs ID tokens, of those that we believe."""
    authentication: str
    """How we authenticate at its token endpoint."""
    says_issuer: bool
    """Whether it puts `iss` into every answer (RFC 9207)."""


def host_and_port(address: str) -> str:
    """Return `host:port` of an address, as `Fetcher` allows it by."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def may_be_asked(address: str, issuer: str) -> bool:
    """Https anywhere; http on loopback only, and only where the issuer itself lives there (development)."""
    if not address.isascii() or not address.isprintable() or any(one in address for one in ' "<>\\'):
        return False
    try:
        parts, home = urlsplit(address), urlsplit(issuer)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == home.scheme == "http" and _is_loopback(parts.hostname) and _is_loopback(home.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def read_provider(said: Mapping[str, Any], issuer: str, *, has_secret: bool) -> Provider:
    """Read the discovery document of `issuer`; ProviderDown where it is another's or of no use to us.

    `has_secret`: whether we have a secret to authenticate with at the token endpoint.
    """
    if said.get("issuer") != issuer:
        raise ProviderDown("its description is of another issuer")
    announced = said.get("id_token_signing_alg_values_supported", ["RS256"])
    algorithms = tuple(one for one in ALGORITHMS if isinstance(announced, list) and one in announced)
    if not algorithms:
        raise ProviderDown("it signs in no way that is accepted here")
    return Provider(
        authorization_endpoint=_address(said, "authorization_endpoint", issuer),
        token_endpoint=_address(said, "token_endpoint", issuer),
        jwks_uri=_address(said, "jwks_uri", issuer),
        userinfo_endpoint=_address(said, "userinfo_endpoint", issuer) if "userinfo_endpoint" in said else "",
        algorithms=algorithms,
        authentication=_authentication(said) if has_secret else "none",
        says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: Mapping[str, Any], name: str, issuer: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not may_be_asked(address, issuer):
        raise ProviderDown(f"its {name} cannot be used")
    return address


def _authentication(said: Mapping[str, Any]) -> str:
    offered = said.get("token_endpoint_auth_methods_supported", [AUTHENTICATION[0]])
    for method in AUTHENTICATION:
        if isinstance(offered, list) and method in offered:
            return method
    raise ProviderDown("it takes none of our ways to authenticate")
