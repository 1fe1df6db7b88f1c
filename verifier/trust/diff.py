"""What is different between two trust snapshots, entry by entry and field by field; pure, no sentences.

When and through whom an entry came is no difference: the same change, made later or by somebody else, is the same. Nor
is which number of a list an entry came in: the scheme tells that once for all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from verifier.snapshot import AlgorithmRule, Anchor, Origin, Span, TrustSnapshot
from verifier.trust.canon import CERTIFICATES
from verifier.trust.certfiles import common_name

KINDS = ("scheme", "authority", "anchor", "service", "intermediate", "suite")
"""In the order in which differences come."""
NEVER = "never"
"""Written for an end that does not come."""
OPEN = ".."
"""Written for a stretch of time without a bound."""
_PARTS = re.compile(r'[,;="]')


@dataclass(frozen=True)
class Difference:
    """One field of one entry that is different; an entry that came or went has one for each field that says something.

    Texts are for machines to compare and for people to read: fingerprints, dates in ISO 8601, several values parted by
    commas, several records by semicolons; a value that holds such a sign stands in quotation marks.
    """

    sign: str
    """`+` the entry came, `~` it stays and changes, `-` it goes."""
    kind: str
    """One of `KINDS`."""
    id: str
    """SHA-256 of the certificate; id of the scheme, service or authority; suite, algorithm, least size and digest."""
    name: str
    """For people."""
    field: str
    """As in the record, `notification.number` for a record within; empty for an entry without any."""
    before: str
    """Of a field with several values only those that go; empty where there was none."""
    after: str
    """Of a field with several values only those that come."""


def diff(before: TrustSnapshot, after: TrustSnapshot) -> tuple[Difference, ...]:
    """Return what makes the second snapshot out of the first, in a fixed order; empty where they say the same."""
    found = [
        *_entries("scheme", before.schemes, after.schemes, _id),
        *_entries("authority", before.authorities, after.authorities, _id),
        *_entries("anchor", before.anchors, after.anchors, _anchor_key),
        *_entries("service", before.services, after.services, _id),
        *_intermediates(before.intermediates, after.intermediates),
        *_suites(before, after),
    ]
    return tuple(sorted(found, key=_order))


def effect(differences: Iterable[Difference]) -> str:
    """Return the digest of a change (SHA-256, hexadecimal): equal where just the same is different."""
    content = sorted(astuple(one) for one in differences)
    return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _order(one: Difference) -> tuple[int, str, str, str, str]:
    return KINDS.index(one.kind), one.name, one.id, one.sign, one.field


# --- entries -----------------------------------------------------------------------------------------------------


def _id(entry: Any) -> tuple[str, ...]:
    return (entry.id,)


def _anchor_key(anchor: Anchor) -> tuple[str, ...]:
    return (hashlib.sha256(anchor.certificate).hexdigest(), anchor.branch)


def _entries(
    kind: str, before: Sequence[Any], after: Sequence[Any], key_of: Callable[[Any], tuple[str, ...]]
) -> Iterator[Difference]:
    old, new = Counter(map(_comparable, before)), Counter(map(_comparable, after))
    gone, come = _by_key(old - new, key_of), _by_key(new - old, key_of)
    for key in {**gone, **come}:
        for left, right in _pairs(gone.get(key, []), come.get(key, [])):
            yield from _entry(kind, key[0], left, right)


def _comparable(entry: Any) -> Any:
    """Return an entry without what is no difference."""
    origin: Origin = entry.origin
    if origin.kind == "list":
        return replace(entry, origin=Origin(kind="list", scheme=origin.scheme))
    return replace(entry, origin=replace(origin, came_at=None, by="", approved_by=""))


def _by_key(entries: Counter[Any], key_of: Callable[[Any], tuple[str, ...]]) -> Mapping[tuple[str, ...], list[Any]]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for entry in entries.elements():
        found.setdefault(key_of(entry), []).append(entry)
    return found


def _pairs(gone: Sequence[Any], come: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair the entries of one key, those that are most alike: of one service, then in the order of their texts."""
    if len(gone) + len(come) == 1:
        yield next(iter(gone), None), next(iter(come), None)
        return
    left, right = sorted(gone, key=_text), sorted(come, key=_text)
    for one in tuple(left):
        same = next((other for other in right if _service(other) == _service(one)), None)
        if same is not None:
            left.remove(one)
            right.remove(same)
            yield one, same
    for number in range(max(len(left), len(right))):
        yield left[number] if number < len(left) else None, right[number] if number < len(right) else None


