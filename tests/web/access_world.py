"""Two authorities with one of everything, and the addresses of every route for each: examples for the table of access.

A part whose routes bring a new kind of id adds it to `Place` and to `EXAMPLES`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule as Route

from tests.accounts.machines import add_machine
from tests.accounts.support import AT, Clock, add_authority, add_person
from tests.cases.world import CaseWorld
from tests.keeping.house import EMBASSY, write
from tests.pki import world
from tests.signing.acts.ports import DOCUMENT, LAW, Completes, Draws, Fitness, Here, Judges, Stamps
from tests.support.postgres import RING
from tests.web.accounts_support import accounts_of, app_of, caller_of, session_of
from tests.web.case_pages_site import work_of
from tests.web.pages import PaintedPictures
from tests.web.support import PDF, Checker
from verifier.accounts.caller import Caller, Claim
from verifier.accounts.roles import OF_PEOPLE, Role
from verifier.appointments.records import Appointment, Closure, Contact, Desk, Waiting
from verifier.archive.records import Package
from verifier.audit import Actor, Event
from verifier.cases.statuses import Status
from verifier.errors import CouldNotIssue
from verifier.keeping.desk import TrustDesk
from verifier.keeping.keeper import TrustChange, TrustKeeper
from verifier.keeping.operations import carried_out
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts as IssuingParts
from verifier.signing.grants import GrantChange, SigningDesk
from verifier.signing.records import HeldKey, Kind, Order
from verifier.signing.records import Role as SigningRole
from verifier.storage.authorities import Authority, Competence
from verifier.storage.blobs import Blobs
from verifier.storage.clients import Client
from verifier.storage.database import Database
from verifier.storage.people import Invitation, Person
from verifier.storage.proposals import Proposal
from verifier.storage.scope import SYSTEM
from verifier.storage.signing import SigningGrant
from verifier.trust.archive import Archive
from verifier.web.jobs import JobLimits, Owner, Validations


@dataclass(frozen=True)
class Visits:
    """Who comes to an authority, where, and what became of a dossier."""

    appointment: UUID
    desk: UUID
    closure: UUID
    waiting: UUID
    package: UUID


@dataclass(frozen=True)
class Place:
    """One authority and an example of everything that belongs to it."""

    authority: Authority
    person: Person
    colleague: Person
    grant: UUID
    session: UUID
    proposal: UUID
    client: Client
    key: UUID
    letter: UUID
    validation: UUID
    issuance: UUID
    batch: UUID
    signing_grant: UUID
    case: UUID
    case_record: UUID
    visits: Visits


EXAMPLES: Mapping[str, Callable[[Place], object]] = {
    "account.end_session:id_": lambda place: place.session,
    "authorities:id_": lambda place: place.authority.id,
    "proposals:id_": lambda place: place.proposal,
    "people:id_": lambda place: place.colleague.id,
    "people:grant_id": lambda place: place.grant,
    "clients:id_": lambda place: place.client.id,
    "clients:key_id": lambda place: place.key,
    "letters:id_": lambda place: place.letter,
    "audit:subject": lambda place: place.colleague.id,
    "signing_keys.end:id_": lambda place: place.signing_grant,
    "signing_keys.picture:id_": lambda place: place.proposal,
    "cases:id_": lambda place: place.case,
    "cases:record_id": lambda place: place.case_record,
    "dossier:record_id": lambda place: place.case_record,
    "cases_api:id_": lambda place: place.case,
    "appointments_api:id_": lambda place: place.visits.appointment,
    "appointments_api.change_desk:id_": lambda place: place.visits.desk,
    "appointments_api.lift:id_": lambda place: place.visits.closure,
    "appointments_api.stop_waiting:id_": lambda place: place.visits.waiting,
    "archive_api:id_": lambda place: place.case,
    "archive_api:package_id": lambda place: place.visits.package,
    "registers_api:id_": lambda place: place.case,
    "payments_api:id_": lambda place: place.case,
    "cases_api:record_id": lambda place: place.case_record,
    "public:token": lambda place: place.validation,
    "api:token": lambda place: place.validation,
    "issuing:id_": lambda place: place.issuance,
    "issuing:batch_id": lambda place: place.batch,
    "placing:id_": lambda place: place.issuance,
    "issuances_api:id_": lambda place: place.issuance,
    "trust.compare:validation": lambda place: place.validation,
}
"""What stands in an address for a parameter of a route: by endpoint, or by blueprint."""
CONSTANTS = {
    "book": "sct-bs",
    "year": 2026,
    "kind": "person",
    "filename": "icon.svg",
    "code": "busy",
    "number": 1,
    "invitation": "the-secret-of-a-link",
    "link": "the-secret-of-a-result",
    "snapshot": "0" * 64,
    "before": "0" * 64,
    "after": "0" * 64,
    "entry": EMBASSY["id"],
    "form": "authority",
    "act_kind": "certified-ecopy",
    "which": "input",
    "procedure": "certified-copy",
    "form_id": "receipt",
    "command": "withdraw",
}
"""Parameters that are nobody's."""


