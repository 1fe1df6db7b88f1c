"""The audit log as files: CSV for tables, JSON lines with hashes for checking elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from verifier.reports.formats import Words, iso
from verifier.storage.audit import Entry
from verifier.web import locale
from verifier.web.audit.rows import details_of, who, word

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is a formula for a table program (OWASP, CSV injection)."""
COLUMNS = (
    "audit-detail-number",
    "audit-time",
    "audit-time-utc",
    "audit-actor",
    "audit-detail-actor",
    "audit-detail-address",
    "audit-action",
    "audit-detail-action",
    "audit-subject-kind",
    "audit-subject-id",
    "audit-step",
    "audit-reason",
    "audit-details",
    "audit-detail-reads",
    "audit-detail-hash",
)


def as_csv(entries: Iterable[Entry], words: Words) -> Iterator[bytes]:
    """Write a table (RFC 4180, UTF-8 with BOM), one line an event, times in the zone of `words` and in UTC."""
    yield (BOM + _line([locale.text(key, words.lang) for key in COLUMNS])).encode()
    for one in entries:
        yield _line(_cells(one, words)).encode("utf-8", "replace")


def as_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Write JSON lines: both numbers, the three hashes and the body of each event.

    `verifier.audit.linked` says how `hash` is made of the others; `previous` and `subject_previous` are the hashes of
    the event before in the whole log and of the one before of its subject.
    """
    for one in entries:
        told = {
            "number": one.number,
            "subject_number": one.subject_number,
            "previous": one.previous.hex(),
            "subject_previous": one.subject_previous.hex(),
            "hash": one.hash.hex(),
            "body": one.body,
        }
        yield json.dumps(told).encode() + b"\n"


def harmless(cell: str) -> str:
    """Return a cell that no table program takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _cells(entry: Entry, words: Words) -> list[str]:
    event = entry.event
    details = "; ".join(f"{name}: {told}" for name, told in details_of(event, words.lang))
    return [
        str(entry.number),
        words.when(event.at),
        iso(event.at),
        who(event.actor, words.lang),
        event.actor.id,
        event.actor.address,
        word("action", event.action, words.lang),
        event.action,
        word("subject", event.subject_kind, words.lang),
        event.subject_id,
        str(entry.subject_number),
        event.reason,
        details,
        ", ".join(word("detail", one, words.lang) for one in event.reads),
        entry.hash.hex(),
    ]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()
