"""`Cases`: what officers, applicants, pages, the API and jobs ask of dossiers. One object a process.

Each command is one transaction: the case is locked, the rules are asked, the handler writes, one event goes into the
dossier's chain of the audit log, and what must happen outside goes into the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from verifier.audit import Event
from verifier.cases import handlers
from verifier.cases.kernel import REGISTRY, Asker, CaseHouse, Command, Spec, Turn, spec_of
from verifier.cases.keys import Key, answered_under, key_hash
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.settling import SUBJECT, settle
from verifier.cases.statuses import statuses
from verifier.errors import BadRequest
from verifier.storage.audit import Entry
from verifier.storage.database import UnitOfWork
from verifier.storage.rows import token_hash
from verifier.storage.scope import SYSTEM

__all__ = ["Cases", "Key", "View"]

READ = "record-read"
LONGEST_LOG = 1000
"""Events of a dossier that are read at once."""
_ = handlers


@dataclass(frozen=True)
class View:
    """A dossier with its parts, read in one transaction."""

    case: Case
    papers: tuple[Paper, ...]
    records: tuple[CaseRecord, ...]
    confirmations: tuple[Confirmation, ...]


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

    def by_token(self, code: str, token: str) -> Case:
        """Find the case of a code and its secret token; BadRequest `not-found`, the same whatever is wrong."""
        with self.house.database.unit(SYSTEM) as unit:
            case = unit.cases.by_token(token_hash(token))
        if case is None or case.code != code.strip().upper() or case.removed_at is not None:
            raise BadRequest("not-found")
        return case

    def note_read(self, asker: Asker, case: Case, one: CaseRecord) -> None:
        """Note who reads a stored record: in a chain of its own, since the dossier's holds what changed it alone."""
        told = {"case": str(case.id), "kind": one.kind}
        subject, now = ("case-record", str(one.id)), self.house.clock()
        event = Event(*subject, READ, asker.actor, now, case.authority_id, details=told, reads=("file",))
        with self.house.database.unit(asker.scope) as unit:
            unit.audit.append(event)

    def history(self, id_: UUID) -> tuple[Entry, ...]:
        """Return the events of a dossier, oldest first, whichever authority had it then.

        Only for somebody who was let see the dossier before.
        """
        with self.house.database.unit(SYSTEM) as unit:
            return unit.audit.chain(SUBJECT, str(id_), LONGEST_LOG)

    def offered(self, asker: Asker, case: Case) -> Sequence[Spec]:
        """Return the commands that this asker may give now."""
        here = case.authority_id == asker.scope.authority
        specs = (one for one in REGISTRY.values() if not one.secret and (here or one.intake))
        return [one for one in specs if one.open_to(case, asker) and case.removed_at is None]


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


def refuse(spec: Spec, case: Case, asker: Asker, version: int | None) -> None:
    """Refuse a command that this asker may not give, or not now; BadRequest as `Cases.do` says."""
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
