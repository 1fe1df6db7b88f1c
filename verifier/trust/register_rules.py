"""What the register of authorities may say: the rules for one authority, and those for all of them together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from itertools import combinations

from verifier.countries import COUNTRIES, VIET_NAM
from verifier.errors import BadRequest
from verifier.snapshot import Branch, Notification, NotifiedAuthority, Power, Specimen, SubjectRule
from verifier.trust.folding import accented, folded

MISSIONS = frozenset({"embassy", "consulate", "consular_body"})
"""Kinds that work in another state than their own."""
KINDS = MISSIONS | {
    "ministry_of_foreign_affairs",
    "notary",
    "court",
    "registry",
    "ministry",
    "people_committee",
    "agency",
    "other",
}
SPECIMEN_KINDS = frozenset({"signature", "seal"})
DIPLOMATIC = frozenset({"note_verbale", "treaty"})
"""Channels of notification that are diplomatic (seed rule 4b)."""
CHANNELS = DIPLOMATIC | {"law", "list"}

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OID = re.compile(r"[012](\.(0|[1-9][0-9]*))+")
_TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_DOCUMENT = re.compile(r"\*|[a-z0-9][a-z0-9._-]*")
SUBJECT = (
    "organization",
    "unit",
    "common_name",
    "locality",
    "organization_identifier",
    "serial_number",
    "uid",
)
"""Parts of a rule that tell subjects apart."""


def check_register(authorities: Iterable[NotifiedAuthority]) -> None:
    """Refuse a register in which two entries contradict each other: BadRequest with one code per fault.

    `authority-twice`: two have one id; `name-taken`: two of one country have one name at one time;
    `specimens-overlap`: two claim the same certificates at one time.
    """
    known = tuple(authorities)
    twice = _twice(one.id for one in known)
    demand(not twice, "authority-twice", f"two authorities have the id {twice}")
    names: dict[tuple[str, str], list[NotifiedAuthority]] = {}
    claims: dict[SubjectRule, list[tuple[NotifiedAuthority, Specimen]]] = {}
    for one in known:
        for name in {accented(name) for _, name in one.names}:
            names.setdefault((one.country, name), []).append(one)
        for specimen in one.specimens:
            claims.setdefault(_plain(specimen.rule), []).append((one, specimen))
    for sharing in names.values():
        _check_names(sharing)
    for claiming in claims.values():
        _check_claims(claiming)


def _check_names(sharing: list[NotifiedAuthority]) -> None:
    for first, second in combinations(sharing, 2):
        clash = _overlap(_period(first), _period(second))
        demand(not clash, "name-taken", f"{first.id} and {second.id} have the same name at the same time")


def _check_claims(claiming: list[tuple[NotifiedAuthority, Specimen]]) -> None:
    for (first, specimen), (second, other) in combinations(claiming, 2):
        periods = (_period(first), _period(second), _period(specimen), _period(other))
        clash = first.id != second.id and _overlap(*periods)
        detail = f"{first.id} and {second.id} claim the same certificates at the same time"
        demand(not clash, "specimens-overlap", detail)


def check_authority(one: NotifiedAuthority) -> None:
    """Refuse an authority that contradicts itself or the law; BadRequest as `register.authority_from`."""
    demand(_ID.fullmatch(one.id), "id-malformed", f"an id is of a-z, 0-9 and dashes, not {one.id[:60]!r}")
    for code in (one.country, one.seat) if one.seat else (one.country,):
        demand(code in COUNTRIES, "country-unknown", f"{one.id}: {code!r} is no code of ISO 3166-1 alpha-2")
    demand(one.kind in KINDS, "kind-unknown", f"{one.id}: a kind is one of {', '.join(sorted(KINDS))}")
    demand(one.kind not in MISSIONS or one.seat, "seat-missing", f"{one.id}: a mission says where its seat is")
    demand(one.names and all(name.strip() for _, name in one.names), "name-missing", f"{one.id}: a name is missing")
    for language, _ in one.names:
        demand(_LANGUAGE.fullmatch(language), "name-missing", f"{one.id}: {language!r} is no code of a language")
    demand(not _twice(code for code, _ in one.names), "name-twice", f"{one.id}: two names in one language")
    _check_notifications(one)
    _check_periods(one)
    demand(one.specimens, "specimen-missing", f"{one.id}: without a specimen nothing can be recognised")
    demand(not _twice(s.id for s in one.specimens), "specimen-twice", f"{one.id}: two specimens have one id")
    for specimen in one.specimens:
        _check_specimen(one, specimen)
    for first, second in combinations(one.specimens, 2):
        alike = first.kind == second.kind and _plain(first.rule) == _plain(second.rule)
        if alike and _overlap(_period(first), _period(second)):
            detail = f"{one.id}: the specimens {first.id} and {second.id} are the same at the same time"
            raise fault("specimens-overlap", detail)
    for power in one.powers:
        good = power.documents and all(_DOCUMENT.fullmatch(code) for code in power.documents)
        demand(good, "document-malformed", f"{one.id}: a power names kinds of document, or * for any")
        known = all(_TERRITORY.fullmatch(code) and code[:2] in COUNTRIES for code in power.territory)
        demand(known, "territory-unknown", f"{one.id}: a territory is a code of ISO 3166-1 or 3166-2")


def _check_notifications(one: NotifiedAuthority) -> None:
    for told in (one.notification, *(specimen.notification for specimen in one.specimens)):
        known = told.channel in CHANNELS or told == Notification()
        demand(known, "channel-unknown", f"{one.id}: a channel is one of {', '.join(sorted(CHANNELS))}")
        complete = told.channel != "note_verbale" or (told.number and told.dated)
        demand(complete, "notification-missing", f"{one.id}: a note verbale has its number and its date")
    channel = one.notification.channel
    known_how = one.country == VIET_NAM or channel not in ("", "law")
    demand(known_how, "notification-missing", f"{one.id}: how was this foreign authority notified?")


def _check_periods(one: NotifiedAuthority) -> None:
    dated: tuple[NotifiedAuthority | Specimen | Power, ...] = (one, *one.specimens, *one.powers)
    for start, end in map(_period, dated):
        demand(not (start and end) or start < end, "period-reversed", f"{one.id}: a period ends before it begins")


def _check_specimen(one: NotifiedAuthority, specimen: Specimen) -> None:
    rule, where = specimen.rule, f"{one.id}, specimen {specimen.id}"
    demand(specimen.id.strip(), "id-malformed", f"{one.id}: a specimen has no id")
    demand(specimen.kind in SPECIMEN_KINDS, "kind-unknown", f"{where}: a specimen is a signature or a seal")
    by_itself = set(subject_parts(rule)) | {name for name in ("certificate_sha256", "issuer_sha256") if _of(rule, name)}
    demand(by_itself, "rule-empty", f"{where}: the rule names neither certificate nor issuer nor subject")
    values = [value for part in fields(SubjectRule) for value in _of(rule, part.name)]
    demand(all(folded(value) for value in values), "rule-empty", f"{where}: a value of the rule is empty")
    for sha256 in (*rule.certificate_sha256, *rule.issuer_sha256):
        demand(_SHA256.fullmatch(sha256), "sha256-malformed", f"{where}: a SHA-256 is 64 digits 0-9, a-f")
    for branch in rule.branch:
        demand(branch in set(Branch), "branch-unknown", f"{where}: a branch is one of {', '.join(Branch)}")
    for oid in rule.policy:
        demand(_OID.fullmatch(oid), "oid-malformed", f"{where}: {oid[:60]!r} is no object identifier")
    for code in rule.country:
        demand(code in COUNTRIES, "country-unknown", f"{where}: {code!r} is no code of ISO 3166-1 alpha-2")
    # the law of the two branches: a name alone says nothing, as anybody gets a public certificate in some name
    pinned = rule.branch or rule.certificate_sha256 or rule.issuer_sha256
    demand(one.country != VIET_NAM or pinned, "branch-missing", f"{where}: a Vietnamese agency's rule names the branch")


def subject_parts(rule: SubjectRule) -> tuple[str, ...]:
    """Return the names of the given parts of a rule that tell subjects apart."""
    return tuple(name for name in SUBJECT if _of(rule, name))


def _of(rule: SubjectRule, name: str) -> tuple[str, ...]:
    return tuple(getattr(rule, name))


def _plain(rule: SubjectRule) -> SubjectRule:
    """Return the rule with its values folded but for their accents, in order: equal where it means the same."""
    return SubjectRule(**{p.name: tuple(sorted({accented(v) for v in _of(rule, p.name)})) for p in fields(SubjectRule)})


def _period(one: NotifiedAuthority | Specimen | Power) -> tuple[datetime | None, datetime | None]:
    return one.valid_from, one.valid_until


def _overlap(*periods: tuple[datetime | None, datetime | None]) -> bool:
    """Tell whether there is an instant that lies in all the periods."""
    start = max((start for start, _ in periods if start is not None), default=None)
    end = min((end for _, end in periods if end is not None), default=None)
    return start is None or end is None or start < end


def _twice(ids: Iterable[str]) -> str:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return ""


def demand(good: object, code: str, detail: str) -> None:
    """Raise `fault` unless it is good."""
    if not good:
        raise fault(code, detail)


def fault(code: str, detail: str) -> BadRequest:
    """Build the refusal of an entry, with its code among the params too."""
    return BadRequest(code, detail, fault=code)
