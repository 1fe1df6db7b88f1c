"""How a dossier moves: a command has rules of who and when, and a handler that says what becomes of the case.

A part that adds a command writes a frozen dataclass derived from `Command`, a handler, and joins them with `handles`;
the API, the OpenAPI document and the officer's page find it in the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.archive.records import Package
from verifier.audit import Actor, Detail
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.statuses import Status, final
from verifier.errors import BadRequest
from verifier.law.book import Law, LawBook
from verifier.payments.reckoning import carries
from verifier.payments.records import CaseMoney
from verifier.storage.authorities import Authority, Competence
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.keys import KeyRing
from verifier.storage.scope import Scope, of

RECEPTION, SPECIALIST, LEADER, CLERK = (one.value for one in (Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK))
APPLICANT = "applicant"
"""Who holds the secret access token, or a machine client that files for people."""
SYSTEM_ASKER = "system"
"""The service by itself: jobs, callbacks whose signature was checked."""
OFFICERS = (RECEPTION, SPECIALIST, LEADER, CLERK)
DRAWERS = 2
"""Forms that a process draws at once."""
OPEN = frozenset(Status) - {Status(one) for one in final()}
"""Every status that is not final."""


@dataclass(frozen=True)
class Asker:
    """Who gives a command."""

    id: str
    """`person:<uuid>`, `client:<uuid>`, `case:<uuid>` (the applicant) or `system:<name>`; keys and uploads go by it."""
    scope: Scope
    actor: Actor
    may: frozenset[str]
    """Roles held, or `applicant`, or `system`."""
    person: UUID | None = None
    proved: bool = False
    """Whether there is a step-up that is fresh."""


@dataclass(frozen=True)
class Letter:
    """What somebody is told of a dossier; `verifier/notices` chooses the ways and the words."""

    template: str
    """Id of the template."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What its placeholders hold, ready to print, in the applicant's language where it matters."""
    records: tuple[UUID, ...] = ()
    """Stored records that go with it: forms, letters."""
    to: str = APPLICANT
    """`applicant`, or `person:<uuid>` of an officer."""


class Tells(Protocol):
    """Puts a letter into the outbox, in the transaction of the command."""

    def __call__(self, unit: UnitOfWork, case: Case, letter: Letter, now: datetime, /) -> None:
        """Keep the notice and its first attempt."""


@dataclass(frozen=True)
class CaseHouse:
    """What handlers work with."""

    database: Database
    blobs: Blobs
    ring: KeyRing
    book: LawBook
    clock: Callable[[], datetime]
    tells: Tells
    portal: bool = False
    """Whether status and results are told to the national portal."""
    receipts: str = "BLP"
    """Symbol of receipts of fees (ký hiệu biên lai)."""
    online: bool = False
    """Whether fees can be paid on the online payment platform."""
    mail: bool = True
    """Whether e-mail can be sent."""
    issues: bool = False
    """Whether results are issued electronically."""
    drawers: Executor = field(default_factory=lambda: ThreadPoolExecutor(DRAWERS, "form"), repr=False, compare=False)
    """Who draw forms while the command goes on."""

    def law(self, case: Case) -> Law:
        """Return the law that a dossier follows: that of the day of its filing."""
        return self.book.at(case.law_day)


@dataclass(frozen=True)
class StoredBytes:
    """Bytes that are in the store."""

    size: int
    sha256: str
    blob: str


@dataclass(frozen=True)
class Turn:
    """One command's transaction: the case is locked."""

    house: CaseHouse
    unit: UnitOfWork
    case: Case
    asker: Asker
    now: datetime
    drawing: dict[UUID, Future[StoredBytes]] = field(default_factory=dict)
    """By record, the forms that are being drawn (`letters.form_record`)."""

    @property
    def law(self) -> Law:
        """The law of the case."""
        return self.house.law(self.case)

    @cached_property
    def authority(self) -> Authority:
        """The authority that has the case."""
        found = self.unit.authorities.get(self.case.authority_id)
        if found is None:
            raise LookupError(f"no authority {self.case.authority_id}")
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the authority."""
        return ZoneInfo(self.authority.time_zone)

    @property
    def today(self) -> date:
        """The day at the authority."""
        return self.now.astimezone(self.zone).date()

    # --- what belongs to the case, as it stands at this moment of the transaction ------------------------------------

    def papers(self) -> tuple[Paper, ...]:
        """Return the papers."""
        return self.unit.cases.papers(self.case.id)

    def records(self) -> tuple[CaseRecord, ...]:
        """Return the stored records."""
        return self.unit.cases.records(self.case.id)

    def confirmations(self) -> tuple[Confirmation, ...]:
        """Return the requests for confirmation."""
        return self.unit.cases.confirmations(self.case.id)

    def money(self) -> CaseMoney:
        """Return the orders, payments and refunds."""
        return self.unit.payments.of_case(self.case.id, carries=carries(self.law, self.case.procedure))

    def acts(self) -> Sequence[Issuance]:
        """Return the acts of issuing that papers are bound to which are not noted as issued."""
        bound = [one.issuance_id for one in self.papers() if one.issuance_id and one.issued_at is None]
        return self.unit.issuances.several(bound) if bound else ()

    def packages(self) -> Sequence[Package]:
        """Return the packages for the archive."""
        return self.unit.archive.packages(self.case.id)

    def competences(self) -> Sequence[Competence]:
        """Return what the authority is competent for."""
        return self.unit.authorities.competences(self.case.authority_id)

    def intake(self) -> Authority | None:
        """Return the authority where it was filed."""
        here = self.case.intake_id == self.case.authority_id
        return self.authority if here else self.unit.authorities.get(self.case.intake_id)

    def person(self) -> UUID:
        """Return the person who gives the command; BadRequest `not-allowed` where it is nobody."""
        if self.asker.person is None:
            raise BadRequest("not-allowed")
        return self.asker.person


@dataclass(frozen=True)
class Done:
    """What becomes of the case; parts of it were written by the handler already."""

    status: Status | None = None
    """None: it stays."""
    change: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the case."""
    told: Mapping[str, Detail] = field(default_factory=dict)
    """Into the log: ids, codes, hashes, counts; never personal data or secrets."""
    reason: str = ""
    """The officer's or applicant's own words, into the log."""
    letters: tuple[Letter, ...] = ()

    def and_then(self, other: Done) -> Done:
        """Join with what follows at once; the later one wins where both say something."""
        return Done(
            other.status or self.status,
            {**self.change, **other.change},
            {**self.told, **other.told},
            "; ".join(one for one in (self.reason, other.reason) if one),
            (*self.letters, *other.letters),
        )


