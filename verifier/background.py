"""Joins the work beside requests: the relay and the recurring jobs, for the web process and for `verifier relay`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from verifier.outside.clock import Clock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.workers.carriers import carriers
from verifier.workers.expiry import Expiry
from verifier.workers.jobs import Job, Jobs, jobs_anywhere
from verifier.workers.loop import Loop
from verifier.workers.relay import Carrier, Relay
from verifier.workers.retention import load_retention

RELAY_SECONDS = 1.0
"""How often the outbox is looked into."""
JOB_SECONDS = 30.0
"""How often it is asked which jobs are due."""


def background(
    database: Database,
    clock: Clock,
    blobs: Blobs,
    spool: Path,
    *,
    relay: bool = True,
    own: Sequence[Job] = (),
    asking: Sequence[Job] = (),
    doors: Mapping[str, Carrier] | None = None,
    patience: Mapping[str, int] | None = None,
) -> tuple[Loop, ...]:
    """Return the loops, not yet started; `own` and `asking` are jobs of this process alone, also without `relay`.

    Those in `asking` ask others, who may be slow; they have a loop of their own, so that no other job waits for them.
    So do the carriers of `doors`, with attempts by topic in `patience`: no mail server that is down holds up others.
    """
    anywhere = jobs_anywhere(database, Expiry(database, blobs, spool), load_retention()) if relay else ()
    loops = []
    if relay:
        here, out = carriers(blobs), doors or {}
        within = Relay(database, clock, here, others=frozenset(out))
        loops.append(Loop("relay", within.run_once, RELAY_SECONDS))
        if out:
            outward = Relay(database, clock, out, patience=patience or {}, others=frozenset(here))
            loops.append(Loop("doors", outward.run_once, RELAY_SECONDS))
    loops.append(Loop("jobs", Jobs(database, clock, (*own, *anywhere)).run_due, JOB_SECONDS))
    if asking:
        loops.append(Loop("asking", Jobs(database, clock, asking).run_due, JOB_SECONDS))
    return tuple(loops)
