from __future__ import annotations

from dataclasses import replace

from tests.keeping.house import EMBASSY, code_of
from tests.keeping.lists import AT, SCHEME, a_signed_list
from tests.pki import world
from tests.trust.lists.builder import operator, service_ca
from verifier.keeping.folder import merged
from verifier.snapshot import AlgorithmRule, AlgorithmSuite, Anchor, NotifiedAuthority, Origin, TrustSnapshot
from verifier.trust.lists.taking import take
from verifier.trust.register import authority_from
from verifier.trust.store import snapshot_of

ROOT = Anchor(world().root.der, "Root", branch="own")
OTHER = Anchor(service_ca("Other").der, "Other", branch="foreign")
THIRD = Anchor(service_ca("Third").der, "Third", branch="own")


def listed(number: int, *anchors: Anchor) -> TrustSnapshot:
    """A folder with a list of this number beside its anchors."""
    bare = snapshot_of(anchors, schemes=[replace(SCHEME, refresh="by-hand")])
    return take(bare, SCHEME.id, a_signed_list(number), AT)


def names(snapshot: TrustSnapshot) -> list[str]:
    return sorted(one.name for one in snapshot.anchors if not one.service)


def test_only_what_changed_in_the_folder_is_taken_over() -> None:
    base, wanted = snapshot_of([ROOT, THIRD]), snapshot_of([replace(ROOT, name="New name"), OTHER])
    current = snapshot_of([ROOT, THIRD, Anchor(operator().der, "By people", branch="foreign")])

    assert names(merged(current, base, wanted)) == ["By people", "New name", "Other"]


def test_a_folder_that_stays_changes_nothing() -> None:
    base, current = listed(7, ROOT), listed(9, ROOT, OTHER)
    assert merged(current, base, base) == current


def test_an_older_list_in_the_folder_is_refused() -> None:
    assert code_of(lambda: merged(listed(9, ROOT), listed(7, ROOT), listed(8, ROOT))) == "list-older"


def test_a_newer_list_in_the_folder_replaces_all_that_the_older_brought() -> None:
    found = merged(listed(8, ROOT, OTHER), listed(7, ROOT), listed(9, ROOT))

    assert [one.sequence for one in found.schemes] == [9]
    assert {one.origin.sequence for one in found.services} == {9}
    assert {one.origin.sequence for one in found.anchors if one.service} == {9}
    assert names(found) == ["Other", "Root"]


def test_a_list_taken_out_of_the_folder_takes_its_services_along() -> None:
    found = merged(listed(8, ROOT), listed(7, ROOT), snapshot_of([ROOT]))

    assert (found.schemes, found.services) == ((), ())
    assert names(found) == [one.name for one in found.anchors] == ["Root"]


def test_intermediates_algorithms_and_the_register_follow_too() -> None:
    suite = {"x": AlgorithmSuite("x", (AlgorithmRule("sha256", 0, None),))}
    entry = NotifiedAuthority("a", "LA", "embassy", (("vi", "A"),), (), ())
    base = snapshot_of([ROOT], [THIRD.certificate], suite, authorities=[entry])
    wanted = snapshot_of([ROOT], [OTHER.certificate], {}, authorities=[replace(entry, seat="VN")])
    current = snapshot_of([ROOT], [THIRD.certificate, operator().der], suite, authorities=[entry])

    found = merged(current, base, wanted)
    assert set(found.intermediates) == {OTHER.certificate, operator().der}
    assert found.suites == {}
    assert [one.seat for one in found.authorities] == ["VN"]


def test_an_authority_of_the_folder_that_people_entered_too_is_refused() -> None:
    here, folder = authority_from(EMBASSY), authority_from({**EMBASSY, "names": [["vi", "Khác"]]})
    base = snapshot_of([ROOT])
    listed_there = replace(folder, origin=Origin("list", scheme=SCHEME.id))
    wanted = snapshot_of([ROOT], schemes=[SCHEME], authorities=[listed_there])

    assert code_of(lambda: merged(snapshot_of([ROOT], authorities=[here]), base, wanted)) == "authority-twice"
