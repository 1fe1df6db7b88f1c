"""The act of issuing for a command: the same parts as the running service has, on its database and its files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.accounts.services import Accounts
from verifier.commands import shared
from verifier.compose import accounts_of, fit_for_production, keeper_of, ring_of
from verifier.errors import BadRequest
from verifier.issuance import Surroundings, parts_of
from verifier.outside.fetch import Fetcher
from verifier.settings import Settings
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.workers.pool import WorkerLimits, WorkerPool

NEEDED = ("DATABASE_URL", "VERIFIER_SIGNER_SOCKET", "VERIFIER_TSA", "VERIFIER_PUBLIC_URL")


@dataclass(frozen=True)
class IssuingHouse:
    """What a command issues with."""

    issuing: Issuing
    accounts: Accounts
    parts: Parts


@contextlib.contextmanager
def issuing_house(settings: Settings, around: shared.Surroundings) -> Iterator[IssuingHouse]:
    """Open everything, and close it on leaving. BadRequest `bad-option` where a setting is missing or wrong."""
    socket = settings.signer_socket
    values = (settings.database_url, socket, settings.tsa, settings.public_url)
    missing = [name for name, value in zip(NEEDED, values, strict=True) if not value]
    if missing or socket is None:
        raise BadRequest("bad-option", f"{missing[0]} is not set", option=missing[0])
    clock, ring, spool = around.clock, ring_of(settings), settings.data / "spool"
    with contextlib.ExitStack() as stack:
        database = Database(settings.database_url, ring)
        stack.callback(database.close)
        if settings.production:
            fit_for_production(database)
        pool = WorkerPool(settings.workers, WorkerLimits(settings.judge_seconds, settings.judge_mib), spare=0)
        stack.callback(pool.close)
        trust, blobs = keeper_of(settings, database, clock), Blobs(settings.data / "files", ring, spool)
        here = Surroundings(settings, database, ring, blobs, trust, pool, clock, spool)
        parts = parts_of(here, socket, Fetcher(settings.fetch_allow_hosts))
        issuing = Issuing(
            database,
            blobs,
            pool,
            parts,
            clock.now,
            spool,
            workers=settings.workers,
            upload_bytes=settings.max_upload_bytes,
        )
        stack.callback(issuing.close)
        yield IssuingHouse(issuing, accounts_of(settings, database, clock, ring), parts)


def configured(around: shared.Surroundings) -> bool:
    """Tell whether the environment says with what to issue; where it says only a part, that is told as a mistake."""
    return any(around.env.get(name, "").strip() for name in NEEDED)
