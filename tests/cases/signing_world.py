"""A house that signs dossiers: that of dossiers over that of the act, with one clock, one store and one leader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cases.test_decision import approve
from tests.cases.test_examination import granted, propose
from tests.cases.verdicts import judge, sound
from tests.cases.world import CONSULAR, LEGALIZATION, CaseWorld
from tests.signing.acts.ports import signature
from tests.signing.acts.world import ActWorld
from verifier.accounts.roles import Role
from verifier.cases.examination import RecordBasis
from verifier.cases.records import Case, Paper
from verifier.cases.signing import CaseSigning
from verifier.signing.mark.drawer import MarkDrawer
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM

BASES = {CONSULAR: "a", LEGALIZATION: "b"}


class SigningWorld(CaseWorld):
    """Dossiers that are signed by the rules of the real signer; nothing goes on unless the test says so."""

    def __init__(self, database: Database, folder: Path, **house: Any) -> None:
        self.acts = ActWorld(database, folder)
        self.acts.judges.earlier = (signature(),)
        shared = {"clock": self.acts.clock, "blobs": self.acts.blobs, "authority": self.acts.authority}
        super().__init__(database, folder, **shared, issues=True, **house)
        self.people[Role.LEADER] = self.acts.officer
        self.signing = CaseSigning(self.cases, self.acts.issuing)

    def with_real_marks(self, *switches: str) -> None:
        """Let marks be those of the law's data, drawn."""
        self.acts.draws = MarkDrawer(frozenset(switches))  # type: ignore[assignment]
        self.signing = CaseSigning(self.cases, self.acts.begun())

    def approved(self, procedure: str = CONSULAR, *, papers: int = 1, **changes: Any) -> Case:
        """A dossier whose papers are all granted."""
        case = self.case(procedure, papers=papers, **changes)
        for paper in self.papers(case):
            if procedure in BASES:
                self.based(case, paper, BASES[procedure])
        propose(self, case, *map(granted, self.papers(case)))
        return approve(self, case)

    def based(self, case: Case, paper: Paper, basis: str) -> None:
        judge(self, case, paper, sound(basis=basis))
        self.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis=basis))

    def sign(self, case: Case, **told: Any) -> Case:
        """Sign as the leader, whose session was just proved."""
        return self.signing.sign(self.acts.caller(), self.acts.token, case.id, **told)

    def act(self, case: Case, number: int = 1) -> Issuance:
        """The act that is bound to a paper."""
        bound = self.papers(case)[number - 1].issuance_id
        assert bound is not None
        return self.acts.act(bound)

    def carried_on(self, case: Case) -> None:
        """Let the acts of a dossier go on, as threads of the service would."""
        for paper in self.papers(case):
            if paper.issuance_id and paper.issued_at is None:
                self.acts.issuing.run(paper.issuance_id)

    def look(self) -> int:
        return self.signing.look(self.clock.now())

    def signed(self, procedure: str = CONSULAR, **told: Any) -> Case:
        """A dossier that is signed."""
        case = self.approved(procedure, **told)
        self.sign(case)
        self.carried_on(case)
        self.look()
        return self.now(case)

    def ordered(self) -> list[Issuance]:
        """All acts that were ordered for dossiers, newest first."""
        with self.database.unit(SYSTEM) as unit:
            return [one for one in unit.issuances.recent(100) if one.wanted]


@contextmanager
def signing_world(database: Database, folder: Path, **house: Any) -> Iterator[SigningWorld]:
    world = SigningWorld(database, folder, **house)
    try:
        yield world
    finally:
        world.acts.close()
