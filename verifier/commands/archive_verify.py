"""`verifier archive verify`: verifies the package of a dossier by nothing but the file.

Exit codes: 0 sound and sealed, 1 not, 2 usage.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from verifier.archive.verifying import Verified, verify
from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest
from verifier.plain import visible

SOUND, BROKEN = 0, 1
WORDS = {
    "not-a-package": "this is no package that can be read",
    "manifest-broken": "the manifest cannot be read",
    "file-missing": "a file is missing",
    "file-changed": "a file is not what it was",
    "file-unknown": "a file is not in the manifest or in the data",
    "not-sealed": "there is no time stamp: nothing proves since when it has been so",
    "token-broken": "the time stamp is broken",
    "token-other": "the time stamp is of another manifest",
    "log-broken": "the chain of the log is broken",
    "data-broken": "the data do not agree with the rest",
}


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Verify one file; BadRequest `file-missing` where there is none."""
    path = Path(args.file)
    if not path.is_file():
        raise BadRequest("file-missing", str(path))
    found = verify(path)
    print(_document(found) if args.format == "json" else _lines(found), file=around.out)
    return SOUND if found.sound else BROKEN


def _lines(found: Verified) -> str:
    lines = [f"{one.code}: {WORDS[one.code]}{f' ({one.where})' if one.where else ''}" for one in found.findings]
    told = f"dossier {found.dossier or '?'}: {found.files} files, {found.events} events"
    if found.sealed_at:
        told += f", sealed {found.sealed_at:%Y-%m-%dT%H:%M:%SZ} by {found.signer}"
    verdict = "sound" if found.sound else "NOT sound"
    return "\n".join(visible(line) for line in (*lines, told, verdict))


def _document(found: Verified) -> str:
    told = {
        "sound": found.sound,
        "dossier": found.dossier,
        "files": found.files,
        "events": found.events,
        "sealed_at": found.sealed_at.isoformat() if found.sealed_at else None,
        "signer": found.signer,
        "findings": [{"code": one.code, "where": one.where} for one in found.findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)
