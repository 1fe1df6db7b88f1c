"""`verifier trust show`: all that stands in one trust snapshot, the present one or one that was kept."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from verifier.commands.shared import Surroundings, settings_of
from verifier.commands.snapshots import current, named
from verifier.plain import visible
from verifier.snapshot import TrustSnapshot
from verifier.trust.canon import canonical
from verifier.trust.diff import diff

NOTHING = TrustSnapshot("", ())


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the snapshot: in JSON just its canonical content, whose SHA-256 is its id, without an end of line."""
    settings = settings_of(around, args.trust_store)
    snapshot = named(args.id, settings) if args.id else current(settings, around)
    if args.format == "json":
        around.out.write(canonical(snapshot).decode("ascii"))
        around.out.flush()
        return 0
    for line in _lines(snapshot):
        print(visible(line), file=around.out)
    return 0


def _lines(snapshot: TrustSnapshot) -> Iterator[str]:
    yield f"snapshot {snapshot.id}"
    last: tuple[str, str, str] | None = None
    for one in diff(NOTHING, snapshot):
        if (one.kind, one.id, one.name) != last:
            last = (one.kind, one.id, one.name)
            yield f"{one.kind} {one.id}  {one.name}"
        if one.field not in ("", "id", "name", "certificate"):
            yield f"  {one.field}: {one.after}"
