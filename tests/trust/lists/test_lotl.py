from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.pki.world import AT, day
from tests.trust.lists.builder import LIST_OF_LISTS, Signing, a_list, operator, pointer, signed
from tests.trust.lists.schemes import ISSUED, LOTL, VN, numbered, of_lists, read, snapshot
from verifier.errors import BadRequest
from verifier.snapshot import Anchor, Scheme, Span, TrustSnapshot
from verifier.trust.lists.following import after_pivots, pivot_addresses
from verifier.trust.lists.taking import Took, take, took

XML = "application/vnd.etsi.tsl+xml"
OTHER = operator(name="Second")
THIRD = operator(name="Third")


def own(*certificates: bytes) -> str:
    """The entry of a list of lists for itself."""
    return lists_at(pointer("VN", certificates or (operator().der,)))


def lists_at(entry: str) -> str:
    return entry.replace("/VNgeneric", "/EUlistofthelists")


def result(*pointers: str, start: TrustSnapshot | None = None, number: int = 7) -> Took:
    return took(start or snapshot(LOTL), "lotl", signed(numbered(of_lists(*pointers), number)), AT)


def schemes(*pointers: str) -> dict[str, Scheme]:
    return {one.id: one for one in result(*pointers).snapshot.schemes}


def codes(found: Took) -> list[str]:
    return [problem.code for problem in found.problems]


# --- the lists it points to ------------------------------------------------------------------------------------------


def test_an_entry_becomes_a_scheme_with_its_certificates() -> None:
    start = snapshot(replace(LOTL, refresh="automatic", branch="vn-public"))
    found = {one.id: one for one in result(own(), pointer("DE", [OTHER.der]), start=start).snapshot.schemes}
    assert sorted(found) == ["lotl", "lotl-de"]
    child = found["lotl-de"]
    assert (child.name, child.location, child.territory) == ("Operator", "https://tsl.example/DE.xml", "DE")
    assert (child.pins, child.kind, child.parent) == ((OTHER.der,), "list", "lotl")
    assert (child.branch, child.refresh, child.sequence) == ("vn-public", "automatic", None)
    assert child.origin == found["lotl"].origin


def test_the_entry_for_itself_is_no_list_below() -> None:
    assert sorted(schemes(own())) == ["lotl"]


def test_an_entry_with_its_own_address_is_its_own_whatever_it_says_to_be() -> None:
    same = pointer("LA").replace("https://tsl.example/LA.xml", LOTL.location)
    assert sorted(schemes(same, pointer("DE"))) == ["lotl", "lotl-de"]


@pytest.mark.parametrize(
    ("mime", "followed", "told"),
    [
        (XML, True, []),
        ("text/xml; charset=utf-8", True, []),
        ("", True, []),
        ("application/octet-stream", True, []),
        ("application/pdf", False, []),
        ("text/html", False, ["pointer-not-understood"]),
    ],
)
def test_editions_of_a_list(mime: str, told: list[str], *, followed: bool) -> None:
    found = result(own(), pointer("DE").replace(XML, mime))
    assert ("lotl-de" in {one.id for one in found.snapshot.schemes}) is followed
    assert codes(found) == told


def test_several_entries_for_one_territory() -> None:
    new = pointer("DE", [OTHER.der]).replace("DE.xml", "DE-v6.xml")
    pdf = pointer("DE").replace(XML, "application/pdf").replace("DE.xml", "DE.pdf")
    found = schemes(own(), pdf, pointer("DE"), new, pointer("DE", [THIRD.der]))
    assert sorted(found) == ["lotl", "lotl-de", "lotl-de-2"]
    assert found["lotl-de"].pins == (operator().der, THIRD.der)
    assert (found["lotl-de-2"].location, found["lotl-de-2"].pins) == ("https://tsl.example/DE-v6.xml", (OTHER.der,))


