"""Signature fields (ISO 32000-2 12.7.5.5): the ones that are there, and one more with its widget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject

from verifier.errors import CouldNotIssue
from verifier.signing.pdf.pages import Page, pages
from verifier.signing.pdf.syntax import array, copied, dictionary, plain, reference_of, text
from verifier.signing.pdf.update import Update, raw
from verifier.signing.records import MM_PER_POINT

PRINT_AND_LOCKED = 1 << 2 | 1 << 7
"""Annotation flags (table 167): the mark is printed and cannot be moved."""

SIGNATURES_EXIST_APPEND_ONLY = 0b11
"""/SigFlags (table 225)."""

DEEPEST_FORM, MAX_FIELDS = 50, 100_000


@dataclass(frozen=True)
class FormField:
    """A node of the form's tree."""

    name: str
    """Full name, parts joined by points (12.7.4.2)."""
    where: IndirectObject | None
    dictionary: DictionaryObject
    kind: str
    """/FT, inherited, with its slash."""
    filled: bool
    terminal: bool
    """Whether no named field stands below."""
    children: tuple[IndirectObject, ...] = ()
    """Widgets below it, where they are objects of their own."""

    @property
    def is_empty_signature(self) -> bool:
        """Whether it waits for a signature."""
        return self.kind == "/Sig" and self.terminal and not self.filled


def fields(update: Update) -> Iterator[FormField]:
    """Yield every field of the form, those above others too."""
    form = update.entry(update.root, "/AcroForm")
    listed = update.entry(form, "/Fields") if isinstance(form, DictionaryObject) else None
    seen: set[object] = set()
    for value in list.__iter__(listed) if isinstance(listed, ArrayObject) else ():
        yield from _below(update, value, FormField("", None, DictionaryObject(), "", False, True), seen, 0)


def _below(update: Update, value: Any, above: FormField, seen: set[object], depth: int) -> Iterator[FormField]:
    node, where = update.read(value), reference_of(value)
    circle = where is not None and where in seen
    if not isinstance(node, DictionaryObject) or depth > DEEPEST_FORM or len(seen) > MAX_FIELDS or circle:
        return
    seen.add(where or id(node))
    part = update.entry(node, "/T")
    name = ".".join(filter(None, (above.name, "" if part is None else str(part))))
    listed = update.entry(node, "/Kids")
    kids = list(list.__iter__(listed)) if isinstance(listed, ArrayObject) else []
    read = [(kid, update.read(kid)) for kid in kids]
    named = [kid for kid, each in read if isinstance(each, DictionaryObject) and "/T" in each]
    found = FormField(
        name=name,
        where=value if isinstance(value, IndirectObject) else None,
        dictionary=node,
        kind=str(update.entry(node, "/FT") or above.kind),
        filled=above.filled or update.entry(node, "/V") is not None,
        terminal=not named,
        children=tuple(kid for kid, _ in read if isinstance(kid, IndirectObject) and kid not in named),
    )
    yield found
    for kid in named:
        yield from _below(update, kid, found, seen, depth + 1)


def widget_of(update: Update, field: FormField) -> tuple[IndirectObject, DictionaryObject] | None:
    """Return the one widget of a field; None where it has several, or one that is no object of its own."""
    if field.children:
        node = update.read(field.children[0]) if len(field.children) == 1 else None
        return (field.children[0], node) if isinstance(node, DictionaryObject) else None
    return (field.where, field.dictionary) if field.where is not None else None


def shown_at(update: Update, field: FormField) -> tuple[Page, tuple[float, float]] | None:
    """Return the page that shows a field, and its width and height there in millimetres; None for an invisible one."""
    found = widget_of(update, field)
    if found is None:
        return None
    where, node = found
    corners = update.entry(node, "/Rect")
    left, bottom, right, top = (
        map(float, corners) if isinstance(corners, ArrayObject) and len(corners) == 4 else (0,) * 4
    )
    for one in pages(update):
        listed = update.entry(one.dictionary, "/Annots")
        if isinstance(listed, ArrayObject) and where in list.__iter__(listed):
            scale = MM_PER_POINT * one.unit
            sides = (abs(right - left) * scale, abs(top - bottom) * scale)
            seen = sides[::-1] if one.turned in (90, 270) else sides
            return (one, (seen[0], seen[1])) if min(sides) > 0 else None
    return None


