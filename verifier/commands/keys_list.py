"""`verifier keys list`: names the keys of the ring, never the keys themselves, and how much each seals."""

from __future__ import annotations

import argparse

from verifier.commands.keys_shared import counted, rotation, told
from verifier.commands.shared import NOT_JUDGED, Surroundings, complain
from verifier.plain import visible


def run(_args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line for each key; exit code 3 where something is sealed with a key that is not in the file."""
    with rotation(around) as sealed:
        uses, ring = sealed.uses(), sealed.ring
        missing = sorted(uses.keys - set(ring.keys))
        for key in (*ring.keys, *missing):
            state = "current" if key == ring.current else "missing" if key in missing else "older"
            print(visible(f"{state:<8} {key}  {counted(*uses.of(key))}"), file=around.out)
    for problem in told(uses.failures):
        complain(around, problem)
    return NOT_JUDGED if missing or uses.failures else 0
