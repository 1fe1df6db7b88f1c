"""What workers are asked to do with documents; quick to load, so that whoever asks need not load the judge."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from verifier.evidence import Evidence, Gap
from verifier.policy import Policy
from verifier.verdict import DocumentVerdict


@dataclass(frozen=True)
class Judged:
    """A verdict, and what is needed to reach another with more evidence."""

    verdict: DocumentVerdict
    gaps: tuple[Gap, ...]
    facts: bytes
    """What was read from the document, for `judge_again`; empty where nobody could fill a gap."""
    anchors: frozenset[str] | None = None
    """SHA-256 of the anchors that were looked at; without the others the verdict is the same. None where not noted."""


def read_and_judge(path: Path, passwords: tuple[str, ...], evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """Read a PDF and judge it; CouldNotJudge as `pades.reader.read_document`, `file-unreadable` where it is gone."""
    judged: Judged = _judging().read_and_judge(path, passwords, evidence, policy, at)
    return judged


def judge_again(facts: bytes, evidence: Evidence, policy: Policy, at: datetime) -> Judged:
    """Judge what was read before with more evidence."""
    judged: Judged = _judging().judge_again(facts, evidence, policy, at)
    return judged


def _judging() -> Any:
    return importlib.import_module("verifier.workers.judging")
