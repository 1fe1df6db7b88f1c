from __future__ import annotations

import pytest
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec

from tests.pades.changes_support import (
    APPEARANCE,
    FORM,
    NAME_FIELD,
    PAGE,
    SignedFile,
    catalog,
    drawn,
    form,
    page,
    shown,
    signature,
    signature_field,
    text_field,
)
from tests.pki.pdf import stream
from verifier.pades.changes import ChangeContext
from verifier.verdict import Change, Changes


def only(made: SignedFile, context: ChangeContext | None = None) -> Change:
    (change,) = made.changes(context)
    return change


def test_filled_field_tells_old_and_new_value() -> None:
    change = only(SignedFile.new().then({NAME_FIELD: text_field("Bob"), APPEARANCE: shown("Bob")}))
    assert (change.change_class, change.level) == ("form_filled", Changes.PERMITTED)
    assert change.params == {"field": "name", "page": "1", "old": "Ann", "new": "Bob"}


@pytest.mark.parametrize(
    ("field", "appearance"),
    [
        (text_field("Bob", ""), shown("Ann")),
        (text_field("Bob"), drawn("BT /Helv 12 Tf <42> Tj (o) Tj [(b)] TJ ET")),
        (text_field("Bob Lee"), drawn("q 1 g 0 0 150 20 re f Q BT /Helv 12 Tf (Bob) Tj T* (Lee) Tj ET")),
        (text_field("A\\(1\\)"), shown("A\\0501\\)")),
        (text_field("Bob", flags=132), shown("Bob")),
    ],
    ids=["no appearance", "split", "two lines", "escapes", "printing flags"],
)
def test_filling_is_allowed_however_it_is_drawn(field: bytes, appearance: bytes) -> None:
    assert SignedFile.new().then({NAME_FIELD: field, APPEARANCE: appearance}).classes() == ["form_filled"]


@pytest.mark.parametrize(
    ("field", "appearance", "wanted"),
    [
        (text_field("Ann"), shown("Eve"), "overlay"),
        (text_field("Ann"), drawn(""), "overlay"),
        (text_field("Bob"), shown("Eve"), "shadow_replace"),
        (text_field("Bob"), drawn("BT (Bob) Tj ET /Im0 Do"), "shadow_replace"),
        (text_field("Bob"), drawn("BT 3 Tr (Bob) Tj ET 0 0 m 1 1 2 2 3 3 c f"), "shadow_replace"),
        (text_field("Ann", ""), shown("Ann"), "overlay"),
        (text_field("Ann", rect="50 700 300 760"), shown("Ann"), "overlay"),
        (text_field("Ann", flags=6), shown("Ann"), "shadow_replace"),
        (text_field("Ann", "/AP << /N 22 0 R /D 24 0 R >>"), shown("Ann"), "overlay"),
        (text_field("Ann", "/AP << /N 22 0 R >> /Ff 8192"), shown("Ann"), "structure_changed"),
        (text_field("Ann", "/AP << /N 22 0 R >> /MK << /BG [0] >>"), shown("Ann"), "overlay"),
    ],
    ids=[
        "value kept",
        "blanked",
        "another text",
        "image",
        "drawn letters",
        "lost",
        "moved",
        "hidden",
        "rollover",
        "password",
        "ground",
    ],
)
def test_field_that_shows_something_else_is_suspicious(field: bytes, appearance: bytes, wanted: str) -> None:
    change = only(SignedFile.new().then({NAME_FIELD: field, APPEARANCE: appearance}))
    assert (change.change_class, change.level) == (wanted, Changes.SUSPICIOUS)


CMAP = stream(b"1 beginbfchar <0001> <0042> endbfchar 1 beginbfrange <0002> <0003> [<006F> <0062>] endbfrange")
WIDE = b"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 51 0 R >>"


@pytest.mark.parametrize(
    ("font", "codes", "wanted"),
    [
        (WIDE, "000100020003", "form_filled"),
        (WIDE, "000300020001", "shadow_replace"),
        (WIDE.replace(b"/ToUnicode 51 0 R", b""), "000700080009", "form_filled"),
        (WIDE.replace(b"/ToUnicode 51 0 R", b""), "00070008000900070008", "shadow_replace"),
    ],
    ids=["mapped", "mapped otherwise", "unmapped", "too many glyphs"],
)
def test_glyphs_are_read_through_the_font(font: bytes, codes: str, wanted: str) -> None:
    new = {
        NAME_FIELD: text_field("Bob", "/AP << /N 52 0 R >>"),
        50: font,
        51: CMAP,
        52: drawn(f"BT /Helv 12 Tf <{codes}> Tj ET").replace(b"/Helv 3 0 R", b"/Helv 50 0 R"),
    }
    assert SignedFile.new().then(new).classes() == [wanted]


