"""`Cases`: what officers, applicants, pages, the API and jobs ask of dossiers. One object a process.

Each command is one transaction: the case is locked, the rules are asked, the handler writes, one event goes into the
dossier's chain of the audit log, and what must happen outside goes into the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from verifier.accounts.roles import Role
from verifier.audit import Event
from verifier.cases import handlers
from verifier.cases.beside import BESIDE
from verifier.cases.kernel import REGISTRY, Asker, CaseHouse, Command, Rule, Turn, spec_of
from verifier.cases.keys import Key, answered_under, key_hash
from verifier.cases.looking import Look
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.settling import SUBJECT, settle
from verifier.cases.statuses import statuses
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.payments.records import CaseMoney
from verifier.storage.audit import Entry
from verifier.storage.authorities import Authority
from verifier.storage.blobs import StoredFile
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.outage import again
from verifier.storage.people import Person
from verifier.storage.rows import token_hash
from verifier.storage.scope import SYSTEM

__all__ = ["Cases", "Key", "View"]

READ = "record-read"
LONGEST_LOG = 1000
"""Events of a dossier that are read at once."""
PARTS = ("papers", "records", "confirmations")
"""Parts of a view that need not be read again."""
_ = handlers


@dataclass(frozen=True)
class View:
    """A dossier with its parts, read in one transaction."""

    case: Case
    papers: tuple[Paper, ...]
    records: tuple[CaseRecord, ...]
    confirmations: tuple[Confirmation, ...]


@dataclass(frozen=True)
class Sight:
    """A dossier as an officer finds it: what it is, what may be done, and who has to do with it; one transaction."""

    view: View
    offers: Mapping[str, BadRequest | None]
    """As `Cases.offers`."""
    acts: Sequence[Issuance]
    """Acts of issuing that are not noted with their papers yet."""
    authority: Authority
    """That has it."""
    intake: Authority
    """Where it was filed."""
    names: Mapping[UUID, str]
    """Of its specialist and of who proposed, as far as they are of the asker's authority."""
    money: CaseMoney

    @property
    def offered(self) -> Sequence[str]:
        """What may be done now, as `Cases.offered`."""
        return may_be_done(self.offers)


class Cases:
    """Dossiers, from the filing to the archive."""

    def __init__(self, house: CaseHouse) -> None:
        self.house = house

    # --- commands ----------------------------------------------------------------------------------------------------

    def do(self, asker: Asker, id_: UUID, said: Command, *, version: int | None = None, key: Key | None = None) -> Case:
        """Carry a command out; return the case as it then stands.

        With `key` the same request again changes nothing and returns the case as it stands by now. BadRequest:
        `not-found`; `idempotency-key-reused`; `changed-meanwhile` where the case is not at `version` any more;
        `case-elsewhere` where another authority has it; `not-allowed`; `step-up-needed`; `case-not-now` (`status`,
        `command`) where it stands elsewhere; and what the handler says.
        """
        return again(lambda: self._done(asker, id_, said, version, key))

    def _done(self, asker: Asker, id_: UUID, said: Command, version: int | None, key: Key | None) -> Case:
        spec = spec_of(said)
        with self.house.database.unit(asker.scope) as unit:
            case = seen(unit, asker, id_, hold=True)
            if key and answered_under(unit, asker, key):
                return case
            now = self.house.clock()
            refuse(spec, case, asker, version)
            turn = Turn(self.house, unit, case, asker, now)
            done = spec.handle(turn, said)
            case = settle(turn, spec.event, done)
            if key and not unit.cases.note_answer(asker.id, key_hash(key), key.content, case, now):
                raise BadRequest("in-hand")
        return case

    # --- looking -----------------------------------------------------------------------------------------------------

    def case(self, asker: Asker, id_: UUID) -> Case:
        """Return a dossier without its parts; BadRequest `not-found`."""
        with self.house.database.unit(asker.scope) as unit:
            return seen(unit, asker, id_)

    def view(self, asker: Asker, id_: UUID) -> View:
        """Return a dossier with its parts; BadRequest `not-found`."""
        with self.house.database.unit(asker.scope) as unit:
            return view_of(unit, seen(unit, asker, id_))

    def sight(self, asker: Asker, id_: UUID) -> Sight:
        """Return a dossier with all that its page says of it, each part read once; BadRequest `not-found`."""
        with self.house.database.unit(asker.scope) as unit:
            view = view_of(unit, seen(unit, asker, id_))
            look, case = self._look(unit, asker, view), view.case
            people = (unit.people.get(one) for one in {case.officer_id, case.proposed_by} if one)
            own = asker.scope.authority == case.authority_id
            names = {one.id: one.name for one in people if one and own}
            intake = look.intake() or look.authority
            return Sight(view, hindrances(look), look.acts(), look.authority, intake, names, look.money())

    def by_token(self, code: str, token: str) -> Case:
        """Find the case of a code and its secret token; BadRequest `not-found`, the same whatever is wrong."""
        with self.house.database.unit(SYSTEM) as unit:
            case = unit.cases.by_token(token_hash(token))
        if case is None or case.code != code.strip().upper() or case.removed_at is not None:
            raise BadRequest("not-found")
        return case

    def specialists(self, asker: Asker) -> tuple[Person, ...]:
        """Return the officers of the asker's authority to whom a dossier may be assigned now, by name."""
        now = self.house.clock()
        with self.house.database.unit(asker.scope) as unit:
            held = [one for one in unit.people.all_grants() if one.role == Role.SPECIALIST and one.holds_at(now)]
            found = (unit.people.get(id_) for id_ in {one.person_id for one in held})
            own = [one for one in found if one and one.authority_id == asker.scope.authority and not one.disabled_at]
        return tuple(sorted(own, key=lambda one: (one.name, one.id)))

    def note_read(self, asker: Asker, case: Case, one: CaseRecord) -> None:
        """Note who reads a stored record: in a chain of its own, since the dossier's holds what changed it alone."""
        told = {"case": str(case.id), "kind": one.kind}
        subject, now = ("case-record", str(one.id)), self.house.clock()
        event = Event(*subject, READ, asker.actor, now, case.authority_id, details=told, reads=("file",))
        with self.house.database.unit(asker.scope) as unit:
            unit.audit.append(event)

    def given(self, asker: Asker, case: Case, one: CaseRecord) -> StoredFile:
        """Return a stored record as a file, and note who reads it.

        BadRequest `record-removed` where its dossier was removed while it was asked for. FileNotFoundError where it is
        lost.
        """
        self.note_read(asker, case, one)
        try:
            return self.house.blobs.file(one.blob)
        except FileNotFoundError:
            with self.house.database.unit(SYSTEM) as unit:
                found = unit.cases.record(one.id)
            if found is not None and found.blob:
                raise
            raise BadRequest("record-removed") from None

    def history(self, id_: UUID) -> tuple[Entry, ...]:
        """Return the events of a dossier, oldest first, whichever authority had it then.

        Only for somebody who was let see the dossier before.
        """
        with self.house.database.unit(SYSTEM) as unit:
            return unit.audit.chain(SUBJECT, str(id_), LONGEST_LOG)

    def offers(self, asker: Asker, about: Case | View) -> Mapping[str, BadRequest | None]:
        """Return, by name, everything that this asker could ever do, and why not now; None where it may be done.

        A proof that is still to be given (`step-up-needed`) is said where nothing else stands in the way.
        """
        with self.house.database.unit(asker.scope) as unit:
            return hindrances(self._look(unit, asker, about))

    def offered(self, asker: Asker, about: Case | View) -> Sequence[str]:
        """Return the names of what this asker may do now, after a fresh proof where one is needed."""
        return may_be_done(self.offers(asker, about))

    def _look(self, unit: UnitOfWork, asker: Asker, about: Case | View) -> Look:
        """Return a look at a dossier; parts that were read are not read again."""
        case = about.case if isinstance(about, View) else about
        known = {} if isinstance(about, Case) else {name: getattr(about, name) for name in PARTS}
        return Look(self.house, unit, case, asker, self.house.clock(), known=known)


