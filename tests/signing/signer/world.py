"""A house with an officer, keys, grants and an act that waits for signatures, and a signer that serves it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from asn1crypto import cms, tsp

from tests.accounts.support import Clock, add_authority, add_person
from tests.signing.keys.files import AUTHORITY, KeyFolder
from verifier.accounts.roles import Role as Held
from verifier.accounts.sessions import Origin, SessionLimits, begin
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.records import Kind, Role, State
from verifier.signing.signer.checks import Checks, fingerprint
from verifier.signing.signer.client import SignerClient
from verifier.signing.signer.mandates import Seal
from verifier.signing.signer.server import Doors, Server, listening
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM
from verifier.storage.signing import SigningGrant

LIMITS = SessionLimits(timedelta(minutes=30), timedelta(hours=12))
SECRET = bytes(range(32))
HERE = Origin("192.0.2.7", "Firefox")
KIND = Kind.CERTIFIED_ECOPY
BOTH = [Role.PERSON.value, Role.AGENCY.value]
assert tsp


def digest(words: str) -> bytes:
    return hashlib.sha256(words.encode()).digest()


def attributes_of(certificate: bytes, message: bytes, **changes: Any) -> bytes:
    """DER of signed attributes; `changes` by name of the attribute, None leaves it out."""
    named = {"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]}
    told = {"content_type": "data", "message_digest": message, "signing_certificate_v2": named, **changes}
    listed = [{"type": name, "values": [value]} for name, value in told.items() if value is not None]
    return bytes(cms.CMSAttributes(listed).dump())


@dataclass
class SignerWorld:
    """All that the signer looks at."""

    database: Database
    folder: Path
    clock: Clock = field(default_factory=Clock)
    seal: Seal = field(default_factory=lambda: Seal(SECRET))
    env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = KeyFolder(self.folder)
        self.person_key = self.keys.soft("person", Role.PERSON)
        self.agency_key = self.keys.soft("agency", Role.AGENCY)
        self.authority: Authority = add_authority(self.database, code=AUTHORITY)
        self.officer: Person = add_person(self.database, self.authority, Held.LEADER, login="huong.tran")
        self.token = self.signed_in()
        self.grant("person", self.person_key.der, Role.PERSON)
        self.grant("agency", self.agency_key.der, Role.AGENCY)
        self.act = self.ordered()

    @property
    def fingerprints(self) -> dict[str, str]:
        return {"person": fingerprint(self.person_key.der), "agency": fingerprint(self.agency_key.der)}

    def signed_in(self, person: Person | None = None) -> str:
        """Open a session that has just been proved; return its token."""
        now, someone = self.clock.now(), person or self.officer
        with self.database.unit(SYSTEM) as unit:
            opened = begin(unit, someone, "open", "password", HERE, now, LIMITS.absolute)
            unit.sessions.proved(opened.session.id, now)
        return opened.token

    def grant(self, key: str, certificate: bytes, role: Role, **changes: Any) -> SigningGrant:
        now = self.clock.now()
        made = SigningGrant(
            uuid4(), self.authority.id, self.officer.id, key, fingerprint(certificate), role.value,
            [one.value for one in Kind], now - timedelta(days=1), now + timedelta(days=365), now,
        )  # fmt: skip
        made = replace(made, **changes)
        with self.database.unit(SYSTEM) as unit:
            unit.signing.add_grant(made)
        return made

    def ordered(self, **changes: Any) -> Issuance:
        made = Issuance(
            id=uuid4(),
            authority_id=self.authority.id,
            officer_id=self.officer.id,
            kind=KIND.value,
            dossier="",
            level="B-LTA",
            wanted={},
            state=State.ORDERED.value,
            created_at=self.clock.now(),
            file_name="bản sao.pdf",
            size=1000,
            input_sha256=digest("document").hex(),
            input_blob="blob",
            check_sha256=uuid4().bytes * 2,
            layout={"signatures": BOTH},
        )
        made = replace(made, **changes)
        with self.database.unit(SYSTEM) as unit:
            unit.issuances.add(made)
        return made

    def change(self, act: Issuance, **told: Any) -> Issuance:
        """Change an act as the service would."""
        with self.database.unit(SYSTEM) as unit:
            now = unit.issuances.get(act.id)
            assert now is not None
            assert unit.issuances.change(now, **told)
            after = unit.issuances.get(act.id)
        assert after is not None
        return after

    def prepared(self, mandate: UUID, message: bytes = digest("prepared"), **told: Any) -> Issuance:
        """Bring the act to where the person signs."""
        given = {"state": State.PREPARED.value, "mandate_id": mandate, "person_digest": message.hex(), **told}
        return self.change(self.act, **given)

    def checks(self, keys: KeyChain) -> Checks:
        return Checks(self.database, self.clock, keys, LIMITS, self.seal)

    def chain(self) -> KeyChain:
        return KeyChain(read_key_file(self.keys.file), development=True, env=self.env)

    @contextmanager
    def served(self, doors: Doors | None = None) -> Iterator[SignerClient]:
        """Serve on a socket, in threads of this process."""
        path, keys = self.folder / "run" / "signer.sock", self.chain()
        with listening(path) as listener:
            server = Server(listener, self.checks(keys), doors or Doors())
            thread = threading.Thread(target=server.serve)
            thread.start()
            try:
                yield SignerClient(path)
            finally:
                server.stop()
                thread.join()
                keys.close()
