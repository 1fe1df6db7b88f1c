from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.keeping.house import EMBASSY, FOLLOW, code_of, pem
from tests.keeping.lists import AT, a_signed_list
from tests.pki import world
from tests.trust.lists.builder import operator, service_ca
from verifier.keeping.operations import KINDS, carried_out, ended, fingerprint, shaped
from verifier.snapshot import Anchor, AnchorUse, NotifiedAuthority, Origin, Span, TrustSnapshot
from verifier.trust.archive import Archive
from verifier.trust.store import snapshot_of

SHA = "0" * 64
UNTIL = "2026-12-01T00:00:00+07:00"


class Bench:
    """A snapshot, an archive and what operations make of them."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        root = Anchor(world().root.der, "Root", branch="own")
        self.snapshot = self.archive.put(snapshot_of([root]))
        self.root = fingerprint(root.certificate)

    def out(self, **told: Any) -> TrustSnapshot:
        return carried_out(self.snapshot, told, self.archive, AT, "An", "Bình")

    def then(self, **told: Any) -> TrustSnapshot:
        self.snapshot = self.out(**told)
        return self.snapshot

    def examples(self) -> dict[str, dict[str, Any]]:
        """One sound operation of each kind, for a snapshot on which a list was taken over."""
        keep = self.archive.keep
        self.then(**FOLLOW, pins=[keep(operator().der)])
        self.then(kind="take-list", scheme="vn-neac", file=keep(a_signed_list(7)), name="", pivots=[])
        self.then(kind="set-authority", authority=EMBASSY, source="")
        other = self.archive.put(snapshot_of([Anchor(service_ca("B").der, "B")]))
        anchor = {"certificate": keep(service_ca("C").der), "name": "C", "branch": "foreign", "source": "công hàm 1"}
        found: list[dict[str, Any]] = [
            {"kind": "take-folder", "base": other.id, "snapshot": self.archive.put(snapshot_of([])).id},
            {"kind": "take-list", "scheme": "vn-neac", "file": keep(a_signed_list(8)), "name": "a", "pivots": []},
            {**FOLLOW, "pins": [keep(operator().der)], "name": "Other"},
            {"kind": "end-scheme", "scheme": "vn-neac", "trusted_until": UNTIL},
            {"kind": "add-anchor", **anchor, "uses": ["signature"], "compared": "điện thoại"},
            {"kind": "end-anchor", "sha256": self.root, "trusted_until": UNTIL},
            {"kind": "set-authority", "authority": {**EMBASSY, "id": "la-embassy-2", "names": [["vi", "B"]]}},
            {"kind": "end-authority", "id": "la-embassy", "valid_until": UNTIL},
        ]
        found[6]["source"] = "x"
        found[6]["authority"]["specimen"] = []
        return {one["kind"]: one for one in found}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "archive")


def anchors(snapshot: TrustSnapshot) -> dict[str, Anchor]:
    return {one.name: one for one in snapshot.anchors}


# --- shape -------------------------------------------------------------------------------------------------------


def test_there_is_an_example_of_every_kind(bench: Bench) -> None:
    assert set(bench.examples()) == set(KINDS)


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "set-authority"])
def test_every_kind_is_carried_out_and_pure(bench: Bench, kind: str) -> None:
    told = bench.examples()[kind]
    before, asked = bench.snapshot, copy.deepcopy(told)

    after = bench.out(**told)

    assert (bench.snapshot, told) == (before, asked)
    assert after.id == bench.out(**told).id
    assert kind == "take-folder" or after.id != before.id


def _odd(sound: object) -> list[Any]:
    """Values of other types than that of a sound one."""
    values: list[Any] = [None, 1, True, "no", [1], [{}], {}]
    return [one for one in values if type(one) is not type(sound) or one in ([1], [{}])]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_missing_odd_or_of_another_type_is_refused(bench: Bench, kind: str) -> None:
    told = bench.examples()[kind]
    for name in told.keys() - {"kind"}:
        for odd in _odd(told[name]):
            assert code_of(lambda name=name, odd=odd: shaped({**told, name: odd})) == "operation-unclear"  # type: ignore[misc]
        assert code_of(lambda name=name: shaped({k: v for k, v in told.items() if k != name})) == "operation-unclear"  # type: ignore[misc]
    assert code_of(lambda: shaped({**told, "more": ""})) == "operation-unclear"


@pytest.mark.parametrize("odd", [None, [], "", {}, {"kind": "drop-all"}, {"kind": []}, {"kind": None}, 7], ids=repr)
def test_what_is_no_operation_is_refused(bench: Bench, odd: Any) -> None:
    assert code_of(lambda: carried_out(bench.snapshot, odd, bench.archive, AT)) == "operation-unclear"


SPOILT: list[tuple[str, dict[str, Any], str]] = [
    ("take-folder", {"base": "../../etc/passwd"}, "operation-unclear"),
    ("take-folder", {"base": SHA}, "snapshot-unknown"),
    ("take-list", {"file": "/etc/passwd"}, "operation-unclear"),
    ("take-list", {"file": SHA}, "material-unknown"),
    ("take-list", {"pivots": ["../x"]}, "operation-unclear"),
    ("take-list", {"scheme": "none"}, "scheme-unknown"),
    ("take-list", {"scheme": "Ä"}, "id-unclear"),
    ("set-scheme", {"scheme": "VN"}, "id-unclear"),
    ("set-scheme", {"scheme": "a" * 65}, "id-unclear"),
    ("set-scheme", {"name": " "}, "text-missing"),
    ("set-scheme", {"name": "a\u202eb"}, "text-unclear"),
    ("set-scheme", {"location": "file:///etc/passwd"}, "address-unclear"),
    ("set-scheme", {"location": "https://user:word@host/"}, "address-unclear"),
    ("set-scheme", {"location": "https://[::1"}, "address-unclear"),
    ("set-scheme", {"location": "https://host/\n"}, "address-unclear"),
    ("set-scheme", {"territory": "vn"}, "territory-unclear"),
    ("set-scheme", {"branch": "all"}, "text-missing"),
    ("set-scheme", {"branch": "foreign"}, "scheme-branch-fixed"),
    ("set-scheme", {"list_kind": "x"}, "text-missing"),
    ("set-scheme", {"refresh": "x"}, "text-missing"),
    ("set-scheme", {"pins": []}, "text-missing"),
    ("set-scheme", {"pins": ["x"]}, "operation-unclear"),
    ("set-scheme", {"pins": [SHA] * 41}, "operation-unclear"),
    ("set-scheme", {"name": "NEAC"}, "nothing-changed"),
    ("end-scheme", {"scheme": "none"}, "scheme-unknown"),
    ("end-scheme", {"trusted_until": "tomorrow"}, "bad-date"),
    ("end-scheme", {"trusted_until": "2026-12-01"}, "bad-date"),
    ("end-scheme", {"trusted_until": "0001-01-01T00:00:00+07:00"}, "bad-date"),
    ("add-anchor", {"certificate": SHA}, "material-unknown"),
    ("add-anchor", {"uses": []}, "text-missing"),
    ("add-anchor", {"uses": ["everything"]}, "text-missing"),
    ("add-anchor", {"name": ""}, "text-missing"),
    ("add-anchor", {"source": ""}, "text-missing"),
    ("add-anchor", {"compared": " "}, "text-missing"),
    ("add-anchor", {"branch": ""}, "text-missing"),
    ("end-anchor", {"sha256": SHA}, "anchor-unknown"),
    ("end-anchor", {"trusted_until": ""}, "bad-date"),
    ("set-authority", {"authority": {}}, "table-malformed"),
    ("set-authority", {"authority": {**EMBASSY, "country": "XX"}}, "country-unknown"),
    ("set-authority", {"authority": {**EMBASSY, "valid_from": "9999-12-31T23:59:59-23:00"}}, "table-malformed"),
    ("set-authority", {"authority": {**EMBASSY, "id": "x" * 300_000}}, "table-malformed"),
    ("end-authority", {"id": "none"}, "authority-unknown"),
    ("end-authority", {"valid_until": "x"}, "bad-date"),
]


@pytest.mark.parametrize(("kind", "changes", "code"), SPOILT, ids=[f"{k}-{n}" for n, (k, _, _) in enumerate(SPOILT)])
def test_what_is_wrong_is_told_by_a_code_of_its_own(
    bench: Bench, kind: str, changes: dict[str, Any], code: str
) -> None:
    told = bench.examples()[kind]
    assert code_of(lambda: bench.out(**{**told, **changes})) == code


# --- anchors -----------------------------------------------------------------------------------------------------


def test_an_anchor_is_added_with_where_it_came_from(bench: Bench) -> None:
    der = service_ca("C").der
    told = {"certificate": bench.archive.keep(der), "name": "C", "branch": "foreign", "source": "công hàm 1"}
    after = bench.out(kind="add-anchor", **told, uses=["timestamp"], compared="điện thoại")

    added = anchors(after)["C"]
    assert added.certificate == der
    assert (added.branch, added.source) == ("foreign", "công hàm 1")
    assert added.uses == {AnchorUse.TIMESTAMP}
    assert added.origin == Origin(
        "form", "công hàm 1", sha256=fingerprint(der), came_at=AT, by="An", approved_by="Bình"
    )


def test_an_anchor_is_not_added_twice_but_may_come_back(bench: Bench) -> None:
    told = {"certificate": bench.archive.keep(world().root.der), "name": "Again", "branch": "own", "source": "x"}
    again = {"kind": "add-anchor", **told, "uses": ["signature"], "compared": "y"}
    assert code_of(lambda: bench.out(**again)) == "anchor-known"

    bench.then(kind="end-anchor", sha256=bench.root, trusted_until=UNTIL)
    after = bench.out(**again)
    assert list(anchors(after)) == ["Again"]
    assert anchors(after)["Again"].trusted_until is None


@pytest.mark.parametrize("file", [b"no certificate", world().root.der + b"more"], ids=["none", "more"])
def test_only_one_certificate_becomes_an_anchor(bench: Bench, file: bytes) -> None:
    told = {"certificate": bench.archive.keep(file), "name": "C", "branch": "own", "source": "x"}
    assert (
        code_of(lambda: bench.out(kind="add-anchor", **told, uses=["signature"], compared="y"))
        == "certificate-unreadable"
    )


def test_an_anchor_that_ends_stays_for_what_was_signed_before(bench: Bench) -> None:
    after = bench.out(kind="end-anchor", sha256=bench.root, trusted_until=UNTIL)

    ends = datetime(2026, 11, 30, 17, tzinfo=UTC)
    (anchor,) = after.anchors
    assert anchor.trusted_until == ends
    assert anchor.trusted_at(ends - timedelta(seconds=1))
    assert not anchor.trusted_at(ends)


def test_an_anchor_of_a_list_is_not_ended_by_hand(bench: Bench) -> None:
    bench.examples()
    listed = next(one for one in bench.snapshot.anchors if one.service)
    wanted = fingerprint(listed.certificate)
    assert code_of(lambda: bench.out(kind="end-anchor", sha256=wanted, trusted_until=UNTIL)) == "anchor-of-list"


def test_nothing_of_a_stretch_that_is_gone_stands_for_always() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    anchor = Anchor(b"", "A", spans=(Span(day, day + timedelta(days=10)), Span(day + timedelta(days=20))))

    cut = ended(anchor, day + timedelta(days=15))
    assert cut is not None
    assert cut.spans == (Span(day, day + timedelta(days=10)),)
    assert ended(anchor, day - timedelta(days=1)) is None


# --- lists -------------------------------------------------------------------------------------------------------


def test_a_list_that_is_followed_no_more_leaves_anchors_that_ended(bench: Bench) -> None:
    bench.examples()
    before = [one for one in bench.snapshot.anchors if one.service]
    after = bench.out(kind="end-scheme", scheme="vn-neac", trusted_until=UNTIL)

    assert before
    assert (after.schemes, after.services) == ((), ())
    kept = [one for one in after.anchors if one.origin.scheme == "vn-neac"]
    assert {one.certificate for one in kept} == {one.certificate for one in before}
    assert not any(one.trusted_at(datetime(2026, 12, 2, tzinfo=UTC)) for one in kept)
    assert anchors(after)["Root"].trusted_until is None


def test_a_foreign_list_that_names_a_root_of_ours_does_not_stand_in_the_way(bench: Bench) -> None:
    ours = service_ca("Gốc").der
    listed = Anchor(ours, "Ours, as a foreign list has it", branch="foreign", service="0" * 16)
    bench.snapshot = snapshot_of([*bench.snapshot.anchors, listed])
    told = {
        "kind": "add-anchor",
        "certificate": bench.archive.keep(ours),
        "name": "Gốc",
        "branch": "vn-government",
        "source": "Quyết định 1",
        "uses": ["signature"],
        "compared": "điện thoại",
    }
    assert code_of(lambda: bench.out(**{**told, "branch": "foreign"})) == "anchor-known"
    assert code_of(lambda: bench.out(kind="end-anchor", sha256=fingerprint(ours), trusted_until=UNTIL)) == (
        "anchor-of-list"
    )

    assert listed in bench.then(**told).anchors
    assert code_of(lambda: bench.out(**told)) == "anchor-known"
    after = bench.then(kind="end-anchor", sha256=fingerprint(ours), trusted_until=UNTIL)
    assert listed in after.anchors
    assert anchors(after)["Gốc"].trusted_until == datetime.fromisoformat(UNTIL).astimezone(UTC)


def test_an_anchor_is_named_by_its_own_fingerprint(bench: Bench) -> None:
    told = bench.examples()["add-anchor"]
    in_a_file = bench.archive.keep(pem(service_ca("C").der))

    assert code_of(lambda: bench.out(**{**told, "certificate": in_a_file})) == "operation-unclear"


def test_an_authority_without_bottom_is_refused(bench: Bench) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"names": deep}
    told = {"kind": "set-authority", "authority": deep, "source": ""}

    assert code_of(lambda: bench.out(**told)) == "table-malformed"


def brought_by_a_list(bench: Bench) -> NotifiedAuthority:
    """An authority that the list of `vn-neac` told, which may tell of authorities."""
    bench.examples()
    listed = replace(bench.snapshot.authorities[0], origin=Origin("list", scheme="vn-neac"))
    schemes = [replace(bench.snapshot.schemes[0], brings_authorities=True)]
    kept = {name: getattr(bench.snapshot, name) for name in ("anchors", "services", "suites")}
    bench.snapshot = snapshot_of(**kept, schemes=schemes, authorities=[listed])
    return listed


def test_authorities_of_a_list_that_is_followed_no_more_end_with_it(bench: Bench) -> None:
    listed = brought_by_a_list(bench)
    (one,) = bench.then(kind="end-scheme", scheme="vn-neac", trusted_until=UNTIL).authorities

    assert one == replace(listed, valid_until=datetime.fromisoformat(UNTIL).astimezone(UTC))
    # nobody else tells of it any more: people may
    (one,) = bench.out(kind="end-authority", id=one.id, valid_until="2026-11-25T00:00:00+07:00").authorities
    assert one.valid_until == datetime(2026, 11, 24, 17, tzinfo=UTC)


def test_an_end_of_before_stays_and_what_would_have_come_later_goes(bench: Bench) -> None:
    listed = brought_by_a_list(bench)
    sooner, later = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    others = [replace(listed, valid_until=sooner), replace(listed, id="b", names=(("vi", "B"),), valid_from=later)]
    bench.snapshot = replace(bench.snapshot, authorities=tuple(others))
    (one,) = bench.out(kind="end-scheme", scheme="vn-neac", trusted_until=UNTIL).authorities

    assert (one.id, one.valid_until) == (listed.id, sooner)


def test_what_a_list_tells_of_authorities_people_do_not_change_beside_it(bench: Bench) -> None:
    listed = brought_by_a_list(bench)
    told = {"kind": "end-authority", "id": listed.id, "valid_until": UNTIL}

    assert code_of(lambda: bench.out(**told)) == "authority-of-list"
    assert code_of(lambda: bench.out(kind="set-authority", authority=EMBASSY, source="")) == "authority-of-list"
    schemes = tuple(replace(one, brings_authorities=False) for one in bench.snapshot.schemes)
    bench.snapshot = replace(bench.snapshot, schemes=schemes)
    assert bench.out(**told).authorities[0].valid_until is not None


def test_what_is_known_of_a_list_stays_when_it_is_followed_in_another_way(bench: Bench) -> None:
    told = bench.examples()["set-scheme"]
    before, after = bench.snapshot.schemes[0], bench.out(**{**told, "refresh": "automatic"}).schemes[0]

    assert (after.name, after.refresh) == ("Other", "automatic")
    assert (after.sequence, after.sha256, after.next_update) == (before.sequence, before.sha256, before.next_update)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><body>404</body></html>", None),
        (a_signed_list(8)[:4000], None),
        (a_signed_list(6), "list-older"),
        (a_signed_list(8, spoil=("Provider", "Provided")), None),
        (a_signed_list(8, by=operator(name="Somebody else")), "signer-not-pinned"),
        (a_signed_list(8, territory="LA"), "territory-other"),
    ],
    ids=["html", "truncated", "older", "other", "not-pinned", "territory"],
)
def test_a_list_that_is_not_good_is_not_taken(bench: Bench, data: bytes, code: str | None) -> None:
    told = bench.examples()["take-list"]
    if data.startswith(b"<html") or len(data) == 4000 or code:
        found = code_of(lambda: bench.out(**{**told, "file": bench.archive.keep(data)}))
        assert found == (code or found)
    else:
        assert bench.out(**{**told, "file": bench.archive.keep(data)}).schemes[0].sequence == 8


# --- authorities -------------------------------------------------------------------------------------------------


def test_an_authority_is_registered_changed_and_ended(bench: Bench) -> None:
    bench.then(kind="set-authority", authority=EMBASSY, source="12/2026")
    (first,) = bench.snapshot.authorities
    assert (first.origin.kind, first.origin.name, first.origin.by) == ("form", "12/2026", "An")

    bench.then(kind="set-authority", authority={**EMBASSY, "seat": "TH"}, source="13/2026")
    assert [one.seat for one in bench.snapshot.authorities] == ["TH"]
    bench.then(kind="end-authority", id="la-embassy", valid_until=UNTIL)
    (last,) = bench.snapshot.authorities
    assert last.valid_until == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_nobody_tells_the_origin_of_an_authority_but_the_journal(bench: Bench) -> None:
    forged = {**EMBASSY, "origin": {"kind": "list", "scheme": "eu", "by": "Somebody", "approved_by": "Else"}}
    (found,) = bench.out(kind="set-authority", authority=forged, source="12/2026").authorities

    assert (found.origin.kind, found.origin.scheme, found.origin.by) == ("form", "", "An")


def test_two_authorities_do_not_claim_the_same_certificates(bench: Bench) -> None:
    bench.then(kind="set-authority", authority=EMBASSY, source="12/2026")
    twin = {**EMBASSY, "id": "la-embassy-2", "names": [["vi", "Sứ quán khác"]]}
    assert code_of(lambda: bench.out(kind="set-authority", authority=twin, source="x")) == "specimens-overlap"
