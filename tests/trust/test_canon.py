from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trust.records import PLACES, Path, changed, full
from verifier.snapshot import (
    BY_HAND,
    AlgorithmRule,
    AlgorithmSuite,
    Anchor,
    AnchorUse,
    NotifiedAuthority,
    Origin,
    Scheme,
    TrustService,
    TrustSnapshot,
)
from verifier.trust.canon import (
    ENTRIES,
    FORMAT,
    arranged,
    arranged_suite,
    canonical,
    content_of,
    read,
    read_lean,
    read_services,
)
from verifier.trust.snapshots import snapshot_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LISTED = Origin("list", "at.xml", scheme="eu-at", sequence=7, came_at=NOON)
ANCHOR = Anchor(b"anchor", "Anchor")
SERVICE = TrustService("0123456789abcdef", "eu-at", "AT", "Provider", "Service", (b"anchor",), (), origin=LISTED)


def back(snapshot: TrustSnapshot) -> TrustSnapshot:
    content, certificates = content_of(snapshot)
    return read(content, certificates.__getitem__)


def names(record: Any) -> set[str]:
    """Every text in a record and in the records within."""
    if is_dataclass(record):
        return {name for field in fields(record) for name in names(getattr(record, field.name))}
    if isinstance(record, tuple):
        return {name for one in record for name in names(one)}
    return {record} if isinstance(record, str) else set()


# --- whatever stands in it -----------------------------------------------------------------------------------------