@dataclass(frozen=True)
class Widget:
    """What a new field looks like."""

    page: Page
    rectangle: tuple[float, float, float, float]
    appearance: IndirectObject | None
    """The form XObject; None for an invisible field."""
    told: str = ""
    """/TU: what is read out in the field's place (12.7.4.1, table 226)."""
    lang: str = ""


def add_field(update: Update, name: str, value: IndirectObject, widget: Widget) -> IndirectObject:
    """Add a signature field with its value; CouldNotIssue field-name-taken, not-extendable."""
    if any(one.name == name or one.name.startswith(f"{name}.") for one in fields(update)):
        raise CouldNotIssue("field-name-taken", "The document has a field with this name.", field=name)
    page = widget.page
    if page.where is None:
        raise CouldNotIssue("not-extendable", "A page stands directly in the page tree.", hindrance="damaged-xref")
    made = update.add(
        dictionary(
            Type="/Annot",
            Subtype="/Widget",
            FT="/Sig",
            T=text(name),
            V=value,
            F=PRINT_AND_LOCKED,
            P=page.where,
            Rect=array(widget.rectangle),
            AP=dictionary(N=widget.appearance) if widget.appearance is not None else None,
            TU=text(widget.told) if widget.told else None,
            Lang=text(widget.lang) if widget.lang else None,
        )
    )
    _list_in_form(update, made)
    _show_on_page(update, page, made)
    return made


def _list_in_form(update: Update, field: IndirectObject) -> None:
    root = update.root
    old_raw = raw(root, "/AcroForm")
    old = update.read(old_raw)
    form = copied(old) if isinstance(old, DictionaryObject) else DictionaryObject()
    listed_raw = raw(form, "/Fields")
    listed = update.read(listed_raw)
    items = ArrayObject([*(list.__iter__(listed) if isinstance(listed, ArrayObject) else ()), field])
    if isinstance(listed_raw, IndirectObject) and isinstance(listed, ArrayObject):
        update.put(listed_raw, items)
    else:
        form["/Fields"] = items
    flags = update.entry(form, "/SigFlags")
    form["/SigFlags"] = NumberObject(SIGNATURES_EXIST_APPEND_ONLY | (int(flags) if isinstance(flags, int) else 0))
    if isinstance(old_raw, IndirectObject) and isinstance(old, DictionaryObject):
        update.put(old_raw, form)
        return
    changed = copied(root)
    changed["/AcroForm"] = form if isinstance(old, DictionaryObject) else update.add(form)
    update.put(update.reader.trailer.raw_get("/Root"), changed)


def _show_on_page(update: Update, page: Page, widget: IndirectObject) -> None:
    """List the widget among the page's annotations, in an array of the page's own: another may share the old one."""
    assert page.where is not None
    changed = copied(update.read(page.where))
    listed = update.entry(changed, "/Annots")
    items = list(list.__iter__(listed)) if isinstance(listed, ArrayObject) else []
    changed["/Annots"] = ArrayObject([*items, widget])
    update.put(page.where, changed)


def fill_field(update: Update, field: FormField, value: IndirectObject, appearance: IndirectObject | None) -> None:
    """Give an empty signature field its value and, where it shows, its appearance."""
    widget = widget_of(update, field)
    if field.where is None or widget is None:
        raise CouldNotIssue("not-extendable", "The empty field cannot be filled.", hindrance="docmdp-2-no-field")
    changed = copied(field.dictionary)
    changed["/V"] = value
    update.put(field.where, changed)
    if appearance is not None:
        where, node = widget
        shown = copied(update.read(where) if where == field.where else node)
        shown["/AP"] = dictionary(N=appearance)
        update.put(where, shown)
    form_raw = raw(update.root, "/AcroForm")
    form = copied(update.read(form_raw))
    if update.entry(form, "/SigFlags") != SIGNATURES_EXIST_APPEND_ONLY and isinstance(form_raw, IndirectObject):
        form["/SigFlags"] = plain(SIGNATURES_EXIST_APPEND_ONLY)
        update.put(form_raw, form)
