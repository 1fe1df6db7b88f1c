"""What is different between two snapshots, in words: one entry for each thing, with its fields before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.errors import BadRequest, CouldNotJudge
from verifier.keeping.keeper import KIND
from verifier.plain import visible
from verifier.storage.proposals import Proposal
from verifier.trust.diff import Difference
from verifier.web.chrome import say, words
from verifier.web.trust.base import desk, problem_words, told

MOST = 200
"""Entries shown one by one."""
_LOOKS = {"+": "ok", "~": "open", "-": "bad"}
_SAID = {"id", "certificate", "certificates", "name", "origin.kind", "origin.sha256", "origin.scheme"}
"""Fields of what comes or goes that its name and its id say already, or that are for machines."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
_STRETCH = re.compile(r"(Z|\.\.)/(\d{4}-|\.\.)")
"""Where the first instant of a stretch ends and its end begins."""
_ETSI = re.compile(r"http://uri\.etsi\.org/TrstSvc/(?:TrustedList/)?Svc(?:status|type)/")
"""What stands before each status and type of a service."""
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
    told_fields = [one for one in found if one.field and (one.sign == "~" or one.field not in _SAID)]
    fields = tuple(ChangedField(_field(one), _value(one, one.before), _value(one, one.after)) for one in told_fields)
    look = _LOOKS[first.sign]
    kind = told(f"trust-kind-{first.kind}", first.kind)
    return ChangedEntry(first.sign, kind, say(f"trust-sign-{look}"), visible(first.name or first.id), first.id, fields)


def _field(one: Difference) -> str:
    """Name a field; of a record within a record the last part of its name may say enough."""
    last = one.field.rpartition(".")[2]
    return told(f"trust-field-{one.field}".replace(".", "-"), told(f"trust-field-{last}", one.field))


def _value(of: Difference, value: str) -> str:
    """Write a value for people: codes in words, moments in their zone; fingerprints stay as they are."""
    words_of = _KINDS.get(of.kind, "") if of.field == "kind" else _CODES.get(of.field, "")
    if words_of:
        return ", ".join(told(f"{words_of}-{one}", one) for one in value.split(", ") if one)
    value = _ETSI.sub("", _STRETCH.sub(r"\1 – \2", value)).replace(" – ..", " – …")
    return _MOMENT.sub(lambda found: words().when(datetime.fromisoformat(found[0])), visible(value))


_CODES = {
    "branch": "trust-branch",
    "uses": "trust-use",
    "refresh": "trust-refresh",
    "notification.channel": "trust-channel",
}
"""Fields that hold codes, and the group of their words."""
_KINDS = {"scheme": "trust-list_kind", "authority": "trust-authority-kind"}
"""The same of the field `kind`, by what has it."""
