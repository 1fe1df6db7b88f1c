"""ByteRange: what is asked of it, and the code that each defect gets."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pades.build import codes, problem_of, swap, the_signature, two_signatures
from tests.pki import signed_pdf
from tests.pki.spoil import RANGE, ranges, widen_gap
from verifier.pades.byterange import SignedBytes, check_byte_range, collisions
from verifier.pades.digests import FileDigests
from verifier.pades.facts import FormatProblem
from verifier.pades.reader import read_document
from verifier.verdict import Changes, Coverage

FILE = b"%PDF /Contents <abcd> end"
CONTENTS = b"\xab\xcd"


def check(*numbers: object) -> str:
    found = check_byte_range(numbers, CONTENTS, FILE, FileDigests(FILE))
    return found.code if isinstance(found, FormatProblem) else "sound"


def test_sound_range() -> None:
    assert check(0, 15, 21, 4) == "sound"


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((), "BYTERANGE_MALFORMED"),
        ((0, 15, 21), "BYTERANGE_MALFORMED"),
        ((0, 15, 21, 4, 0, 0), "BYTERANGE_MALFORMED"),
        ((0, 15, 21, "4"), "BYTERANGE_MALFORMED"),
        ((0, 15, 21, True), "BYTERANGE_MALFORMED"),
        ((1, 14, 21, 4), "BYTERANGE_MALFORMED"),
        ((0, 15, 21, -4), "BYTERANGE_NEGATIVE"),
        ((0, -15, 21, 4), "BYTERANGE_NEGATIVE"),
        ((0, 15, 21, 5), "BYTERANGE_BEYOND_FILE"),
        ((0, 15, 21, 10**30), "BYTERANGE_BEYOND_FILE"),
        ((0, 15, 14, 4), "BYTERANGE_OVERLAPS"),
        ((0, 0, 0, 0), "BYTERANGE_GAP"),
        ((0, 15, 15, 4), "BYTERANGE_GAP"),
        ((0, 14, 21, 4), "BYTERANGE_GAP"),
        ((0, 15, 22, 3), "BYTERANGE_GAP"),
        ((0, 16, 20, 5), "BYTERANGE_GAP"),
    ],
)
def test_defects(numbers: tuple[object, ...], code: str) -> None:
    assert check(*numbers) == code


def test_gap_holds_other_contents() -> None:
    assert isinstance(check_byte_range((0, 15, 21, 4), b"\xab\xce", FILE, FileDigests(FILE)), FormatProblem)


def test_gap_of_another_entry() -> None:
    elsewhere = FILE.replace(b"/Contents", b"/Elsewher")
    assert isinstance(check_byte_range((0, 15, 21, 4), CONTENTS, elsewhere, FileDigests(elsewhere)), FormatProblem)


def test_spaces_inside_the_hexadecimal_are_no_defect() -> None:
    spaced = b"/Contents\n<ab c d>"
    assert isinstance(check_byte_range((0, 10, 18, 0), CONTENTS, spaced, FileDigests(spaced)), SignedBytes)


def test_digest_leaves_out_the_gap() -> None:
    found = check_byte_range((0, 15, 21, 4), CONTENTS, FILE, FileDigests(FILE))
    assert isinstance(found, SignedBytes)
    assert found.digest("sha256") == hashlib.sha256(FILE[:15] + FILE[21:]).digest()
    assert found.digest("no-such-hash") is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_digests_that_share_a_start(wanted: list[tuple[int, int, int]]) -> None:
    data = bytes(range(50))
    digests = FileDigests(data)
    for start, middle, end in map(sorted, wanted):
        expected = hashlib.sha1(data[:start] + data[middle:end]).digest()
        assert digests.without(start, middle, end, "sha1") == expected
    assert digests.whole("sha1") == hashlib.sha1(data).digest()


def place(start: int, end: int, covered: int) -> SignedBytes:
    return SignedBytes(FileDigests(b""), start, end, covered)


def test_ranges_beside_each_other() -> None:
    assert collisions([place(10, 20, 100), place(110, 120, 200), None]) == [None, None, None]


def test_the_same_gap_twice() -> None:
    first, second = collisions([place(10, 20, 100), place(10, 20, 100)])
    assert first is None
    assert second is not None
    assert second.code == "BYTERANGE_DUPLICATED"


@pytest.mark.parametrize("other", [place(15, 25, 200), place(5, 12, 200), place(30, 40, 15)])
def test_ranges_across_each_other(other: SignedBytes) -> None:
    found, _ = collisions([place(10, 20, 100), other])
    assert found is not None
    assert found.code == "BYTERANGE_OVERLAPS"


def spoiled(range_text: bytes) -> bytes:
    data = signed_pdf()
    match = RANGE.search(data)
    assert match is not None
    return swap(data, match[1], range_text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"null", "BYTERANGE_MISSING"),
        (b"(none)", "BYTERANGE_MALFORMED"),
        (b"[0 10 20]", "BYTERANGE_MALFORMED"),
        (b"[0 10 -20 30]", "BYTERANGE_NEGATIVE"),
        (b"[0 0 0 0]", "BYTERANGE_GAP"),
        (b"[0 10 5 20]", "BYTERANGE_OVERLAPS"),
        (b"[0 10 99999999999 1]", "BYTERANGE_BEYOND_FILE"),
        (b"[0 10 9 0 R 1]", "BYTERANGE_MALFORMED"),
    ],
)
def test_spoiled_in_the_file(text: bytes, code: str) -> None:
    one = the_signature(spoiled(text))
    assert one.problem is not None
    assert one.problem.code == code
    assert (one.coverage, one.changes_level) == (Coverage.UNCLEAR, Changes.SUSPICIOUS)


def test_missing() -> None:
    assert problem_of(swap(signed_pdf(), b"/ByteRange", b"/ByteRangX")) == "BYTERANGE_MISSING"


def test_gap_too_wide() -> None:
    assert problem_of(widen_gap(signed_pdf())) == "BYTERANGE_GAP"


def test_gap_of_the_other_signature() -> None:
    data = two_signatures().data
    first, second = ranges(data)
    old = b"[0 %d %d %d]" % second
    facts = read_document(swap(data, old, b"[0 %d %d %d]" % first))
    assert facts.signatures[0].problem is None
    assert facts.signatures[1].problem is not None
    assert facts.signatures[1].problem.code == "BYTERANGE_GAP"


def test_sound_signatures_do_not_warn() -> None:
    for one in read_document(two_signatures().data).signatures:
        assert codes(one) == []
