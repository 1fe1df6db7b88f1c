"""Where things stand in one revision: pages, annotations and form fields, by reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from verifier.pades.changes.objects import ObjectStore, Stream, entries, text
from verifier.pades.changes.syntax import Ref

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
"""Page entries that a page tree node hands down (ISO 32000-2 7.7.3.4)."""

MAX_DEPTH = 64
"""Levels of page tree or field tree that are followed."""


class LayoutError(Exception):
    """The document structure of a revision cannot be followed."""


@dataclass(frozen=True)
class Page:
    """One leaf of the page tree."""

    ref: Ref | None
    dictionary: dict[str, Any]
    """With the inherited entries filled in."""
    above: tuple[Ref | None, ...] = ()
    """Nodes of the page tree on the way down to it, the nearest first."""


@dataclass
class Field:
    """One terminal field, merged or not with its widgets."""

    name: str
    ref: Ref | None
    kind: str
    """`/FT`, inherited: /Sig, /Tx, /Btn, /Ch."""
    value: Any
    """`/V`, inherited, unresolved."""
    dictionary: dict[str, Any]
    widgets: list[tuple[Ref | None, dict[str, Any]]] = field(default_factory=list)

    @property
    def refs(self) -> set[Ref]:
        """Objects that make up the field."""
        return {ref for ref in (self.ref, *(ref for ref, _ in self.widgets)) if ref is not None}


@dataclass
class Layout:
    """The parts of one revision that are compared each by its own rules."""

    revision: int
    catalog: dict[str, Any]
    catalog_ref: Ref | None
    info_ref: Ref | None
    pages: list[Page] = field(default_factory=list)
    tree: set[Ref] = field(default_factory=set)
    annotations: dict[Ref, int] = field(default_factory=dict)
    """Annotation → index of the page that shows it."""
    fields: dict[str, list[Field]] = field(default_factory=dict)
    field_nodes: dict[Ref, str] = field(default_factory=dict)
    """Every node of the field tree and every widget → full name."""

    @cached_property
    def widgets(self) -> set[Ref]:
        """Widgets that the fields' rules look at."""
        return {ref for fields in self.fields.values() for each in fields for ref, _ in each.widgets if ref is not None}

    @property
    def roots(self) -> set[Ref]:
        """References whose objects are compared by rules of their own."""
        found = {page.ref for page in self.pages if page.ref is not None}
        found |= self.tree | set(self.annotations) | set(self.field_nodes)
        return found | {ref for ref in (self.catalog_ref, self.info_ref) if ref is not None}


def read_layout(store: ObjectStore, revision: int) -> Layout:
    """Read the layout of `revision`.

    Raises:
        LayoutError: no catalog, no page tree, or a tree that runs in circles.
    """
    trailer = store.trailer(revision)
    root, info = trailer.get("/Root"), trailer.get("/Info")
    catalog = store.resolve(root, revision)
    if not isinstance(catalog, dict):
        raise LayoutError("no catalog")
    layout = Layout(revision, catalog, root if isinstance(root, Ref) else None, info if isinstance(info, Ref) else None)
    for page in _leaves(store, layout, catalog.get("/Pages"), {}, ()):
        _add_page(store, layout, page)
    form = entries(store.resolve(catalog.get("/AcroForm"), revision))
    for item in _items(store, form.get("/Fields"), revision):
        _read_field(store, layout, item, _Inherited("", "", None), 0)
    return layout


def _leaves(
    store: ObjectStore, layout: Layout, value: Any, inherited: dict[str, Any], above: tuple[Ref | None, ...]
) -> Iterator[Page]:
    store.budget.spend()
    node = store.resolve(value, layout.revision)
    if not isinstance(node, dict) or len(above) > MAX_DEPTH:
        raise LayoutError("page tree cannot be followed")
    handed = inherited | {key: node[key] for key in INHERITED if key in node}
    kids = store.resolve(node.get("/Kids"), layout.revision)
    ref = value if isinstance(value, Ref) else None
    if not isinstance(kids, list):
        yield Page(ref, {**handed, **node}, above)
        return
    if ref is not None:
        if ref in layout.tree:
            raise LayoutError("page tree runs in a circle")
        layout.tree.add(ref)
    for kid in kids:
        if store.resolve(kid, layout.revision) is not None:
            yield from _leaves(store, layout, kid, handed, (ref, *above))


def _add_page(store: ObjectStore, layout: Layout, page: Page) -> None:
    for item in _items(store, page.dictionary.get("/Annots"), layout.revision):
        if isinstance(item, Ref) and not isinstance(store.value(item, layout.revision), Stream):
            layout.annotations.setdefault(item, len(layout.pages))
    layout.pages.append(page)


@dataclass(frozen=True)
class _Inherited:
    name: str
    kind: str
    value: Any


def _read_field(store: ObjectStore, layout: Layout, item: Any, above: _Inherited, depth: int) -> None:
    store.budget.spend()
    ref = item if isinstance(item, Ref) else None
    node = store.resolve(item, layout.revision)
    if not isinstance(node, dict) or depth > MAX_DEPTH or (ref is not None and ref in layout.field_nodes):
        return
    part = text(store.resolve(node.get("/T"), layout.revision))
    name = f"{above.name}.{part}" if above.name and part else above.name or part
    kind = text(store.resolve(node.get("/FT"), layout.revision)) or above.kind
    handed = _Inherited(name, kind, node.get("/V", above.value))
    if ref is not None:
        layout.field_nodes[ref] = name
    kids = list(_items(store, node.get("/Kids"), layout.revision))
    widgets = [kid for kid in kids if "/T" not in entries(store.resolve(kid, layout.revision))]
    for kid in kids:
        if kid not in widgets:
            _read_field(store, layout, kid, handed, depth + 1)
    if widgets or not kids:
        _add_field(store, layout, Field(name, ref, kind, handed.value, node), widgets)


def _add_field(store: ObjectStore, layout: Layout, found: Field, widgets: list[Any]) -> None:
    for widget in widgets:
        dictionary = store.resolve(widget, layout.revision)
        if isinstance(dictionary, dict):
            found.widgets.append((widget if isinstance(widget, Ref) else None, dictionary))
            if isinstance(widget, Ref):
                layout.field_nodes.setdefault(widget, found.name)
    # a node that could be drawn itself is a widget, whatever hangs below it
    if not found.widgets or "/Rect" in found.dictionary:
        found.widgets.append((found.ref, found.dictionary))
    layout.fields.setdefault(found.name, []).append(found)


def _items(store: ObjectStore, value: Any, revision: int) -> Iterator[Any]:
    resolved = store.resolve(value, revision)
    if isinstance(resolved, list):
        store.budget.spend(len(resolved) // 8)
        yield from resolved
