"""What is forgotten when a dossier is removed: every part that keeps something of people says how it forgets it."""

from __future__ import annotations

from collections.abc import Callable

from verifier.cases.kernel import Turn
from verifier.workers.carriers import BLOB_DELETE

Forgets = Callable[[Turn], None]
FORGETS: list[Forgets] = []
"""Called in the transaction of the removal; a part that keeps words about people adds to it by `forgets`."""


def forgets(act: Forgets) -> Forgets:
    """Register how a part forgets what it keeps of the people of a dossier."""
    FORGETS.append(act)
    return act


def blank(turn: Turn) -> int:
    """Forget what the dossier says of people, and have its files deleted; return how many files.

    A file goes through the outbox when all this is committed, and only where no row names it any more.
    """
    unit, case = turn.unit, turn.case
    names = [one.blob for one in unit.cases.records(case.id) if one.blob]
    packages = [one.blob for one in unit.archive.packages(case.id) if one.blob]
    unit.archive.blank(case.id)
    unit.appointments.blank(case.id)
    for act in FORGETS:
        act(turn)
    gone = tuple(dict.fromkeys([*names, *packages]))
    still = unit.known_blobs(gone)
    for name in gone:
        if name not in still:
            unit.outbox.put(BLOB_DELETE, f"{BLOB_DELETE}:{name}", {"blob": name}, turn.now, case.authority_id)
    return len(names)