class Command:
    """Base of all commands: frozen dataclasses with keyword fields of plain types, read from JSON by pydantic."""


C = TypeVar("C", bound=Command)
Handler = Callable[[Turn, Any], Done]
Refuses = Callable[[Turn], None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Something that may be done with a dossier: its name, who may do it and when."""

    name: str
    """In the address of the API and in the data of words, as `ask-supplement`."""
    kind: type
    """What is said with it."""
    by: frozenset[str]
    within: frozenset[Status]
    step_up: bool = False
    """Whether a fresh proof of the person is needed."""
    intake: bool = False
    """Whether the authority where it was filed may do it while another has the case."""
    refuses: Refuses | None = None
    """Raises what is refused whatever is said: then it is not offered (`Cases.offers`)."""


@dataclass(frozen=True, kw_only=True)
class Spec(Rule):
    """A command."""

    kind: type[Command]
    event: str
    """In the log, past tense, as `supplement-asked`."""
    handle: Handler
    secret: bool
    """Left out of the API and the pages: only the service gives it."""


REGISTRY: dict[str, Spec] = {}
"""Every command by name; filled as the modules of handlers are imported (`handlers`)."""


def handles(
    kind: type[C],
    name: str,
    *,
    event: str,
    by: Collection[str],
    within: Collection[Status],
    step_up: bool = False,
    intake: bool = False,
    refuses: Refuses | None = None,
) -> Callable[[Callable[[Turn, C], Done]], Callable[[Turn, C], Done]]:
    """Register the handler of a command. ValueError where the name is taken."""

    def register(handle: Callable[[Turn, C], Done]) -> Callable[[Turn, C], Done]:
        if name in REGISTRY:
            raise ValueError(f"two commands are called {name}")
        secret = frozenset(by) == {SYSTEM_ASKER}
        REGISTRY[name] = Spec(
            name=name, kind=kind, event=event, by=frozenset(by), within=frozenset(within), handle=handle,
            step_up=step_up, intake=intake, secret=secret, refuses=refuses,
        )  # fmt: skip
        return handle

    return register


def spec_of(said: Command) -> Spec:
    """Return the spec of a command. LookupError where nobody handles it."""
    for spec in REGISTRY.values():
        if spec.kind is type(said):
            return spec
    raise LookupError(type(said).__name__)


def officer(caller: Caller, now: datetime) -> Asker:
    """Return an officer as who asks; BadRequest `not-allowed` for whoever is no person of an authority."""
    if caller.person is None or caller.authority is None:
        raise BadRequest("not-allowed")
    may = frozenset(role.value for role in caller.roles)
    id_ = caller.person.id
    return Asker(f"person:{id_}", caller.scope, caller.actor, may, id_, proved=caller.proved_within(now))


def applicant(case: Case, address: str = "") -> Asker:
    """Return who holds the access token of a case as who asks."""
    actor = Actor("visitor", address=address)
    return Asker(f"case:{case.id}", of(case.authority_id), actor, frozenset({APPLICANT}))


def client(caller: Caller) -> Asker:
    """Return a machine client that files for people as who asks; BadRequest `not-allowed`."""
    if caller.client is None or caller.authority is None:
        raise BadRequest("not-allowed")
    return Asker(f"client:{caller.client.id}", caller.scope, caller.actor, frozenset({APPLICANT}))


def system(name: str, case: Case) -> Asker:
    """Return the service itself as who asks, for one case."""
    actor = Actor("system", name, authority_id=case.authority_id)
    return Asker(f"system:{name}", of(case.authority_id), actor, frozenset({SYSTEM_ASKER}))