def test_an_entry_that_stays_keeps_its_id_and_one_that_moves_keeps_its_scheme() -> None:
    new = pointer("DE").replace("DE.xml", "DE-v6.xml")
    both = result(own(), pointer("DE"), new).snapshot
    later = {one.id: one for one in result(own(), new, start=both, number=8).snapshot.schemes}
    assert later["lotl-de-2"].pins
    assert later["lotl-de"].pins == ()
    moved = result(own(), new, start=result(own(), pointer("DE")).snapshot, number=8).snapshot
    assert [one.location for one in moved.schemes if one.id == "lotl-de"] == ["https://tsl.example/DE-v6.xml"]


def test_an_entry_without_certificates_takes_no_list_and_is_told() -> None:
    found = result(own(), pointer("DE", []))
    assert codes(found) == ["operator-certificate-missing", "operator-certificate-missing"]  # read, and followed
    with pytest.raises(BadRequest) as caught:
        take(found.snapshot, "lotl-de", signed(german()), AT)
    assert caught.value.problem.code == "operator-certificate-missing"


@pytest.mark.parametrize("territory", ["", "../x", "D", "DEU "])
def test_an_entry_without_a_clear_territory(territory: str) -> None:
    found = result(own(), pointer("DE").replace(">DE<", f">{territory}<"))
    assert ([one.id for one in found.snapshot.schemes], codes(found)) == (["lotl"], ["pointer-territory-unclear"])


def test_a_scheme_that_is_kept_by_hand_is_not_taken_from_its_keeper() -> None:
    found = result(own(), pointer("DE", [OTHER.der]), start=snapshot(LOTL, replace(VN, id="lotl-de")))
    assert [one.pins for one in found.snapshot.schemes if one.id == "lotl-de"] == [(operator().der,)]
    assert codes(found) == ["scheme-id-taken"]


def test_an_id_that_grows_too_long_is_not_followed_and_told() -> None:
    long = replace(LOTL, id="l" * 62)
    found = took(snapshot(long), long.id, signed(of_lists(own(), pointer("DE"))), AT)
    assert (len(found.snapshot.schemes), codes(found)) == (1, ["scheme-id-too-long"])


def test_lists_of_lists_below_and_no_way_round() -> None:
    start = result(own(), lists_at(pointer("EU"))).snapshot
    below = of_lists(lists_at(pointer("EU")), lists_at(pointer("LA")), pointer("DE"), own()).replace(
        "<SchemeTerritory>VN</SchemeTerritory><Pointers", "<SchemeTerritory>EU</SchemeTerritory><Pointers"
    )
    below = below.replace("https://tsl.example/VN.xml</TSLLocation>", f"{LOTL.location}</TSLLocation>")
    found = took(start, "lotl-eu", signed(below), AT)
    assert sorted(one.id for one in found.snapshot.schemes) == ["lotl", "lotl-eu", "lotl-eu-de"]
    assert codes(found) == ["lists-too-deep", "pointer-upwards"]


# --- lists no longer pointed to --------------------------------------------------------------------------------------


def german() -> str:
    return a_list().replace("<SchemeTerritory>VN</SchemeTerritory>", "<SchemeTerritory>DE</SchemeTerritory>")


def pointed() -> tuple[TrustSnapshot, bytes]:
    data = signed(german())
    return take(result(own(), pointer("DE")).snapshot, "lotl-de", data, AT), data


def child(found: TrustSnapshot) -> tuple[Scheme, Anchor]:
    (scheme,) = (one for one in found.schemes if one.id == "lotl-de")
    (anchor,) = found.anchors
    return scheme, anchor