@pytest.mark.parametrize(
    ("script", "drawing", "wanted"),
    [
        ("/AA << /F << /S /JavaScript >> >>", "$1,234.50", "form_filled"),
        ("/AA << /F << /S /JavaScript >> >>", "$9,234.50", "shadow_replace"),
        ("/AA << /F << /S /JavaScript >> >>", "lots", "shadow_replace"),
        ("", "$1,234.50", "shadow_replace"),
    ],
)
def test_formatted_field_may_show_its_number_with_separators(script: str, drawing: str, wanted: str) -> None:
    made = SignedFile.new({NAME_FIELD: text_field("1", f"/AP << /N 22 0 R >> {script}"), APPEARANCE: shown("1")})
    made.then({NAME_FIELD: text_field("1234.5", f"/AP << /N 22 0 R >> {script}"), APPEARANCE: shown(drawing)})
    assert made.classes() == [wanted]


OPTIONS = b"/Opt [[(a) (Hanoi)] [(b) (Hue)]]"
CHOICE = b"<< /Subtype /Widget /FT /Ch /T (name) /Rect [9 9 99 99] /V %b /AP << /N 22 0 R >> " + OPTIONS + b" >>"


@pytest.mark.parametrize(
    ("value", "drawing", "wanted"),
    [
        (b"(b)", "Hue", "form_filled"),
        (b"(b)", "Hanoi Hue", "form_filled"),
        (b"[(a) (b)]", "Hanoi Hue", "form_filled"),
        (b"(b)", "Saigon", "shadow_replace"),
        (b"(b)", "", "shadow_replace"),
    ],
)
def test_choice_shows_its_options(value: bytes, drawing: str, wanted: str) -> None:
    made = SignedFile.new({NAME_FIELD: CHOICE % b"(a)", APPEARANCE: shown("Hanoi")})
    assert made.then({NAME_FIELD: CHOICE % value, APPEARANCE: shown(drawing)}).classes() == [wanted]


BOX = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (box) /V /%b /AS /%b /Rect [9 9 19 19] /AP << /N %b >> >>"
STATES = b"<< /On 22 0 R /Off 24 0 R >>"


@pytest.mark.parametrize(
    ("state", "appearances", "wanted"),
    [
        (b"On", STATES, ["form_filled"]),
        (b"On", b"<< /On 24 0 R /Off 24 0 R >>", ["shadow_replace"]),
        (b"Off", b"<< /On 24 0 R /Off 22 0 R >>", ["overlay"]),
        (b"Off", STATES, []),
    ],
)
def test_button_may_be_pressed_but_not_painted(state: bytes, appearances: bytes, wanted: list[str]) -> None:
    first = {FORM: form("21 0 R 50 0 R"), PAGE: page(annots="[21 0 R 50 0 R]"), 50: BOX % (b"Off", b"Off", STATES)}
    assert SignedFile.new(first).then({50: BOX % (state, state, appearances)}).classes() == wanted


@pytest.mark.parametrize(
    ("objects", "wanted", "level"),
    [
        ({FORM: form("21 0 R 50 0 R"), 50: text_field("x", "", rect="0 0 0 0")}, "field_added", Changes.PERMITTED),
        ({FORM: form("21 0 R 50 0 R"), 50: text_field("x")}, "overlay", Changes.SUSPICIOUS),
        ({FORM: form("")}, "field_removed", Changes.SUSPICIOUS),
        ({NAME_FIELD: text_field("Ann").replace(b"/Tx", b"/Ch")}, "structure_changed", Changes.SUSPICIOUS),
        ({FORM: form(extra="/NeedAppearances true")}, "", Changes.NONE),
        ({FORM: form(extra="/CO [21 0 R]")}, "structure_changed", Changes.SUSPICIOUS),
        ({FORM: form().replace(b"/Helv 3 0 R", b"/Helv 3 0 R /ZaDb 3 0 R")}, "", Changes.NONE),
        ({FORM: form().replace(b"/Helv 3 0 R", b"/Helv << /Type /Font >>")}, "font_changed", Changes.SUSPICIOUS),
    ],
)
def test_form_around_the_fields(objects: dict[int, bytes], wanted: str, level: Changes) -> None:
    if 50 in objects:
        objects = {50: objects[50].replace(b"(name)", b"(other)"), FORM: objects[FORM]}
    made = SignedFile.new().then(objects)
    assert (made.classes(), made.level()) == ([wanted] if wanted else [], level)


def test_redrawing_a_field_that_showed_something_else_is_a_shadow() -> None:
    made = SignedFile.new({APPEARANCE: shown("Eve")}).then({FORM: form(extra="/NeedAppearances true")})
    assert only(made).change_class == "shadow_replace"


KIDS = b"<< /FT /Tx /T (name) /V (%b) /Kids [51 0 R 52 0 R] >>"
KID = b"<< /Subtype /Widget /Parent 50 0 R /Rect [9 9 99 %d] /AP << /N 22 0 R >> %b >>"


