"""What the pages show of a key and of a grant, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app

from verifier.errors import BadRequest, Problem
from verifier.signing.grants import SigningDesk
from verifier.signing.records import HeldKey
from verifier.storage.proposals import Proposal
from verifier.web.access import caller
from verifier.web.chrome import day, named, say, words
from verifier.web.problems import refusal_of
from verifier.x509 import Certificate

SOON = timedelta(days=30)
"""Before its certificate ends a key is warned of."""
ALGORITHMS: Mapping[str, str] = {"rsa-pss": "RSASSA-PSS", "rsa-pkcs1": "RSA PKCS #1 v1.5", "ecdsa": "ECDSA"}
BACKENDS: Mapping[str, str] = {"pkcs11": "PKCS #11", "pkcs12": "PKCS #12"}


@dataclass(frozen=True)
class KeyLine:
    """A key that the signer holds."""

    key: HeldKey
    certificate: Certificate | None
    state: str
    """`good`, `soon` (its certificate ends within 30 days), `coming`, `over` or `broken`."""
    days: int
    """Until its certificate ends; 0 where it has ended or cannot be read."""
    trouble: str
    """Why it cannot sign, in a sentence."""

    @property
    def algorithm(self) -> str:
        """Name of the algorithm with its digest."""
        scheme, _, digest = self.key.algorithm.value.rpartition("-")
        return f"{ALGORITHMS[scheme]}, {digest.upper().replace('SHA', 'SHA-')}"

    @property
    def backend(self) -> str:
        """Where the key is kept."""
        return BACKENDS.get(self.key.backend, self.key.backend)


def desk() -> SigningDesk:
    """Return the desk of signing keys; BadRequest `page-not-found` where this service issues nothing."""
    found: SigningDesk | None = current_app.extensions.get("signing")
    if found is None:
        raise BadRequest("page-not-found")
    return found


def key_lines(keys: Sequence[HeldKey], now: datetime) -> list[KeyLine]:
    """Return the keys with how they stand."""
    return [_key_line(one, now) for one in keys]


def trouble_words(problem: Problem) -> str:
    """Say why something cannot be done, and what to do."""
    said = refusal_of(problem).words(words().lang)
    return " ".join(one for one in (f"{said.title}.", said.detail, said.next_step) if one)


def changes_of(proposal: Proposal) -> Mapping[str, list[str]]:
    """Return what a proposal changes, by field, in words of the reader."""
    told = desk().difference(caller(), proposal)
    return {name: [_words(name, value) for value in values] for name, values in told.items()}


def kind_name(kind: str) -> str:
    """Name a kind of act."""
    return named("issuing-kind", kind)


def _words(name: str, value: str) -> str:
    if not value:
        return ""
    if name == "grant-role":
        return named("signing-role", value)
    if name == "grant-kinds":
        return "; ".join(kind_name(one) for one in value.split("; "))
    if name == "grant-from":
        return _day(value)
    return _day(value, ends=True) if name == "grant-until" else value


def _day(value: str, *, ends: bool = False) -> str:
    """Write a day, or the day of an instant; of an end, the last day before it."""
    if "T" not in value:
        return words().date(date.fromisoformat(value))
    return day(datetime.fromisoformat(value) - timedelta(microseconds=1 if ends else 0))


def _key_line(key: HeldKey, now: datetime) -> KeyLine:
    trouble = trouble_words(Problem(key.problem)) if key.problem else ""
    try:
        certificate = Certificate.parse(key.certificate)
    except ValueError:
        return KeyLine(key, None, "broken", 0, trouble or say("signing-certificate-none"))
    left = certificate.not_after - now
    days = max(left.days, 0)
    if left <= timedelta():
        return KeyLine(key, certificate, "over", 0, trouble)
    if key.problem:
        return KeyLine(key, certificate, "broken", days, trouble)
    if certificate.not_before > now:
        return KeyLine(key, certificate, "coming", days, trouble)
    return KeyLine(key, certificate, "soon" if left <= SOON else "good", days, trouble)
