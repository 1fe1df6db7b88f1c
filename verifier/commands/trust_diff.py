"""`verifier trust diff`: what makes the second of two trust snapshots out of the first."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from verifier.commands.shared import Surroundings, settings_of
from verifier.commands.snapshots import named_or_folder
from verifier.plain import escape_json, visible
from verifier.trust.diff import Difference, diff
from verifier.trust.journal import Counts, counts_of


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print one line a field, in JSON, or each entry with its fields; nothing where both say the same."""
    settings = settings_of(around, args.trust_store)
    before, after = (named_or_folder(one, settings) for one in (args.before, args.after))
    found = diff(before, after)
    for line in map(_json, found) if args.format == "json" else map(visible, _lines(found)):
        print(line, file=around.out)
    return 0


def _json(one: Difference) -> str:
    return escape_json(json.dumps(asdict(one), ensure_ascii=False))


def _lines(found: Iterable[Difference]) -> Iterator[str]:
    found = tuple(found)
    last: tuple[str, str, str, str] | None = None
    for one in found:
        entry = (one.sign, one.kind, one.id, one.name)
        if entry != last:
            last = entry
            yield " ".join(filter(None, entry))
        if one.field:
            yield f"    {one.field}: {' → '.join(filter(None, [_side(one, one.before), _side(one, one.after)]))}"
    yield counted(counts_of(found)) or "nothing is different"


def _side(one: Difference, text: str) -> str:
    return text or ("-" if one.sign == "~" else "")


def counted(counts: Counts) -> str:
    """Write numbers of entries in one line, as `anchor +1 ~2; scheme ~1`."""
    signs = {kind: " ".join(f"{sign}{number}" for sign, number in of.items()) for kind, of in counts.items()}
    return "; ".join(f"{kind} {told}" for kind, told in signs.items())
