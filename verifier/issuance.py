"""Joins the parts of issuing, for the web process and for commands that issue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from verifier.check import Checked, Runs, check_file
from verifier.evidence import Evidence
from verifier.keeping.keeper import TrustKeeper
from verifier.outside.clock import Clock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.policies import load_policy
from verifier.policy import Policy
from verifier.settings import Settings
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts
from verifier.signing.fitness import Fitness
from verifier.signing.longterm.complete import Judging, LongTerm
from verifier.signing.mark.drawer import MarkDrawer
from verifier.signing.signer.client import SignerClient
from verifier.signing.time.stampers import Stampers
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing


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


@dataclass(frozen=True)
class OwnJudge:
    """Implements `ports.Judges`: our own judge, with everything gathered."""

    here: Surroundings
    gatherer: Gatherer

    def judged(self, path: Path, file_name: str) -> Checked:
        """Judge a file now."""
        here = self.here
        return check_file(
            path,
            file_name=file_name,
            evidence=Evidence(here.trust.snapshot()),
            policy=here.policy(),
            at=here.clock.now(),
            pool=here.pool,
            gatherer=self.gatherer,
            max_bytes=2 * here.settings.max_upload_bytes,  # what was ordered has grown, or stands on a cover
            now=here.clock.now,
        )


def issuing_of(here: Surroundings, fetcher: Fetcher, library: CrlLibrary | None = None) -> Issuing | None:
    """Return the act of issuing; None where no signer process is named, so nothing is issued.

    `library` keeps large CRLs that were fetched.
    """
    if here.settings.signer_socket is None:
        return None
    return Issuing(
        here.database,
        here.blobs,
        here.pool,
        parts_of(here, here.settings.signer_socket, fetcher, library),
        here.clock.now,
        here.spool,
        workers=here.settings.workers,
        upload_bytes=here.settings.max_upload_bytes,
    )


def parts_of(here: Surroundings, socket: Path, fetcher: Fetcher, library: CrlLibrary | None = None) -> Parts:
    """Return what an act is made with."""
    settings, signer = here.settings, SignerClient(socket)
    # a responder's answer is asked for anew: one of before the signing would be older than the signature
    gatherer = Gatherer(fetcher, library=library, nonce=True)
    stamps = Stampers(settings.tsa, fetcher, here.clock, here.trust.snapshot, here.policy, gatherer)
    return Parts(
        signs=signer,
        draws=MarkDrawer(e_apostille=settings.e_apostille),
        stamps=stamps,
        completes=long_term_of(here, stamps, gatherer, signer),
        judges=OwnJudge(here, gatherer),
        fitness=Fitness(here.trust.snapshot, here.policy, gatherer, here.pool, here.clock),
        ring=here.ring,
        public_url=settings.public_url,
        electronic_book=settings.electronic_book,
    )


def long_term_of(here: Surroundings, stamps: Stampers, gatherer: Gatherer, signer: SignerClient) -> LongTerm:
    """Return what keeps signatures valid; ours are those by keys that the signer process holds."""

    def own() -> Iterable[bytes]:
        held = signer.keys()
        return [key.certificate for key in held if key.certificate]

    judging = Judging(here.pool, here.trust.snapshot, here.policy, here.clock, gatherer, here.spool, own)
    return LongTerm(judging, stamps)
