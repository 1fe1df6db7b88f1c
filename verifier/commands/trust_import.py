"""`verifier trust import-root`: makes a pending root an anchor when its fingerprint fits."""

from __future__ import annotations

import argparse
import contextlib

from verifier.commands.shared import Surroundings, content, settings_of
from verifier.commands.snapshots import current
from verifier.errors import CouldNotJudge
from verifier.plain import visible
from verifier.trust.importer import import_root


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Import the root and say what was done."""
    settings = settings_of(around, args.trust_store)
    done = import_root(settings.trust_store, content(args.file))
    with contextlib.suppress(CouldNotJudge):  # that another file is out of order is told when it is needed
        current(settings, around)  # leaves its trace in the journal
    what = "was active already" if done.already_active else f"is active now: anchors/{done.file}"
    print(visible(f"{done.root.name} {what}"), file=around.out)
    return 0