class NoKeys:
    """A signer that holds no key."""

    def keys(self) -> tuple[HeldKey, ...]:
        return ()

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        raise CouldNotIssue("signer-absent")

    def sign(self, issuance: UUID, role: SigningRole, attributes: bytes) -> bytes:
        raise CouldNotIssue("signer-absent")


class World:
    """The site, who asks it next, and two places."""

    def __init__(self, database: Database, folder: Path) -> None:
        clock, self.checker = Clock(), Checker()
        self._service = Validations(
            database,
            Blobs(folder / "files", RING, folder / "spool"),
            check=self.checker,
            clock=clock.now,
            spool=folder / "spool",
            limits=JobLimits(1000, 2, 4, timedelta(days=30)),
        )
        self.database, self._folder = database, folder
        self._issuing = self._issues(clock, folder)
        self._clock, self._case_files = clock, Blobs(folder / "cases", RING, folder / "cases-spool")
        self.own, self.other = self._place("lan"), self._place("hoa")
        dossiers = self._dossiers(self.own.authority)
        self.caller = Caller()
        self.trust = self._trust(clock, folder)
        granting = GrantChange(None, clock)
        accounts = accounts_of(database, clock, kinds={"trust": TrustChange(self.trust), "signing-grant": granting})
        desk = TrustDesk(self.trust, accounts.proposals, clock)
        self.app: Flask = app_of(
            accounts, folder, lambda: self.caller, self._service, pictures=PaintedPictures(), trust=desk,
            signing=SigningDesk(database, accounts.proposals, clock, granting), issuing=self._issuing,
            casework=work_of(dossiers),
        )  # fmt: skip
        self.routes = {one.endpoint: one for one in self.app.url_map.iter_rules()}

    def close(self) -> None:
        self._service.close()
        self._issuing.close()

    def callers(self, place: Place) -> dict[str, Caller]:
        """A visitor, a person of each role, and machine clients with each scope."""
        people = {
            role.value: caller_of(place.person, place.authority, role, database=self.database, proved=True)
            for role in OF_PEOPLE
        }
        machines = {
            f"client of {scopes or 'nothing'}": Caller(
                "", place.authority, client=place.client, scopes=frozenset(scopes.split())
            )
            for scopes in ("", "validations:read", "validations:create", "cases:read", "cases:file")
        }
        outside = {"holder": Caller(claim=Claim("G10.TEST", "none")), "identity": Caller(identities=(bytes(32),))}
        return {"visitor": Caller(), **people, **machines, **outside}

    def address(self, endpoint: str, place: Place | None) -> str:
        """The address of a route with ids of a place; with ids that nobody has where there is none."""
        route = self.routes[endpoint]
        values = {name: self.value(route, name, place) for name in route.arguments}
        with self.app.test_request_context():
            return self.app.url_for(endpoint, **values)

    def value(self, route: Route, name: str, place: Place | None) -> Any:
        if name in CONSTANTS:
            return CONSTANTS[name]
        blueprint = route.endpoint.partition(".")[0]
        example = EXAMPLES.get(f"{route.endpoint}:{name}") or EXAMPLES[f"{blueprint}:{name}"]
        return uuid4() if place is None else example(place)

    def methods(self, endpoint: str) -> list[str]:
        return sorted((self.routes[endpoint].methods or set()) & {"GET", "POST", "DELETE"})

    def has_ids(self, endpoint: str) -> bool:
        """Tell whether the address names something that belongs to an authority."""
        return bool(self.routes[endpoint].arguments - CONSTANTS.keys())

    # --- inside ------------------------------------------------------------------------------------------------------

    def _trust(self, clock: Clock, folder: Path) -> TrustKeeper:
        """Trust that the people of the own place keep, with one entry in its register."""
        write(folder / "trust_store", world().root)
        archive = Archive(folder / "trust")
        keeper = TrustKeeper(self.database, archive, folder / "trust_store", clock, self.own.authority.code)
        base, told = keeper.snapshot(), {"kind": "set-authority", "authority": EMBASSY, "source": ""}
        keeper.adopt_refreshed(carried_out(base, told, archive, AT), "", AT, base=base.id)
        return keeper

    def _place(self, login: str) -> Place:
        database = self.database
        authority = add_authority(database)
        person = add_person(database, authority, *OF_PEOPLE, login=login)
        colleague = add_person(database, authority, Role.SPECIALIST, Role.LEADER, login=f"{login}.2")
        client, session = add_machine(database, authority).client, session_of(person)
        proposal = Proposal(
            uuid4(), authority.id, "authority", str(authority.id), {}, 1, "vì", "open", colleague.id, AT
        )
        with database.unit(SYSTEM) as unit:
            unit.sessions.add(session, uuid4().hex)
            unit.proposals.add(proposal)
            unit.people.invite(Invitation(authority.id, person.id, AT, AT + timedelta(days=1)), uuid4().hex)
            unit.outbox.put("mail", login, {}, AT, authority.id)
            letter = next(one.id for one in unit.outbox.listed("waiting") if one.key == login)
            unit.outbox.bury(letter, AT, "no answer")
            told = Event("person", str(colleague.id), "role-granted", Actor("system", "test"), AT, authority.id)
            unit.audit.append(told)
            grant = unit.people.grants(colleague.id)[0].id
            key = unit.clients.keys(client.id)[0].id
        case, record = self.filed(authority)
        return Place(
            authority, person, colleague, grant, session.id, proposal.id, client, key, letter, self.judged(authority),
            *self.ordered(person, authority), self.may_sign(authority, colleague), case, record,
            self.received(authority, person, case),
        )  # fmt: skip

    def ordered(self, person: Person, authority: Authority) -> tuple[UUID, UUID]:
        """Order an act of issuing for an authority, in a batch."""
        competence = Competence(uuid4(), authority.id, Kind.CERTIFIED_ECOPY, "decide", date(2020, 1, 1), None, "test")
        with self.database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(authority.id, [competence])
        who, document = caller_of(person, authority, Role.LEADER), self._folder / "document.pdf"
        document.write_bytes(DOCUMENT)
        batch = self._issuing.open_batch(who, Kind.CERTIFIED_ECOPY).id
        act = self._issuing.order(who, document, "a.pdf", Order(Kind.CERTIFIED_ECOPY), batch)
        return act.id, batch

    def received(self, authority: Authority, person: Person, case: UUID) -> Visits:
        """Put a desk, who comes there and who waits, a closed time and a package to an authority."""
        desk = Desk(uuid4(), authority.id, 1, "", (), None, open=True)
        who, end = Contact("Mai", "0905000000"), AT + timedelta(hours=1)
        waits = (Kind.CERTIFIED_ECOPY, "file", 1, AT.date(), AT.date(), who, f"person:{person.id}", AT)
        comes = (AT, end, "booked", Kind.CERTIFIED_ECOPY, "file", 1, who, f"person:{person.id}", AT)
        blob = self._case_files.put(b"a package")
        packed = (authority.id, AT, person.id, 1, 1, 1, 9, "0" * 64, "0" * 64, blob)
        ids = [uuid4() for _ in range(4)]
        with self.database.unit(SYSTEM) as unit:
            unit.appointments.add_desk(desk)
            [made] = unit.appointments.desks(authority.id)
            unit.appointments.add(Appointment(ids[0], authority.id, desk.id, made.lane, *comes))
            unit.appointments.add_closure(Closure(ids[1], authority.id, None, AT, end, "", person.id, AT))
            unit.appointments.add_waiting(Waiting(ids[2], authority.id, *waits))
            unit.archive.add(Package(ids[3], case, *packed, unsealed="no-stampers"))
        return Visits(ids[0], desk.id, ids[1], ids[2], ids[3])

    def filed(self, authority: Authority) -> tuple[UUID, UUID]:
        """Put a dossier with one record to an authority."""
        house = self._dossiers(authority)
        case = house.case(status=Status.FILED, token_sha256=uuid4().bytes * 2)
        return case.id, house.view(case).records[0].id

    def _dossiers(self, authority: Authority) -> CaseWorld:
        return CaseWorld(self.database, self._folder, clock=self._clock, blobs=self._case_files, authority=authority)

    def _issues(self, clock: Clock, folder: Path) -> Issuing:
        """The act of issuing without keys to sign with."""
        parts = IssuingParts(
            NoKeys(), Draws(), Stamps(AT), Completes(), Judges(), Fitness(), RING, LAW, "https://x.example"
        )
        blobs = Blobs(folder / "acts", RING, folder / "acts-spool")
        return Issuing(self.database, blobs, Here(), parts, clock.now, folder / "acts-plain", workers=0)

    def may_sign(self, authority: Authority, person: Person) -> UUID:
        """Let somebody sign for an authority."""
        made = SigningGrant(
            uuid4(), authority.id, person.id, "seal", "0" * 64, "agency", ["apostille"], AT, None, AT
        )  # fmt: skip
        with self.database.unit(SYSTEM) as unit:
            unit.signing.add_grant(made)
        return made.id

    def judged(self, authority: Authority) -> UUID:
        """Hand a file in for an authority and wait for its verdict."""
        owner = Owner(Caller(authority=authority).scope)
        token = self._service.submit(io.BytesIO(PDF), "a.pdf", "vi", owner=owner)
        found = self._service.wait(token, 20, owner.scope)
        assert found is not None
        return found.id


@contextmanager
def world_of(database: Database, folder: Path) -> Iterator[World]:
    world = World(database, folder)
    try:
        yield world
    finally:
        world.close()
