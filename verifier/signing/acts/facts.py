"""What a mark says of an act: authority, officer, number, time and the check code in its QR code."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.errors import CouldNotIssue
from verifier.register import columns
from verifier.register.numbers import book_text
from verifier.signing.acts.plan import Plan
from verifier.signing.acts.records import Parts
from verifier.signing.records import Kind, MarkFacts, Role
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.keys import KeyRing
from verifier.storage.people import Person
from verifier.storage.rows import token_hash
from verifier.storage.signing import SigningGrant

CODE_BYTES = 16
"""Of a check code: 128 bits, which nobody guesses."""
CHECK_PATH = "/check/"
"""Below the service's address; the check code follows."""
BASIS = "basis"
"""Said by the officer, but no field of a mark: on what the act rests where the signature alone does not carry it."""
MANAGEMENT = "management_number"
"""Số quản lý of an Apostille (Decree 293/2026/NĐ-CP Art. 20(1)(l)); how it is made up no text of law says."""
_PURPOSE = "check-code"


@dataclass(frozen=True)
class Office:
    """Who acts: the authority, the officer, and what the officer may sign."""

    authority: Authority
    officer: Person
    grants: tuple[SigningGrant, ...]

    def granted(self, role: Role, kind: Kind, at: datetime) -> tuple[SigningGrant, ...]:
        """Return the grants that allow a signature at an instant."""
        return tuple(one for one in self.grants if one.role == role.value and one.holds(kind.value, at))

    def local(self, at: datetime) -> datetime:
        """Return an instant as it is read where the authority sits."""
        return at.astimezone(ZoneInfo(self.authority.time_zone))


def office_of(unit: UnitOfWork, authority: UUID, officer: UUID) -> Office:
    """Read who acts; LookupError where they are out of reach."""
    place, person = unit.authorities.get(authority), unit.people.get(officer)
    if place is None or person is None:
        raise LookupError("the act's authority or officer is out of reach")
    return Office(place, person, unit.signing.grants(officer))


def check_code(ring: KeyRing, act: UUID, key: str) -> str:
    """Return the check code of an act: the same each time, so that it need not be stored; in base32 (RFC 4648)."""
    if key not in ring.keys:
        raise CouldNotIssue("check-code-lost", f"the key {key!r} is not on the ring")
    made = ring.digest(_PURPOSE, act.bytes, key)[:CODE_BYTES]
    return base64.b32encode(made).decode().rstrip("=")


def code_hash(code: str) -> bytes:
    """Return what is kept of a check code, however it was typed."""
    return token_hash(code.strip().replace("-", "").replace(" ", "").upper())


def check_url(parts: Parts, code: str) -> str:
    """Return the address in the QR code."""
    return f"{parts.public_url}{CHECK_PATH}{code}"


@dataclass(frozen=True)
class Numbering:
    """What stands for the number on the mark."""

    number: str
    book: str
    at: datetime
    count: int
    """The number itself."""


def mark_facts(parts: Parts, act: Issuance, office: Office, numbering: Numbering, key: str) -> MarkFacts:
    """Return all that the mark of an act may say; `key` is the ring's key of its check code."""
    authority, officer, kind = office.authority, office.officer, Kind(act.kind)
    code = check_code(parts.ring, act.id, key)
    if code_hash(code) != act.check_sha256:
        raise CouldNotIssue("check-code-lost", "the check code of this act cannot be made again")
    at, made = office.local(numbering.at), {MANAGEMENT: management_number(office, numbering)}
    said = {name: text for name, text in act.wanted["said"].items() if name != BASIS}
    wanted = parts.draws.layout(kind, at.date()).made
    return MarkFacts(
        kind=kind,
        number=numbering.number,
        book=numbering.book,
        at=at,
        authority_vi=authority.name_vi,
        authority_en=authority.name_en,
        place_vi=authority.address_vi,
        place_en=authority.address_en,
        officer=officer.name,
        title_vi=officer.title_vi,
        title_en=officer.title_en,
        signature_name=authority.signature_name,
        seal_name=authority.seal_name,
        check_url=check_url(parts, code),
        document_sha256=act.input_sha256,
        dossier=act.dossier,
        said=said | {name: text for name, text in made.items() if name in wanted},
        pictures=_pictures(office, kind, numbering.at),
        pictures_mm=_pictures_mm(office, kind, numbering.at),
    )


def management_number(office: Office, numbering: Numbering) -> str:
    """Return an act's number as no other authority or year has it: `2026-G08.09-000042`; the same each time."""
    return columns.management_number(office.authority, office.local(numbering.at).year, numbering.count)


def numbered_facts(parts: Parts, act: Issuance, office: Office, plan: Plan) -> MarkFacts:
    """Return what the mark of a numbered act says: the same each time."""
    if act.issued_at is None or act.year is None or act.number is None:
        raise LookupError("the act has no number")
    book = book_text(act.book, act.year, act.volume) if plan.book_shown else ""
    return mark_facts(parts, act, office, Numbering(act.number_text, book, act.issued_at, act.number), plan.key)


def _pictures(office: Office, kind: Kind, at: datetime) -> Mapping[Role, bytes]:
    found = {role: office.granted(role, kind, at) for role in Role}
    return {role: grant.picture for role, grants in found.items() for grant in grants[:1] if grant.picture}


def _pictures_mm(office: Office, kind: Kind, at: datetime) -> Mapping[Role, float]:
    found = {role: office.granted(role, kind, at) for role in Role}
    return {role: grant.picture_mm for role, grants in found.items() for grant in grants[:1] if grant.picture_mm}