def _service(entry: Any) -> str:
    return str(getattr(entry, "service", ""))


def _entry(kind: str, key: str, before: Any, after: Any) -> Iterator[Difference]:
    sign = "+" if before is None else "-" if after is None else "~"
    old, new = _told(before), _told(after)
    name = _name(before if after is None else after)
    for field in {**old, **new}:
        left, right = _apart(old.get(field, ()), new.get(field, ()))
        if left or right:
            yield Difference(sign, kind, key, name, field, left, right)


def _name(entry: Any) -> str:
    return str(entry.name("vi") if callable(entry.name) else entry.name)


def _apart(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return the values that go and those that come; all of them where only their order changed."""
    if before == after:
        return "", ""
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    if not gone and not come:
        return _joined(before), _joined(after)
    return _joined(gone.elements()), _joined(come.elements())


def _joined(values: Iterable[str]) -> str:
    values = list(values)
    return ("; " if any("=" in value for value in values) else ", ").join(values)


# --- fields as text ------------------------------------------------------------------------------------------------


def _told(record: Any, prefix: str = "", *, joined: bool = False) -> dict[str, Sequence[str]]:
    """Return the values of every field that says something, as texts; records within by the names of their fields.

    `joined`: they are going to stand beside each other in one text.
    """
    found: dict[str, Sequence[str]] = {}
    for field, is_certificate in _fields(record.__class__) if record is not None else ():
        value, name = getattr(record, field), prefix + field
        if is_dataclass(value) and not isinstance(value, Span):
            found |= _told(value, name + ".", joined=joined)
        elif texts := _texts(value, is_certificate=is_certificate, joined=joined):
            found[name] = texts
    return found


@cache
def _fields(kind: type) -> tuple[tuple[str, bool], ...]:
    """Return the names of a record's fields, and which hold certificates."""
    return tuple((field.name, (kind, field.name) in CERTIFICATES) for field in fields(kind))


def _texts(value: Any, *, is_certificate: bool = False, joined: bool = False) -> Sequence[str]:
    if isinstance(value, str):
        return [_apart_from_others(value) if joined else value] if value else []
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_text(one, is_certificate=is_certificate) for one in value]
    text = _text(value, is_certificate=is_certificate)
    return [text] if text else []


def _text(value: Any, *, is_certificate: bool = False) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest() if is_certificate else value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span):
        return f"{_text(value.start) or OPEN}/{_text(value.end) or OPEN}"
    if isinstance(value, tuple):
        return ": ".join(map(_text, value))
    if is_dataclass(value):
        return " ".join(f"{name}={','.join(texts)}" for name, texts in _told(value, joined=True).items())
    return "yes" if value is True else _apart_from_others(str(value))


def _apart_from_others(text: str) -> str:
    """Return a text in quotation marks where it holds what parts values: two must never read as one, or one as two."""
    return json.dumps(text, ensure_ascii=False) if _PARTS.search(text) else text


# --- certificates and algorithms -----------------------------------------------------------------------------------


def _intermediates(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[Difference]:
    old, new = frozenset(before), frozenset(after)
    for sign, ders in (("-", old - new), ("+", new - old)):
        for der in ders:
            yield Difference(sign, "intermediate", hashlib.sha256(der).hexdigest(), common_name(der), "", "", "")


def _suites(before: TrustSnapshot, after: TrustSnapshot) -> Iterator[Difference]:
    old, new = _ends(before), _ends(after)
    for key in {**old, **new}:
        left, right = old.get(key, ""), new.get(key, "")
        if left != right:
            sign = "~" if left and right else "+" if right else "-"
            yield Difference(sign, "suite", "/".join(key), key[0], "until" if len(key) > 1 else "name", left, right)


def _ends(snapshot: TrustSnapshot) -> dict[tuple[str, ...], str]:
    """Return the ends by suite, algorithm, least size and digest, and the name of each suite."""
    ends: dict[tuple[str, ...], str] = {(key,): suite.name for key, suite in snapshot.suites.items()}
    for key, suite in snapshot.suites.items():
        for rule in suite.rules:
            place = _rule_key(key, rule)
            ends[place] = ", ".join(sorted({*filter(None, [ends.get(place)]), _text(rule.until) or NEVER}))
    return ends


def _rule_key(suite: str, rule: AlgorithmRule) -> tuple[str, ...]:
    return (suite, rule.algorithm, str(rule.min_bits), *([rule.with_digest] if rule.with_digest else []))
