"""What the commands that sign share: trust, workers, doors to the world, and the parts of signing made of them."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from verifier.check import Checked, check_file
from verifier.commands.shared import Surroundings
from verifier.commands.snapshots import current
from verifier.errors import BadRequest
from verifier.evidence import Evidence
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.policies import load_policy
from verifier.policy import Policy
from verifier.settings import Settings
from verifier.signing.fitness import Fitness
from verifier.signing.longterm.complete import Judging, LongTerm
from verifier.signing.time.stampers import Stampers
from verifier.snapshot import TrustSnapshot
from verifier.web import observe
from verifier.workers.pool import WorkerLimits, WorkerPool


@dataclass(frozen=True)
class Workshop:
    """Signs and judges by one trust store, without a database."""

    settings: Settings
    around: Surroundings
    trust: TrustSnapshot
    policy: Policy
    pool: WorkerPool
    fetcher: Fetcher
    gatherer: Gatherer | None
    scratch: Path
    """A folder for files on their way, gone in the end."""

    def judged(self, path: Path, file_name: str) -> Checked:
        """Judge a file now."""
        return check_file(
            path,
            file_name=file_name,
            evidence=Evidence(self.trust),
            policy=self.policy,
            at=self.around.clock.now(),
            pool=self.pool,
            gatherer=self.gatherer,
            max_bytes=self.settings.max_upload_bytes,
            now=self.around.clock.now,
        )

    def fitness(self) -> Fitness:
        """Return what examines certificates."""
        return Fitness(lambda: self.trust, lambda: self.policy, self.gatherer, self.pool, self.around.clock)

    def stampers(self, addresses: Sequence[str]) -> Stampers:
        """Return what asks these time-stamping authorities."""
        return Stampers(
            addresses, self.fetcher, self.around.clock, lambda: self.trust, lambda: self.policy, self.gatherer
        )

    def long_term(self, stampers: Stampers, own: bytes) -> LongTerm:
        """Return what brings the signatures of a certificate (DER) to B-LT and B-LTA."""
        judging = Judging(
            self.pool,
            lambda: self.trust,
            lambda: self.policy,
            self.around.clock,
            self.gatherer,
            self.scratch,
            lambda: (own,),
        )
        return LongTerm(judging, stampers)


@contextlib.contextmanager
def workshop(settings: Settings, around: Surroundings) -> Iterator[Workshop]:
    """Give a workshop; CouldNotJudge where trust store or policy cannot be used."""
    policy, trust = load_policy(settings.policy, settings.trust_store), current(settings, around)
    fetcher = Fetcher(settings.fetch_allow_hosts)
    gatherer = Gatherer(fetcher, nonce=True) if settings.fetch else None
    limits = WorkerLimits(settings.judge_seconds, settings.judge_mib)
    with (
        tempfile.TemporaryDirectory(prefix="verifier-") as scratch,
        WorkerPool(1, limits, spare=0) as pool,
    ):
        yield Workshop(settings, around, trust, policy, pool, fetcher, gatherer, Path(scratch))


def logs(settings: Settings, around: Surroundings) -> None:
    """Have logs on standard error; only of faults, unless VERIFIER_LOG_LEVEL says more."""
    level = settings.log_level if around.env.get("VERIFIER_LOG_LEVEL", "").strip() else "error"
    observe.configure_logs(level, settings.security_log)


def give_out(made: Path, out: Path) -> None:
    """Put a file in its place, whole; BadRequest `bad-option` where it cannot be written."""
    partial = out.with_name(f".{out.name}.part")
    try:
        shutil.copyfile(made, partial)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadRequest("bad-option", f"--output {error.strerror or 'cannot be written'}", option="--output") from None


@contextlib.contextmanager
def secret_file(secret: str) -> Iterator[Path]:
    """Give a secret as a file that is never on a disk, for parts that read one."""
    number = os.memfd_create("secret", os.MFD_CLOEXEC)
    try:
        os.fchmod(number, 0o600)
        os.write(number, secret.encode())
        yield Path(f"/proc/{os.getpid()}/fd/{number}")
    finally:
        os.close(number)


def secret_of(around: Surroundings, variable: str, prompt: str, typed: TextIO | None = None) -> str:
    """Return a secret of the environment, else typed at the terminal, else the next line of standard input.

    BadRequest `bad-option` where there is none.
    """
    found = around.env.get(variable, "")
    if not found:
        stream = typed or sys.stdin
        found = getpass.getpass(f"{prompt}: ", around.err) if stream.isatty() else stream.readline().rstrip("\r\n")
    if not found:
        raise BadRequest("bad-option", f"{variable} is not set, and nothing was typed", option=variable)
    return found
