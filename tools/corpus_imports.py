"""Whether trusted lists that are sound would be taken over: each at its own issue time, pinned to its own signer.

What refuses a list then is in the list itself, not in who reads it or when.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.snapshot import Branch, Scheme
from verifier.trust.lists.checking import checked
from verifier.trust.lists.inspection import inspect


def below_floor(records: list[dict[str, Any]], files: Path, floors: dict[str, Any]) -> bool:
    """Import every sound list in process; tell why the others are refused, and whether a floor is missed."""
    start = time.perf_counter()
    refused = Counter(filter(None, (refusal(record, files) for record in records)))
    seconds = time.perf_counter() - start
    taken = len(records) - refused.total()
    print(f"importing in {seconds:.1f} s: {taken} of {len(records)} sound lists would be taken over; refused: ", end="")
    print(", ".join(f"{count} {code}" for code, count in refused.most_common()))
    kept = {"imported lists": taken >= floors["imported"], "reasons": dict(refused) == floors["refused"]}
    for name, good in kept.items():
        print(f"floor, {name}: {'kept' if good else 'MISSED'}")
    return not all(kept.values())


def refusal(record: dict[str, Any], files: Path) -> str:
    """Return the code of why a list is not taken over; empty where it would be."""
    data = (files / record["path"]).read_bytes()
    found = inspect(data, SystemClock().now())
    if found.content is None or found.content.issued is None:
        return "issued-missing"
    scheme = Scheme(
        id="corpus",
        name="corpus",
        location="",
        territory=found.content.territory,
        branch=Branch.FOREIGN,
        pins=(found.signature.certificate,),
        kind=found.content.kind,
    )
    try:
        checked(data, scheme, found.content.issued)
    except BadRequest as refused:
        return refused.problem.code
    return ""
