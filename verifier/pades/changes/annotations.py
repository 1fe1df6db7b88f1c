"""What changed among the annotations of a page; the widgets of form fields are left to the form's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifier.pades.changes.appearance import fills, multiplies
from verifier.pades.changes.delta import Delta, suspicious
from verifier.pades.changes.objects import Stream, entries, text
from verifier.pades.changes.pair import Pair
from verifier.pades.changes.syntax import Ref

HARMLESS_KEYS = frozenset({"/P", "/Parent", "/M", "/NM", "/CreationDate", "/StructParent", "/Type"})
"""Annotation entries that show nothing."""

MARKING_SUBTYPES = frozenset({
    "Text", "Popup", "Link", "Highlight", "Underline", "Squiggly", "StrikeOut", "Caret", "Line", "Ink",
})  # fmt: skip
"""Kinds that mark or comment but do not cover what is under them; others can (evil annotation attack)."""

RESOURCE_KEYS = frozenset({
    "/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties",
})  # fmt: skip
"""Entries of a resource dictionary: an annotation that has them serves as one too."""

LEADING_ACTIONS = frozenset({"GoTo", "GoToR", "GoToE", "URI", "Named", "Thread"})
"""Kinds of actions (ISO 32000-2 12.6.4) that lead to another place."""

MAX_ACTIONS = 64

HIDDEN, NO_VIEW = 1 << 1, 1 << 5
"""Annotation flags (ISO 32000-2 table 167)."""

SHOWN_ELSEWHERE = NO_VIEW | 1 << 2 | 1 << 8
"""NoView together with Print, which shows it on paper, and ToggleNoView, which shows it under the mouse."""

LARGEST_MARK = 40.0
"""Points of width or height up to which an icon covers nothing."""

THICKEST_LINE = 6.0
"""Points of width up to which a line covers nothing."""


def annotation_deltas(pair: Pair, page: int, old: Any, new: Any) -> Iterator[Delta]:
    """Yield what changed among the annotations of the page with index `page`."""
    before, after = _items(pair.was(old)), _items(pair.now(new))
    was, now = _refs(before), _refs(after)
    gone, come = _unmatched(pair, before, after)
    for item in gone:
        yield from _removed(pair, page, item)
    for item in come:
        yield from _added(pair, page, item)
    for item in before:
        if isinstance(item, Ref) and item in now and item not in pair.before.field_nodes and _changed(pair, item):
            yield from _altered(pair, page, item)
    if not gone and _order(was, now) != _order(now, was):
        yield suspicious("annotation_changed", 3, page=str(page + 1), kind="order")


def rectangle(pair: Pair, annotation: Any) -> tuple[float, float, float, float]:
    """Return /Rect in the new revision as left, bottom, right, top; zeros where it is missing or malformed."""
    corners = [pair.now(value) for value in _items(pair.now(entries(annotation).get("/Rect")))]
    if len(corners) != 4 or not all(isinstance(corner, (int, float)) for corner in corners):
        return (0.0, 0.0, 0.0, 0.0)
    left, bottom, right, top = (float(corner) for corner in corners)
    return (min(left, right), min(bottom, top), max(left, right), max(bottom, top))


def is_visible(pair: Pair, annotation: Any) -> bool:
    """Whether an annotation of the new revision takes up room on the page and is not hidden."""
    flags = pair.now(entries(annotation).get("/F"))
    if isinstance(flags, int) and (flags & HIDDEN or flags & SHOWN_ELSEWHERE == NO_VIEW):
        return False
    left, bottom, right, top = rectangle(pair, annotation)
    return right > left and top > bottom


def _items(resolved: Any) -> list[Any]:
    return resolved if isinstance(resolved, list) else []


def _refs(items: list[Any]) -> dict[Ref, None]:
    return {item: None for item in items if isinstance(item, Ref)}


def _order(items: dict[Ref, None], others: dict[Ref, None]) -> list[Ref]:
    return [item for item in items if item in others]


def _unmatched(pair: Pair, before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what stands only in the old and only in the new list, by reference, then by meaning."""
    was, now = _refs(before), _refs(after)
    gone = [item for item in before if not (isinstance(item, Ref) and item in now)]
    come: list[Any] = []
    for item in after:
        if isinstance(item, Ref) and item in was:
            continue
        twin = next((each for each in gone if _means_the_same(pair, each, item)), None)
        if twin is None:
            come.append(item)
        else:
            gone.remove(twin)
    return gone, come


def _means_the_same(pair: Pair, old: Any, new: Any) -> bool:
    """Whether two annotations written as different objects are one and the same."""
    one, other = pair.was(old), pair.now(new)
    return isinstance(one, dict) and isinstance(other, dict) and not pair.differing_keys(one, other) - HARMLESS_KEYS


