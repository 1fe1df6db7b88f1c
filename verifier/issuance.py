"""Joins the parts of issuing, for the web process and for commands that issue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.bundle import with_gathered
from verifier.check import Begins, Checked, Progress, Runs, check_file
from verifier.evidence import AnyCrl, Evidence
from verifier.keeping.keeper import TrustKeeper
from verifier.law.source import Source
from verifier.outside.clock import Clock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.policies import load_policy
from verifier.policy import Policy
from verifier.settings import Settings
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts
from verifier.signing.fitness import Fitness
from verifier.signing.longterm.complete import Judging, LongTerm
from verifier.signing.longterm.renewals import renewals
from verifier.signing.mark.drawer import MarkDrawer
from verifier.signing.records import Level
from verifier.signing.signer.client import SignerClient
from verifier.signing.time.stampers import Stampers
from verifier.snapshot import Filing
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing
from verifier.workers.jobs import Job

FindsCrl = Callable[[str], AnyCrl]
"""Returns a CRL by its SHA-256."""


@dataclass(frozen=True)
class Surroundings:
    """What the parts of issuing rest on."""

    settings: Settings
    database: Database
    ring: KeyRing
    blobs: Blobs
    trust: TrustKeeper
    pool: Runs
    clock: Clock
    spool: Path

    def policy(self) -> Policy:
        """Return the validation policy; CouldNotJudge `policy-unreadable`."""
        return load_policy(self.settings.policy, self.settings.trust_store)

    def known(self, received_at: datetime, filing: Filing | None, earlier: bytes, find: FindsCrl) -> Evidence:
        """Return what is known of a document that came in before it is judged, for what and where it was handed in.

        `earlier` is the evidence bundle of the verdict before, empty where there was none: an answer that was had, say
        of a revocation, counts though nobody gives it again. `find` returns CRLs that stand apart from it.
        """
        evidence = Evidence(self.trust.snapshot(), received_at=received_at, filing=filing)
        return with_gathered(evidence, earlier, find) if earlier else evidence

    def check(
        self,
        path: Path,
        file_name: str,
        evidence: Evidence,
        gatherer: Begins | None,
        *,
        max_bytes: int,
        passwords: tuple[str, ...] = (),
        progress: Progress | None = None,
    ) -> Checked:
        """Judge a file now, as each part of the service does; CouldNotJudge `policy-unreadable`.

        `gatherer` is None to ask nobody.
        """
        return check_file(
            path,
            file_name=file_name,
            evidence=evidence,
            policy=self.policy(),
            at=self.clock.now(),
            pool=self.pool,
            gatherer=gatherer,
            passwords=passwords,
            max_bytes=max_bytes,
            progress=progress,
            now=self.clock.now,
        )


@dataclass(frozen=True)
class OwnJudge:
    """Implements `ports.Judges`: our own judge, with everything gathered."""

    here: Surroundings
    gatherer: Gatherer

    def judged(self, path: Path, file_name: str) -> Checked:
        """Judge a file now."""
        evidence = Evidence(self.here.trust.snapshot())
        most = 2 * self.here.settings.max_upload_bytes  # what was ordered has grown, or stands on a cover
        return self.here.check(path, file_name, evidence, self.gatherer, max_bytes=most)


@dataclass(frozen=True)
class Issues:
    """What issues, and the jobs that go on with it by themselves."""

    issuing: Issuing
    jobs: tuple[Job, ...]


def issues_of(here: Surroundings, fetcher: Fetcher, library: CrlLibrary | None = None) -> Issues | None:
    """Return what issues; None where no signer process is named, so nothing is issued.

    `library` keeps large CRLs that were fetched.
    """
    if here.settings.signer_socket is None:
        return None
    doors = _Doors.of(here, fetcher, library)
    issuing = Issuing(
        here.database,
        here.blobs,
        here.pool,
        _parts(here, doors, SignerClient(here.settings.signer_socket)),
        here.clock.now,
        here.spool,
        workers=here.settings.workers,
        upload_bytes=here.settings.max_upload_bytes,
    )
    renewing = renewals(here.database, here.blobs, doors.long_term(here), here.spool)
    return Issues(issuing, (issuing.job, renewing))


def parts_of(here: Surroundings, socket: Path, fetcher: Fetcher, library: CrlLibrary | None = None) -> Parts:
    """Return what an act is made with."""
    return _parts(here, _Doors.of(here, fetcher, library), SignerClient(socket))


@dataclass(frozen=True)
class _Doors:
    """What asks the world for time and status."""

    gatherer: Gatherer
    stamps: Stampers

    @classmethod
    def of(cls, here: Surroundings, fetcher: Fetcher, library: CrlLibrary | None) -> _Doors:
        """Make them; an authority that the settings name may be asked wherever it stands."""
        settings = here.settings
        # a responder's answer is asked for anew: one of before the signing would be older than the signature
        gatherer = Gatherer(fetcher, library=library, nonce=True)
        post = Fetcher(settings.fetch_allow_hosts | {host_and_port(one) for one in settings.tsa})
        return cls(gatherer, Stampers(settings.tsa, post, here.clock, here.trust.snapshot, here.policy, gatherer))

    def long_term(self, here: Surroundings, own: Callable[[], Iterable[bytes]] | None = None) -> LongTerm:
        """Return what keeps signatures valid; `own` gives our certificates, None where all signatures count as ours."""
        pool, trusted = here.pool, here.trust.snapshot
        judging = Judging(pool, trusted, here.policy, here.clock, self.gatherer, here.spool, own)
        return LongTerm(judging, self.stamps)


def _parts(here: Surroundings, doors: _Doors, signer: SignerClient) -> Parts:
    def own() -> Iterable[bytes]:
        held = signer.keys()
        return [key.certificate for key in held if key.certificate]

    settings = here.settings
    return Parts(
        signs=signer,
        draws=MarkDrawer(settings.law_switches),
        stamps=doors.stamps,
        completes=doors.long_term(here, own),
        judges=OwnJudge(here, doors.gatherer),
        fitness=Fitness(here.trust.snapshot, here.policy, doors.gatherer, here.pool, here.clock),
        ring=here.ring,
        law_sha256=Source(switches=settings.law_switches).sha256,
        public_url=settings.public_url,
        level=Level(settings.issue_level),
        electronic_book=settings.electronic_book,
    )
