"""Validation policy: which checks fail, warn or are off, freshness and algorithm rules; strictly read from TOML."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, get_type_hints

from verifier.errors import CouldNotJudge


@dataclass(frozen=True)
class Policy:
    """One signature validation policy (EN 319 102-1 5.1.4). Defaults are the strict reading that we argue for."""

    name: str
    title: str = ""
    suite: str = "ts119312"
    """Name of the algorithm suite of the trust snapshot."""
    minimum_rsa_bits: int = 0
    """Least RSA modulus on top of the suite; 0 for none."""
    minimum_ec_bits: int = 0
    """Least elliptic curve field size on top of the suite; 0 for none."""
    allowed_digests: tuple[str, ...] = ()
    """Digests allowed on top of the suite; empty for no further limit."""
    freshness: str = "next_update"
    """`next_update` (5.2.5: nextUpdate − thisUpdate), `max_age`, or `off`."""
    freshness_seconds: int = 0
    """Greatest age of revocation data, for `max_age`."""
    seconds_without_next_update: int = 86_400
    """Greatest age of data that name no nextUpdate (many OCSP responders), for `next_update`; 0 for never fresh."""
    after_expiry: str = "after_bst"
    """When an expired certificate counts as known not revoked: `assured` (NOTE 8), `after_bst`, `any`."""
    strict_ca_revocation: bool = False
    """Also demand that the signer's revocation data was issued before a CA's revocation."""
    require_timestamp: bool = False
    """Demand a valid signature time stamp (5.5.4 step 3b)."""
    timestamp_delay_seconds: int = -1
    """Greatest time between the claimed and the best signature time (5.5.4 step 5); −1 for none."""
    require_signing_certificate_attribute: bool = False
    """Demand the signed ESS signing-certificate attribute (5.2.8.4.2.1)."""
    fail_weak_certificate_reference: bool = False
    """A weak digest in the signing-certificate attribute fails rather than warns: it only names the certificate."""
    require_key_usage: tuple[str, ...] = ()
    """Key usage bits of which the signing certificate must have at least one; empty for no demand."""
    require_readable_signature_policy: bool = False
    """An unknown signature policy attribute fails (5.2.4) rather than being reported."""
    use_received_at: bool = True
    """Take the receipt time known here as an upper bound of the signing time (5.5.4 step 1)."""
    sha256: str = ""
    """SHA-256 of the canonical content, hexadecimal; the policy's id."""

    @property
    def delay(self) -> timedelta | None:
        """Greatest delay of the time stamp, None where the policy sets none."""
        return None if self.timestamp_delay_seconds < 0 else timedelta(seconds=self.timestamp_delay_seconds)


_CHOICES = {"freshness": ("next_update", "max_age", "off"), "after_expiry": ("assured", "after_bst", "any")}


def make_policy(**values: Any) -> Policy:
    """Build a policy, with its id; CouldNotJudge `policy-unreadable` where a value is wrong."""
    names = {f.name for f in fields(Policy)} - {"sha256"}
    unknown = sorted(set(values) - names)
    if unknown:
        raise CouldNotJudge("policy-unreadable", f"unknown key: {', '.join(unknown)}", key=unknown[0])
    if not values.get("name"):
        raise CouldNotJudge("policy-unreadable", "the policy has no name", key="name")
    for key, value in values.items():
        values[key] = _typed(key, value)
    draft = Policy(**values)
    canonical = "\n".join(f"{n}={getattr(draft, n)!r}" for n in sorted(names))
    return Policy(**values, sha256=hashlib.sha256(canonical.encode()).hexdigest())


def parse_policy(text: bytes) -> Policy:
    """Read a policy from TOML bytes; CouldNotJudge `policy-unreadable` where they are none."""
    try:
        values = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CouldNotJudge("policy-unreadable", f"not TOML: {error}") from None
    return make_policy(**values)


def _typed(key: str, value: Any) -> Any:
    expected = get_type_hints(Policy)[key]
    if expected == tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise CouldNotJudge("policy-unreadable", f"{key} must be a list of strings", key=key)
        return tuple(value)
    if type(value) is not expected:
        raise CouldNotJudge("policy-unreadable", f"{key} must be {expected.__name__}", key=key)
    if key in _CHOICES and value not in _CHOICES[key]:
        raise CouldNotJudge("policy-unreadable", f"{key} must be one of {', '.join(_CHOICES[key])}", key=key)
    return value
