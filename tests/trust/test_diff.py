from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.trust.records import PLACES, Path, changed, full
from verifier.snapshot import (
    AlgorithmRule,
    AlgorithmSuite,
    Anchor,
    AnchorUse,
    NotifiedAuthority,
    Origin,
    Power,
    Scheme,
    ServiceStatus,
    Span,
    Specimen,
    SubjectRule,
    TrustService,
    TrustSnapshot,
)
from verifier.trust.canon import arranged
from verifier.trust.diff import Difference, diff, effect
from verifier.trust.snapshots import snapshot_of

OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
LISTED = Origin("list", "at.xml", scheme="eu-at", sequence=7, came_at=OLD)
ANCHOR = Anchor(b"anchor", "Anchor", branch="foreign", service="s1", origin=LISTED)
SCHEME = Scheme("eu-at", "Austria", "", "AT", "foreign", (b"pin",), sequence=7, origin=LISTED)
SERVICE = TrustService("s1", "eu-at", "AT", "P", "Service", (b"anchor",), (ServiceStatus("granted", OLD, "ca"),))
SPECIMEN = Specimen("one", "seal", SubjectRule(organization=("Ministry",)), OLD)
AUTHORITY = NotifiedAuthority("mfa", "AT", "ministry", (("vi", "Bộ Ngoại giao"),), (SPECIMEN,), (Power(),))
SUITE = AlgorithmSuite("suite", (AlgorithmRule("sha1", 0, OLD), AlgorithmRule("rsa", 2048, None, "sha1")))
SNAPSHOT = snapshot_of([ANCHOR], [b"ca"], {"suite": SUITE}, [SCHEME], [SERVICE], [AUTHORITY])


def only(before: TrustSnapshot, after: TrustSnapshot) -> Difference:
    (found,) = diff(before, after)
    return found


def told(before: TrustSnapshot, after: TrustSnapshot) -> tuple[str, str, str, str]:
    one = only(before, after)
    return one.sign, one.kind, one.id, one.field


# --- each kind: came, changed, went ----------------------------------------------------------------------------------

