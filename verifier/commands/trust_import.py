"""`verifier trust import-root`: makes a pending root an anchor when its fingerprint fits."""

from __future__ import annotations

import argparse

from verifier.commands.shared import Surroundings, content, settings_of
from verifier.plain import visible
from verifier.trust.importer import import_root


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Import the root and say what was done."""
    done = import_root(settings_of(around, args.trust_store).trust_store, content(args.file))
    what = "was active already" if done.already_active else f"is active now: anchors/{done.file}"
    print(visible(f"{done.root.name} {what}"), file=around.out)
    return 0