INSTANTS = st.integers(-600_000_000, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds / 8, UTC))
TEXTS = st.text(max_size=8)
ORIGINS = st.builds(
    Origin,
    kind=st.sampled_from(["folder", "list", "file", "form"]),
    scheme=st.sampled_from(["", "eu-at", "eu-de"]),
    sequence=st.none() | st.integers(),
    issued=st.none() | INSTANTS,
    came_at=st.none() | INSTANTS,
    by=TEXTS,
)


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Any values of this type, in all fields of all records within."""
    shape, parts = get_origin(hint), get_args(hint)
    simple: Mapping[Any, st.SearchStrategy[Any]] = {str: TEXTS, datetime: INSTANTS, Origin: ORIGINS}
    if hint in simple:
        return simple[hint]
    if type(None) in parts:
        return st.none() | anything(next(one for one in parts if one is not type(None)))
    if shape is tuple and Ellipsis in parts:
        return st.lists(anything(parts[0]), max_size=2).map(tuple)
    if isinstance(hint, type) and is_dataclass(hint):
        return st.builds(hint, **{name: anything(kind) for name, kind in get_type_hints(hint).items()})
    return st.from_type(hint)


SNAPSHOTS = st.builds(
    TrustSnapshot,
    id=st.just(""),
    anchors=st.lists(anything(Anchor), max_size=3).map(tuple),
    intermediates=st.lists(st.binary(max_size=4), max_size=3).map(tuple),
    suites=st.dictionaries(TEXTS, anything(AlgorithmSuite), max_size=2),
    schemes=st.lists(anything(Scheme), max_size=2).map(tuple),
    services=st.lists(anything(TrustService), max_size=2).map(tuple),
    authorities=st.lists(anything(NotifiedAuthority), max_size=2).map(tuple),
).map(arranged)


@given(SNAPSHOTS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_is_written_is_read_back(snapshot: TrustSnapshot) -> None:
    assert back(snapshot) == snapshot
    assert hashlib.sha256(canonical(snapshot)).hexdigest() == snapshot.id
    assert canonical(back(snapshot)) == canonical(snapshot)


@given(SNAPSHOTS)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_services_can_be_read_later(snapshot: TrustSnapshot) -> None:
    content, certificates = content_of(snapshot)
    assert read_lean(content, certificates.__getitem__) == replace(snapshot, services=())
    assert read_services(content, certificates.__getitem__) == snapshot.services


# --- every field ---------------------------------------------------------------------------------------------------


def test_every_field_comes_back() -> None:
    assert back(full()) == full()
    assert "text 1" in names(full().services)


@pytest.mark.parametrize("way", PLACES, ids=".".join)
def test_every_field_counts(way: Path) -> None:
    other = arranged(changed(full(), way))
    assert other.id != full().id
    assert back(other) == other


def test_no_record_has_a_field_that_hides_the_services() -> None:
    assert not [way for way in PLACES if len(way) > 1 and way[-1] in ("services", "suites")]


def test_the_text_is_ascii_with_sorted_keys_and_without_blanks() -> None:
    text = canonical(full()).decode("ascii")
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    assert json.loads(text)["format"] == FORMAT


# --- what makes no difference ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ENTRIES, "intermediates"])
def test_the_order_of_entries_says_nothing(name: str) -> None:
    one = full()
    several = (*getattr(one, name), *getattr(changed(one, (name,)), name))
    orders = (several, several[::-1], several * 2)
    there, back_again, twice = (arranged(replace(one, **cast("Any", {name: order}))) for order in orders)
    assert there == back_again == twice
    assert len(getattr(there, name)) == 2


def test_the_order_of_rules_and_uses_says_nothing() -> None:
    rules = (AlgorithmRule("sha1", 0, NOON), AlgorithmRule("sha256", 0, None), AlgorithmRule("rsa", 2048, None, "sha1"))
    there, back_again = AlgorithmSuite("suite", rules), AlgorithmSuite("suite", rules[::-1])
    assert arranged_suite(there) == arranged_suite(back_again)
    uses = [AnchorUse.SIGNATURE, AnchorUse.TIMESTAMP]
    anchors = [replace(ANCHOR, uses=frozenset(one)) for one in (uses, uses[::-1])]
    found = {snapshot_of([anchor], (), {"a": suite}).id for anchor in anchors for suite in (there, back_again)}
    assert len(found) == 1


def test_an_instant_is_the_same_in_every_time_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=7)))
    here, there = (snapshot_of([replace(ANCHOR, trusted_until=one)]) for one in (NOON, elsewhere))
    assert here.id == there.id


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        snapshot_of([replace(ANCHOR, trusted_until=NOON.replace(tzinfo=None))])


# --- origins ---------------------------------------------------------------------------------------------------------


def origins(*anchors: Anchor) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(canonical(snapshot_of(anchors)))["origins"]
    return table


def test_an_origin_stands_once_and_outlasts_a_newer_list() -> None:
    old = [Anchor(b"%d" % number, "A", origin=LISTED) for number in range(9)]
    new = [replace(one, origin=replace(LISTED, sequence=8)) for one in old]
    assert list(origins(*old)) == list(origins(*new)) == ["eu-at"]
    assert "origin" not in json.loads(canonical(snapshot_of([ANCHOR])))["anchors"][0]
    assert origins(ANCHOR, replace(ANCHOR, name="B", origin=BY_HAND)) == {}


def test_two_origins_of_one_scheme_are_told_apart() -> None:
    anchors = [Anchor(b"%d" % number, "A", origin=replace(LISTED, sequence=number)) for number in range(2)]
    assert len(origins(*anchors)) == 2
    assert all(name.startswith("#") for name in origins(*anchors))


# --- what is none ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "spoiled"),
    [
        (b'"format":"verifier-trust-1"', b'"format":"verifier-trust-2"'),
        (b'"name":"Anchor"', b'"title":"Anchor"'),
        (b'"uses":["signature","timestamp"]', b'"uses":["signing"]'),
        (b'"uses":["signature","timestamp"]', b'"uses":7'),
        (b'"origins":{}', b'"origin":{}'),
        (b'"origins":{}', b'"origins":['),
    ],
)
def test_what_is_no_canonical_content_is_refused(part: bytes, spoiled: bytes) -> None:
    content, certificates = content_of(snapshot_of([ANCHOR]))
    assert part in content
    with pytest.raises((ValueError, KeyError, TypeError)):
        read(content.replace(part, spoiled), certificates.__getitem__)
