"""`verifier trust show`: lists the anchors of the trust store and the roots that wait."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from verifier.commands.shared import NOT_JUDGED, Surroundings, complain, settings_of
from verifier.errors import CouldNotJudge
from verifier.plain import visible
from verifier.snapshot import Anchor
from verifier.trust.importer import PendingRoot, pending_roots, show_store
from verifier.x509 import Certificate


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line for each root; a store without anchors shows what waits, and says that nothing can be judged."""
    folder = settings_of(around, args.trust_store).trust_store
    try:
        store = show_store(folder)
    except CouldNotJudge as error:
        if error.problem.code != "trust-store-empty":
            raise
        _print(around, _waiting(pending_roots(Path(folder))))
        complain(around, error.problem)
        return NOT_JUDGED
    lines = [f"snapshot {store.snapshot.id}", *map(_active, store.snapshot.anchors), *_waiting(store.waiting)]
    _print(around, lines)
    return 0


def _active(anchor: Anchor) -> str:
    root = Certificate.parse(anchor.certificate)
    uses = ", ".join(sorted(anchor.uses))
    scope = f"{uses}; {anchor.branch}" if anchor.branch else uses
    return f"active   {root.sha256}  until {root.not_after:%Y-%m-%d}  {anchor.name} ({scope})"


def _waiting(roots: Iterable[PendingRoot]) -> list[str]:
    return [f"pending  {root.sha256}  until {root.not_after:%Y-%m-%d}  {root.name} ({root.branch})" for root in roots]


def _print(around: Surroundings, lines: list[str]) -> None:
    print("\n".join(map(visible, lines)), file=around.out)
