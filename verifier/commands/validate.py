"""`verifier validate`: judges files, as many at once as there are workers, and reports in the order given."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from verifier.bundle import write_bundle
from verifier.check import Begins, Checked, check_file
from verifier.commands.forms import FORMS
from verifier.commands.progress import Progress
from verifier.commands.shared import (
    ALL_PASSED,
    NOT_JUDGED,
    NOT_PASSED,
    Surroundings,
    complain,
    content,
    folder,
    instant_of,
    output,
    passwords_in,
    settings_of,
    where,
)
from verifier.commands.snapshots import current, named
from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.evidence import Evidence
from verifier.intake import NotTaken, take_in
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.crl_store import STORE, CrlStore
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.policies import load_policy
from verifier.policy import Policy
from verifier.settings import Settings
from verifier.trust.filing import filing_from
from verifier.verdict import Conclusion, NotJudged, Outcome
from verifier.workers.pool import WorkerLimits, WorkerPool


@dataclass(frozen=True)
class _Batch:
    """What is the same for all files of one run."""

    evidence: Evidence
    policy: Policy
    at: datetime
    passwords: tuple[str, ...]
    max_bytes: int
    gatherer: Begins | None
    now: Callable[[], datetime] | None
    """The clock, where no instant was chosen."""

    def check(self, file: str, pool: WorkerPool) -> Checked:
        return check_file(
            Path(file),
            file_name=file,
            evidence=self.evidence,
            policy=self.policy,
            at=self.at,
            pool=pool,
            gatherer=self.gatherer,
            passwords=self.passwords,
            max_bytes=self.max_bytes,
            now=self.now,
        )


@dataclass(frozen=True)
class _Answer:
    file: str
    outcome: Outcome
    checked: Checked | None
    """None where a fault of ours left nothing to keep."""


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Judge the files; returns the exit code."""
    settings = settings_of(around, args.trust_store)
    at = instant_of(args.at) if args.at is not None else around.clock.now()
    passwords = passwords_in(args.password_file)
    records, filing = _records(args), filing_from(args.document_kind, args.filed_at)
    folder(args.evidence, "--evidence")
    with output(args.output, around) as out:
        try:
            batch = _batch(args, settings, at, passwords, records, around)
            batch = replace(batch, evidence=replace(batch.evidence, filing=filing))  # what layer 3 depends on
            batch = batch if args.at is not None else replace(batch, now=around.clock.now)
        except CouldNotJudge as error:  # no trust store or no policy: nothing can be judged
            complain(around, error.problem)
            refused = [_refused(file, error.problem, settings.max_upload_bytes) for file in args.files]
            return _report(refused, args, out, around)
        with contextlib.closing(_answers(args.files, batch, settings)) as answers:
            return _report(answers, args, out, around)


def _records(args: argparse.Namespace) -> tuple[bytes, ...]:
    """Read the evidence records: each is over one file, so that there must be one only."""
    if args.evidence_record and len(args.files) != 1:
        raise BadRequest("bad-option", "--evidence-record goes with one FILE only", option="--evidence-record")
    return tuple(dict.fromkeys(map(content, args.evidence_record)))


def _batch(
    args: argparse.Namespace,
    settings: Settings,
    at: datetime,
    passwords: tuple[str, ...],
    records: tuple[bytes, ...],
    around: Surroundings,
) -> _Batch:
    policy = load_policy(args.policy or settings.policy, settings.trust_store)
    trust = named(args.snapshot, settings) if args.snapshot is not None else current(settings, around)
    evidence = Evidence(trust, evidence_records=records)
    gatherer = None if args.offline else _gatherer(settings, around)
    return _Batch(evidence, policy, at, passwords, settings.max_upload_bytes, gatherer, None)


def _gatherer(settings: Settings, around: Surroundings) -> Gatherer | None:
    """Return what fetches, with the revocation store where there is a folder for data or one was named."""
    if not settings.fetch:
        return None
    fetcher = Fetcher(settings.fetch_allow_hosts)
    if not (around.env.get("VERIFIER_DATA", "").strip() or settings.data.is_dir()):
        return Gatherer(fetcher)
    store = CrlStore(settings.data / STORE, around.clock)

    def say(error: OSError) -> None:
        print(f"verifier: the revocation store cannot be used: {error.strerror}", file=around.err, flush=True)

    return Gatherer(fetcher, library=CrlLibrary(store, fetcher, complain=say))


def _answers(files: list[str], batch: _Batch, settings: Settings) -> Generator[_Answer]:
    """Yield what becomes of each file, in order."""
    count = min(settings.workers, len(files))
    limits = WorkerLimits(settings.judge_seconds, settings.judge_mib)
    threads = ThreadPoolExecutor(count, thread_name_prefix="check")
    with WorkerPool(count, limits, spare=0) as pool:
        try:
            futures = [threads.submit(batch.check, file, pool) for file in files]
            for file, future in zip(files, futures, strict=True):
                yield _answer(file, future, batch.max_bytes)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _answer(file: str, future: Future[Checked], max_bytes: int) -> _Answer:
    """Wait for the answer; a fault of ours costs that on this file only."""
    error = future.exception()
    if error is not None:
        return _refused(file, Problem("internal-error", where(error)), max_bytes)
    checked = future.result()
    return _Answer(file, checked.outcome, checked)


def _refused(file: str, problem: Problem, max_bytes: int) -> _Answer:
    """Make the answer for a file on which nothing can be said but what its outside tells."""
    try:
        intake = take_in(Path(file), max_bytes)
    except NotTaken as refused:
        intake = refused.intake
    return _Answer(file, NotJudged(intake.sha256, intake.kind, problem), None)


def _report(answers: Iterable[_Answer], args: argparse.Namespace, out: TextIO, around: Surroundings) -> int:
    worst = ALL_PASSED
    progress = Progress(len(args.files), around.err)
    for answer in answers:
        progress.clear()
        print(FORMS[args.format](answer.outcome, answer.file, args.lang), file=out, flush=True)
        worst = max(worst, _exit_code(answer.outcome))
        if args.evidence and answer.checked and answer.outcome.sha256:
            (args.evidence / f"{answer.outcome.sha256}.zip").write_bytes(write_bundle(answer.checked))
        progress.done(answer.file)
    progress.clear()
    return worst


def _exit_code(outcome: Outcome) -> int:
    if isinstance(outcome, NotJudged):
        return NOT_JUDGED
    return ALL_PASSED if outcome.conclusion is Conclusion.TOTAL_PASSED else NOT_PASSED