def _changed(pair: Pair, item: Ref) -> bool:
    return item in pair.touched or item in pair.dirty


def _removed(pair: Pair, page: int, item: Any) -> Iterator[Delta]:
    annotation = pair.was(item)
    if annotation is None or (isinstance(item, Ref) and item in pair.before.field_nodes and _field_stays(pair, item)):
        return
    yield suspicious("annotation_removed", 3, page=str(page + 1), kind=_kind(pair, annotation))


def _field_stays(pair: Pair, item: Ref) -> bool:
    """A widget that vanishes from its page is told by the form's rules only if its field vanishes too."""
    return item not in pair.after.field_nodes


def _added(pair: Pair, page: int, item: Any) -> Iterator[Delta]:
    annotation = pair.now(item)
    if annotation is None or (isinstance(annotation, dict) and isinstance(item, Ref) and _told_by_form(pair, item)):
        return
    kind = _kind(pair, annotation)
    if acts(pair, annotation):
        yield suspicious("active_content", page=str(page + 1), kind=kind)
    elif not isinstance(annotation, dict) or isinstance(annotation, Stream):
        yield suspicious("annotation_added", page=str(page + 1), kind="unreadable")
    elif kind == "Widget":
        known = isinstance(item, Ref) and pair.existed(item)
        yield suspicious("shadow_replace" if known else "overlay", page=str(page + 1), kind=kind)
    elif not is_visible(pair, annotation) or not _covers(pair, annotation):
        yield suspicious("annotation_added", 3, page=str(page + 1), kind=kind)
    else:
        yield suspicious("annotation_added", page=str(page + 1), kind=kind, additive=True)


def _told_by_form(pair: Pair, item: Ref) -> bool:
    """A widget is told by the form's rules if its field is new, or was changed together with it."""
    name = pair.after.field_nodes.get(item)
    if name is None or item not in pair.after.widgets:
        return False
    return name not in pair.before.fields or item in pair.touched or not is_visible(pair, pair.now(item))


def _altered(pair: Pair, page: int, item: Ref) -> Iterator[Delta]:
    old, new = pair.store.value(item, pair.old), pair.store.value(item, pair.new)
    if old is None:
        yield from _added(pair, page, item)
    elif not isinstance(new, dict):
        yield suspicious("annotation_removed", 3, page=str(page + 1), kind=_kind(pair, old))
    elif keys := pair.differing_keys(old, new) - HARMLESS_KEYS:
        if keys & {"/A", "/AA", "/PA"} and acts(pair, new):
            yield suspicious("active_content", page=str(page + 1), kind=_kind(pair, new))
            return
        changed = ", ".join(sorted(key.removeprefix("/") for key in keys))
        covers = _covers(pair, new) or bool(keys & RESOURCE_KEYS)
        permission = 3 if not covers or keys <= {"/Popup", "/F"} else 4
        yield suspicious("annotation_changed", permission, page=str(page + 1), kind=_kind(pair, new), key=changed)


def _covers(pair: Pair, annotation: Any) -> bool:
    """Whether an annotation can cover what is under it: by its kind, by what it fills, by the width of its lines."""
    if _kind(pair, annotation) not in MARKING_SUBTYPES:
        return True
    border, style = pair.now(annotation.get("/Border")), entries(pair.now(annotation.get("/BS")))
    widths = [pair.now(style.get("/W")), *(map(pair.now, border[2:3]) if isinstance(border, list) else ())]
    if any(isinstance(width, (int, float)) and width > THICKEST_LINE for width in widths):
        return True
    left, bottom, right, top = rectangle(pair, annotation)
    normal = entries(pair.now(annotation.get("/AP"))).get("/N")
    large = max(right - left, top - bottom) > LARGEST_MARK
    return large and fills(pair.store, pair.new, normal) and not multiplies(pair.store, pair.new, normal)


def acts(pair: Pair, annotation: Any) -> bool:
    """Whether an annotation does more than lead somewhere: scripts, programs, forms sent off, layers switched."""
    actions = [pair.now(entries(annotation).get(key)) for key in ("/A", "/PA")]
    found = "/AA" in entries(annotation)
    for _ in range(MAX_ACTIONS):
        if not actions or found:
            break
        action = pair.now(actions.pop())
        if isinstance(action, list):
            actions.extend(action)
        elif isinstance(action, dict):
            found = text(pair.now(action.get("/S"))) not in LEADING_ACTIONS
            actions.append(action.get("/Next"))
    return found or bool(actions)


def _kind(pair: Pair, annotation: Any) -> str:
    return text(pair.now(entries(annotation).get("/Subtype"))) or "unknown"
