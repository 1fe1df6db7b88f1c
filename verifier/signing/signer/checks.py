"""What the signer process sees for itself in the database before it seals a mandate or signs; it believes no caller."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from cryptography import x509

from verifier.accounts.caller import PROOF_LASTS
from verifier.accounts.roles import Role as Held
from verifier.accounts.sessions import Admitted, SessionLimits, admitted, over
from verifier.audit import Actor, Detail, Event
from verifier.errors import CouldNotIssue
from verifier.outside.clock import Clock
from verifier.signing.keys.chain import KeyChain
from verifier.signing.records import HeldKey, Role, State
from verifier.signing.signer.attributes import SignedAttributes, read_attributes
from verifier.signing.signer.mandates import LASTS, Seal, entry, names
from verifier.storage.audit import AuditFilter
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM, of
from verifier.storage.sessions import SignedIn
from verifier.storage.signing import SigningGrant, SigningMandate

MADE = "signature-made"
SUBJECT = "issuance"
EVENTS = 20
"""Signatures of one act that are looked at; more than two come of crashes only."""
OPEN_STAGE = "open"
LOCKS = 64

log = structlog.get_logger("verifier.signing.signer")


class Checks:
    """Implements the server's questions; for many threads."""

    def __init__(self, database: Database, clock: Clock, keys: KeyChain, limits: SessionLimits, seal: Seal) -> None:
        self._database, self._clock, self._keys, self._limits, self._seal = database, clock, keys, limits, seal
        self._turns = _Turns()

    def keys(self) -> tuple[HeldKey, ...]:
        """Return the keys that are held, as they stand now."""
        return self._keys.held()

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        """Seal a mandate for these acts, confirmed by whoever has this session.

        CouldNotIssue `session-over`, `step-up-needed`, `not-allowed`, `not-found`, `wrong-state`, `key-unavailable`, or
        the problem of the key.
        """
        now = self._clock.now()
        with self._database.unit(SYSTEM) as unit:
            found = unit.sessions.by_token(token)
        if found is None:
            raise CouldNotIssue("session-over")
        with self._database.unit(of(found.authority_id)) as unit:
            session = unit.sessions.get(found.id)
            officer = self._officer(unit, session, now)
            acts = [_ordered(unit, officer, one) for one in dict.fromkeys(issuances)]
            for kind, role in dict.fromkeys((act.kind, role) for act in acts for role in roles_of(act)):
                _refuse_key(self._granted(unit, officer, kind, role, now))
            if not acts or session is None:
                raise CouldNotIssue("not-found", "no act is named")
            mandate = SigningMandate(
                id=uuid4(),
                authority_id=officer.authority.id,
                person_id=officer.person.id,
                session_id=session.id,
                confirmed_at=now,
                expires_at=now + LASTS,
                acts={str(one.id): entry(one) for one in acts},
                mac=b"",
            )
            unit.signing.add_mandate(self._seal.sealed(mandate))
            unit.audit.append(_confirmed(mandate, officer, session, now))
        return mandate.id

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        """Sign DER of the signed attributes of a confirmed act.

        CouldNotIssue `attributes-unclear`, `not-found`, `no-mandate`, `mandate-over`, `wrong-state`, `digest-mismatch`,
        `not-allowed`, `key-mismatch`, `certificate-expired`, or the problem of the key.
        """
        told = read_attributes(attributes)
        now = self._clock.now()
        with self._database.unit(SYSTEM) as unit:
            found = unit.issuances.get(issuance)
        if found is None:
            raise CouldNotIssue("not-found")
        with self._turns.of(issuance), self._database.unit(of(found.authority_id)) as unit:
            act = unit.issuances.get(issuance)
            if act is None:
                raise CouldNotIssue("not-found")
            mandate = self._mandate(unit, act, now)
            _refuse_state(act, role)
            _refuse_digest(unit, act, role, told)
            officer = self._able(unit, mandate.person_id, now)
            key = self._granted(unit, officer, act.kind, role, now)
            if not told.name(key.certificate):
                raise CouldNotIssue("key-mismatch", "the attributes name another certificate", key=key.name)
            made = self._keys.sign(key.name, attributes)
            unit.audit.append(_made(act, role, key, told, mandate, now))
        log.info("signed", act=str(act.id), role=role.value, key=key.name, digest=told.digest.hex())
        return made

    # --- who and what ------------------------------------------------------------------------------------------------

    def _officer(self, unit: UnitOfWork, session: SignedIn | None, now: datetime) -> Admitted:
        if session is None or session.stage != OPEN_STAGE or over(session, now, self._limits):
            raise CouldNotIssue("session-over")
        officer = admitted(unit, unit.people.get(session.person_id), now)
        if officer is None:
            raise CouldNotIssue("session-over")
        if Held.LEADER not in officer.roles:
            raise CouldNotIssue("not-allowed", "only a leader confirms acts")
        since = None if session.proved_at is None else (now - session.proved_at)
        if since is None or not since * 0 <= since <= PROOF_LASTS:
            raise CouldNotIssue("step-up-needed")
        return officer

    def _able(self, unit: UnitOfWork, person: UUID, now: datetime) -> Admitted:
        """Return who confirmed, where they might still."""
        officer = admitted(unit, unit.people.get(person), now)
        if officer is None or Held.LEADER not in officer.roles:
            raise CouldNotIssue("not-allowed", "who confirmed is no leader any more")
        return officer

    def _granted(self, unit: UnitOfWork, officer: Admitted, kind: str, role: Role, now: datetime) -> HeldKey:
        """Return the key with which this officer may have an act of this kind signed in this role."""
        grants = [one for one in unit.signing.grants(officer.person.id) if one.role == role.value]
        grants = [one for one in grants if one.holds(kind, now)]
        if not grants:
            raise CouldNotIssue("not-allowed", f"no grant for a signature as {role.value}", role=role.value)
        keys = [key for one in grants if (key := self._fitting(one, officer.authority.code, role)) is not None]
        if not keys:
            raise CouldNotIssue("key-unavailable", f"the key of the grant is not held: {grants[0].key_name}")
        key = keys[0]
        certificate = x509.load_der_x509_certificate(key.certificate)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise CouldNotIssue("certificate-expired", f"key {key.name}", key=key.name)
        return key

    def _fitting(self, grant: SigningGrant, authority: str, role: Role) -> HeldKey | None:
        key = self._keys.named(grant.key_name)
        if key is None or key.authority != authority or key.role is not role or not key.certificate:
            return None
        return key if fingerprint(key.certificate) == grant.certificate_sha256 else None

    def _mandate(self, unit: UnitOfWork, act: Issuance, now: datetime) -> SigningMandate:
        mandate = None if act.mandate_id is None else unit.signing.mandate(act.mandate_id)
        if mandate is None or not self._seal.fits(mandate) or not names(mandate, act):
            raise CouldNotIssue("no-mandate")
        if mandate.person_id != act.officer_id or mandate.authority_id != act.authority_id:
            raise CouldNotIssue("no-mandate")
        if not mandate.confirmed_at <= now < mandate.expires_at:
            raise CouldNotIssue("mandate-over")
        return mandate


