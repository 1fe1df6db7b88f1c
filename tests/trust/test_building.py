from __future__ import annotations

from dataclasses import replace

import pytest

from tests.trust.builders import END, NOW, Party, Spec, authority, issue, leaf, root
from verifier.snapshot import Anchor
from verifier.trust.path import MAX_CHAINS, MAX_DEPTH, build_chains

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)


def names(signer: Party, pool: list[Party], anchors: list[Anchor]) -> list[list[str]]:
    chains = build_chains(signer.certificate, [party.certificate for party in pool], anchors)
    return [[certificate.common_name for certificate in chain.path] for chain in chains]


def test_a_path_runs_from_the_leaf_to_the_anchor() -> None:
    assert names(SIGNER, [CA], [ROOT.anchor]) == [["Signer", "CA", "Root"]]


def test_the_root_in_the_pool_adds_no_second_path() -> None:
    assert names(SIGNER, [CA, ROOT, SIGNER], [ROOT.anchor]) == [["Signer", "CA", "Root"]]


def test_without_the_intermediate_there_is_no_path() -> None:
    assert names(SIGNER, [], [ROOT.anchor]) == []


def test_a_forged_issuer_of_the_same_name_gives_no_path() -> None:
    forged = leaf(authority(root(key_name="other"), key_name="forger"))
    assert names(forged, [CA], [ROOT.anchor]) == []


def test_a_forged_anchor_name_gives_no_path() -> None:
    forged = authority(root(key_name="other"))
    assert names(leaf(forged), [forged], [ROOT.anchor]) == []


def test_the_right_issuer_is_found_among_namesakes() -> None:
    decoys = [issue(Spec("CA", key_name=f"decoy {n}", ca=True), ROOT) for n in range(40)]
    assert names(SIGNER, [*decoys, CA], [ROOT.anchor]) == [["Signer", "CA", "Root"]]


def test_an_anchor_by_itself_is_a_path_of_one() -> None:
    (chain,) = build_chains(SIGNER.certificate, [], [SIGNER.anchor])
    assert chain.path == (SIGNER.certificate,)
    assert chain.anchor == SIGNER.anchor


def test_an_intermediate_anchor_ends_a_path_and_hides_no_further_one() -> None:
    assert names(SIGNER, [], [CA.anchor, ROOT.anchor]) == [["Signer", "CA"], ["Signer", "CA", "Root"]]


def test_an_anchor_whose_trust_ended_comes_last_and_is_not_left_out() -> None:
    ended = replace(CA.anchor, trusted_until=NOW)
    assert names(SIGNER, [CA], [ended, ROOT.anchor]) == [["Signer", "CA", "Root"], ["Signer", "CA"]]


def test_an_end_entity_anchor_does_not_stand_above_others() -> None:
    self_made = issue(Spec("Ministry"))
    below = leaf(self_made)
    assert names(below, [], [self_made.anchor]) == []
    assert names(self_made, [], [self_made.anchor]) == [["Ministry"]]


def test_a_root_without_extensions_is_taken_as_given() -> None:
    old = issue(Spec("Old root", ca=None, usages=None))
    assert names(leaf(old), [], [old.anchor]) == [["Signer", "Old root"]]


def test_a_certificate_without_extensions_that_another_issued_is_no_issuing_anchor() -> None:
    middle = issue(Spec("Middle", ca=None, usages=None), ROOT)
    assert names(leaf(middle), [], [middle.anchor]) == []


def test_every_anchor_with_the_same_key_gives_a_path() -> None:
    renewed = root(start=NOW, serial=7)
    chains = build_chains(SIGNER.certificate, [CA.certificate], [ROOT.anchor, renewed.anchor])
    assert {chain.anchor.certificate for chain in chains} == {ROOT.der, renewed.der}


def test_cross_certificates_lead_to_both_roots() -> None:
    other = root("Other root")
    cross = issue(Spec("CA", ca=True, serial=9), other)
    found = names(SIGNER, [CA, cross], [ROOT.anchor, other.anchor])
    assert sorted(found) == [["Signer", "CA", "Other root"], ["Signer", "CA", "Root"]]


def test_a_loop_of_cross_certificates_ends() -> None:
    first, second = root("First"), root("Second")
    crossed = [issue(Spec("First", ca=True, serial=2), second), issue(Spec("Second", ca=True, serial=3), first)]
    assert names(leaf(first), crossed, [ROOT.anchor]) == []


@pytest.mark.parametrize(("length", "found"), [(MAX_DEPTH, 1), (MAX_DEPTH + 1, 0)])
def test_paths_are_bounded_in_depth(length: int, found: int) -> None:
    line = [ROOT]
    while len(line) < length - 1:
        line.append(authority(line[-1], f"CA {len(line)}"))
    assert len(names(leaf(line[-1]), line, [ROOT.anchor])) == found


def test_paths_are_bounded_in_number() -> None:
    many = [issue(Spec("CA", ca=True, serial=n), ROOT) for n in range(1, MAX_CHAINS + 9)]
    assert len(names(SIGNER, many, [ROOT.anchor])) == MAX_CHAINS


def test_the_order_of_the_pool_does_not_matter() -> None:
    pool = [issue(Spec("CA", ca=True, serial=n), ROOT).certificate for n in range(1, 6)]
    assert build_chains(SIGNER.certificate, pool, [ROOT.anchor]) == build_chains(
        SIGNER.certificate, reversed(pool), [ROOT.anchor]
    )


def test_names_compare_without_case_and_spaces() -> None:
    spaced = issue(Spec("  root ", key_name="Root", ca=True))
    assert names(CA, [], [spaced.anchor]) == [["CA", "  root "]]


def test_an_unreadable_anchor_is_no_issuer() -> None:
    assert names(SIGNER, [CA], [Anchor(b"\x30\x00", "broken"), ROOT.anchor]) == [["Signer", "CA", "Root"]]


def test_dates_play_no_part_in_building() -> None:
    expired = authority(ROOT, end=END.replace(year=2021))
    assert names(leaf(expired), [expired], [ROOT.anchor]) == [["Signer", "CA", "Root"]]