def may_be_done(offers: Mapping[str, BadRequest | None]) -> Sequence[str]:
    """Return the names of what may be done now, after a fresh proof where one is needed."""
    return [name for name, why in offers.items() if why is None or why.problem.code == "step-up-needed"]


def rules_of_all() -> Mapping[str, Rule]:
    """Return by name everything that people may do with dossiers: the commands, and what stands beside them."""
    return {**{name: one for name, one in REGISTRY.items() if not one.secret}, **BESIDE}


def seen(unit: UnitOfWork, asker: Asker, id_: UUID, *, hold: bool = False) -> Case:
    """Return a dossier that this asker may see at all: an applicant the own one, a client what it filed.

    BadRequest `not-found`.
    """
    case = unit.cases.get(id_, hold=hold)
    kind = asker.id.partition(":")[0]
    if case is None or (kind == "case" and asker.id != f"case:{id_}"):
        raise BadRequest("not-found")
    if kind == "client" and case.filed_by != asker.id:
        raise BadRequest("not-found")
    return case


def view_of(unit: UnitOfWork, case: Case) -> View:
    """Read the parts of a dossier."""
    parts = unit.cases.papers(case.id), unit.cases.records(case.id), unit.cases.confirmations(case.id)
    return View(case, *parts)


def hindrances(look: Look) -> Mapping[str, BadRequest | None]:
    """Return, by name, everything that who looks could ever do, and why not now; None where it may be done."""
    return {name: hindrance(one, look) for name, one in rules_of_all().items() if one.by & look.asker.may}


def hindrance(spec: Rule, look: Look) -> BadRequest | None:
    """Return why something may not be done now, whatever is said with it; None where it may."""
    try:
        refuse(spec, look.case, replace(look.asker, proved=True), None)
        if spec.refuses:
            with answered():
                spec.refuses(look)
        refuse(spec, look.case, look.asker, None)
    except BadRequest as refusal:
        return refusal
    return None


def refuse(spec: Rule, case: Case, asker: Asker, version: int | None) -> None:
    """Refuse what this asker may not do, or not now; BadRequest as `Cases.do` says."""
    if version is not None and version != case.version:
        raise BadRequest("changed-meanwhile")
    elsewhere = asker.scope.authority != case.authority_id
    if elsewhere and not (spec.intake and asker.scope.authority == case.intake_id):
        raise BadRequest("case-elsewhere")
    if not spec.by & asker.may or case.removed_at is not None:
        raise BadRequest("not-allowed")
    if case.status not in {one.value for one in spec.within}:
        words = statuses()[case.status].words
        detail = f"{spec.name} is not for a dossier that is {case.status}"
        raise BadRequest("case-not-now", detail, command=spec.name, status_vi=words.vi, status_en=words.en)
    if spec.step_up and not asker.proved:
        raise BadRequest("step-up-needed")