def test_no_longer_pointed_to() -> None:
    start, data = pointed()
    assert child(start)[1].spans == (Span(day(2022), None),)
    gone = result(own(), pointer("FR"), start=start, number=8)
    scheme, anchor = child(gone.snapshot)
    end = ISSUED + timedelta(days=1)
    assert (scheme.pins, scheme.sha256, scheme.sequence, scheme.parent) == ((), "", 7, "lotl")
    assert (anchor.spans, anchor.trusted_until) == ((Span(day(2022), end),), end)
    assert (anchor.trusted_at(day(2023)), anchor.trusted_at(AT)) == (True, False)
    assert len(gone.snapshot.services) == 1
    assert codes(gone) == ["no-longer-pointed-to"]
    with pytest.raises(BadRequest) as caught:
        take(gone.snapshot, "lotl-de", data, AT)
    assert caught.value.problem.code == "operator-certificate-missing"


def test_trust_stays_ended_at_its_first_end() -> None:
    start, _ = pointed()
    once = result(own(), pointer("FR"), start=start, number=8).snapshot
    twice = result(own(), pointer("FR"), start=once, number=9).snapshot
    assert child(twice)[1] == child(once)[1]


def test_pointed_to_again_the_same_list_is_taken_over_again() -> None:
    start, data = pointed()
    gone = result(own(), pointer("FR"), start=start, number=8).snapshot
    back = result(own(), pointer("DE"), start=gone, number=9).snapshot
    assert child(back)[1].trusted_until is not None
    again = take(back, "lotl-de", data, AT)
    assert child(again)[1].spans == (Span(day(2022), None),)
    with pytest.raises(BadRequest):
        take(back, "lotl-de", signed(numbered(german(), 6)), AT)


def test_with_a_list_of_lists_all_lists_below_it_end() -> None:
    start = result(own(), lists_at(pointer("EU"))).snapshot
    below = of_lists(pointer("DE")).replace(
        "<SchemeTerritory>VN</SchemeTerritory><Pointers", "<SchemeTerritory>EU</SchemeTerritory><Pointers"
    )
    used = take(take(start, "lotl-eu", signed(below), AT), "lotl-eu-de", signed(german()), AT)
    (anchor,) = used.anchors
    assert anchor.trusted_until is None
    gone = result(own(), pointer("FR"), start=used, number=8).snapshot
    (anchor,) = gone.anchors
    assert anchor.trusted_until == ISSUED + timedelta(days=1)
    assert {one.id: one.pins for one in gone.schemes if "eu" in one.id} == {"lotl-eu": (), "lotl-eu-de": ()}


# --- who signs it ----------------------------------------------------------------------------------------------------


def lists(number: int, *announced: bytes, by: bytes | None = None, territory: str = "VN") -> bytes:
    """A list of lists that announces certificates and is signed by the one with this certificate."""
    signer = next(one for one in (operator(), OTHER, THIRD) if one.der == (by or operator().der))
    xml = of_lists(own(*announced), pointer("DE"))
    xml = xml.replace("<SchemeTerritory>VN</SchemeTerritory><P", f"<SchemeTerritory>{territory}</SchemeTerritory><P")
    return signed(numbered(xml, number), Signing(by=signer))


def refused(data: bytes, *pivots: bytes, start: Scheme = LOTL) -> str:
    with pytest.raises(BadRequest) as caught:
        take(snapshot(start), "lotl", data, AT, pivots=pivots)
    return caught.value.problem.code


def pins(found: TrustSnapshot) -> tuple[bytes, ...]:
    (scheme,) = (one for one in found.schemes if one.id == "lotl")
    return scheme.pins


def test_what_it_announces_may_sign_the_next_one() -> None:
    first = take(snapshot(LOTL), "lotl", lists(7, OTHER.der), AT)
    assert pins(first) == (OTHER.der,)
    second = take(first, "lotl", lists(8, THIRD.der, by=OTHER.der), AT)
    assert pins(second) == (THIRD.der,)
    with pytest.raises(BadRequest) as caught:
        take(second, "lotl", lists(9, by=operator().der), AT)
    assert caught.value.problem.code == "signer-not-pinned"