@pytest.mark.parametrize(
    ("objects", "wanted"),
    [
        ({50: KIDS % b"Bob", 22: shown("Bob")}, ["form_filled"]),
        ({50: KIDS % b"Bob", 22: shown("Eve")}, ["shadow_replace"]),
        ({22: shown("Eve")}, ["overlay"]),
        ({52: KID % (500, b"")}, ["overlay"]),
        ({50: KIDS.replace(b" 52 0 R", b"") % b"Ann"}, ["overlay"]),
        ({51: KID % (50, b"/M (D:2026)")}, []),
    ],
    ids=["filled", "filled otherwise", "drawn otherwise", "moved", "widget gone", "dated"],
)
def test_field_with_two_widgets(objects: dict[int, bytes], wanted: list[str]) -> None:
    first = {FORM: form("50 0 R"), 50: KIDS % b"Ann", 51: KID % (50, b""), 52: KID % (60, b"")}
    assert SignedFile.new({PAGE: page(annots="[51 0 R 52 0 R]"), **first}).then(objects).classes() == wanted


def test_field_below_another_is_named_in_full() -> None:
    inner = {FORM: form("50 0 R"), 50: b"<< /T (top) /FT /Tx /Kids [21 0 R] >>"}
    field = text_field("Ann").replace(b"/FT /Tx ", b"/Parent 50 0 R ")
    made = SignedFile.new({**inner, NAME_FIELD: field})
    made.then({NAME_FIELD: field.replace(b"Ann", b"Bob"), APPEARANCE: shown("Bob")})
    assert only(made).params["field"] == "top.name"


def test_inner_node_may_not_hand_down_something_else() -> None:
    first = {
        FORM: form("50 0 R"),
        50: b"<< /T (top) /Kids [21 0 R] /DA (/Helv 12 Tf) >>",
    }
    made = SignedFile.new(first).then({50: b"<< /T (top) /Kids [21 0 R] /DA (/Helv 99 Tf) >>"})
    assert (only(made).change_class, only(made).params["field"]) == ("structure_changed", "top")


FILLED = {NAME_FIELD: text_field("Bob"), APPEARANCE: shown("Bob")}
STORED = {1: catalog("/DSS << /Certs [] >>")}
SIGNED = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Second", "/V 51 0 R"), 51: signature()}
STAMPED = {
    FORM: form("21 0 R 50 0 R"),
    50: signature_field("Stamp", "/V 51 0 R"),
    51: signature("DocTimeStamp", "ETSI.RFC3161"),
}
NOTE = b"<< /Type /Annot /Subtype /%b /Rect [70 700 300 750] >>"


class TestPermissions:
    @pytest.mark.parametrize(
        ("permission", "objects", "wanted"),
        [
            (1, STORED, "lta_updates"),
            (1, STAMPED, "lta_updates"),
            (1, SIGNED, "docmdp_violated"),
            (1, FILLED, "docmdp_violated"),
            (2, FILLED, "form_filled"),
            (2, SIGNED, "later_signature"),
            (3, FILLED, "form_filled"),
        ],
    )
    def test_certification_is_enforced(self, permission: int, objects: dict[int, bytes], wanted: str) -> None:
        change = only(SignedFile.new().then(objects), ChangeContext(doc_mdp=permission))
        assert change.change_class == wanted
        assert (change.level is Changes.SUSPICIOUS) == (wanted == "docmdp_violated")

    @pytest.mark.parametrize(
        ("permission", "subtype", "wanted", "level"),
        [
            (2, b"Highlight", "docmdp_violated", Changes.SUSPICIOUS),
            (3, b"Highlight", "annotation_added", Changes.PERMITTED),
            (3, b"FreeText", "evil_annotation", Changes.SUSPICIOUS),
        ],
    )
    def test_annotations_need_permission_3(self, permission: int, subtype: bytes, wanted: str, level: Changes) -> None:
        made = SignedFile.new().then({PAGE: page(annots="[21 0 R 50 0 R]"), 50: NOTE % subtype})
        change = only(made, ChangeContext(doc_mdp=permission))
        assert (change.change_class, change.level) == (wanted, level)

    def test_hidden_annotation_covers_nothing(self) -> None:
        note = (NOTE % b"FreeText").replace(b"/Rect", b"/F 2 /Rect")
        made = SignedFile.new().then({PAGE: page(annots="[21 0 R 50 0 R]"), 50: note})
        assert only(made, ChangeContext(doc_mdp=3)).change_class == "annotation_added"

    @pytest.mark.parametrize(
        ("lock", "wanted"),
        [
            (FieldMDPSpec(FieldMDPAction.ALL), "fieldmdp_violated"),
            (FieldMDPSpec(FieldMDPAction.INCLUDE, ["name"]), "fieldmdp_violated"),
            (FieldMDPSpec(FieldMDPAction.INCLUDE, ["other"]), "form_filled"),
            (FieldMDPSpec(FieldMDPAction.EXCLUDE, ["name"]), "form_filled"),
        ],
    )
    def test_locked_field_may_not_be_filled(self, lock: FieldMDPSpec, wanted: str) -> None:
        change = only(SignedFile.new().then(FILLED), ChangeContext(field_locks=(lock,)))
        assert change.change_class == wanted

    def test_new_signature_field_is_not_locked(self) -> None:
        lock = FieldMDPSpec(FieldMDPAction.ALL)
        assert SignedFile.new().then(SIGNED).classes(ChangeContext(field_locks=(lock,))) == ["later_signature"]
