"""What is forgotten when a dossier is removed (hủy hồ sơ hết thời hạn lưu trữ): words about people, and files."""

from __future__ import annotations

from verifier.cases.kernel import Turn
from verifier.workers.carriers import BLOB_DELETE


def blank(turn: Turn) -> int:
    """Forget what the dossier says of people, and have its files deleted; return how many files.

    A file goes through the outbox when all this is committed, and only where no row names it any more.
    """
    unit, case = turn.unit, turn.case
    names = [one.blob for one in unit.cases.records(case.id) if one.blob]
    packages = [one.blob for one in unit.archive.packages(case.id) if one.blob]
    unit.archive.blank(case.id)
    unit.appointments.blank(case.id)
    gone = tuple(dict.fromkeys([*names, *packages]))
    still = unit.known_blobs(gone)
    for name in gone:
        if name not in still:
            unit.outbox.put(BLOB_DELETE, f"{BLOB_DELETE}:{name}", {"blob": name}, turn.now, case.authority_id)
    return len(names)
