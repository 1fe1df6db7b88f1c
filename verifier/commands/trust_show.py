"""`verifier trust show`: lists the anchors of the trust store and the roots that wait."""

from __future__ import annotations

import argparse

from verifier.commands.shared import Surroundings, settings_of
from verifier.reports.plain import visible
from verifier.trust.importer import show_store
from verifier.x509 import Certificate


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line for each root."""
    store = show_store(settings_of(around, args.trust_store).trust_store)
    lines = [f"snapshot {store.snapshot.id}"]
    for anchor in store.snapshot.anchors:
        root = Certificate.parse(anchor.certificate)
        uses = ", ".join(sorted(anchor.uses))
        scope = f"{uses}; {anchor.branch}" if anchor.branch else uses
        lines.append(f"active   {root.sha256}  until {root.not_after:%Y-%m-%d}  {anchor.name} ({scope})")
    for root_to_be in store.waiting:
        scope = f"until {root_to_be.not_after:%Y-%m-%d}  {root_to_be.name} ({root_to_be.branch})"
        lines.append(f"pending  {root_to_be.sha256}  {scope}")
    print("\n".join(map(visible, lines)), file=around.out)
    return 0
