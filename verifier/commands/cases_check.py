"""`verifier cases check`: proves that dossiers agree with their log, numbers, money, messages and files.

Exit codes: 0 everything agrees, 1 something does not, 2 usage, 3 could not be checked.
"""

from __future__ import annotations

import argparse
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from verifier.cases.checking import CaseProof
from verifier.commands.audit_head import opened
from verifier.commands.shared import Surroundings
from verifier.errors import CouldNotJudge
from verifier.plain import visible
from verifier.settings import Settings
from verifier.storage.blobs import Blobs
from verifier.workers.retention import OUTBOX_SENT, load_retention

AGREES, DIFFERS = 0, 1


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Look, and print one line for each finding; CouldNotJudge `database-unusable`."""
    settings, kept = Settings.from_environment(around.env), timedelta(days=load_retention()[OUTBOX_SENT].days)
    count = 0
    try:
        with opened(around) as (database, ring):
            blobs = Blobs(settings.data / "files", ring, settings.data / "spool")
            proof = CaseProof(database, blobs)

            def progress(part: str) -> None:
                if around.err.isatty():
                    print(f"\r\x1b[K[{part}]", end="", file=around.err, flush=True)

            for one in proof.findings(around.clock.now(), sent_kept=kept, content=args.files, progress=progress):
                count += 1
                print(visible("  ".join(word for word in (one.code, one.subject, one.detail) if word)), file=around.out)
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", type(error).__name__) from None
    if around.err.isatty():
        print("\r\x1b[K", end="", file=around.err, flush=True)
    looked = f"{proof.dossiers} dossiers, {proof.events} events, {proof.files} files"
    print(f"{looked}: {count} findings" if count else f"{looked}: everything agrees", file=around.out)
    return DIFFERS if count else AGREES
