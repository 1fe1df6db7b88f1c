"""What is different between two snapshots, in words: one entry for each thing, with its fields before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verifier.errors import BadRequest, CouldNotJudge
from verifier.keeping.keeper import KIND
from verifier.plain import visible
from verifier.storage.proposals import Proposal
from verifier.trust.diff import Difference
from verifier.web.chrome import say
from verifier.web.trust.base import desk, problem_words, told

MOST = 200
"""Entries shown one by one."""
_LOOKS = {"+": "ok", "~": "open", "-": "bad"}
_ORDER = {"+": 0, "~": 1, "-": 2}


@dataclass(frozen=True)
class ChangedField:
    """One field of an entry, before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedEntry:
    """One anchor, list, service, authority … that came, changed or goes."""

    sign: str
    """`+`, `~` or `-`."""
    look: str
    kind: str
    """In words, as the next."""
    act: str
    name: str
    id: str
    fields: tuple[ChangedField, ...]


@dataclass(frozen=True)
class Changes:
    """All of them, as far as they are shown."""

    entries: tuple[ChangedEntry, ...]
    more: int
    """Entries that are not shown."""
    counts: tuple[tuple[str, str, int], ...]
    """Sign, word, number of entries."""
    trouble: str = ""
    """Why they cannot be told; empty where they can."""
    advice: str = ""


def changes_of(found: Iterable[Difference]) -> Changes:
    """Write differences in words: what comes first, then what changes, then what goes."""
    entries: dict[tuple[str, str, str], list[Difference]] = {}
    for one in found:
        entries.setdefault((one.sign, one.kind, one.id), []).append(one)
    ordered = sorted(entries, key=lambda key: (_ORDER[key[0]], key[1], entries[key][0].name, key[2]))
    shown = tuple(_entry(entries[key]) for key in ordered[:MOST])
    counts = tuple((sign, say(f"trust-sign-{_LOOKS[sign]}"), sum(key[0] == sign for key in ordered)) for sign in _ORDER)
    return Changes(shown, max(0, len(ordered) - MOST), counts)


def changes_of_proposal(proposal: Proposal) -> Changes | None:
    """Return what a proposal on trust would change or has changed; None for another kind of proposal."""
    if proposal.kind != KIND:
        return None
    try:
        return changes_of(desk().differences(proposal))
    except (BadRequest, CouldNotJudge) as refusal:
        trouble, advice = problem_words(refusal.problem)
        return Changes((), 0, (), trouble, advice)


def _entry(found: Sequence[Difference]) -> ChangedEntry:
    first = found[0]
    fields = tuple(
        ChangedField(told(f"trust-field-{one.field}", one.field), visible(one.before), visible(one.after))
        for one in found
        if one.field
    )
    look = _LOOKS[first.sign]
    kind = told(f"trust-kind-{first.kind}", first.kind)
    return ChangedEntry(
        first.sign, look, kind, say(f"trust-sign-{look}"), visible(first.name or first.id), first.id, fields
    )
