"""`verifier trust history`: when the trust store was found to say something else, and what had changed."""

from __future__ import annotations

import argparse
import contextlib
import json

from verifier.commands.shared import Surroundings, settings_of
from verifier.commands.snapshots import current
from verifier.commands.trust_diff import counted
from verifier.errors import CouldNotJudge
from verifier.plain import escape_json, visible
from verifier.trust.journal import Entry, journal


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line for each snapshot, the latest first; what the store says now is noted before."""
    settings = settings_of(around, args.trust_store)
    if not settings.trust_store.is_dir():
        raise CouldNotJudge("trust-store-missing", f"no such folder: {settings.trust_store}")
    with contextlib.suppress(CouldNotJudge):  # a store that is out of order has its history all the same
        current(settings, around)
    for entry in journal(settings.trust_store):
        print(_json(entry) if args.format == "json" else visible(_line(entry)), file=around.out)
    return 0


def _json(entry: Entry) -> str:
    return escape_json(json.dumps({**vars(entry), "at": entry.at.isoformat()}, ensure_ascii=False))


def _line(entry: Entry) -> str:
    told = "the snapshot before is no longer kept" if entry.changes is None else counted(entry.changes)
    return f"{entry.at:%Y-%m-%d %H:%M:%S}Z  {entry.id}  {entry.by}  {told or 'nothing is different'}"
