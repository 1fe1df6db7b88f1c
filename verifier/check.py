"""The service that judges one file: intake → judge ⇄ gather until no gap can be filled → verdict and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from verifier.errors import CouldNotJudge
from verifier.evidence import AnyCrl, Evidence, Gap, GapKind
from verifier.intake import Intake, NotTaken, take_in
from verifier.policy import Policy
from verifier.verdict import Conclusion, DocumentVerdict, GapNote, NotJudged, Outcome, SubIndication
from verifier.workers.tasks import Judged, judge_again, read_and_judge

MIB = 1024 * 1024
MAX_BYTES = 100 * MIB
"""Largest file where the caller sets no limit."""
ROUNDS = 8
"""Times that more is gathered: a chain has a few certificates, and each a few addresses."""
SECOND_TRY = timedelta(hours=1)
"""After what time those are asked again who did not answer for a reason that may pass."""
PASSING = frozenset(
    {
        "too-slow",
        "interrupted",
        "cut-off",
        "host-not-resolved",
        "host-not-reached",
        "host-silent",
        "host-resting",
        "tls-failed",
        "not-http",
        "responder-internal-error",
        "responder-try-later",
    }
)
"""Failures to fetch (`outside.failures.Failure`) that may be over after a while; errors of HTTP servers beside."""
STEPS = ("received", "reading", "gathering", "concluding")

_FOR_WANT = (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
"""Reasons that material which could not be fetched may remove."""

R = TypeVar("R")
Failures = tuple[tuple[Gap, GapNote], ...]
"""For each request that brought nothing: the gap, and why."""
NONE: Failures = ()
Progress = Callable[[str, int, int], None]
"""Called with a name of `STEPS` when it begins, how many stand before it, and how many there are."""


class Runs(Protocol):
    """What is needed of a worker pool."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        """Return `function(*args)`, run under limits; CouldNotJudge where it goes beyond them."""


@dataclass(frozen=True)
class Filled:
    """What was gathered in one round."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[AnyCrl, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    failures: Failures = ()
    asked: int = 0
    """Requests made; 0 where there is nothing left to ask."""


class Gathers(Protocol):
    """Gathers for one document."""

    def fill(self, gaps: Sequence[Gap]) -> Filled:
        """Ask once more for each gap."""


class Begins(Protocol):
    """Gathers for many documents."""

    def begin(self) -> Gathers:
        """Start on one document."""


@dataclass(frozen=True)
class Checked:
    """An outcome, with all that is needed to reach it again."""

    outcome: Outcome
    file_name: str
    evidence: Evidence
    """What was given and what was gathered."""
    policy: Policy
    at: datetime
    notes: tuple[GapNote, ...] = ()
    """Fetches that failed and left a gap; they stand in the verdict too."""
    anchors: frozenset[str] | None = field(default=None, compare=False)
    """SHA-256 of the anchors that were looked at, all that is needed of them to judge again; None where not noted."""


@dataclass(frozen=True)
class Job:
    """One file and by what it is judged."""

    path: Path
    file_name: str
    evidence: Evidence
    policy: Policy
    at: datetime
    passwords: tuple[str, ...] = ()
    max_bytes: int = MAX_BYTES
    now: Callable[[], datetime] | None = None


def check_file(
    path: Path,
    *,
    file_name: str,
    evidence: Evidence,
    policy: Policy,
    at: datetime,
    pool: Runs,
    gatherer: Begins | None = None,
    passwords: tuple[str, ...] = (),
    max_bytes: int = MAX_BYTES,
    progress: Progress | None = None,
    now: Callable[[], datetime] | None = None,
) -> Checked:
    """Judge a file; never raises CouldNotJudge, which is an outcome here.

    `gatherer` is None to ask nobody: what is missing then stays among the gaps of the verdict. `now` is the clock where
    the current time is meant rather than a chosen instant: what is gathered was issued after `at`, so each round is
    judged at the time at which it was gathered.
    """
    job = Job(path, file_name, evidence, policy, at, passwords, max_bytes, now)
    say = _Steps(progress)
    say("received")
    try:
        intake = take_in(path, max_bytes)
    except NotTaken as refused:
        return _not_judged(job, refused.intake, refused)
    try:
        return _judge(job, intake, pool, gatherer, say)
    except CouldNotJudge as refused:
        return _not_judged(job, intake, refused)