def test_without_an_entry_for_itself_its_certificates_stay() -> None:
    assert pins(result(pointer("DE")).snapshot) == LOTL.pins
    empty = result(own().replace("X509Certificate>", "X509Nothing>"), pointer("DE"))
    assert pins(empty.snapshot) == LOTL.pins
    assert "own-entry-without-certificates" in codes(empty)


def test_pivots_lead_from_the_pinned_certificate_to_the_present_one() -> None:
    first, second = lists(8, OTHER.der), lists(9, OTHER.der, THIRD.der, by=OTHER.der)
    last = lists(10, THIRD.der, by=THIRD.der)
    assert refused(last) == "signer-not-pinned"
    for order in ((first, second), (second, first)):
        assert pins(take(snapshot(LOTL), "lotl", last, AT, pivots=order)) == (THIRD.der,)


def test_a_pivot_that_is_overdue_by_now_is_none_the_worse() -> None:
    xml = numbered(of_lists(own(OTHER.der), pointer("DE")), 8, day(2021)).replace("2027-03-01", "2021-06-01")
    last = lists(10, OTHER.der, by=OTHER.der)
    assert pins(take(snapshot(LOTL), "lotl", last, AT, pivots=[signed(xml)])) == (OTHER.der,)


def test_a_chain_that_is_broken_is_refused() -> None:
    first, second = lists(8, OTHER.der), lists(9, THIRD.der, by=OTHER.der)
    last = lists(10, THIRD.der, by=THIRD.der)
    assert refused(last, second) == "pivot-broken"
    assert refused(last, first) == "signer-not-pinned"
    for broken in (
        first.replace(b">8<", b">11<"),
        lists(8, OTHER.der, territory="LA"),
        signed(a_list()),
        b"<html></html>",
        signed(numbered(of_lists(pointer("DE")), 8)),
        signed(numbered(of_lists(own(OTHER.der)), 8), Signing(digest="sha1")),
        signed(numbered(of_lists(own(OTHER.der)), 8, AT + timedelta(days=1))),
    ):
        assert refused(last, broken, second) == "pivot-broken"


def test_pivots_that_are_not_newer_than_the_list_in_use_say_nothing() -> None:
    used = replace(LOTL, sequence=8, pins=(OTHER.der,), issued=ISSUED)
    assert after_pivots(used, [lists(8, THIRD.der)], AT) == used
    last = lists(10, OTHER.der, by=OTHER.der)
    assert pins(take(snapshot(used), "lotl", last, AT, pivots=[lists(7, THIRD.der)])) == (OTHER.der,)


def test_a_list_that_is_older_than_its_pivots() -> None:
    last = lists(9, THIRD.der, by=OTHER.der)
    assert refused(last, lists(10, OTHER.der), start=replace(LOTL, sequence=8)) == "list-older"


def test_a_list_that_is_a_pivot_itself() -> None:
    last = lists(8, OTHER.der)
    assert pins(take(snapshot(LOTL), "lotl", last, AT, pivots=[last])) == (OTHER.der,)


def test_a_list_with_the_number_of_a_pivot_is_that_pivot() -> None:
    assert refused(lists(8, THIRD.der, by=OTHER.der), lists(8, OTHER.der)) == "list-number-reused"


def test_where_pivots_stand() -> None:
    pages = "".join(
        f'<URI xml:lang="en">{one}</URI>'
        for one in (
            "https://law.example/2026",
            "https://tsl.example/pivot-2.xml",
            "https://tsl.example/pivot-1.xml",
            "https://law.example/page.html#en",
            "https://[broken",
        )
    )
    xml = of_lists(own()).replace(
        "<SchemeTerritory>VN</SchemeTerritory><P",
        f"<SchemeInformationURI>{pages}</SchemeInformationURI><SchemeTerritory>VN</SchemeTerritory><P",
    )
    assert LIST_OF_LISTS in xml
    assert pivot_addresses(read(xml)) == ("https://tsl.example/pivot-1.xml", "https://tsl.example/pivot-2.xml")
