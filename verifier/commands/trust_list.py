"""`verifier trust list`: one line for each list that is followed, each anchor, each authority, each root that waits."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from verifier.commands.shared import NOT_JUDGED, Surroundings, complain, settings_of
from verifier.commands.snapshots import current
from verifier.errors import CouldNotJudge
from verifier.plain import escape_json, visible
from verifier.snapshot import Anchor, NotifiedAuthority, Scheme, TrustSnapshot
from verifier.trust.certfiles import load_quickly
from verifier.trust.importer import PendingRoot, pending_roots, waiting_roots
from verifier.x509 import Certificate


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the lines; a store without anchors shows what waits, and says that nothing can be judged."""
    settings = settings_of(around, args.trust_store)
    as_json = args.format == "json"
    pending = _pending_json if as_json else _pending
    try:
        snapshot = current(settings, around)
    except CouldNotJudge as error:
        if error.problem.code != "trust-store-empty":
            raise
        _print(around, pending(pending_roots(Path(settings.trust_store))))
        complain(around, error.problem)
        return NOT_JUDGED
    _print(around, _json(snapshot) if as_json else _lines(snapshot, around.clock.now()))
    _print(around, pending(waiting_roots(settings.trust_store, snapshot)))
    return 0


def _json(snapshot: TrustSnapshot) -> Iterator[str]:
    """One object a line, told apart by `entry`: snapshot, list, anchor, authority, and pending roots after them."""
    yield _object("snapshot", id=snapshot.id)
    services = Counter(service.scheme for service in snapshot.services)
    for scheme in sorted(snapshot.schemes, key=lambda one: one.id):
        yield _object(
            "list",
            id=scheme.id,
            name=scheme.name,
            kind=scheme.kind,
            refresh=scheme.refresh,
            sequence=scheme.sequence,
            issued=_instant(scheme.issued),
            next_update=_instant(scheme.next_update),
            services=services[scheme.id],
        )
    for anchor in sorted(snapshot.anchors, key=lambda one: (one.branch, one.name)):
        fingerprint, end = _read(anchor.certificate)
        yield _object(
            "anchor",
            sha256=fingerprint,
            name=anchor.name,
            branch=anchor.branch,
            uses=sorted(anchor.uses),
            scheme=anchor.origin.scheme,
            not_after=_instant(end),
            trusted_until=_instant(anchor.trusted_until),
        )
    for one in sorted(snapshot.authorities, key=lambda one: (one.country, one.id)):
        specimens = len(one.specimens)
        yield _object(
            "authority", id=one.id, country=one.country, kind=one.kind, names=dict(one.names), specimens=specimens
        )


def _pending_json(roots: Iterable[PendingRoot]) -> Iterator[str]:
    for root in roots:
        end = _instant(root.not_after)
        yield _object("pending", sha256=root.sha256, name=root.name, branch=root.branch, not_after=end)


def _object(entry: str, **fields: object) -> str:
    return escape_json(json.dumps({"entry": entry, **fields}, ensure_ascii=False))


def _instant(one: datetime | None) -> str | None:
    return None if one is None else one.astimezone(UTC).isoformat()


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
