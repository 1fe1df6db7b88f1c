"""A house that issues: authority, officer, keys and the real rules of the signer; the other ports are stand-ins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.accounts.support import add_person
from tests.pki import AT
from tests.signing.acts.ports import DOCUMENT, LAW, Completes, Draws, Fitness, Here, Judges, Stamps
from tests.signing.signer.world import SignerWorld
from tests.support.postgres import RING
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role as Held
from verifier.register.checking import BookCheck
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts
from verifier.signing.ports import Signs
from verifier.signing.records import HeldKey, Kind, Order, Role
from verifier.storage.authorities import Competence
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.people import Person
from verifier.storage.registers import RegisterEntry
from verifier.storage.scope import SYSTEM

URL = "https://check.example.vn"
CONSULAR = Kind.CONSULAR_CERTIFICATION
ECOPY = Kind.CERTIFIED_ECOPY


@dataclass
class Signer:
    """The rules of the signer process without its socket, absent when told so."""

    real: Signs
    absent: bool = False
    signed: list[tuple[UUID, Role]] = field(default_factory=list)

    def keys(self) -> tuple[HeldKey, ...]:
        self._here()
        return self.real.keys()

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        self._here()
        return self.real.confirm(token, issuances)

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        self._here()
        made = self.real.sign(issuance, role, attributes)
        self.signed.append((issuance, role))
        return made

    def _here(self) -> None:
        if self.absent:
            from verifier.errors import CouldNotIssue

            raise CouldNotIssue("signer-absent", "as the test wants")


class ActWorld:
    """All that `Issuing` is made of."""

    def __init__(self, database: Database, folder: Path, **parts: Any) -> None:
        (folder / "keys").mkdir()
        self.database, self.folder = database, folder
        self.house = SignerWorld(database, folder / "keys")
        self.clock, self.authority, self.officer = self.house.clock, self.house.authority, self.house.officer
        self.token = self.house.token
        self.competent(*(kind.value for kind in Kind if kind is not Kind.AGENCY_DOCUMENT))
        self.chain = self.house.chain()
        self.signer = Signer(self.house.checks(self.chain))
        self.draws, self.stamps, self.judges = Draws(), Stamps(AT), Judges()
        self.completes, self.fitness = Completes(), Fitness()
        self.blobs = Blobs(folder / "files", RING, folder / "spool")
        self.told = parts
        self.issuing = self.begun()

    def begun(self, **options: Any) -> Issuing:
        """A process that issues; it has no threads of its own unless told so."""
        parts = Parts(
            self.signer, self.draws, self.stamps, self.completes, self.judges, self.fitness, RING, LAW, URL, **self.told
        )
        told = {"workers": 0, **options}
        return Issuing(self.database, self.blobs, Here(), parts, self.clock.now, self.folder / "acts", **told)

    def competent(self, *procedures: str, since: date = date(2020, 1, 1), until: date | None = None) -> None:
        told = [Competence(uuid4(), self.authority.id, one, "decide", since, until, "test") for one in procedures]
        with self.database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(self.authority.id, told)

    def caller(self, person: Person | None = None, *roles: Held) -> Caller:
        """The officer, with a session that was just proved; or somebody else."""
        who = person or self.officer
        with self.database.unit(SYSTEM) as unit:
            session = unit.sessions.by_token(self.token) if person is None else None
        held = frozenset(roles or (Held.LEADER,))
        return Caller("192.0.2.7", self.authority, who, session=session, roles=held)

    def person(self, *roles: Held, login: str = "binh") -> Person:
        return add_person(self.database, self.authority, *roles, login=login)

    def document(self, data: bytes = DOCUMENT) -> Path:
        path = self.folder / "in.pdf"
        path.write_bytes(data)
        return path

    def order(self, kind: Kind = ECOPY, data: bytes = DOCUMENT, **told: Any) -> Issuance:
        batch = told.pop("batch", None)
        return self.issuing.order(self.caller(), self.document(data), "bản sao.pdf", Order(kind, **told), batch)

    def confirmed(self, kind: Kind = ECOPY, data: bytes = DOCUMENT, **told: Any) -> Issuance:
        act = self.order(kind, data, **told)
        self.issuing.confirm(self.caller(), self.token, [act.id])
        return self.act(act.id)

    def released(self, kind: Kind = ECOPY, **told: Any) -> Issuance:
        act = self.issuing.run(self.confirmed(kind, **told).id)
        assert act.state == "released", act.problem
        return act

    def act(self, id_: UUID) -> Issuance:
        with self.database.unit(SYSTEM) as unit:
            found = unit.issuances.get(id_)
        assert found is not None
        return found

    def entry(self, act: Issuance) -> RegisterEntry | None:
        with self.database.unit(SYSTEM) as unit:
            return unit.registers.of_issuance(act.id)

    def actions(self, act: Issuance) -> list[str]:
        from verifier.storage.audit import AuditFilter

        with self.database.unit(SYSTEM) as unit:
            found = unit.audit.search(AuditFilter(subject_kind="issuance", subject_id=str(act.id)), 100)
        return [one.event.action for one in reversed(found)]

    def sound(self) -> bool:
        """Whether the books are whole."""
        checked = BookCheck(self.database, self.blobs).run()
        assert checked.findings == ()
        return True

    def blob_names(self) -> set[str]:
        return {name for names in self.blobs.names() for name in names}

    def close(self) -> None:
        self.issuing.close()
        self.chain.close()


@contextmanager
def act_world(database: Database, folder: Path, **parts: Any) -> Iterator[ActWorld]:
    world = ActWorld(database, folder, **parts)
    try:
        yield world
    finally:
        world.close()


SOON = timedelta(seconds=1)
