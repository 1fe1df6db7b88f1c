"""A house with dossiers at any stage: officers of every role, files in the store, letters that were told; no pages.

`case_world(database, folder)` gives one; `world.case(...)` puts a dossier where a test wants it, `world.do(...)` gives
commands as an officer of the role that is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tests.accounts.support import Clock, add_authority, add_person
from tests.pki.pdf import plain_pdf
from tests.support.postgres import RING
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.sessions import Origin, begin
from verifier.cases.desk import Cases, View
from verifier.cases.kernel import Asker, CaseHouse, Command, Letter, officer, system
from verifier.cases.records import Applicant, Case, CaseRecord, Confirmation, Paper
from verifier.cases.statuses import Status
from verifier.errors import VerifierError
from verifier.law.book import law_book
from verifier.storage.audit import Entry
from verifier.storage.authorities import Authority, Competence
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Person
from verifier.storage.rows import token_hash
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn

CONSULAR = "consular-certification"
LEGALIZATION = "consular-legalization"
COPY = "certified-copy"
ECOPY = "certified-ecopy"
SIGNATURE = "signature-certification"
WORKS = {CONSULAR: "CNLS", LEGALIZATION: "HPHLS"}
CODE = "G10.TEST"
TOKEN = "a-secret-token-of-the-applicant"
"""Of the first dossier; that of the nth is `f"{TOKEN}-{n}"`."""
PDF = plain_pdf()
LASTS = timedelta(hours=12)
"""Of a session."""
LOGINS = {
    Role.RECEPTION: ("tiep.nhan", "Lê Thị Đón"),
    Role.SPECIALIST: ("chuyen.vien", "Phạm Văn Soi"),
    Role.LEADER: ("lanh.dao", "Trần Thị Hương"),
    Role.CLERK: ("van.thu", "Vũ Văn Sổ"),
}
WHO = Applicant("Đỗ Thị Bưởi", id_kind="identity-card", id_number="001090000001", phone="0912000000",
                email="buoi@example.vn", address="5 Phố Chợ", lang="vi")  # fmt: skip


class Told(list[tuple[UUID, Letter]]):
    """Implements `kernel.Tells`: keeps the letters, with the id of the dossier."""

    def __call__(self, _unit: UnitOfWork, case: Case, letter: Letter, _now: object) -> None:
        self.append((case.id, letter))

    @property
    def templates(self) -> list[str]:
        return [letter.template for _, letter in self]


class CaseWorld:
    """All that dossiers are handled with."""

    def __init__(self, database: Database, folder: Path, **house: Any) -> None:
        self.database, self.folder = database, folder
        self.clock: Clock = house.pop("clock", None) or Clock()
        self.blobs: Blobs = house.pop("blobs", None) or Blobs(folder / "files", RING, folder / "spool")
        self.authority: Authority = house.pop("authority", None) or add_authority(database, code=CODE, kind="ministry")
        self.told = Told()
        book = house.pop("book", None) or law_book()
        self.house = CaseHouse(database, self.blobs, RING, book, self.clock.now, self.told, **house)
        self.cases = Cases(self.house)
        self.people: dict[Role, Person] = {}
        self._ordinal = 0

    # --- who asks ----------------------------------------------------------------------------------------------------

    def person(self, role: Role) -> Person:
        """The officer of a role, who is made when first asked for."""
        if role not in self.people:
            login, name = LOGINS[role]
            self.people[role] = add_person(self.database, self.authority, role, login=login, name=name)
        return self.people[role]

    def another(self, role: Role, login: str = "nguoi.khac") -> Person:
        """Another officer of a role."""
        return add_person(self.database, self.authority, role, login=login, name="Hoàng Văn Khác")

    def session(self, person: Person, *, proved: bool = True) -> tuple[SignedIn, str]:
        """Open a session; just proved unless told otherwise; return it and its token."""
        now = self.clock.now()
        with self.database.unit(SYSTEM) as unit:
            opened = begin(unit, person, "open", "password", Origin("192.0.2.7", "Firefox"), now, LASTS)
            if proved:
                unit.sessions.proved(opened.session.id, now)
            found = unit.sessions.by_token(opened.token)
        assert found is not None
        return found, opened.token

    def caller(self, role: Role, person: Person | None = None, *, proved: bool = True) -> Caller:
        """An officer's request."""
        who = person or self.person(role)
        session = self.session(who, proved=proved)[0]
        return Caller("192.0.2.7", self.authority, who, session=session, roles=frozenset({role}))

    def asker(self, role: Role, person: Person | None = None, *, proved: bool = True) -> Asker:
        """An officer who gives a command."""
        who = person or self.person(role)
        session = self.session(who)[0] if proved else None
        caller = Caller("192.0.2.7", self.authority, who, session=session, roles=frozenset({role}))
        return officer(caller, self.clock.now())

    def do(self, role: Role, case: Case, said: Command, person: Person | None = None, **told: Any) -> Case:
        """Give a command as the officer of a role, or as another person who has it."""
        return self.cases.do(self.asker(role, person), case.id, said, **told)

    def by_system(self, case: Case, said: Command) -> Case:
        """Give a command as the service itself."""
        return self.cases.do(system("test", case), case.id, said)

    # --- what there is -----------------------------------------------------------------------------------------------

    def competent(self, *procedures: str, capacity: str = "decide", since: date = date(2020, 1, 1)) -> None:
        told = [Competence(uuid4(), self.authority.id, one, capacity, since, None, "test") for one in procedures]
        with self.database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(self.authority.id, told)

    def case(
        self, procedure: str = CONSULAR, status: Status = Status.EXAMINATION, *, papers: int = 1, **changes: Any
    ) -> Case:
        """Put a dossier at a status, with papers that have a document each; `changes` are fields of the case."""
        self._ordinal += 1
        now, accepted = self.clock.now(), status not in (Status.FILED, Status.SUPPLEMENT, Status.PAYMENT)
        authority = changes.pop("authority_id", self.authority.id)
        begun = now if accepted else None
        told: dict[str, Any] = {
            "id": uuid4(),
            "authority_id": authority,
            "intake_id": authority,
            "code": f"{self.authority.code}-{now:%y%m%d}-{self._ordinal:04d}",
            "token_sha256": token_hash(TOKEN if self._ordinal == 1 else f"{TOKEN}-{self._ordinal}"),
            "procedure": procedure,
            "law_day": now.astimezone(self.zone).date(),
            "law_sha256": self.house.book.sha256,
            "channel": "counter" if procedure in (COPY, SIGNATURE) else "portal",
            "filed_at": now,
            "status": status.value,
            "applicant": WHO,
            "complete_at": begun,
            "paid_at": begun,
            "accepted_at": begun,
            "clock_from": begun,
        }
        made = Case(**{**told, **changes})
        with self.database.unit(SYSTEM) as unit:
            unit.cases.add(made)
        for _ in range(papers):
            self.paper(made)
        return self.now(made)

    def paper(self, case: Case, data: bytes | None = PDF, **changes: Any) -> Paper:
        """Add a paper to a dossier; with `data` as its document, None for none."""
        count = len(self.view(case).papers)
        made = Paper(
            uuid4(), case.id, case.authority_id, count + 1, "Bằng tốt nghiệp đại học",
            work=WORKS.get(case.procedure, ""), type="0501", holder="Đỗ Thị Bưởi", serial="B 12345",
            office="Trường Đại học Thử", signer="Ngô Văn Ký", title="Hiệu trưởng", signed_on=date(2025, 6, 30),
            countries=("LA",) if case.procedure == CONSULAR else ("VN",),
            issuing_country="VN" if case.procedure == CONSULAR else "LA", language="vi", pages=1, checked=True,
        )  # fmt: skip
        record = None if data is None else self.record(case, data, paper_id=made.id)
        if record:
            made = replace(made, record_id=record.id, sha256=record.sha256)
        made = replace(made, **changes)
        with self.database.unit(SYSTEM) as unit:
            unit.cases.add_paper(made)
        return made

    def record(self, case: Case, data: bytes = PDF, kind: str = "paper", **changes: Any) -> CaseRecord:
        """Store a file with a dossier."""
        told: dict[str, Any] = {"id": uuid4(), "name": "bằng.pdf", "media_type": "application/pdf", "made_by": "test"}
        told |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "blob": self.blobs.put(data)}
        made = CaseRecord(
            case_id=case.id, authority_id=case.authority_id, kind=kind, made_at=self.clock.now(), **{**told, **changes}
        )
        with self.database.unit(SYSTEM) as unit:
            unit.cases.add_record(made)
        return made

    def confirmation(self, case: Case, *papers: Paper, **changes: Any) -> Confirmation:
        """Add a request for confirmation; answered `authentic` unless `changes` say otherwise."""
        now, who = self.clock.now(), self.person(Role.SPECIALIST).id
        answer = self.record(case, b"answer", "answer", media_type="text/plain")
        told: dict[str, Any] = {
            "asked": "vietnam", "name": "Trường Đại học Thử", "address": "1 Phố Học", "question": "Chữ ký số?",
            "reference": "12/CV", "state": "answered", "drafted_by": who, "drafted_at": now, "sent_by": who,
            "sent_at": now, "answer": "authentic", "answer_reference": "34/TL", "answer_id": answer.id,
            "answered_at": now, "noted_by": who,
        }  # fmt: skip
        ids = tuple(one.id for one in papers)
        made = Confirmation(uuid4(), case.id, case.authority_id, ids, **{**told, **changes})
        with self.database.unit(SYSTEM) as unit:
            unit.cases.add_confirmation(made)
        return made

    def change_paper(self, paper: Paper, **told: Any) -> None:
        """Change columns of a paper behind everybody's back."""
        with self.database.unit(SYSTEM) as unit:
            unit.cases.change_paper(paper.id, **told)

    def change(self, case: Case, **told: Any) -> Case:
        """Change columns of a dossier behind everybody's back."""
        with self.database.unit(SYSTEM) as unit:
            assert unit.cases.change(self.now(case), **told)
        return self.now(case)

    # --- looking -----------------------------------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.authority.time_zone)

    def view(self, case: Case) -> View:
        return self.cases.view(system("test", case), case.id)

    def now(self, case: Case) -> Case:
        return self.view(case).case

    def papers(self, case: Case) -> tuple[Paper, ...]:
        return self.view(case).papers

    def events(self, case: Case) -> tuple[Entry, ...]:
        """The dossier's log, oldest first."""
        return self.cases.history(case.id)

    def actions(self, case: Case) -> list[str]:
        return [one.event.action for one in self.events(case)]


def code_of(act: Callable[[], object]) -> str:
    """The code of the problem that calling `act` raises."""
    try:
        act()
    except VerifierError as refusal:
        return refusal.problem.code
    raise AssertionError("nothing was refused")


@contextmanager
def case_world(database: Database, folder: Path, **house: Any) -> Iterator[CaseWorld]:
    """Give a house with dossiers; `house` holds fields of `CaseHouse`, or clock, blobs, book and authority."""
    yield CaseWorld(database, folder, **house)
