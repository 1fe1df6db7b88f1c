"""What changed in the interactive form: signature fields, filled fields, added and removed ones (ISO 32000-2 12.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifier.pades.changes.annotations import acts, is_visible, rectangle
from verifier.pades.changes.appearance import draws, shown_text, shows
from verifier.pades.changes.delta import Delta, permitted, suspicious, validation_data
from verifier.pades.changes.layout import Field
from verifier.pades.changes.objects import entries, references, text
from verifier.pades.changes.pair import Pair
from verifier.pades.changes.syntax import Ref

HARMLESS_KEYS = frozenset({"/P", "/Parent", "/Kids", "/M", "/NM", "/StructParent", "/Type"})
"""Field and widget entries that show nothing, or that are compared through the layout."""

FORM_HARMLESS_KEYS = frozenset({"/Fields", "/SigFlags", "/Q"})
"""Entries of the form dictionary that tools add when they fill or sign."""

SIGNING_KEYS = frozenset({
    "/V", "/AP", "/AS", "/F", "/Ff", "/MK", "/DA", "/DR", "/Q", "/Lock", "/SV", "/Rect", "/BS", "/Border", "/H", "/TU",
})  # fmt: skip
"""Entries that tools write into an empty signature field when they sign it."""

FILLING_KEYS = frozenset({"/V", "/AP", "/AS", "/F", "/Ff", "/DA", "/Q", "/RV", "/I", "/TI"})
"""Entries that tools write into a field when they fill it."""

FILLING_TYPES = {"/F": int | None, "/Ff": int | None, "/Q": int | None, "/TI": int | None, "/AS": str | None}

OWN_GLYPHS = frozenset({"/FontDescriptor", "/DescendantFonts", "/ToUnicode", "/CharProcs"})
"""Entries of a font that brings its glyphs, or says what they mean."""

LOCKING_FLAGS = 0b1
"""Field flag ReadOnly (ISO 32000-2 table 227): set by tools that lock a field."""

REVEALING_FLAGS = 0b100100010
"""Annotation flags Hidden, NoView and ToggleNoView."""

LARGE_SHARE = 0.5
"""Share of a page from which on a signature's picture counts as covering the page."""


def form_deltas(pair: Pair) -> Iterator[Delta]:
    """Yield what changed in the form and its fields."""
    old, new = pair.was(pair.before.catalog.get("/AcroForm")), pair.now(pair.after.catalog.get("/AcroForm"))
    yield from _form_dictionary(pair, old, new)
    yield from _inner_nodes(pair)
    for name in {**pair.before.fields, **pair.after.fields}:
        yield from _namesakes(pair, pair.before.fields.get(name, []), list(pair.after.fields.get(name, [])))


def _namesakes(pair: Pair, before: list[Field], later: list[Field]) -> Iterator[Delta]:
    """Compare the fields of one name, of which there should be one: by reference, else in order."""
    pairs: list[tuple[Field, Field | None]] = []
    for field in sorted(before, key=lambda each: not any(each.ref == other.ref for other in later)):
        twin = next((each for each in later if each.ref == field.ref), later[0] if later else None)
        later = [each for each in later if each is not twin]
        pairs.append((field, twin))
    for field, twin in pairs:
        if twin is None:
            kind = "signature_removed" if _signed(pair, field) else "field_removed"
            yield suspicious(kind, field_name=field.name, field=field.name)
        elif _touched(pair, field, twin):
            yield from _field(pair, field, twin)
    for field in later:
        yield from _added(pair, field)


