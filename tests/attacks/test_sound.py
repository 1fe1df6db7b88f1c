"""What honest tools do after a signature; none of it may be suspected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.attacks.support import (
    AMOUNT,
    AMOUNT_SHOWN,
    CONTENT,
    INFO,
    LINK,
    LINK_ANNOTATION,
    METADATA,
    PAGE,
    TEXT,
    Rich,
    amount,
    certified,
    drawn,
    rich,
    rich_objects,
    shown,
    sign,
    signed_rich,
    told,
)
from tests.pki import FRESH, world
from tests.pki.pdf import CATALOG, FONT, HEADER, stream
from verifier.verdict import Changes, Conclusion

NEW, STORE = 90, 200
HOUR = timedelta(hours=1)
Change = Callable[[Rich], None]


def crls() -> tuple[bytes, ...]:
    return (*world().signer_crls(FRESH), *world().tsa_crls(FRESH))


def prolonged(made: Rich) -> None:
    """Three times validation data and a time stamp, the VRI written anew each time."""
    for round_number in range(3):
        made.add_dss((world().ca.der,), crls(), vri_for=made.contents[0])
        stamper = world().stamp(FRESH + HOUR * (round_number + 1))
        made.sign(stamper, name=f"T{round_number}", kind="DocTimeStamp", sub_filter="ETSI.RFC3161")


def store_replaced(made: Rich) -> None:
    made.add_dss((world().ca.der,), crls())
    made.dss, made.next_number = STORE, STORE + 1
    made.stored = {key: [] for key in made.stored}
    made.add_dss((world().ca.der,), crls())


def store_freed(made: Rich) -> None:
    made.add_dss((world().ca.der,), crls())
    (number,) = made.stored["Certs"]
    made.stored["Certs"] = []
    made.revise({made.dss: made._dss()})
    body, mark, trailer = made.data.rpartition(b"trailer")
    made.data = body + b"%d 1\n0000000000 00001 f \n" % number + mark + trailer


def rewritten(made: Rich) -> None:
    same = {AMOUNT: amount(), LINK: LINK_ANNOTATION, FONT: rich_objects()[FONT], CONTENT: stream(TEXT)}
    made.revise({**same, CATALOG: made.catalog(), PAGE: made.page(), made.form: made.form_dictionary()})


def extended(made: Rich) -> None:
    levels = "/Version /2.0 /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> >>"
    made.revise({CATALOG: made.catalog(levels)})


def dated(made: Rich) -> None:
    info = b"<< /Title (Deed) /ModDate (D:20261122000000Z) /Producer (Tool) >>"
    metadata = stream(b"<x:xmpmeta><xmp:ModifyDate>2026</xmp:ModifyDate><dc:title>Deed</dc:title></x:xmpmeta>")
    made.revise({INFO: info, METADATA: metadata})


def dated_elsewhere(made: Rich) -> None:
    made.in_trailer = f"/Info {NEW} 0 R"
    made.revise({NEW: b"<< /Title (Deed) /ModDate (D:20261122000000Z) /Producer (Tool) >>"})


def list_of_annotations_moved(made: Rich) -> None:
    listed = " ".join(f"{number} 0 R" for number in made.annotations).encode()
    page = made.page().replace(b"/Annots [" + listed + b"]", b"/Annots %d 0 R" % NEW)
    made.revise({PAGE: page, NEW: b"[" + listed + b"]"})


def padded(made: Rich) -> None:
    made.data += b"\r\n \n\n" + bytes(100)


HARMLESS: dict[str, Change] = {
    "several prolongations": prolonged,
    "store replaced": store_replaced,
    "part of the store freed": store_freed,
    "objects rewritten alike": rewritten,
    "extensions and version": extended,
    "dates of the document": dated,
    "dates in another object": dated_elsewhere,
    "list of annotations in its own object": list_of_annotations_moved,
    "padding at the end": padded,
}


@pytest.mark.parametrize("permission", [0, 1, 2, 3])
@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_updates_pass_under_every_certification(name: str, permission: int) -> None:
    made = signed_rich(permission=permission)
    HARMLESS[name](made)
    found = told(made.data)
    assert found.changes in (Changes.NONE, Changes.LTA_UPDATES)
    assert found.conclusion is Conclusion.TOTAL_PASSED


@pytest.mark.parametrize("rect", ["0 0 0 0", "100 100 300 150", "60 700 260 750"])
@pytest.mark.parametrize("permission", [0, 2, 3])
def test_a_second_signature_with_its_picture_passes(rect: str, permission: int) -> None:
    picture = drawn("1 g 0 0 200 50 re f 0 g BT /Helv 12 Tf 2 5 Td (Signed) Tj ET", "/BBox [0 0 200 50]")
    made = signed_rich({NEW: picture}, permission)
    sign(made, rect=f"{rect}] /AP << /N {NEW} 0 R >> /Border [0 0 0")
    assert told(made.data).conclusion is Conclusion.TOTAL_PASSED


def test_filling_and_signing_what_a_certification_allows_passes() -> None:
    made = signed_rich(permission=2)
    made.revise({AMOUNT: amount("2000"), AMOUNT_SHOWN: shown("2000")})
    sign(made)
    found = told(made.data)
    assert found.conclusion is Conclusion.TOTAL_PASSED
    assert found.classes == ("form_filled", "later_signature")


def test_a_certification_entered_in_the_catalog_passes() -> None:
    made = rich()
    made.in_catalog += f" /Perms << /DocMDP {made.next_number} 0 R >>"
    sign(made, extra=certified(2))
    rewritten(made)
    assert told(made.data).conclusion is Conclusion.TOTAL_PASSED


class DirectForm(Rich):
    """The form stands in the catalog itself, until it does not."""

    direct = True

    def _late(self) -> str:
        said = super()._late()
        return said.replace(f"/AcroForm {self.form} 0 R", f"/AcroForm {self._form().decode()}") if self.direct else said


def test_a_form_that_moves_into_its_own_object_passes() -> None:
    like = rich()
    made = DirectForm(data=HEADER, next_number=70, page_numbers=[PAGE], content_numbers=[CONTENT])
    for name in ("annotations", "fields", "form", "in_catalog", "in_form", "in_trailer"):
        setattr(made, name, getattr(like, name))
    made.revise({**rich_objects(), CATALOG: made.catalog(), PAGE: made.page(), CONTENT: stream(TEXT)})
    sign(made)
    made.direct = False
    sign(made)
    assert told(made.data).conclusion is Conclusion.TOTAL_PASSED


def test_lines_that_end_with_a_carriage_return_pass() -> None:
    made = rich()
    made.data = (
        made.data.replace(b"\n", b"\r").replace(b"stream\r", b"stream\n").replace(b"endstream\n", b"endstream\r")
    )
    sign(made)
    made.add_dss((world().ca.der,), crls())
    assert told(made.data).conclusion is Conclusion.TOTAL_PASSED


# --- number and date between the leader's and the agency's signature ------------------------------------------------

NUMBER = stream(b"BT /F1 12 Tf 60 780 Td (No 12 of 22/11/2026) Tj ET")
STAMPS: dict[str, dict[int, bytes]] = {
    f"[{CONTENT} 0 R {NEW} 0 R]": {NEW: NUMBER},
    f"[91 0 R {CONTENT} 0 R 92 0 R {NEW} 0 R]": {91: stream(b"q"), 92: stream(b"Q"), NEW: NUMBER},
}


@pytest.mark.parametrize("contents", STAMPS)
def test_a_number_stamped_between_two_signatures_is_explained_and_does_not_pass(contents: str) -> None:
    made = signed_rich()
    made.in_page = made.in_page.replace(f"/Contents {CONTENT} 0 R", f"/Contents {contents}")
    made.revise({**STAMPS[contents], PAGE: made.page()})
    sign(made)
    found = told(made.data)
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.classes == ("stamped_between", "later_signature")