def _ordered(unit: UnitOfWork, officer: Admitted, id_: UUID) -> Issuance:
    """Return an act that this officer ordered and may confirm."""
    act = unit.issuances.get(id_)
    if act is None or act.officer_id != officer.person.id:
        raise CouldNotIssue("not-found")
    if act.state != State.ORDERED:
        raise CouldNotIssue("wrong-state", f"the act is {act.state}", state=act.state)
    return act


def _refuse_key(key: HeldKey) -> None:
    """Refuse what would wait for a key that cannot sign now."""
    if key.problem:
        raise CouldNotIssue(key.problem, f"key {key.name}", key=key.name)


def roles_of(act: Issuance) -> tuple[Role, ...]:
    """Return whose signatures an act has, in order; CouldNotIssue `wrong-state` where that was not laid down."""
    told = act.layout.get("signatures")
    try:
        roles = tuple(Role(one) for one in told) if isinstance(told, list) else ()
    except ValueError:
        roles = ()
    if not roles or len(set(roles)) < len(roles):
        raise CouldNotIssue("wrong-state", "it is not laid down whose signatures the act has", state=act.state)
    return roles


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def _refuse_state(act: Issuance, role: Role) -> None:
    """Refuse what is not this role's turn: the first signs what is prepared, the agency what the person signed."""
    roles = roles_of(act)
    if role not in roles:
        raise CouldNotIssue("not-allowed", f"the act has no signature as {role.value}", role=role.value)
    turn = State.PREPARED if roles[0] is role else State.PERSON_SIGNED
    if act.state != turn:
        raise CouldNotIssue("wrong-state", f"the act is {act.state}", state=act.state)


def _refuse_digest(unit: UnitOfWork, act: Issuance, role: Role, told: SignedAttributes) -> None:
    """Refuse another digest than the act holds, and another than was ever signed for the act in this role."""
    wanted = act.person_digest if role is Role.PERSON else act.agency_digest
    if not wanted or told.digest.hex() != wanted.lower():
        raise CouldNotIssue("digest-mismatch", "the attributes are not over the document that was prepared")
    filter_ = AuditFilter(action=MADE, subject_kind=SUBJECT, subject_id=str(act.id))
    for before in unit.audit.search(filter_, EVENTS):
        details = before.event.details
        if details.get("role") == role.value and details.get("digest") != told.digest.hex():
            raise CouldNotIssue("digest-mismatch", "something else was signed for this act before")


def _confirmed(mandate: SigningMandate, officer: Admitted, session: SignedIn, now: datetime) -> Event:
    person = officer.person
    actor = Actor("person", str(person.id), person.name, officer.authority.id, session.address)
    about: dict[str, Detail] = {"acts": list(mandate.acts), "session": str(session.id)}
    return Event("signing-mandate", str(mandate.id), "acts-confirmed", actor, now, officer.authority.id, "", about)


def _made(
    act: Issuance, role: Role, key: HeldKey, told: SignedAttributes, mandate: SigningMandate, now: datetime
) -> Event:
    about: dict[str, Detail] = {
        "role": role.value,
        "key": key.name,
        "certificate": fingerprint(key.certificate),
        "digest": told.digest.hex(),
        "mandate": str(mandate.id),
    }
    actor = Actor("system", "signer", "", act.authority_id)
    return Event(SUBJECT, str(act.id), MADE, actor, now, act.authority_id, "", about)


class _Turns:
    """Lets one thread at a time sign for an act, so that no two digests of it are signed at once."""

    def __init__(self) -> None:
        self._locks = [threading.Lock() for _ in range(LOCKS)]

    @contextmanager
    def of(self, act: UUID) -> Iterator[None]:
        with self._locks[act.int % LOCKS]:
            yield
