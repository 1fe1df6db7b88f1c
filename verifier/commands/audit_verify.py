"""`verifier audit verify`: checks the audit log and names the first link that is broken.

Exit codes: 0 intact, 1 broken, 2 usage, 3 could not be checked.
"""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError

from verifier.commands.audit_head import opened
from verifier.commands.shared import NOT_JUDGED, Surroundings
from verifier.errors import CouldNotJudge
from verifier.plain import visible
from verifier.storage.audit_check import AuditFinding, broken_links, parse_head, verify
from verifier.storage.database import Database
from verifier.web.audit.sentences import what_is_wrong

INTACT, BROKEN = 0, 1


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Check the whole log, or the chain of one subject; CouldNotJudge `database-unusable`."""
    known = [parse_head(told) for told in args.head]
    try:
        with opened(around) as (database, ring):
            if args.subject:
                finding = _of_subject(database, *args.subject)
            else:
                finding = verify(database, ring, known, lambda done, total: _progress(around.err, done, total))
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", type(error).__name__) from None
    if args.subject and finding.intact and not finding.events:
        print(visible(f"verifier: no entry is about {' '.join(args.subject)}"), file=around.err)
        return NOT_JUDGED
    told = _document(finding) if args.format == "json" else _lines(finding)
    print(told, file=around.out)
    return INTACT if finding.intact else BROKEN


def _of_subject(database: Database, kind: str, id_: str) -> AuditFinding:
    with closing(broken_links(database, kind, id_)) as found:
        return next(found)


def _lines(finding: AuditFinding) -> str:
    about = f"{finding.subject_kind} {finding.subject_id}" if finding.subject_kind else ""
    if not finding.intact:
        place = f" at entry {finding.number}" if finding.number else ""
        step = f" (step {finding.subject_number} of {about})" if about and finding.subject_number else ""
        return visible(f"broken{place}{step}: {what_is_wrong(finding, 'en')} [{finding.code}]")
    if about:
        return visible(f"intact: {finding.events} entries of {about}; only the whole check proves where it ends")
    return f"intact: {finding.events} entries\nhead: {finding.head}"


def _document(finding: AuditFinding) -> str:
    told = {name: value for name, value in vars(finding).items() if name != "authority_id"}
    words = "" if finding.intact else what_is_wrong(finding, "en")
    return json.dumps({"intact": finding.intact, **told, "words": words}, indent=2)


def _progress(err: TextIO, done: int, total: int) -> None:
    if err.isatty():
        print(f"\r\x1b[K[{done}/{total}]", end="" if done < total else "\n", file=err, flush=True)
    else:
        print(f"[{done}/{total}]", file=err, flush=True)
