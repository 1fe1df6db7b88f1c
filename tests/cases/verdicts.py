"""Verdicts on papers: sound unless one thing of them is spoiled; and a judge that says what it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.cases.world import PDF, CaseWorld
from tests.signing.acts.ports import document, signature
from verifier.cases.examination import RecordVerdict
from verifier.cases.found import found_of
from verifier.cases.judging import Asked, Judged
from verifier.cases.records import Case, Paper
from verifier.errors import Problem
from verifier.verdict import AuthorityVerdict, Conclusion, NotJudged, Outcome, SubIndication


def authority(status: str = "recognised", basis: str = "a", **told: Any) -> AuthorityVerdict:
    return AuthorityVerdict(status, "Trường Đại học Thử", id="vn-test", country="VN", basis=basis, **told)


def sound(data: bytes = PDF, basis: str = "a") -> Outcome:
    """A signature that holds, of a recognised authority."""
    return document(data, (signature(authority=authority(basis=basis)),))


def unsigned(data: bytes = PDF) -> Outcome:
    return document(data, ())


def failed(data: bytes = PDF) -> Outcome:
    return document(data, (signature(said=Conclusion.TOTAL_FAILED, authority=authority()),))


def undecided(data: bytes = PDF, sub: SubIndication = SubIndication.NO_CERTIFICATE_CHAIN_FOUND) -> Outcome:
    one = signature(said=Conclusion.INDETERMINATE, authority=authority("unknown", ""), sub_indication=sub)
    return document(data, (one,))


def of_authority(status: str, basis: str = "", data: bytes = PDF) -> Outcome:
    """A signature that holds, of somebody of whom layer 3 says something else."""
    return document(data, (signature(authority=authority(status, basis)),))


def unjudged(code: str, data: bytes = PDF) -> Outcome:
    return NotJudged(hashlib.sha256(data).hexdigest(), "pdf", Problem(code, "as the test wants"))


@dataclass
class FakeJudge:
    """Implements `judging.Judges`."""

    says: Callable[[bytes], Outcome] = sound
    again_at: datetime | None = None
    meanwhile: Callable[[], object] = lambda: None
    """What happens while it judges."""
    asked: list[Asked] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)

    def judged(self, asked: Asked) -> Judged:
        self.asked.append(asked)
        self.seen.append(asked.path.read_bytes())
        outcome = self.says(self.seen[-1])
        self.meanwhile()
        return Judged(outcome, '{"file": "x"}', b"" if isinstance(outcome, NotJudged) else b"bundle", self.again_at)


def judge(world: CaseWorld, case: Case, paper: Paper, outcome: Outcome | None = None, **told: Any) -> Paper:
    """Let a verdict stand on a paper, as the job would record it."""
    found = found_of(outcome or sound(), world.clock.now(), **told)
    world.by_system(case, RecordVerdict(paper=paper.id, found=found))
    return next(one for one in world.papers(case) if one.id == paper.id)
