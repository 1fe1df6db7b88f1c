"""Pictures laid over the page by fields and annotations that pass for something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.support import (
    AMOUNT,
    AMOUNT_SHOWN,
    EMPTY_FIELD,
    OTHER_FONT,
    PAGE,
    RESOURCE_ENTRIES,
    RESOURCES,
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
from tests.pki import FRESH, world
from tests.pki.pdf import FONT
from verifier.verdict import Changes, Conclusion

COVER, NEW, KID, MISSING = 50, 90, 91, 92
COVERS = {COVER: drawn("1 g 0 0 200 50 re f", "/BBox [0 0 200 50]")}
PLACE = f"/Subtype /Widget /F 4 /Rect [60 700 260 750] /AP << /N {COVER} 0 R >>"
Forged = Callable[[Rich], dict[int, bytes]]


def placed(body: str, *, kids: dict[int, str] | None = None, number: int = NEW) -> Forged:
    """Put a field on the page and into the form."""

    def forge(made: Rich) -> dict[int, bytes]:
        value = made.fields[-1] - 1
        objects = {number: body, **(kids or {})}
        reference = b"[%d 0 R " % number
        return {
            PAGE: made.page().replace(b"/Annots [", b"/Annots " + reference),
            made.form: made.form_dictionary().replace(b"/Fields [", b"/Fields " + reference),
            **{each: text.replace("SIGNED", str(value)).encode() for each, text in objects.items()},
        }

    return forge


def field(kind: str, more: str = "", place: str = PLACE, name: str = "new") -> str:
    return f"<< /Type /Annot /FT /{kind} /T ({name}) {place} {more} >>"


def inherited(kind: str, value: str) -> Forged:
    """The value hangs above the field, where no signature is looked for."""

    def forge(made: Rich) -> dict[int, bytes]:
        kid = f"<< /Type /Annot /FT /Sig /T (kid) /Parent {KID} 0 R {PLACE} >>"
        objects = placed(kid)(made)
        objects[made.form] = made.form_dictionary().replace(b"/Fields [", b"/Fields [%d 0 R " % KID)
        objects[KID] = f"<< /T (new) {kind} /V {value} /Kids [{NEW} 0 R] >>".encode()
        return objects

    return forge


COVERING: dict[str, Forged] = {
    "empty signature field": placed(field("Sig")),
    "empty signature field with a background": placed(
        field("Sig", place="/Subtype /Widget /F 4 /Rect [60 700 260 750] /MK << /BG [1 1 1] >>")
    ),
    "text field": placed(field("Tx")),
    "button": placed(field("Btn")),
    "invisible button with a script": placed(
        field("Btn", place="/Subtype /Widget /F 2 /Rect [60 700 260 750] /A << /S /JavaScript /JS (x) >>")
    ),
    "shown under the mouse": placed(field("Tx", place=PLACE.replace("/F 4", "/F 288"))),
    "shown on paper": placed(field("Tx", place=PLACE.replace("/F 4", "/F 36"))),
    "field that borrows the signature": placed(field("Sig", "/V SIGNED 0 R")),
    "empty field that borrows the signature": placed(field("Sig", "/V SIGNED 0 R", name="later"), number=EMPTY_FIELD),
    "field that inherits no signature": inherited("", "<< /Type /Sig >>"),
    "field that inherits no time stamp": inherited("", "<< /Type /DocTimeStamp >>"),
    "field that inherits from a text field": inherited("/FT /Tx", "<< /Type /Sig /ByteRange [0 1 2 3] >>"),
    "inner node of the form": placed(field("Tx", f"/Kids [{KID} 0 R]"), kids={KID: f"<< /T (y) /Parent {NEW} 0 R >>"}),
    "field with a kid that is missing": placed(field("Tx", f"/Kids [{MISSING} 0 R]")),
    "signature field with a kid that is missing": placed(field("Sig", f"/Kids [{MISSING} 0 R]")),
    "field with a kid that shows nothing": placed(
        field("Tx", f"/Kids [{KID} 0 R]"), kids={KID: f"<< /Subtype /Widget /Parent {NEW} 0 R >>"}
    ),
    "field without a name": placed(f"<< /Type /Annot /FT /Tx {PLACE} >>"),
    "second field of the same name": placed(field("Tx", name="amount")),
}


@pytest.mark.parametrize("permission", [0, 1, 2, 3])
@pytest.mark.parametrize("name", COVERING)
def test_no_field_that_nobody_signed_may_cover_the_page(name: str, permission: int) -> None:
    made = signed_rich(COVERS, permission)
    made.revise(COVERING[name](made))
    found = told(made.data)
    assert found.changes is Changes.SUSPICIOUS
    assert found.conclusion is not Conclusion.TOTAL_PASSED


@pytest.mark.parametrize("permission", [0, 1])
def test_a_document_time_stamp_shows_nothing(permission: int) -> None:
    """Anyone gets one from an authority; only its being invisible makes it harmless."""
    for shown_at, wanted in (("0 0 0 0", Changes.LTA_UPDATES), ("60 700 260 750", Changes.SUSPICIOUS)):
        made = signed_rich(COVERS, permission)
        rect = f"{shown_at}] /AP << /N {COVER} 0 R >> /Border [0 0 0"
        made.sign(world().stamp(FRESH), name="T", kind="DocTimeStamp", sub_filter="ETSI.RFC3161", rect=rect)
        assert verdict(made.data).signatures[0].integrity.changes is wanted


def test_a_signature_does_not_pass_for_a_time_stamp() -> None:
    made = signed_rich(permission=1)
    sign(made, kind="DocTimeStamp")
    assert verdict(made.data).signatures[0].integrity.changes is Changes.SUSPICIOUS


@pytest.mark.parametrize("kid", [f"<< /Subtype /Widget /Parent {AMOUNT} 0 R >>", "null"])
def test_a_field_that_draws_beside_its_kids_is_compared(kid: str) -> None:
    made = signed_rich({AMOUNT: amount(extra=f"/Kids [{KID} 0 R]"), KID: kid.encode()})
    made.revise({AMOUNT_SHOWN: shown("9999")})
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_rich_text_is_a_value_too() -> None:
    made = signed_rich()
    made.revise({AMOUNT: amount(extra="/RV (<p>9999</p>)")})
    assert told(made.data).changes is Changes.SUSPICIOUS


# --- annotations under a certification that allows them ------------------------------------------------------------

MULTIPLIED = (
    b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 50] /Resources << /ExtGState << /G << /BM /Multiply >> >> >> "
    b"/Length 25 >>\nstream\n/G gs 0 0 200 50 re f    \nendstream"
)
MARKS: dict[str, tuple[str, bool]] = {
    "highlight that multiplies": (f"/Subtype /Highlight /Rect [60 700 260 750] /AP << /N {KID} 0 R >>", True),
    "highlight that covers": (f"/Subtype /Highlight /Rect [60 700 260 750] /AP << /N {COVER} 0 R >>", False),
    "note": (f"/Subtype /Text /Rect [10 700 30 720] /AP << /N {COVER} 0 R >>", True),
    "note as large as the text": (f"/Subtype /Text /Rect [60 700 260 750] /AP << /N {COVER} 0 R >>", False),
    "line": ("/Subtype /Line /Rect [60 700 260 750] /L [60 700 260 750] /BS << /W 1 >>", True),
    "line as thick as the text": ("/Subtype /Line /Rect [60 700 260 750] /L [60 725 260 725] /BS << /W 50 >>", False),
    "ink as thick as the text": ("/Subtype /Ink /Rect [60 700 260 750] /Border [0 0 50]", False),
    "hidden stamp": ("/Subtype /Stamp /Rect [60 700 260 750] /F 2", True),
    "stamp under the mouse": ("/Subtype /Stamp /Rect [60 700 260 750] /F 288", False),
    "link": ("/Subtype /Link /Rect [60 700 260 750] /A << /S /URI /URI (https://x.example/) >>", True),
    "link to a program": ("/Subtype /Link /Rect [60 700 260 750] /A << /S /Launch /F (x) >>", False),
}


@pytest.mark.parametrize("name", MARKS)
def test_permission_3_allows_marks_that_cover_nothing(name: str) -> None:
    body, allowed = MARKS[name]
    made = signed_rich({**COVERS, KID: MULTIPLIED}, 3)
    page = made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW)
    made.revise({NEW: f"<< /Type /Annot {body} >>".encode(), PAGE: page})
    assert told(made.data).changes is (Changes.PERMITTED if allowed else Changes.SUSPICIOUS)


def test_an_annotation_that_is_also_the_resources_of_the_page_may_not_change() -> None:
    both = f"<< /Type /Annot /Subtype /Text /Rect [0 0 10 10] {RESOURCE_ENTRIES} >>"
    made = rich({RESOURCES: both.encode()})
    made.annotations.append(RESOURCES)
    sign(made, extra=certified(3))
    made.revise({RESOURCES: both.replace(f"/F1 {FONT}", f"/F1 {OTHER_FONT}").encode()})
    assert told(made.data).changes is Changes.SUSPICIOUS