def _form_dictionary(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    if old is not None and not isinstance(new, dict):
        yield suspicious("structure_changed", object="AcroForm", kind="removed")
        return
    for key in sorted(pair.differing_keys(old, new) - FORM_HARMLESS_KEYS):
        before, after = entries(old).get(key), entries(new).get(key)
        if key == "/DR":
            yield from _default_resources(pair, before, after)
        elif key == "/XFA":
            yield suspicious("content_changed", kind="XFA")
        elif key == "/DA" and before is not None and _drawn_anew(pair, new):
            yield suspicious("overlay", object="AcroForm/DA")
        elif key == "/NeedAppearances":
            yield from _redrawn(pair, pair.now(after))
        elif key != "/DA":
            yield suspicious("structure_changed", object=f"AcroForm{key}")


def _drawn_anew(pair: Pair, form: dict[str, Any]) -> bool:
    """Whether viewers are to draw fields that take their style from the form."""
    fields = [field for fields in pair.before.fields.values() for field in fields if field.kind in ("Tx", "Ch")]
    return pair.now(form.get("/NeedAppearances")) is True and any("/DA" not in field.dictionary for field in fields)


def _redrawn(pair: Pair, wanted: Any) -> Iterator[Delta]:
    """With /NeedAppearances viewers draw fields from their values: those that showed something else are swapped."""
    fields = [field for fields in pair.before.fields.values() for field in fields if field.kind in ("Tx", "Ch")]
    for field in fields if wanted is True else []:
        value = _value_text(pair.was(field.value))
        drawn = [entries(pair.was(widget.get("/AP"))).get("/N") for _, widget in field.widgets]
        if not all(pair.was(each) is None or shows(pair.store, pair.old, each, value) for each in drawn):
            yield suspicious("shadow_replace", field_name=field.name, field=field.name, kind="NeedAppearances")


def _inner_nodes(pair: Pair) -> Iterator[Delta]:
    """Yield changes of field nodes that are no terminal fields; they hand down entries to those below."""
    terminal = {ref for fields in pair.before.fields.values() for field in fields for ref in field.refs}
    for ref in sorted((pair.touched & pair.before.field_nodes.keys()) - terminal):
        old, new = pair.store.value(ref, pair.old), pair.store.value(ref, pair.new)
        keys = pair.differing_keys(old, new) - HARMLESS_KEYS - {"/V"}
        if keys:
            name = pair.before.field_nodes[ref]
            yield suspicious("structure_changed", field=name, key=_spelled(keys))


def _spelled(keys: set[str]) -> str:
    return ", ".join(sorted(key.removeprefix("/") for key in keys))


def _default_resources(pair: Pair, before: Any, after: Any) -> Iterator[Delta]:
    """Resources may be added; a font that fields were shown with may not become another one."""
    old, new = entries(pair.was(before)), entries(pair.now(after))
    for category in sorted(pair.differing_keys(old, new)):
        one, other = pair.was(old.get(category)), pair.now(new.get(category))
        if category != "/Font" or one is None:
            continue
        for name in sorted(pair.differing_keys(one, other)):
            if pair.was(entries(one).get(name)) is not None and entries(other).get(name) is not None:
                yield suspicious("font_changed", object=f"AcroForm/DR/Font{name}")


def _touched(pair: Pair, field: Field, twin: Field) -> bool:
    written_inside = any(ref is None for ref, _ in [*field.widgets, *twin.widgets]) or field.ref is None
    refs = field.refs | twin.refs
    return (
        written_inside
        or field.refs != twin.refs
        or not refs.isdisjoint(pair.touched)
        or not pair.same(field.value, twin.value)
    )


def _signed(pair: Pair, field: Field) -> bool:
    return field.kind == "Sig" and isinstance(pair.was(field.value), dict)


def _field(pair: Pair, old: Field, new: Field) -> Iterator[Delta]:
    if _shares_appearance(pair, old, new):
        yield suspicious("shadow_replace", field_name=old.name, field=old.name, kind="shared_appearance")
    if old.kind != new.kind:
        yield suspicious("structure_changed", field_name=old.name, field=old.name, object="FT")
    elif old.kind == "Sig":
        yield from _signature_field(pair, old, new)
    else:
        yield from _filled_field(pair, old, new)


def _shares_appearance(pair: Pair, old: Field, new: Field) -> bool:
    """Whether an appearance dictionary that changes was also used by something else: a prepared swap."""
    trailer = references(
        [value for key, value in pair.store.trailer(pair.old).items() if key not in ("/Root", "/Info")]
    )
    for (_, before), (_, after) in zip(old.widgets, new.widgets, strict=False):
        shared = before.get("/AP")
        if isinstance(shared, Ref) and not pair.same(shared, after.get("/AP")):
            users = set(pair.store.users(shared, pair.old)) - old.refs
            if users or shared in trailer:
                return True
    return False


def _changed_keys(pair: Pair, old: Field, new: Field) -> set[str]:
    """Return the entries of the field and its widgets that differ; `widgets` where their number does."""
    keys = pair.differing_keys(old.dictionary, new.dictionary)
    if len(old.widgets) != len(new.widgets):
        keys.add("widgets")
    for (_, before), (_, after) in zip(old.widgets, new.widgets, strict=False):
        keys |= pair.differing_keys(before, after)
    return keys - HARMLESS_KEYS


def _signature_field(pair: Pair, old: Field, new: Field) -> Iterator[Delta]:
    before, after = pair.was(old.value), pair.now(new.value)
    keys = _changed_keys(pair, old, new)
    if before is None and isinstance(after, dict):
        yield from _signature_made(pair, new, locked_name=old.name)
        if keys - SIGNING_KEYS:
            yield suspicious("overlay", field=old.name, key=_spelled(keys - SIGNING_KEYS))
        return
    if before is not None and after is None:
        yield suspicious("signature_removed", field=old.name)
    elif before is not None and not pair.same(old.value, new.value):
        yield suspicious("signature_changed", field=old.name, key=_spelled(pair.differing_keys(before, after)))
    elif before is None and "/AP" in keys and any(_draws(pair, widget) for _, widget in new.widgets):
        yield suspicious("sneaky_signature", field=old.name)
    elif keys - {"/Ff", "/F", "/V", "/AP"} or ("/AP" in keys and _appearance_differs(pair, old, new)):
        yield suspicious("overlay", field=old.name, key=_spelled(keys))
    elif _reveals(pair, old, new):
        yield suspicious("shadow_replace", field=old.name, key="F")


def _added(pair: Pair, field: Field) -> Iterator[Delta]:
    value = pair.now(field.value)
    prepared = sorted(str(ref) for ref in field.refs if pair.existed(ref))
    if prepared:
        yield suspicious("shadow_replace", field=field.name, kind="prepared", object=", ".join(prepared))
    if any(acts(pair, part) for part in (field.dictionary, *(widget for _, widget in field.widgets))):
        yield suspicious("active_content", field=field.name, kind=field.kind)
    if field.kind == "Sig" and isinstance(value, dict):
        yield from _signature_made(pair, field)
    elif field.kind == "Sig" and not any(_draws(pair, widget) for _, widget in field.widgets):
        yield permitted("field_added", 2, field=field.name, kind="Sig")
    elif field.kind == "Sig":
        yield suspicious("sneaky_signature", field=field.name)
    elif any(is_visible(pair, widget) for _, widget in field.widgets):
        yield suspicious("overlay", field_name=field.name, field=field.name, kind=field.kind, page=_page(pair, field))
    else:
        yield permitted("field_added", 4, field=field.name, kind=field.kind)


def _signature_made(pair: Pair, field: Field, locked_name: str = "") -> Iterator[Delta]:
    """A new signature or document time stamp; its picture may be anything but a cover over the page.

    `locked_name` is the name of a field that stood there before, which an earlier signature may have locked.
    """
    value = entries(pair.now(field.value))
    # else nobody signed: the picture would come for nothing
    borrowed = isinstance(field.value, Ref) and pair.existed(field.value)
    if borrowed or "/V" not in field.dictionary:
        yield suspicious("sneaky_signature", field=field.name, page=_page(pair, field), kind="borrowed")
    sub_filter, kind = text(pair.now(value.get("/SubFilter"))), text(pair.now(value.get("/Type")))
    # anyone can get a time stamp, so it may show nothing
    detached = ("adbe.pkcs7.detached", "ETSI.CAdES.detached")
    stamp = sub_filter == "ETSI.RFC3161" or (kind == "DocTimeStamp" and sub_filter not in detached)
    if any((stamp and _draws(pair, widget)) or _covers(pair, ref, widget) for ref, widget in field.widgets):
        yield suspicious("sneaky_signature", field=field.name, page=_page(pair, field))
    if stamp:
        yield validation_data(kind="document_timestamp", field=field.name)
    else:
        yield permitted("later_signature", 2, field_name=locked_name, field=field.name, page=_page(pair, field))


def _covers(pair: Pair, ref: Ref | None, widget: dict[str, Any]) -> bool:
    if not is_visible(pair, widget) or not _draws(pair, widget):
        return False
    index = pair.after.annotations.get(ref) if ref is not None else None
    if index is None:
        return False
    page = pair.after.pages[index].dictionary
    left, bottom, right, top = rectangle(pair, widget)
    box = rectangle(pair, {"/Rect": page.get("/CropBox", page.get("/MediaBox"))})
    area = (box[2] - box[0]) * (box[3] - box[1])
    return area > 0 and (right - left) * (top - bottom) >= LARGE_SHARE * area


def _page(pair: Pair, field: Field) -> str:
    pages = [pair.after.annotations[ref] for ref, _ in field.widgets if ref in pair.after.annotations]
    return str(pages[0] + 1) if pages else ""


def _draws(pair: Pair, widget: dict[str, Any]) -> bool:
    normal = entries(pair.now(widget.get("/AP"))).get("/N")
    coloured = normal is None and "/BG" in entries(pair.now(widget.get("/MK")))
    return is_visible(pair, widget) and (coloured or draws(pair.store, pair.new, normal))


def _filled_field(pair: Pair, old: Field, new: Field) -> Iterator[Delta]:
    keys = _changed_keys(pair, old, new)
    value_changed = not pair.same(old.value, new.value)
    values = {"old": _value_text(pair.was(old.value)), "new": _value_text(pair.now(new.value))}
    style = {"/RV"} if pair.was(old.dictionary.get("/DA")) is None else {"/RV", "/DA", "/Q"}
    restyled = set() if value_changed else keys & style
    if foreign := keys - FILLING_KEYS | restyled | _mistyped(pair, new):
        yield suspicious("overlay", field_name=old.name, field=old.name, key=_spelled(foreign))
    elif _reveals(pair, old, new):
        yield suspicious("shadow_replace", field_name=old.name, field=old.name, key="F")
    elif _flags_change(pair, old, new):
        yield suspicious("structure_changed", field_name=old.name, field=old.name, key="Ff")
    elif "/AP" in keys and (fonts := _strange_fonts(pair, new, value_changed=value_changed)):
        yield suspicious("font_changed", field_name=old.name, field=old.name, object=", ".join(fonts))
    elif "/AP" in keys and not _shows_value(pair, old, new):
        kind = "overlay" if not value_changed else "shadow_replace"
        yield suspicious(kind, field_name=old.name, field=old.name, key="AP", page=_page(pair, new))
    elif value_changed or keys & {"/AP", "/AS"}:
        yield permitted("form_filled", 2, field_name=old.name, field=old.name, page=_page(pair, new), **values)


def _mistyped(pair: Pair, field: Field) -> set[str]:
    """Return entries that no viewer would read as those of a field: the object may serve as something else too."""
    parts = [field.dictionary, *(widget for _, widget in field.widgets)]
    return {
        key for key, kind in FILLING_TYPES.items() for part in parts if not isinstance(pair.now(part.get(key)), kind)
    }


def _overwritten_resources(pair: Pair, field: Field) -> list[str]:
    """Return what an appearance draws with and was itself written anew, as a font: the same text may look different."""
    found: set[Ref] = set()
    waiting = [ref for _, widget in field.widgets for ref in references(widget.get("/AP"))]
    while waiting:
        ref = waiting.pop()
        if ref not in found and ref not in pair.roots:
            found.add(ref)
            pair.store.budget.spend()
            waiting.extend(references(pair.store.value(ref, pair.new)))
    return sorted(
        str(ref)
        for ref in found & pair.changed
        if pair.existed(ref) and entries(pair.store.value(ref, pair.new)).get("/Subtype") != "/Form"
    )


def _strange_fonts(pair: Pair, field: Field, *, value_changed: bool) -> list[str]:
    return _overwritten_resources(pair, field) or ([] if value_changed else _foreign_fonts(pair, field))


def _foreign_fonts(pair: Pair, field: Field) -> list[str]:
    """Return the fonts of an appearance that came with it and have glyphs of their own: they may show anything."""
    found = []
    for _, widget in field.widgets:
        normal = entries(pair.now(entries(pair.now(widget.get("/AP"))).get("/N")))
        fonts = entries(pair.now(entries(pair.now(normal.get("/Resources"))).get("/Font")))
        for name, font in fonts.items():
            known = isinstance(font, Ref) and pair.existed(font)
            said = entries(pair.now(font))
            own = said.keys() & OWN_GLYPHS or isinstance(pair.now(said.get("/Encoding")), dict)
            if not known and (own or said.get("/Subtype") == "/Type3"):
                found.append(name)
    return found


def _value_text(value: Any) -> str:
    return ", ".join(map(text, value)) if isinstance(value, list) else text(value)


def _shows_value(pair: Pair, old: Field, new: Field) -> bool:
    """Whether every new appearance shows the value and nothing else; buttons keep their appearances."""
    if new.kind == "Btn":
        return not _appearance_differs(pair, old, new)
    value = pair.now(new.value)
    wanted = [_value_text(value), *_display_texts(pair, new, value)]
    formatted = "/F" in entries(pair.was(old.dictionary.get("/AA")))
    for (_, before), (_, after) in zip(old.widgets, new.widgets, strict=True):
        if pair.same(before.get("/AP"), after.get("/AP")):
            continue
        appearance = entries(pair.now(after.get("/AP")))
        if appearance.get("/N") is None:
            if not _may_lose_appearance(pair, old, new):
                return False
            continue
        if set(appearance) - {"/N"} and not pair.same(_rest(pair.was(before.get("/AP"))), _rest(appearance)):
            return False
        normal = appearance.get("/N")
        if not _fits(pair, before, after):
            return False
        if not any(shows(pair.store, pair.new, normal, each, formatted=formatted) for each in wanted) and not (
            new.kind == "Ch" and _shows_options(pair, old, normal)
        ):
            return False
    return True


def _fits(pair: Pair, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether what is drawn is still placed in its widget as before, or fills it at its own size."""
    old, new = (
        entries(at(entries(at(widget.get("/AP"))).get("/N"))) for at, widget in ((pair.was, before), (pair.now, after))
    )
    if not pair.differing_keys(old, new) & {"/BBox", "/Matrix"}:
        return True
    box, room = rectangle(pair, {"/Rect": new.get("/BBox")}), rectangle(pair, after)
    sizes = sorted((box[2] - box[0], box[3] - box[1])), sorted((room[2] - room[0], room[3] - room[1]))
    near = all(abs(one - other) <= 2 + other / 10 for one, other in zip(*sizes, strict=True))
    matrix = pair.now(new.get("/Matrix"))
    turned = not isinstance(matrix, list) or sorted(abs(_number(pair, each)) for each in matrix[:4]) == [0, 0, 1, 1]
    return near and abs(box[0]) <= 2 and abs(box[1]) <= 2 and turned


def _number(pair: Pair, value: Any) -> float:
    found = pair.now(value)
    return float(found) if isinstance(found, (int, float)) else 0.0


def _may_lose_appearance(pair: Pair, old: Field, new: Field) -> bool:
    """A field without appearance shows nothing, unless viewers are told to draw it or its value is new."""
    form = entries(pair.now(pair.after.catalog.get("/AcroForm")))
    return pair.now(form.get("/NeedAppearances")) is True or not pair.same(old.value, new.value)


def _rest(appearance: Any) -> dict[str, Any]:
    return {key: value for key, value in entries(appearance).items() if key != "/N"}


def _options(pair: Pair, field: Field) -> list[tuple[Any, str]]:
    """Return the options of a choice field: value and label (ISO 32000-2 12.7.5.4)."""
    listed = pair.was(field.dictionary.get("/Opt"))
    found = []
    for item in listed if isinstance(listed, list) else []:
        option = pair.was(item)
        both = [pair.was(part) for part in option] if isinstance(option, list) else [option, option]
        if len(both) == 2:
            found.append((both[0], text(both[1])))
    return found


def _display_texts(pair: Pair, field: Field, value: Any) -> list[str]:
    """Return what a choice field may show for `value`: the label of the option."""
    return [label for each, label in _options(pair, field) if each == value]


def _shows_options(pair: Pair, field: Field, appearance: Any) -> bool:
    """Whether a list shows nothing but some of its options, in order: those in view, chosen or not."""
    shown = shown_text(pair.store, pair.new, appearance)
    labels = "".join("".join(label.split()) for _, label in _options(pair, field))
    return shown is not None and not shown[1] and bool(shown[0]) and shown[0] in labels


def _appearance_differs(pair: Pair, old: Field, new: Field) -> bool:
    both = zip(old.widgets, new.widgets, strict=False)
    return len(old.widgets) != len(new.widgets) or any(
        not pair.same(before.get("/AP"), after.get("/AP")) for (_, before), (_, after) in both
    )


def _reveals(pair: Pair, old: Field, new: Field) -> bool:
    """Whether a hidden widget is shown, or a shown one hidden."""
    both = zip(old.widgets, new.widgets, strict=False)
    return any(
        (_flags(pair.was(before.get("/F"))) ^ _flags(pair.now(after.get("/F")))) & REVEALING_FLAGS
        for (_, before), (_, after) in both
    )


def _flags_change(pair: Pair, old: Field, new: Field) -> bool:
    before, after = _flags(pair.was(old.dictionary.get("/Ff"))), _flags(pair.now(new.dictionary.get("/Ff")))
    return bool((before ^ after) & ~LOCKING_FLAGS)


def _flags(value: Any) -> int:
    return value if isinstance(value, int) else 0
