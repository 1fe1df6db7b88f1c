"""When a verdict that is open is to be reached again by itself, and how the earlier verdict is kept then.

What is open in the sense of EN 319 102-1 (TRY_LATER) says itself from when on asking again makes sense. What is open
because somebody could not be asked is tried soon. Either is tried a few times only, with growing pauses.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta

from verifier.check import may_pass
from verifier.evidence import GapCode
from verifier.verdict import Conclusion, DocumentVerdict, Outcome, SubIndication

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
"""Least time before a verdict is reached again for the first, second … time; after the last it stays as it is."""
UNANSWERED_TIMES = 4
"""How many times that is done where nothing but an answer of somebody's is missing."""
EARLIER = "earlier/"
"""Folder of a bundle with the verdicts before it: `N.json`, the report, and `N.zip`, its bundle, from 1."""
EARLIER_BYTES = 64 * 1024 * 1024
"""Largest bundle that is carried along; of a larger one the report is, and the audit log has the hash."""

_DATED = (1980, 1, 1, 0, 0, 0)


def when(outcome: Outcome, now: datetime, times: int) -> datetime | None:
    """Return when to judge again what was judged at `now`; None where that is of no use or was done often enough.

    `times` is how many times it was done before.
    """
    if not isinstance(outcome, DocumentVerdict) or outcome.conclusion is not Conclusion.INDETERMINATE:
        return None
    if times >= len(PAUSES):
        return None
    least, found = now + PAUSES[times], list[datetime]()
    if outcome.try_again_at is not None:
        found.append(max(least, outcome.try_again_at))
    if times < UNANSWERED_TIMES and _unanswered(outcome):
        found.append(least)
    return min(found, default=None)


def with_earlier(bundle: bytes, number: int, report: str, earlier: bytes) -> bytes:
    """Return a bundle that carries the verdict before it along, and with that all before.

    `report` is the JSON report of the `number`th verdict, `earlier` its bundle; empty where that is not to be had.
    Whoever reads the bundle to judge again takes no notice.
    """
    entries = {f"{EARLIER}{number}.json": report.encode(), **_reports_in(earlier)}
    if 0 < len(earlier) <= EARLIER_BYTES:
        entries[f"{EARLIER}{number}.zip"] = earlier
    buffer = io.BytesIO(bundle)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _DATED)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, entries[name])
    return buffer.getvalue()


def _unanswered(verdict: DocumentVerdict) -> bool:
    """Whether somebody could not be asked, or the standard says to try later and nobody knows when."""
    if any(note.code == GapCode.FETCH_FAILED and may_pass(note) for note in verdict.gaps):
        return True
    return any(one.sub_indication is SubIndication.TRY_LATER and not one.try_again_at for one in verdict.signatures)


def _reports_in(bundle: bytes) -> dict[str, bytes]:
    """Return the reports of earlier verdicts that a bundle carries."""
    if not bundle:
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            names = [one for one in archive.namelist() if one.startswith(EARLIER) and one.endswith(".json")]
            return {name: archive.read(name) for name in names}
    except zipfile.BadZipFile:
        return {}
