"""How the signed bytes are found and the file is read: forged ranges, wrapping, saving attacks, certification."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.attacks.support import (
    AMOUNT,
    AMOUNT_SHOWN,
    CONTENT,
    PAGE,
    SPARE_CONTENT,
    Rich,
    amount,
    certified,
    drawn,
    rich,
    shown,
    sign,
    signed_rich,
    told,
    verdict,
)
from tests.pki import Draft, day, spoil, world
from tests.pki.pdf import CATALOG, stream
from verifier.errors import CouldNotJudge
from verifier.verdict import Changes, Conclusion, SubIndication

NEW = 90
RANGE = re.compile(rb"/ByteRange \[[^\]]*\] *")
VALUE = re.compile(rb"/Contents <([0-9a-f]+)>")


def with_range(data: bytes, text: str) -> bytes:
    """Put other text in the place of the /ByteRange entry, of the same length."""
    found = RANGE.search(data)
    assert found is not None
    assert len(text) <= len(found[0])
    return data.replace(found[0], text.encode().ljust(len(found[0])), 1)


def numbers(data: bytes) -> tuple[int, int, int]:
    return spoil.ranges(data)[0]


RANGES: dict[str, str] = {
    "missing": "",
    "null": "/ByteRange null",
    "empty": "/ByteRange []",
    "zeros": "/ByteRange [0 0 0 0]",
    "two": "/ByteRange [0 {a}]",
    "three": "/ByteRange [0 {a} {b}]",
    "six": "/ByteRange [0 {a} {b} {c} {b} {c}]",
    "a name": "/ByteRange /All",
    "a reference": "/ByteRange 1 0 R",
    "negative start": "/ByteRange [-1 {a} {b} {c}]",
    "negative length": "/ByteRange [0 {a} {b} -{c}]",
    "negative wrap": "/ByteRange [0 -{a} {b} {c}]",
    "reals": "/ByteRange [0.0 {a}.0 {b}.0 {c}.0]",
    "strings": "/ByteRange [(0) ({a}) ({b}) ({c})]",
    "reversed": "/ByteRange [{b} {c} 0 {a}]",
    "overlapping": "/ByteRange [0 {b} {a} {c}]",
    "beyond the end": "/ByteRange [0 {a} {b} 99999999]",
    "huge": "/ByteRange [0 {a} {b} 99999999999999]",
    "short": "/ByteRange [0 {a} {b} 5]",
    "first part only": "/ByteRange [0 {a} {b} 0]",
    "not from the start": "/ByteRange [9 {a} {b} {c}]",
}


@pytest.mark.parametrize("name", RANGES)
def test_a_byte_range_that_says_something_else_never_passes(name: str) -> None:
    data = signed_rich().data
    a, b, c = numbers(data)
    found = told(with_range(data, RANGES[name].format(a=a, b=b, c=c)))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.sub in (SubIndication.FORMAT_FAILURE, SubIndication.HASH_FAILURE)


CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "missing": lambda value: b" " * (len(value) + 12),
    "null": lambda value: b"/Contents null".ljust(len(value) + 12),
    "empty": lambda value: b"/Contents <>".ljust(len(value) + 12),
    "a name": lambda value: b"/Contents /X".ljust(len(value) + 12),
    "zeros": lambda value: b"/Contents <" + b"0" * len(value) + b">",
    "a reference": lambda value: b"/Contents 5 0 R".ljust(len(value) + 12),
    "a number": lambda value: b"/Contents 0".ljust(len(value) + 12),
    "an array": lambda value: (b"/Contents [<" + value[:200] + b">]").ljust(len(value) + 12),
    "cut short": lambda value: (b"/Contents <" + value[:200] + b">").ljust(len(value) + 12),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_that_are_no_signature_never_pass(name: str) -> None:
    data = signed_rich().data
    found = VALUE.search(data)
    assert found is not None
    forged = data.replace(found[0], CONTENTS[name](found[1]), 1)
    assert len(forged) == len(data)
    assert told(forged).conclusion is Conclusion.TOTAL_FAILED


def test_signed_bytes_moved_away_do_not_pass() -> None:
    """Signature wrapping: the second part is signed where it was moved to, the gap holds new objects."""
    data = signed_rich().data
    a, b, c = numbers(data)
    evil = b"\n%d 0 obj\n%b\nendobj\n" % (CONTENT, stream(b"BT /F1 24 Tf 72 720 Td (Evil) Tj ET"))
    moved = data[:b] + evil + data[b:]
    moved = with_range(moved, f"/ByteRange [0 {a} {b + len(evil)} {c}]")
    found = told(moved)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.sub is SubIndication.FORMAT_FAILURE


def test_a_gap_that_holds_more_than_the_contents_does_not_pass() -> None:
    """The range excludes the signature and an object behind it; the file was made and signed like that."""
    for skip in (1, 10, 200):
        made = rich()
        sign(made, skip=skip)
        found = told(made.data)
        assert found.conclusion is Conclusion.TOTAL_FAILED
        assert found.sub is SubIndication.FORMAT_FAILURE


def test_contents_may_not_stand_in_the_gap_of_another_dictionary() -> None:
    """A second dictionary with its own entries claims the signature of the first."""
    made = signed_rich()
    a, b, c = numbers(made.data)
    value = VALUE.search(made.data)
    assert value is not None
    copy = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name (Minister) /Reason (Approved) "
        b"/ByteRange [0 %d %d %d] /Contents <%b> >>" % (a, b, c, value[1])
    )
    field = f"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Minister) /V {NEW} 0 R /F 132 /Rect [0 0 0 0] >>"
    made.fields.append(NEW + 1)
    made.revise({NEW: copy, NEW + 1: field.encode(), made.form: made.form_dictionary()})
    found = verdict(made.data)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert [one.indication for one in found.signatures].count(Conclusion.TOTAL_PASSED) == 1


def test_a_dictionary_rewritten_with_another_reason_does_not_pass() -> None:
    made = signed_rich()
    value, number = VALUE.search(made.data), made.next_number - 2
    a, b, c = numbers(made.data)
    assert value is not None
    body = b"<< /Type /Sig /SubFilter /ETSI.CAdES.detached /Reason (Forged) /ByteRange [0 %d %d %d] /Contents <%b> >>"
    made.revise({number: body % (a, b, c, value[1])})
    found = told(made.data)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.sub is SubIndication.FORMAT_FAILURE


def test_a_signature_of_another_document_does_not_pass() -> None:
    other = signed_rich({CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Contract) Tj ET")})
    found = told(spoil.replace_contents(signed_rich().data, other.contents[0]))
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert found.sub is SubIndication.HASH_FAILURE


def test_swapped_signatures_do_not_pass() -> None:
    made = signed_rich()
    sign(made)
    first, second = made.contents
    swapped = spoil.replace_contents(spoil.replace_contents(made.data, second, 0), first, 1)
    found = verdict(swapped)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert Conclusion.TOTAL_PASSED not in {one.indication for one in found.signatures}


# --- incremental saving attacks -----------------------------------------------------------------------------------

EVIL = b"%d 0 obj\n%b\nendobj\n" % (CONTENT, stream(b"BT /F1 24 Tf 72 720 Td (Evil) Tj ET"))


def table(made: Rich, position: int, entries: dict[int, int], previous: int | None = None, more: str = "") -> bytes:
    lines = "".join(f"{number} 1\n{offset:010} 00000 n \n" for number, offset in entries.items())
    before = made.xref if previous is None else previous
    trailer = f"trailer << /Size {NEW + 1} /Root {CATALOG} 0 R /Prev {before} {more} >>"
    return f"xref\n{lines}{trailer}\nstartxref\n{position}\n%%EOF\n".encode()


TAILS: dict[str, Callable[[Rich], bytes]] = {
    "body": lambda _: EVIL,
    "body and mark": lambda _: EVIL + b"%%EOF\n",
    "body, trailer and mark": lambda made: EVIL + b"trailer << /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % made.xref,
    "comment, body and mark": lambda made: b"% x\n" + EVIL + b"startxref\n%d\n%%%%EOF\n" % made.xref,
    "bytes": lambda _: b"<!-- more -->",
    "another file": lambda _: rich().data,
    "its own copy": lambda made: made.data,
}


@pytest.mark.parametrize("name", TAILS)
def test_what_is_appended_without_cross_references_is_told(name: str) -> None:
    made = signed_rich()
    data = made.data + TAILS[name](made)
    try:
        found = told(data)
    except CouldNotJudge:
        return
    assert found.conclusion is not Conclusion.TOTAL_PASSED


def test_a_table_may_not_list_a_number_twice() -> None:
    made = signed_rich()
    evil = b"%d 0 obj\n%b\nendobj\n" % (PAGE, made.page(body=made.in_page.replace(str(CONTENT), str(SPARE_CONTENT))))
    good = b"%d 0 obj\n%b\nendobj\n" % (PAGE, made.page())
    carrier = b"%d 0 obj\n%b\nendobj\n" % (NEW, stream(evil))
    start = len(made.data)
    inside, after = start + carrier.index(evil), start + len(carrier)
    end = after + len(good)
    sound = table(made, end, {PAGE: after, NEW: start}, more=made.in_trailer)
    doubled = sound.replace(b"xref\n", b"xref\n%d 1\n%010d 00000 n \n" % (PAGE, inside), 1)
    assert told(made.data + carrier + good + sound).conclusion is Conclusion.TOTAL_PASSED
    assert told(made.data + carrier + good + doubled).changes is Changes.SUSPICIOUS


def test_a_chain_that_leaves_out_the_signed_revision_does_not_pass() -> None:
    made = rich()
    first = made.xref
    sign(made)
    start = len(made.data)
    data = made.data + EVIL + table(made, start + len(EVIL), {CONTENT: start}, first, made.in_trailer)
    found = told(data)
    assert found.conclusion is not Conclusion.TOTAL_PASSED
    assert found.remnants > 0


def test_a_later_revision_that_removes_the_signature_leaves_a_remnant() -> None:
    made = signed_rich()
    made.fields.pop()
    made.revise({made.form: made.form_dictionary()})
    found = told(made.data)
    assert found.conclusion is Conclusion.NO_SIGNATURE
    assert found.remnants == 1


def test_a_value_removed_from_its_field_leaves_a_remnant() -> None:
    made = signed_rich()
    field = made.fields[-1]
    made.revise({field: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature3) /F 132 /Rect [0 0 0 0] >>"})
    found = told(made.data)
    assert found.conclusion is Conclusion.NO_SIGNATURE
    assert found.remnants == 1


def test_one_of_two_signatures_removed_is_told() -> None:
    made = signed_rich()
    sign(made)
    made.fields.pop()
    made.revise({made.form: made.form_dictionary()})
    found = told(made.data)
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.remnants == 1


def test_a_second_field_of_the_same_name_does_not_take_the_place_of_the_first() -> None:
    made = signed_rich()
    other = "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature3) /F 132 /Rect [0 0 0 0] >>"
    made.fields.insert(0, NEW)
    made.revise({NEW: other.encode(), made.form: made.form_dictionary()})
    found = verdict(made.data)
    assert len(found.signatures) == 1
    assert found.signatures[0].integrity.intact


@pytest.mark.parametrize("before", [b"\n", b"junk\n", b"%PDF-1.4\n%%EOF\n"])
def test_bytes_before_the_header_are_told(before: bytes) -> None:
    found = told(before + signed_rich().data)
    assert found.conclusion is not Conclusion.TOTAL_PASSED


def test_a_range_that_ends_inside_a_revision_does_not_pass() -> None:
    for cut in (6, 30):
        made = rich()
        sign(made, cut=cut)
        found = told(made.data)
        assert found.conclusion is not Conclusion.TOTAL_PASSED


def test_a_document_time_stamp_that_covers_less_proves_nothing() -> None:
    draft = Draft(world()).sign()
    made = draft.world.stamp(day(2026, 11, 21))
    draft.pdf.sign(made, name="T", kind="DocTimeStamp", sub_filter="ETSI.RFC3161", cut=20)
    found = verdict(draft.data)
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.signatures[0].best_signature_time != day(2026, 11, 21)


# --- certification ------------------------------------------------------------------------------------------------

ADDITIONS: dict[str, Callable[[Rich], dict[int, bytes]]] = {
    "free text": lambda made: {
        NEW: b"<< /Type /Annot /Subtype /FreeText /Rect [60 700 300 760] /Contents (Evil) >>",
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    },
    "stamp": lambda made: {
        NEW: b"<< /Type /Annot /Subtype /Stamp /Rect [60 700 300 760] >>",
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    },
    "redaction": lambda made: {
        NEW: b"<< /Type /Annot /Subtype /Redact /Rect [60 700 300 760] /IC [1 1 1] >>",
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    },
    "script in a note": lambda made: {
        NEW: b"<< /Type /Annot /Subtype /Link /Rect [60 700 300 760] /A << /S /JavaScript /JS (x) >> >>",
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    },
    "script behind a link": lambda made: {
        NEW: b"<< /Type /Annot /Subtype /Link /Rect [60 700 300 760] /A << /S /URI /Next [<< /S /Launch >>] >> >>",
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    },
    "page": lambda made: {2: b"<< /Type /Pages /Kids [60 0 R 12 0 R] /Count 2 >>"},
    "content": lambda _: {CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Evil) Tj ET")},
}


@pytest.mark.parametrize("permission", [1, 2, 3])
@pytest.mark.parametrize("name", ADDITIONS)
def test_no_certification_allows_to_cover_or_to_change_what_was_signed(name: str, permission: int) -> None:
    made = signed_rich(permission=permission)
    made.revise(ADDITIONS[name](made))
    assert told(made.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize(("permission", "wanted"), [(1, Changes.SUSPICIOUS), (2, Changes.PERMITTED)])
def test_a_second_signature_needs_permission(permission: int, wanted: Changes) -> None:
    made = signed_rich(permission=permission)
    sign(made)
    assert told(made.data).changes is wanted


def test_a_signature_whose_picture_covers_the_page_is_told() -> None:
    cover = drawn("1 g 0 0 595 842 re f", "/BBox [0 0 595 842]")
    for permission in (0, 2, 3):
        made = signed_rich({NEW: cover}, permission)
        sign(made, rect=f"0 0 595 842] /AP << /N {NEW} 0 R >> /Border [0 0 0")
        assert told(made.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize(
    ("action", "fields", "wanted"),
    [
        ("All", "", Changes.SUSPICIOUS),
        ("Include", "(amount)", Changes.SUSPICIOUS),
        ("Exclude", "(amount)", Changes.PERMITTED),
    ],
)
def test_locked_fields_may_not_be_filled(action: str, fields: str, wanted: Changes) -> None:
    listed = f"/Fields [{fields}]" if fields else ""
    lock = f" /Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /{action} {listed} /V /1.2 >> >>]"
    made = signed_rich(extra=lock)
    made.revise({AMOUNT: amount("9999"), AMOUNT_SHOWN: shown("9999")})
    assert told(made.data).changes is wanted


def test_an_unreadable_certification_is_the_strictest() -> None:
    made = signed_rich(extra=certified(1).replace("/P 1", "/P /X"))
    sign(made)
    assert told(made.data).changes is Changes.SUSPICIOUS
