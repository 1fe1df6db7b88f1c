"""Which key signs for an act in a role, and whether it may."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from verifier.errors import CouldNotIssue, Problem
from verifier.signing.acts.facts import Office
from verifier.signing.ports import Fits
from verifier.signing.records import HeldKey, Kind, Role


def key_for(keys: Sequence[HeldKey], office: Office, role: Role, kind: Kind, at: datetime) -> HeldKey:
    """Return the key that the officer's grant names; the newest grant comes first, as in the signer process.

    CouldNotIssue `no-signing-grant`, `key-unavailable`.
    """
    grants = office.granted(role, kind, at)
    if not grants:
        raise CouldNotIssue("no-signing-grant", role.value, role=role.value, name=office.officer.name)
    for grant in grants:
        for key in keys:
            ours = key.name == grant.key_name and key.authority == office.authority.code and key.role is role
            if ours and fingerprint(key) == grant.certificate_sha256:
                return key
    raise CouldNotIssue("key-unavailable", grants[0].key_name, key=grants[0].key_name)


def fingerprint(key: HeldKey) -> str:
    """Return the SHA-256 of a key's certificate, hexadecimal."""
    return hashlib.sha256(key.certificate).hexdigest()


def trouble_of(fitness: Fits, key: HeldKey, kind: Kind) -> Problem | None:
    """Return why a key may not sign such an act now; None where it may."""
    return Problem(key.problem, key.name, {"key": key.name}) if key.problem else fitness.problem(key, kind)