EMPTY = {
    "anchor": replace(SNAPSHOT, anchors=()),
    "scheme": replace(SNAPSHOT, schemes=()),
    "service": replace(SNAPSHOT, services=()),
    "authority": replace(SNAPSHOT, authorities=()),
    "intermediate": replace(SNAPSHOT, intermediates=()),
    "suite": replace(SNAPSHOT, suites={}),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_what_comes_and_goes_is_told_with_all_its_fields(kind: str) -> None:
    came, went = diff(EMPTY[kind], SNAPSHOT), diff(SNAPSHOT, EMPTY[kind])
    assert {(one.sign, one.kind) for one in came} == {("+", kind)}
    assert {(one.sign, one.kind) for one in went} == {("-", kind)}
    assert not any(one.before for one in came)
    assert not any(one.after for one in went)
    assert [(one.field, one.after) for one in came] == [(one.field, one.before) for one in went]


def test_what_comes_says_what_it_is() -> None:
    found = {one.field: one.after for one in diff(EMPTY["authority"], SNAPSHOT)}
    assert found == {
        "id": "mfa",
        "country": "AT",
        "kind": "ministry",
        "names": "vi: Bộ Ngoại giao",
        "specimens": "id=one kind=seal rule.organization=Ministry valid_from=2020-01-01T00:00:00Z",
        "powers": "documents=*",
        "origin.kind": "folder",
    }
    assert {one.name for one in diff(EMPTY["authority"], SNAPSHOT)} == {"Bộ Ngoại giao"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (replace(SNAPSHOT, anchors=(replace(ANCHOR, name="B"),)), ("anchor", "name", "Anchor", "B")),
        (
            replace(SNAPSHOT, anchors=(replace(ANCHOR, uses=frozenset({AnchorUse.SIGNATURE})),)),
            ("anchor", "uses", "timestamp", ""),
        ),
        (
            replace(SNAPSHOT, anchors=(replace(ANCHOR, spans=(Span(OLD, NEW), Span(NEW))),)),
            ("anchor", "spans", "", "2020-01-01T00:00:00Z/2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z/.."),
        ),
        (replace(SNAPSHOT, schemes=(replace(SCHEME, sequence=8),)), ("scheme", "sequence", "7", "8")),
        (
            replace(SNAPSHOT, schemes=(replace(SCHEME, pins=()),)),
            ("scheme", "pins", hashlib.sha256(b"pin").hexdigest(), ""),
        ),
        (
            replace(SNAPSHOT, services=(replace(SERVICE, key_ids=(b"\x01",)),)),
            ("service", "key_ids", "", "01"),
        ),
        (
            replace(SNAPSHOT, authorities=(replace(AUTHORITY, valid_until=NEW),)),
            ("authority", "valid_until", "", "2026-01-01T00:00:00Z"),
        ),
        (
            replace(
                SNAPSHOT,
                suites={"suite": AlgorithmSuite("suite", (replace(SUITE.rules[0], until=NEW), SUITE.rules[1]))},
            ),
            ("suite", "until", "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ),
        (
            replace(
                SNAPSHOT,
                suites={"suite": AlgorithmSuite("suite", (SUITE.rules[0], replace(SUITE.rules[1], until=NEW)))},
            ),
            ("suite", "until", "never", "2026-01-01T00:00:00Z"),
        ),
    ],
)
def test_what_changes_is_told_by_field(after: TrustSnapshot, expected: tuple[str, str, str, str]) -> None:
    one = only(SNAPSHOT, after)
    kind, field, before, then = expected
    assert (one.sign, one.kind, one.field) == ("~", kind, field)
    assert (one.before, one.after) == (before, then)


def test_of_several_values_only_those_that_differ_are_told() -> None:
    later = replace(SERVICE, history=(ServiceStatus("withdrawn", NEW, "ca"), *SERVICE.history))
    one = only(SNAPSHOT, replace(SNAPSHOT, services=(later,)))
    assert (one.before, one.after) == ("", "status=withdrawn since=2026-01-01T00:00:00Z service_type=ca")
    two = replace(SNAPSHOT, authorities=(replace(AUTHORITY, succeeds=("a", "b")),))
    turned = replace(SNAPSHOT, authorities=(replace(AUTHORITY, succeeds=("b", "a")),))
    one = only(two, turned)
    assert (one.before, one.after) == ("a, b", "b, a")


# --- keys ------------------------------------------------------------------------------------------------------------


def test_an_anchor_is_the_same_by_certificate_and_branch() -> None:
    elsewhere = replace(SNAPSHOT, anchors=(replace(ANCHOR, branch="own"),))
    assert {one.sign for one in diff(SNAPSHOT, elsewhere)} == {"+", "-"}
    assert told(SNAPSHOT, replace(SNAPSHOT, anchors=(replace(ANCHOR, service="s2"),)))[::3] == ("~", "service")


def test_anchors_of_one_certificate_are_told_apart_by_their_service() -> None:
    two = replace(SNAPSHOT, anchors=(ANCHOR, replace(ANCHOR, service="s2", name="Second")))
    assert {one.sign for one in diff(SNAPSHOT, two)} == {"+"}
    after = replace(two, anchors=(replace(two.anchors[1], name="Other"), ANCHOR))
    one = only(two, after)
    assert (one.sign, one.field, one.before, one.after) == ("~", "name", "Second", "Other")


def test_the_order_of_entries_is_no_difference() -> None:
    two = replace(SNAPSHOT, anchors=(ANCHOR, replace(ANCHOR, certificate=b"second")))
    assert diff(two, replace(two, anchors=two.anchors[::-1])) == ()


def test_differences_come_in_a_fixed_order() -> None:
    found = diff(TrustSnapshot("", ()), SNAPSHOT)
    assert list(dict.fromkeys(one.kind for one in found)) == [
        "scheme",
        "authority",
        "anchor",
        "service",
        "intermediate",
        "suite",
    ]


# --- nothing is overlooked -------------------------------------------------------------------------------------------

SILENT = ("origin.came_at", "origin.by", "origin.approved_by")


@pytest.mark.parametrize("way", PLACES, ids=".".join)
def test_every_field_makes_a_difference_but_when_and_through_whom(way: Path) -> None:
    found = diff(full(), arranged(changed(full(), way)))
    assert bool(found) != ".".join(way).endswith(SILENT)
    assert effect(found) != effect(()) or not found


@pytest.mark.parametrize(
    "change",
    [
        lambda origin: replace(origin, came_at=NEW, by="somebody", approved_by="another"),
        lambda origin: replace(origin, sequence=8, sha256="0" * 64, issued=NEW, name="other.xml"),
    ],
)
def test_the_number_of_the_list_is_told_by_its_scheme_alone(change: Callable[[Origin], Origin]) -> None:
    newer = replace(SNAPSHOT, anchors=(replace(ANCHOR, origin=change(LISTED)),))
    assert diff(SNAPSHOT, newer) == ()


# --- the effect ------------------------------------------------------------------------------------------------------


def test_the_effect_is_the_same_for_the_same_change_of_another_snapshot() -> None:
    more = replace(SNAPSHOT, intermediates=(b"ca", b"other"))
    first = diff(SNAPSHOT, replace(SNAPSHOT, anchors=()))
    assert effect(first) == effect(diff(more, replace(more, anchors=()))) == effect(first[::-1])
    assert effect(first) != effect(diff(more, replace(more, anchors=(), intermediates=())))
    assert effect(first) != effect(diff(replace(SNAPSHOT, anchors=()), SNAPSHOT))
    renamed = replace(SNAPSHOT, anchors=(replace(ANCHOR, name="B"),))
    assert effect(diff(SNAPSHOT, renamed)) != effect(diff(replace(SNAPSHOT, anchors=()), renamed))


# --- nothing hides between the values --------------------------------------------------------------------------------


def of_specimen(**changes: object) -> TrustSnapshot:
    one = replace(SPECIMEN, **changes)  # type: ignore[arg-type]
    return snapshot_of([], authorities=[replace(AUTHORITY, specimens=(one,))])


def of_names(*names: str) -> TrustSnapshot:
    return of_specimen(rule=SubjectRule(organization=names))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of_names("A,B"), of_names("A", "B")),
        (of_names('A","B'), of_names("A", "B")),
        (of_names('"A"', "B"), of_names("A", "B")),
        (of_specimen(holder="A title=B"), of_specimen(holder="A", title="B")),
        (
            snapshot_of([], authorities=[replace(AUTHORITY, succeeds=("a, b",))]),
            snapshot_of([], authorities=[replace(AUTHORITY, succeeds=("a", "b"))]),
        ),
        (
            snapshot_of([], authorities=[replace(AUTHORITY, names=(("vi", "A, en: B"),))]),
            snapshot_of([], authorities=[replace(AUTHORITY, names=(("vi", "A"), ("en", "B")))]),
        ),
    ],
    ids=["a-comma", "quotation-marks", "in-quotation-marks", "a-field", "several-texts", "pairs"],
)
def test_values_that_hold_what_parts_values_do_not_read_as_others(one: TrustSnapshot, other: TrustSnapshot) -> None:
    nothing = snapshot_of([])
    assert diff(one, other)
    assert effect(diff(nothing, one)) != effect(diff(nothing, other))
