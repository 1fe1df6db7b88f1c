"""Keys of the demonstration's signer process: PKCS#12 files, pictures, and who may have acts signed with which."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import tomli_w
import typst
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_der_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from verifier.audit import Event
from verifier.demo.people import ACTOR, sample
from verifier.demo.pki import PUBLIC_SERVICE, DemoPki
from verifier.signing.records import Kind, Role
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM
from verifier.storage.signing import SigningGrant

HERE = Path(__file__).parent
PICTURE_MM = {Role.PERSON: 45.0, Role.AGENCY: 36.0}
"""Widths of the pictures of a signature and of a seal."""
PIXELS_PER_INCH = 300
SLACK = timedelta(minutes=1)


def held_keys() -> tuple[Mapping[str, Any], ...]:
    """Return the keys as `authorities.toml` names them."""
    return tuple(sample()["key"])


def make_key_file(folder: Path, pki: DemoPki) -> Path:
    """Write the key file of the signer process with all that it names, anew at each start; return its place."""
    place = folder / "signer"
    place.mkdir(mode=0o700, exist_ok=True)
    entries = []
    for one in held_keys():
        name = one["name"]
        password = secrets.token_urlsafe(24)
        _private(place / f"{name}.password", password.encode())
        _private(place / f"{name}.p12", pkcs12_of(pki, name, password))
        chain = pki.pem(name, PUBLIC_SERVICE) + pki.pem("ca", PUBLIC_SERVICE)
        (place / f"{name}.pem").write_bytes(chain)
        told = {field: one[field] for field in ("name", "authority", "role", "algorithm")}
        files = {"file": f"{name}.p12", "password_file": f"{name}.password", "certificate": f"{name}.pem"}
        entries.append({**told, "backend": "pkcs12", **files})
    file = place / "keys.toml"
    _private(file, tomli_w.dumps({"key": entries}).encode())
    return file


def make_grants(database: Database, pki: DemoPki, now: datetime) -> None:
    """Let each leader have acts signed with the own key and the authority's, for all that the authority may decide."""
    keys = held_keys()
    with database.unit(SYSTEM) as unit:
        for one in keys:
            if one["role"] != Role.PERSON:
                continue
            who, place = unit.people.by_login(one["login"]), unit.authorities.by_code(one["authority"])
            if who is None or place is None:
                continue
            seals = [key for key in keys if key["authority"] == one["authority"] and key["role"] == Role.AGENCY]
            for key in (one, *seals):
                _grant(unit, key, who, place, pki, now)


def pkcs12_of(pki: DemoPki, name: str, password: str) -> bytes:
    """Return a key of the public-service hierarchy with its certificates as a PKCS#12 file."""
    key = load_der_private_key(pki.key(name, PUBLIC_SERVICE).dump(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key {name} is of another kind")
    own, issuer = (
        x509.load_der_x509_certificate(pki.certificate(label, PUBLIC_SERVICE).dump()) for label in (name, "ca")
    )
    return serialize_key_and_certificates(name.encode(), key, own, [issuer], BestAvailableEncryption(password.encode()))


def drawing(role: Role, place: Authority, seed: int = 0) -> bytes:
    """Draw what shows with a signature, marked as a sample: PNG with transparent background."""
    name, told = ("hand.typ", {"seed": str(seed)}) if role is Role.PERSON else ("seal.typ", {"name": place.seal_name})
    return bytes(typst.compile(HERE / name, format="png", ppi=PIXELS_PER_INCH, sys_inputs=told))


def _grant(
    unit: UnitOfWork, key: Mapping[str, Any], who: Person, place: Authority, pki: DemoPki, now: datetime
) -> None:
    """Store a grant where there is none that holds for the key's certificate."""
    certificate = x509.load_der_x509_certificate(pki.certificate(key["name"], PUBLIC_SERVICE).dump())
    fingerprint, role = certificate.fingerprint(SHA256()).hex(), Role(key["role"])
    known = [one for one in unit.signing.grants(who.id) if one.key_name == key["name"] and one.ended_at is None]
    if any(one.certificate_sha256 == fingerprint for one in known):
        return
    for one in known:
        unit.signing.end_grant(one.id, now)
    grant = SigningGrant(
        id=uuid4(),
        authority_id=place.id,
        person_id=who.id,
        key_name=key["name"],
        certificate_sha256=fingerprint,
        role=role,
        kinds=_kinds(unit, place, now),
        valid_from=now - SLACK,
        valid_until=None,
        created_at=now,
        picture=drawing(role, place, seed=len(who.name)),
        picture_mm=PICTURE_MM[role],
    )
    unit.signing.add_grant(grant)
    details = {"person": str(who.id), "key": grant.key_name, "role": role.value}
    unit.audit.append(Event("signing-grant", str(grant.id), "signing-granted", ACTOR, now, place.id, "", details))


def _kinds(unit: UnitOfWork, place: Authority, now: datetime) -> list[str]:
    """Return the kinds of acts on which an authority decides, and its own documents."""
    today = now.astimezone(ZoneInfo(place.time_zone)).date()
    able = {
        one.procedure for one in unit.authorities.competences(place.id) if one.capacity == "decide" and one.holds(today)
    }
    return sorted(kind.value for kind in Kind if kind.value in able or kind is Kind.AGENCY_DOCUMENT)


def _private(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes only."""
    partial = path.with_name(f"{path.name}.part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    partial.rename(path)
