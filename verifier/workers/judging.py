"""Reads and judges documents inside a worker; loaded once for all workers."""

from __future__ import annotations

import hashlib
import pickle
from datetime import datetime
from pathlib import Path

from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.pades.evidence_record import digest_algorithms
from verifier.pades.facts import DocumentFacts
from verifier.pades.reader import read_document
from verifier.policy import Policy
from verifier.trust.building import consulted
from verifier.workers.tasks import Judged


def read_and_judge(path: Path, passwords: tuple[str, ...], evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """As `tasks.read_and_judge`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CouldNotJudge("file-unreadable", f"{error.strerror}") from None
    facts = read_document(data, passwords, digest_algorithms(evidence.evidence_records))
    return _judged(facts, evidence, policy, at)


def judge_again(facts: bytes, evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """As `tasks.judge_again`."""
    read: DocumentFacts = pickle.loads(facts)  # noqa: S301 - written by `_judged` below
    return _judged(read, evidence, policy, at)


def _judged(facts: DocumentFacts, evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    with consulted() as anchors:
        judgement = judge(facts, evidence, policy, at)
    fillable = any(gap.urls for gap in judgement.gaps)
    names = frozenset(hashlib.sha256(der).hexdigest() for der in anchors)
    return Judged(judgement.verdict, judgement.gaps, pickle.dumps(facts) if fillable else b"", names)
