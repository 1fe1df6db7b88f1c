"""Job `judge-papers`: papers of dossiers are judged by themselves, once they are there and again when that is of use.

What is found is bound to the document that was judged: where it is another by the time the verdict is there, the
verdict is discarded and the new one is judged in the next round. A judgement that fails is noted as that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from verifier.cases.desk import Cases
from verifier.cases.examination import BEFORE_DECISION, RecordVerdict, Stored
from verifier.cases.found import SIGNED, Found, found_of, not_found
from verifier.cases.kernel import system
from verifier.cases.records import Case, CaseRecord, Paper
from verifier.errors import BadRequest, VerifierError
from verifier.snapshot import Filing
from verifier.storage.authorities import Authority
from verifier.storage.scope import SYSTEM
from verifier.verdict import Outcome
from verifier.workers.jobs import Job

EVERY = timedelta(seconds=15)
AT_ONCE = 50
"""Most papers judged in one run."""
HOME, MISSION = "home", "mission"
REPORT_TYPE, EVIDENCE_TYPE = "application/json", "application/zip"
OVERTAKEN = frozenset({"document-changed", "case-not-now", "paper-unknown", "not-found", "case-elsewhere"})
"""Why a verdict is discarded: the dossier went on while it was reached."""

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class Asked:
    """What is to be judged."""

    path: Path
    file_name: str
    received_at: datetime
    """When the document came in: it existed then (EN 319 102-1 5.5.4 step 1)."""
    filing: Filing | None
    """For what and where it was handed in."""
    again: int = 0
    """How often it was judged before, to no end."""
    earlier: bytes = b""
    """Evidence bundle of the verdict before this; what it holds counts on."""


@dataclass(frozen=True)
class Judged:
    """What came out."""

    outcome: Outcome
    report: str
    """JSON, as `reports.json_report` writes it."""
    bundle: bytes = b""
    """Evidence bundle; empty where nothing was judged."""
    again_at: datetime | None = None
    """When to judge again; None where that is of no use."""


class Judges(Protocol):
    """Our judge, with everything gathered; CouldNotJudge where trust or policy cannot be used."""

    def judged(self, asked: Asked) -> Judged:
        """Judge a document now."""


@dataclass(frozen=True)
class JudgePapers:
    """Judges papers that wait for it."""

    cases: Cases
    judges: Judges

    @property
    def job(self) -> Job:
        """The recurring job."""
        return Job("judge-papers", EVERY, self.run)

    def run(self, now: datetime) -> int:
        """Judge what waits, the oldest dossiers first; return how many verdicts were noted."""
        with self.cases.house.database.unit(SYSTEM) as unit:
            waiting = unit.cases.papers_to_judge(SIGNED, [one.value for one in BEFORE_DECISION], now, AT_ONCE)
        return sum(self._surely(paper) for paper in waiting)

    def _surely(self, paper: Paper) -> bool:
        """Judge one paper; what cannot be noted holds no other up."""
        try:
            return self.judge(paper)
        except VerifierError as failure:
            log.exception("a verdict cannot be noted", case=str(paper.case_id), why=failure.problem.code)
            return False

    def judge(self, paper: Paper) -> bool:
        """Judge one paper; False where its dossier went on meanwhile, and the verdict is discarded."""
        found = self._looked_up(paper)
        if found is None:
            return False
        case, said = found
        try:
            self.cases.do(system("judging", case), case.id, said)
        except BadRequest as refusal:
            if refusal.problem.code not in OVERTAKEN:
                raise
            log.info("a verdict on a paper is discarded", case=str(case.id), why=refusal.problem.code)
            return False
        return True

    def _looked_up(self, paper: Paper) -> tuple[Case, RecordVerdict] | None:
        """Judge the document; None where dossier, authority or document are gone."""
        with self.cases.house.database.unit(SYSTEM) as unit:
            case, authority = unit.cases.get(paper.case_id), unit.authorities.get(paper.authority_id)
            records = {one.id: one for one in unit.cases.records(paper.case_id)}
        record = records.get(paper.record_id) if paper.record_id else None
        if case is None or authority is None or record is None or not record.blob:
            return None
        before = Found.of(paper)
        times = before.times + 1 if before else 0
        evidence = records.get(before.evidence_id) if before and before.evidence_id else None
        try:
            return case, self._said(paper, record, filing_of(authority, paper), times, evidence)
        except (VerifierError, FileNotFoundError) as failure:
            code = failure.problem.code if isinstance(failure, VerifierError) else "file-missing"
            log.warning("a paper could not be judged", case=str(case.id), paper=paper.number, why=code)
            found = not_found(paper.sha256, code, self.cases.house.clock(), times)
            return case, RecordVerdict(paper=paper.id, found=found)

    def _said(
        self, paper: Paper, record: CaseRecord, filing: Filing, times: int, evidence: CaseRecord | None
    ) -> RecordVerdict:
        blobs = self.cases.house.blobs
        earlier = blobs.read(evidence.blob) if evidence and evidence.blob else b""
        with blobs.opened(record.blob) as path:
            judged = self.judges.judged(Asked(path, record.name, record.made_at, filing, times, earlier))
        found = found_of(judged.outcome, self.cases.house.clock(), again_at=judged.again_at, times=times)
        stem = f"{paper.number:02d}"
        report = self._stored(f"report-{stem}.json", REPORT_TYPE, judged.report.encode())
        bundle = self._stored(f"evidence-{stem}.zip", EVIDENCE_TYPE, judged.bundle) if judged.bundle else None
        return RecordVerdict(paper=paper.id, found=found, report=report, evidence=bundle)

    def _stored(self, name: str, media_type: str, data: bytes) -> Stored:
        blob = self.cases.house.blobs.put(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return Stored(name=name, media_type=media_type, size=len(data), sha256=sha256, blob=blob)


def filing_of(authority: Authority, paper: Paper) -> Filing:
    """Return for what and where a paper was handed in, which decides who is competent for it.

    A mission of which nobody told the states is no place at which anything could be recognised.
    """
    if authority.kind != MISSION:
        return Filing(paper.document_kind, HOME)
    return (
        Filing(paper.document_kind, MISSION, tuple(authority.states))
        if authority.states
        else Filing(paper.document_kind, "")
    )
