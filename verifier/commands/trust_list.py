"""`verifier trust list`: one line for each list that is followed, each anchor, each authority, each root that waits."""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from verifier.commands.shared import NOT_JUDGED, Surroundings, complain, settings_of
from verifier.commands.snapshots import current
from verifier.errors import CouldNotJudge
from verifier.plain import visible
from verifier.snapshot import Anchor, NotifiedAuthority, Scheme, TrustSnapshot
from verifier.trust.certfiles import load_quickly
from verifier.trust.importer import PendingRoot, pending_roots, waiting_roots
from verifier.x509 import Certificate


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the lines; a store without anchors shows what waits, and says that nothing can be judged."""
    settings = settings_of(around, args.trust_store)
    try:
        snapshot = current(settings, around)
    except CouldNotJudge as error:
        if error.problem.code != "trust-store-empty":
            raise
        _print(around, _pending(pending_roots(Path(settings.trust_store))))
        complain(around, error.problem)
        return NOT_JUDGED
    _print(around, _lines(snapshot, around.clock.now()))
    _print(around, _pending(waiting_roots(settings.trust_store, snapshot)))
    return 0


def _lines(snapshot: TrustSnapshot, now: datetime) -> Iterator[str]:
    yield f"snapshot {snapshot.id}"
    services = Counter(service.scheme for service in snapshot.services)
    for scheme in sorted(snapshot.schemes, key=lambda one: one.id):
        yield _scheme(scheme, services[scheme.id], now)
    for anchor in sorted(snapshot.anchors, key=lambda one: (one.branch, one.name)):
        yield _active(anchor)
    for authority in sorted(snapshot.authorities, key=lambda one: (one.country, one.id)):
        yield _authority(authority)


def _scheme(scheme: Scheme, services: int, now: datetime) -> str:
    kind = scheme.kind.replace("_", " ")
    if scheme.sequence is None or scheme.issued is None:
        return f"list     {scheme.id}  {scheme.name} ({kind}; {scheme.refresh}): none came yet"
    due = f"next by {scheme.next_update:%Y-%m-%d}" if scheme.next_update else "no next one"
    late = ", overdue" if scheme.next_update and scheme.next_update < now else ""
    age = f"{(now - scheme.issued).days} days old, {due}{late}"
    what = f"{kind}; {scheme.refresh}; {services} services"
    return f"list     {scheme.id}  no. {scheme.sequence} of {scheme.issued:%Y-%m-%d}, {age}  {scheme.name} ({what})"


def _active(anchor: Anchor) -> str:
    uses = ", ".join(sorted(anchor.uses))
    scope = "; ".join(filter(None, [uses, anchor.branch, anchor.origin.scheme]))
    ended = f", trusted until {anchor.trusted_until:%Y-%m-%d}" if anchor.trusted_until else ""
    fingerprint, end = _read(anchor.certificate)
    return f"active   {fingerprint}  until {end:%Y-%m-%d}{ended}  {anchor.name} ({scope})"


def _read(der: bytes) -> tuple[str, datetime]:
    """Return fingerprint and end of validity; the tolerant reader is slow, and for few."""
    quick = load_quickly(der)
    end = quick.not_valid_after_utc if quick else Certificate.parse(der).not_after.astimezone(UTC)
    return hashlib.sha256(der).hexdigest(), end


def _authority(authority: NotifiedAuthority) -> str:
    told = f"{authority.kind.replace('_', ' ')}; {len(authority.specimens)} specimens"
    return f"authority {authority.id}  {authority.country}  {authority.name('en')} ({told})"


def _pending(roots: Iterable[PendingRoot]) -> Iterator[str]:
    for root in roots:
        yield f"pending  {root.sha256}  until {root.not_after:%Y-%m-%d}  {root.name} ({root.branch})"


def _print(around: Surroundings, lines: Iterable[str]) -> None:
    for line in lines:
        print(visible(line), file=around.out)
