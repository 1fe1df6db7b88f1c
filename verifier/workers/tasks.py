"""What workers do with documents: read and judge them. Functions of the module, so that processes can be sent them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.judge import Judgement, judge
from verifier.pades.evidence_record import digest_algorithms
from verifier.pades.facts import DocumentFacts
from verifier.pades.reader import read_document
from verifier.policy import Policy


@dataclass(frozen=True)
class Judged:
    """A judgement, and what it was reached on."""

    judgement: Judgement
    facts: DocumentFacts | None
    """To judge again with more evidence; None where nobody could fill a gap."""


def read_and_judge(path: Path, passwords: tuple[str, ...], evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """Read a PDF and judge it; CouldNotJudge as `pades.reader.read_document`, `file-unreadable` where it is gone."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CouldNotJudge("file-unreadable", f"{error.strerror}") from None
    facts = read_document(data, passwords, digest_algorithms(evidence.evidence_records))
    judgement = judge(facts, evidence, policy, at)
    fillable = any(gap.urls for gap in judgement.gaps)
    return Judged(judgement, facts if fillable else None)


def judge_again(facts: DocumentFacts, evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """Judge what was read before with more evidence."""
    return Judged(judge(facts, evidence, policy, at), facts)
