"""`verifier keys rotate`: seals files, second factors and the audit log's mark anew with the current key.

Every process of the service must have been restarted since the key was added (`verifier keys new`), or it cannot open
what is sealed here. The service may run meanwhile; the command can be interrupted and repeated.
"""

from __future__ import annotations

import argparse

from verifier.commands.keys_shared import counted, rotation, told
from verifier.commands.progress import Progress
from verifier.commands.shared import NOT_JUDGED, Surroundings, complain
from verifier.storage.rotation import Rotated, Rotation


def run(_args: argparse.Namespace, around: Surroundings) -> int:
    """Seal all anew and say how much it was, and which keys nothing needs any more.

    Exit code 3 where something does not open: it stays as it is, and no key is called unused.
    """
    with rotation(around) as sealed:
        names = sealed.names()
        progress = Progress(len(names), around.err)
        try:
            done = sealed.rotate(names, around.clock.now(), progress.done)
        finally:
            progress.clear()
        return _tell(sealed, done, around)


def _tell(sealed: Rotation, done: Rotated, around: Surroundings) -> int:
    amount = counted(done.files, done.second_factors, done.head, done.messages)
    print(f"sealed anew with {sealed.ring.current}: {amount}", file=around.out)
    uses = sealed.uses()
    failures = tuple(dict.fromkeys((*done.failures, *uses.failures)))
    for problem in told(failures):
        complain(around, problem)
    if failures:
        return NOT_JUDGED
    for key in sealed.ring.keys:
        if key != sealed.ring.current:
            told_use = f"still seals {counted(*uses.of(key))}" if key in uses.keys else "is no longer in use"
            print(f"key {key} {told_use}", file=around.out)
    return 0
