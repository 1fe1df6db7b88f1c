"""`verifier trust inspect`: says of each file what trusted list it is and whether its signature holds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from verifier.commands.progress import Progress
from verifier.commands.shared import ALL_PASSED, NOT_JUDGED, Surroundings, content, instant_of
from verifier.errors import BadRequest
from verifier.plain import escape_json, visible
from verifier.trust.certfiles import read_certificates
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.model import ListProblem, ListSignature, SignatureState, TrustedList
from verifier.trust.lists.xml import MAX_BYTES


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line of JSON a file, or a few readable lines; 3 where some file is no list that could be read."""
    pins = tuple(der for file in args.pin for der in pins_of(file))
    at = instant_of(args.at) if args.at is not None else around.clock.now()
    write = _json_line if args.format == "json" else _text
    progress = Progress(len(args.files), around.err)
    worst = ALL_PASSED
    for file in args.files:
        data = bytes_of(Path(file))
        found = _refused(data) if isinstance(data, ListProblem) else inspect(data, at, pins)
        progress.clear()
        print(write(file, found), file=around.out, flush=True)
        worst = max(worst, ALL_PASSED if found.content else NOT_JUDGED)
        progress.done(file)
    progress.clear()
    return worst


def pins_of(file: Path) -> tuple[bytes, ...]:
    """Return the certificates of a file, in DER; BadRequest `trust-certificate-broken` names it."""
    try:
        return read_certificates(content(file))
    except ValueError as error:
        raise BadRequest("trust-certificate-broken", f"{file}: {error}", file=str(file)) from None


def bytes_of(path: Path) -> bytes | ListProblem:
    """Return what stands in a file, one byte more than a list may have at most; else why it cannot be read."""
    try:
        if not path.exists():
            return ListProblem("file-missing", "there is no such file")
        if not path.is_file():
            return ListProblem("file-unreadable", "it is no regular file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return ListProblem("file-unreadable", getattr(error, "strerror", "") or str(error))


def _refused(problem: ListProblem) -> Inspection:
    return Inspection(None, ListSignature(SignatureState.UNREADABLE), problems=(problem,))


def _json_line(file: str, found: Inspection) -> str:
    return escape_json(json.dumps({"file": file, **_fields(found)}, ensure_ascii=False))


def _fields(found: Inspection) -> dict[str, Any]:
    """Make the fields of the contract; what a list writes stands as it is written, what it leaves out is null."""
    content, signature = found.content, found.signature
    return {
        "kind": content.kind if content else None,
        "version": (content and content.version) or None,
        "territory": (content and content.territory) or None,
        "sequence": (content and content.sequence) or None,
        "issued": (content and content.written["issued"]) or None,
        "next_update": (content and content.written["next_update"]) or None,
        "services": found.services,
        "pointers": found.pointers,
        "signature": signature.state,
        "signer": signature.signer or None,
        "pinned": signature.pinned,
        "problems": [{"code": problem.code, "detail": problem.detail} for problem in found.problems],
    }


def _text(file: str, found: Inspection) -> str:
    lines = [f"{file}: {_summary(found.content, found) if found.content else 'no list that can be read'}"]
    if found.content:
        lines.append(f"  {_signed(found.signature)}")
    lines += [f"  {problem.code}: {problem.detail}" for problem in found.problems]
    return "\n".join(map(visible, lines))


def _summary(content: TrustedList, found: Inspection) -> str:
    kind = content.kind.replace("_", " ")
    name = f"{kind} {content.territory or '(no territory)'} no. {content.sequence or '?'}"
    dates = f"of {content.written['issued'] or '?'}, next {content.written['next_update'] or '?'}"
    return f"{name}, version {content.version or '?'}, {dates}; {found.services} services, {found.pointers} pointers"


def _signed(signature: ListSignature) -> str:
    by = f", by {signature.signer} ({'pinned' if signature.pinned else 'not pinned'})" if signature.signer else ""
    return f"signature {signature.state}{by}"
