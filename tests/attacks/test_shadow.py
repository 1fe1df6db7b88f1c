"""Later revisions change what is shown or offered: hide, replace, hide-and-replace, objects that swap their roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.support import (
    ACTION,
    AMOUNT,
    AMOUNT_SHOWN,
    CONTENT,
    DESCRIPTOR,
    DRAWING,
    ELEMENT,
    FILE,
    FILE_SPEC,
    FONT_FILE,
    IMAGE,
    INFO,
    LAYER,
    NAMES,
    OTHER_FONT,
    PAGE,
    RESOURCE_ENTRIES,
    RESOURCES,
    SPARE_CONTENT,
    SPARE_PAGE,
    SPARE_TREE,
    STRUCTURE,
    TEXT,
    XFA,
    Rich,
    amount,
    drawn,
    layers,
    picture,
    shown,
    signed_rich,
    told,
)
from tests.pki.pdf import CATALOG, FONT, PAGES, stream
from verifier.verdict import Changes, Conclusion

NEW = 90
Forged = Callable[[Rich], dict[int, bytes]]
RESOURCES_AS_TREE = f"/Type /Pages /Kids [{PAGE} 0 R] /Count 1 {RESOURCE_ENTRIES}".replace(
    f"/F1 {FONT}", f"/F1 {OTHER_FONT}"
)


def on_page(entry: str) -> Forged:
    return lambda made: {PAGE: made.page(entry)}


def page_with(old: str, new: str) -> Forged:
    return lambda made: {PAGE: made.page(body=made.in_page.replace(old, new))}


def in_catalog(entry: str) -> Forged:
    return lambda made: {CATALOG: made.catalog(entry)}


def catalog_with(old: str, new: str) -> Forged:
    return lambda made: {CATALOG: made.catalog().replace(old.encode(), new.encode())}


def put(number: int, body: bytes | str) -> Forged:
    return lambda _: {number: body.encode() if isinstance(body, str) else body}


def both(*forged: Forged) -> Forged:
    return lambda made: {number: body for each in forged for number, body in each(made).items()}


def annotation(subtype: str, more: str = "/Rect [60 700 300 760]") -> Forged:
    body = f"<< /Type /Annot /Subtype /{subtype} {more} >>".encode()
    return lambda made: {
        NEW: body,
        PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % NEW),
    }


def form_with(old: str, new: str) -> Forged:
    return lambda made: {made.form: made.form_dictionary().replace(old.encode(), new.encode())}


SHOWN: dict[str, Forged] = {
    "page content": put(CONTENT, stream(TEXT.replace(b"Hello", b"Other"))),
    "content swapped": page_with(f"/Contents {CONTENT} 0 R", f"/Contents {SPARE_CONTENT} 0 R"),
    "content array": page_with(f"/Contents {CONTENT} 0 R", f"/Contents [{CONTENT} 0 R {SPARE_CONTENT} 0 R]"),
    "content removed": page_with(f"/Contents {CONTENT} 0 R", ""),
    "rotation": on_page("/Rotate 180"),
    "crop box": on_page("/CropBox [0 0 10 10]"),
    "media box": page_with("595", "59"),
    "user unit": on_page("/UserUnit 4"),
    "page group": on_page("/Group << /S /Transparency >>"),
    "page action": on_page("/AA << /O << /S /JavaScript /JS (x) >> >>"),
    "resources swapped": page_with(f"/Resources {RESOURCES} 0 R", f"/Resources << /Font << /F1 {OTHER_FONT} 0 R >> >>"),
    "resources overwritten": put(RESOURCES, f"<< {RESOURCE_ENTRIES} /Font << /F1 {OTHER_FONT} 0 R >> >>"),
    "font": put(FONT, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"),
    "font program": put(FONT_FILE, stream(b"swapped")),
    "drawing": put(DRAWING, drawn("0 0 400 400 re f")),
    "image": put(IMAGE, picture(b"1")),
    "image freed": put(IMAGE, "null"),
    "page swapped for a prepared one": put(PAGES, f"<< /Type /Pages /Kids [{SPARE_PAGE} 0 R] /Count 1 >>"),
    "page prepended": put(PAGES, f"<< /Type /Pages /Kids [{SPARE_PAGE} 0 R {PAGE} 0 R] /Count 2 >>"),
    "page removed": put(PAGES, "<< /Type /Pages /Kids [] /Count 0 >>"),
    "inherited rotation": put(PAGES, f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Rotate 90 >>"),
    "layer switched off": catalog_with(layers(), layers(f"{LAYER} 0 R")),
    "layer usage": put(LAYER, "<< /Type /OCG /Name (layer) /Usage << /View << /ViewState /OFF >> >> >>"),
    "attachment": put(FILE, stream(b"replaced")),
    "attachment's name": put(FILE_SPEC, f"<< /Type /Filespec /F (b.txt) /EF << /F {FILE} 0 R >> >>"),
    "names": put(NAMES, "<< /JavaScript << /Names [(x) << /S /JavaScript /JS (x) >>] >> >>"),
    "XFA": put(XFA, stream(b"<xdp:other/>")),
    "language": catalog_with("/Lang (vi)", "/Lang (en)"),
    "text for screen readers": put(
        ELEMENT, f"<< /Type /StructElem /S /P /P {STRUCTURE} 0 R /Pg {PAGE} 0 R /K 0 /ActualText (Other) >>"
    ),
    "script on opening": in_catalog("/OpenAction << /S /JavaScript /JS (x) >>"),
    "actions of the document": in_catalog("/AA << /WC << /S /JavaScript /JS (x) >> >>"),
    "page labels": in_catalog("/PageLabels << /Nums [0 << /P (9-) >>] >>"),
    "outline": in_catalog("/Outlines << /Type /Outlines >>"),
    "link target": put(ACTION, "<< /S /URI /URI (https://evil.example/) >>"),
    "link becomes a script": put(ACTION, "<< /S /JavaScript /JS (x) >>"),
    "field rectangle": put(AMOUNT, amount().replace(b"[50 50 200 70]", b"[50 500 200 520]")),
    "field hidden": put(AMOUNT, amount(flags=6)),
    "field read only and script": put(AMOUNT, amount(extra="/AA << /F << /S /JavaScript /JS (x) >> >>")),
    "field with an action": put(AMOUNT, amount(extra="/A << /S /Launch /F (x) >>")),
    "field shows another value": put(AMOUNT_SHOWN, shown("9999")),
    "field shows a drawing": put(AMOUNT_SHOWN, drawn("/Fm1 Do")),
    **{
        f"{kind} over the text": annotation(kind)
        for kind in ("FreeText", "Stamp", "Redact", "Square", "Widget", "Watermark")
    },
    "link added": annotation("Link", "/Rect [60 700 300 760] /A << /S /URI /URI (https://evil.example/) >>"),
    "pop-up": annotation("Popup"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_shown_or_offered_may_change(name: str) -> None:
    made = signed_rich()
    made.revise(SHOWN[name](made))
    found = told(made.data)
    assert found.changes is Changes.SUSPICIOUS
    assert found.conclusion is Conclusion.INDETERMINATE


ROLES: dict[str, Forged] = {
    "resources become the page tree": both(
        catalog_with(f"/Pages {PAGES} 0 R", f"/Pages {RESOURCES} 0 R"), put(RESOURCES, f"<< {RESOURCES_AS_TREE} >>")
    ),
    "a font becomes a node of the form": both(
        form_with(f"[{AMOUNT} 0 R", f"[{FONT} 0 R"),
        put(FONT, f"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol /Kids [{AMOUNT} 0 R] >>"),
    ),
    "a font becomes an annotation": both(
        lambda made: {PAGE: made.page().replace(b"/Annots [", b"/Annots [%d 0 R " % FONT)},
        put(FONT, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"),
    ),
    "prepared page tree": catalog_with(f"/Pages {PAGES} 0 R", f"/Pages {SPARE_TREE} 0 R"),
    "new page tree": both(
        catalog_with(f"/Pages {PAGES} 0 R", f"/Pages {NEW} 0 R"),
        put(NEW, f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Rotate 180 >>"),
    ),
    "new page tree, known to the page": both(
        catalog_with(f"/Pages {PAGES} 0 R", f"/Pages {NEW} 0 R"),
        put(NEW, f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Rotate 180 >>"),
        lambda made: {PAGE: made.page().replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % NEW)},
    ),
    "another parent": lambda made: {PAGE: made.page().replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % SPARE_TREE)},
    "another grandparent": put(PAGES, f"<< /Type /Pages /Parent {SPARE_TREE} 0 R /Kids [{PAGE} 0 R] /Count 1 >>"),
}


@pytest.mark.parametrize("permission", [0, 3])
@pytest.mark.parametrize("name", ROLES)
def test_an_object_keeps_the_role_in_which_it_was_signed(name: str, permission: int) -> None:
    made = signed_rich(permission=permission)
    made.revise(ROLES[name](made))
    assert told(made.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize("permission", [0, 3])
def test_resources_are_not_inherited_from_a_node_that_only_the_page_names(permission: int) -> None:
    tree = f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Resources {RESOURCES} 0 R >>".encode()
    body = f"/MediaBox [0 0 595 842] /Contents {CONTENT} 0 R"
    made = signed_rich({PAGES: tree}, permission, in_page=body)
    evil = f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Resources << /Font << /F1 {OTHER_FONT} 0 R >> >> >>".encode()
    made.revise({NEW: evil, PAGE: made.page().replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % NEW)})
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_a_parent_that_stands_outside_of_the_tree_may_not_change() -> None:
    made = signed_rich()
    outside = Rich.page(made).replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % SPARE_TREE)
    sloppy = signed_rich({PAGE: outside})
    assert told(sloppy.data).conclusion is Conclusion.TOTAL_PASSED
    sloppy.revise({SPARE_TREE: f"<< /Type /Pages /Kids [{PAGE} 0 R] /Count 1 /Rotate 90 >>".encode(), PAGE: outside})
    assert told(sloppy.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize("spelled", ["/Contents {} 0 R", "/Cont#65nts {} 0 R", "/Contents {} 0 R % comment\n"])
def test_a_key_may_not_stand_twice_however_it_is_spelled(spelled: str) -> None:
    made = signed_rich()
    made.revise({PAGE: made.page(spelled.format(SPARE_CONTENT))})
    assert told(made.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize("spelled", ["/Root", "/R#6fot"])
def test_the_trailer_may_not_name_two_catalogs(spelled: str) -> None:
    made = signed_rich()
    made.in_trailer += f" {spelled} {NEW} 0 R"
    made.revise({NEW: made.catalog().replace(b"/Pages 2 0 R", b"/Pages %d 0 R" % SPARE_TREE)})
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_the_trailer_may_not_name_another_catalog() -> None:
    made = signed_rich()
    body = made.catalog().replace(b"/Pages 2 0 R", b"/Pages %d 0 R" % SPARE_TREE)
    made.revise({NEW: body})
    made.data = made.data[:-200] + made.data[-200:].replace(b"/Root 1 0 R", b"/Root %d 0 R" % NEW)
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_an_object_that_is_document_information_and_an_action_may_not_change() -> None:
    made = signed_rich(in_trailer=f"/Info {ACTION} 0 R")
    made.revise({ACTION: b"<< /S /URI /URI (https://evil.example/) >>"})
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_an_action_may_not_become_document_information() -> None:
    made = signed_rich({ACTION: b"<< /URI (https://good.example/) >>", INFO: b"<< /URI (x) >>"})
    made.in_trailer = f"/Info {ACTION} 0 R"
    made.revise({ACTION: b"<< /URI (https://evil.example/) >>"})
    assert told(made.data).changes is Changes.SUSPICIOUS


HIDING = {
    "white": shown("1000", "1 g"),
    "white in RGB": shown("1000", "1 1 1 rg"),
    "white in CMYK": shown("1000", "0 0 0 0 k"),
    "invisible": shown("1000", "3 Tr"),
    "overpainted": shown("1000", "", "1 g 0 0 150 20 re f"),
    "transparent": shown("1000", "/G gs"),
    "narrow": shown("1000", "1 Tz"),
    "tiny": drawn("/Tx BMC BT /Helv 0.1 Tf 2 5 Td (1000) Tj ET EMC"),
    "shrunk": drawn("/Tx BMC BT /Helv 12 Tf 0.01 0 0 0.01 2 5 Tm (1000) Tj ET EMC"),
    "far away": drawn("/Tx BMC BT /Helv 12 Tf 900 900 Td (1000) Tj ET EMC"),
    "outside of the box": drawn("/Tx BMC BT /Helv 12 Tf 2 5 Td (1000) Tj ET EMC", "/BBox [900 900 1050 920]"),
    "in a huge box": drawn("/Tx BMC BT /Helv 12 Tf 2 5 Td (1000) Tj ET EMC", "/BBox [0 0 15000 2000]"),
    "turned away": drawn("BT /Helv 12 Tf 2 5 Td (1000) Tj ET", "/BBox [0 0 150 20] /Matrix [0 0 0 0 0 0]"),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_field_may_not_be_drawn_anew_so_that_its_value_cannot_be_read(name: str) -> None:
    made = signed_rich()
    made.revise({AMOUNT_SHOWN: HIDING[name]})
    assert told(made.data).changes is Changes.SUSPICIOUS


@pytest.mark.parametrize(
    "drawing",
    [
        shown("1000", "0 g"),
        drawn("1 g 0 0 150 20 re f /Tx BMC q 1 1 148 18 re W n BT 0 g /Helv 12 Tf 2 5 Td (1000) Tj ET Q EMC"),
        drawn("0 0 0.5 rg 0 0 150 20 re f BT 1 g /Helv 12 Tf 1 0 0 1 2 5 Tm (1000) Tj ET"),
        drawn("BT /Helv 12 Tf 2 5 Td (1000) Tj ET", "/BBox [0 0 151 21]"),
        drawn("BT /Helv 12 Tf 2 5 Td (1000) Tj ET", "/BBox [0 0 20 150] /Matrix [0 1 -1 0 20 0]"),
    ],
)
def test_a_field_may_be_drawn_anew_so_that_it_can_be_read(drawing: bytes) -> None:
    made = signed_rich()
    made.revise({AMOUNT_SHOWN: drawing})
    assert told(made.data).changes is Changes.PERMITTED


STYLES: dict[str, Forged] = {
    "style": both(
        form_with("/SigFlags 3", "/NeedAppearances true /SigFlags 3"), put(AMOUNT, amount().replace(b"0 g", b"1 g"))
    ),
    "font": both(
        form_with(f"/Helv {FONT} 0 R", f"/Helv {FONT} 0 R /Evil {OTHER_FONT} 0 R"),
        put(AMOUNT, amount().replace(b"/Helv 12", b"/Evil 12")),
    ),
    "flags that are none": put(AMOUNT, amount().replace(b"/F 4", b"/F (evil.exe)")),
    "state that is none": put(AMOUNT, amount(extra="/AS [1 2]")),
}


@pytest.mark.parametrize("name", STYLES)
def test_a_field_keeps_its_style(name: str) -> None:
    made = signed_rich()
    made.revise(STYLES[name](made))
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_a_form_keeps_the_style_that_fields_take_from_it() -> None:
    made = signed_rich({AMOUNT: amount().replace(b"/DA (/Helv 12 Tf 0 g)", b"")})
    made.revise({made.form: made.form_dictionary("/NeedAppearances true").replace(b"Tf 0 g", b"Tf 1 g")})
    assert told(made.data).changes is Changes.SUSPICIOUS


FONTS = {
    "its own program": f"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor {DESCRIPTOR} 0 R >>",
    "its own drawings": "<< /Type /Font /Subtype /Type3 /CharProcs << >> /FontMatrix [1 0 0 1 0 0] >>",
    "its own encoding": (
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine] >> >>"
    ),
}


@pytest.mark.parametrize("name", FONTS)
def test_a_field_may_not_be_drawn_anew_with_a_font_that_brings(name: str) -> None:
    made = signed_rich()
    drawing = shown("1000").replace(b"/Helv %d 0 R" % FONT, b"/Helv %d 0 R" % NEW)
    made.revise({AMOUNT_SHOWN: drawing, NEW: FONTS[name].encode()})
    assert told(made.data).changes is Changes.SUSPICIOUS


def test_a_field_may_be_drawn_anew_with_a_standard_font() -> None:
    made = signed_rich()
    drawing = shown("1000").replace(b"/Helv %d 0 R" % FONT, b"/Helv %d 0 R" % NEW)
    made.revise({AMOUNT_SHOWN: drawing, NEW: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"})
    assert told(made.data).changes is Changes.PERMITTED