def replay(
    path: Path,
    recorded: Checked,
    *,
    pool: Runs,
    passwords: tuple[str, ...] = (),
    max_bytes: int = MAX_BYTES,
) -> Checked:
    """Judge again by what was recorded, asking nobody; the same code gives the same verdict on any day.

    CouldNotJudge `document-mismatch` where the file is not the recorded one.
    """
    again = check_file(
        path,
        file_name=recorded.file_name,
        evidence=recorded.evidence,
        policy=recorded.policy,
        at=recorded.at,
        pool=pool,
        passwords=passwords,
        max_bytes=max_bytes,
    )
    if again.outcome.sha256 != recorded.outcome.sha256:
        raise CouldNotJudge("document-mismatch", "the file is not the one that was judged")
    if not isinstance(again.outcome, DocumentVerdict):
        return again
    return replace(again, outcome=_with_notes(again.outcome, recorded.notes), notes=recorded.notes)


def _judge(job: Job, intake: Intake, pool: Runs, gatherer: Begins | None, say: _Steps) -> Checked:
    say("reading")
    judged = pool.run(read_and_judge, job.path, job.passwords, job.evidence, job.policy, job.at)
    if judged.verdict.sha256 != intake.sha256:
        raise CouldNotJudge("file-unreadable", "the file changed while it was read")
    failures = NONE
    if gatherer and judged.facts:
        say("gathering")
        judged, job, failures = _gather(job, judged, pool, gatherer.begin())
    say("concluding")
    notes = _still_open(failures, judged.gaps)
    verdict = _with_notes(judged.verdict, notes)
    return Checked(verdict, job.file_name, job.evidence, job.policy, job.at, notes, judged.anchors)


def _gather(job: Job, judged: Judged, pool: Runs, gathering: Gathers) -> tuple[Judged, Job, Failures]:
    """Fetch and judge again, until nothing is left to ask or the rounds are over."""
    failures = NONE
    for _ in range(ROUNDS):
        filled = gathering.fill(judged.gaps)
        if not filled.asked:
            break
        failures += filled.failures
        more = job.evidence.plus(filled.certificates, filled.crls, filled.ocsps)
        if more != job.evidence:
            job = replace(job, evidence=more, at=job.now() if job.now else job.at)
            judged = pool.run(judge_again, judged.facts, job.evidence, job.policy, job.at)
    return judged, job, failures


def _still_open(failures: Sequence[tuple[Gap, GapNote]], gaps: Sequence[Gap]) -> tuple[GapNote, ...]:
    """Return the failures whose gap nothing else has filled."""
    missing = {gap.certificate for gap in gaps if gap.kind in (GapKind.ISSUER, GapKind.REVOCATION)}
    return tuple(dict.fromkeys(note for gap, note in failures if gap.certificate in missing))


def _with_notes(verdict: DocumentVerdict, notes: tuple[GapNote, ...]) -> DocumentVerdict:
    """Add what could not be fetched; what is undecided for want of it is worth another try, where that may pass."""
    verdict = replace(verdict, gaps=verdict.gaps + notes)
    if verdict.conclusion is not Conclusion.INDETERMINATE or not any(map(may_pass, notes)):
        return verdict
    again = verdict.evidence.at + SECOND_TRY
    signatures = tuple(
        replace(one, try_again_at=again) if one.try_again_at is None and one.sub_indication in _FOR_WANT else one
        for one in verdict.signatures
    )
    return replace(verdict, signatures=signatures, try_again_at=verdict.try_again_at or again)


def may_pass(note: GapNote) -> bool:
    """Tell whether a fetch failed for a reason that may be over after a while."""
    failure, status = note.params.get("failure"), note.params.get("status", "")
    return failure in PASSING or (failure == "http-status" and (status.startswith("5") or status in ("408", "429")))


def _not_judged(job: Job, intake: Intake, refused: CouldNotJudge) -> Checked:
    outcome = NotJudged(intake.sha256, intake.kind, refused.problem)
    return Checked(outcome, job.file_name, job.evidence, job.policy, job.at)


class _Steps:
    """Tells the steps to whoever listens."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def __call__(self, step: str) -> None:
        if self._progress:
            self._progress(step, STEPS.index(step), len(STEPS))
