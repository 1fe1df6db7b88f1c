"""What changed on the pages: their number and order, content, resources, geometry, annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from verifier.pades.changes.annotations import annotation_deltas
from verifier.pades.changes.delta import Delta, permitted, suspicious
from verifier.pades.changes.layout import INHERITED, MAX_DEPTH, Page
from verifier.pades.changes.objects import Stream, entries, references
from verifier.pades.changes.pair import Pair
from verifier.pades.changes.syntax import Ref

HARMLESS_KEYS = frozenset({"/Parent", "/Type", "/Tabs", "/StructParents"})
"""Page entries that show nothing."""

TREE_KEYS = frozenset({"/Type", "/Parent", "/Kids", "/Count", *INHERITED})
"""Page tree entries that the comparison of the pages covers."""

UNPAINTED_SUBTYPES = frozenset({"/Image", "/Type1C", "/CIDFontType0C", "/OpenType", "/XML"})
"""Streams below page resources that hold no content operators."""

ESCAPED_NAME = re.compile(rb"/[^\s/<>\[\]()]*#")
"""A name written with an escape (ISO 32000-2 7.3.5), which could be any name."""

DESCRIPTIVE_KEYS = frozenset({"/LastModified", "/PieceInfo", "/Metadata"})


def page_deltas(pair: Pair) -> Iterator[Delta]:
    """Yield what changed on the pages of the document."""
    yield from _tree_nodes(pair)
    before, after = pair.before.pages, pair.after.pages
    if [page.ref for page in before] == [page.ref for page in after]:
        shown_otherwise = {pair.before.annotations[ref] for ref in pair.touched if ref in pair.before.annotations}
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if index in shown_otherwise or _may_differ(pair, old):
                yield from _page(pair, index, old, new)
        return
    matcher = SequenceMatcher(None, [_key(page) for page in before], [_key(page) for page in after], autojunk=False)
    for operation, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        old_pages, new_pages = before[old_from:old_to], after[new_from:new_to]
        if operation in ("equal", "replace"):
            yield from _in_place(pair, new_from, old_pages, new_pages)
        shared = min(len(old_pages), len(new_pages))
        yield from _removed(old_pages[shared:], old_from + shared)
        yield from _added(pair, new_pages[shared:], new_from + shared)


def _tree_nodes(pair: Pair) -> Iterator[Delta]:
    """Yield changes of page tree nodes in entries that are not compared through the pages."""
    for ref in sorted(pair.touched & pair.before.tree & pair.after.tree):
        old, new = pair.store.value(ref, pair.old), pair.store.value(ref, pair.new)
        keys = pair.differing_keys(old, new) - TREE_KEYS
        # iText signs the root with its version, as a string
        if not all(isinstance(pair.now(entries(new).get(key)), bytes) for key in keys):
            yield suspicious("structure_changed", object=str(ref), key=", ".join(sorted(keys)))


def _may_differ(pair: Pair, page: Page) -> bool:
    if page.ref is None or page.ref in pair.touched:
        return True
    return pair.before.tree != pair.after.tree or bool(pair.touched & pair.before.tree)


def _key(page: Page) -> object:
    return page.ref if page.ref is not None else id(page)


def _in_place(pair: Pair, first: int, old_pages: list[Page], new_pages: list[Page]) -> Iterator[Delta]:
    for offset, (old, new) in enumerate(zip(old_pages, new_pages, strict=False)):
        found = list(_page(pair, first + offset, old, new))
        visible = any(delta.change_class in ("content_changed", "font_changed") for delta in found)
        if old.ref != new.ref and visible:
            yield _replaced(pair, first + offset, new)
        else:
            yield from found


def _replaced(pair: Pair, index: int, page: Page) -> Delta:
    """A page that lay ready before signing and is swapped in is the hide-and-replace shadow attack."""
    prepared = page.ref is not None and pair.existed(page.ref)
    return suspicious("shadow_hide_replace" if prepared else "page_replaced", page=str(index + 1))


def _removed(pages: list[Page], first: int) -> Iterator[Delta]:
    for offset, _ in enumerate(pages):
        yield suspicious("page_removed", page=str(first + offset + 1))


def _added(pair: Pair, pages: list[Page], first: int) -> Iterator[Delta]:
    for offset, page in enumerate(pages):
        known = page.ref is not None and pair.existed(page.ref)
        yield suspicious("page_added", page=str(first + offset + 1), kind="prepared" if known else "new")


def _page(pair: Pair, index: int, old: Page, new: Page) -> Iterator[Delta]:
    number = str(index + 1)
    if not _inherits_alike(pair, old, new):
        yield suspicious("structure_changed", page=number, key="Parent")
    one, other = _with_defaults(old.dictionary), _with_defaults(new.dictionary)
    for key in sorted(pair.differing_keys(one, other) | {"/Annots"}):
        before, after = one.get(key), other.get(key)
        if key in HARMLESS_KEYS:
            continue
        if key == "/Annots":
            yield from annotation_deltas(pair, index, before, after)
        elif key == "/Contents":
            yield from _content(pair, number, before, after)
        elif key == "/Resources":
            yield from _resources(pair, number, (before, after), old)
        elif key in DESCRIPTIVE_KEYS:
            yield permitted("metadata", 1, page=number, key=key.removeprefix("/"))
        elif key == "/AA":
            yield suspicious("active_content", page=number, kind="AA")
        else:
            yield suspicious("content_changed", page=number, kind=key.removeprefix("/"))


def _inherits_alike(pair: Pair, old: Page, new: Page) -> bool:
    """Whether a viewer that looks for inherited entries by /Parent finds what one finds that comes down the tree."""
    before, after = _declared(pair, old, pair.old), _declared(pair, new, pair.new)
    if before == old.above and after == new.above:
        return True
    return before == after and not (pair.dirty | pair.touched) & {ref for ref in after if ref is not None}


def _declared(pair: Pair, page: Page, revision: int) -> tuple[Ref | None, ...]:
    found: list[Ref | None] = []
    parent = page.dictionary.get("/Parent")
    while isinstance(parent, Ref) and len(found) <= MAX_DEPTH:
        found.append(parent)
        parent = entries(pair.store.value(parent, revision)).get("/Parent")
    return tuple(found)


def _with_defaults(page: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a page means where it says nothing (ISO 32000-2 table 31)."""
    return {"/Rotate": 0, "/UserUnit": 1, "/CropBox": page.get("/MediaBox"), **page}


def _content(pair: Pair, number: str, before: Any, after: Any) -> Iterator[Delta]:
    old, new = _joined(pair, before, pair.old), _joined(pair, after, pair.new)
    if old is None or new is None:
        yield suspicious("content_changed", page=number, kind="content")
    elif old.strip() != new.strip():
        added = bool(old.strip()) and old.strip() in new
        kind = "content_added" if added else "content"
        yield suspicious("content_changed", page=number, kind=kind, additive=added)


def _joined(pair: Pair, value: Any, revision: int) -> bytes | None:
    """Return the content streams of a page as one (ISO 32000-2 7.8.2); None where one cannot be read."""
    resolved = pair.store.resolve(value, revision)
    parts = [pair.store.resolve(part, revision) for part in (resolved if isinstance(resolved, list) else [resolved])]
    decoded = [part.decoded() if isinstance(part, Stream) else b"" if part is None else None for part in parts]
    pieces = [piece for piece in decoded if piece is not None]
    return b"\n".join(pieces) if len(pieces) == len(decoded) else None


def _resources(pair: Pair, number: str, values: tuple[Any, Any], page: Page) -> Iterator[Delta]:
    """Compare what the content can draw with; a name that the signed content never uses may be added."""
    old, new = entries(pair.was(values[0])), entries(pair.now(values[1]))
    for category in sorted(pair.differing_keys(old, new) - {"/ProcSet"}):
        before, after = pair.was(old.get(category)), pair.now(new.get(category))
        for name in sorted(pair.differing_keys(before, after)) or [""]:
            one, other = entries(before).get(name), entries(after).get(name)
            if pair.was(one) is None and _unused(pair, page, name):
                yield permitted("structure_changed", 2, page=number, object=f"{category}{name}", kind="added")
            else:
                yield _resource(pair, number, f"{category}{name}", (one, other))


def _resource(pair: Pair, number: str, name: str, values: tuple[Any, Any]) -> Delta:
    old, new = pair.was(values[0]), pair.now(values[1])
    if name.startswith("/Font"):
        return suspicious("font_changed", page=number, object=name)
    if old is None:
        return suspicious("shadow_replace", page=number, object=name)
    if new is None or (isinstance(old, Stream) and not isinstance(new, Stream)):
        return suspicious("shadow_hide", page=number, object=name)
    return suspicious("content_changed", page=number, object=name)


def _unused(pair: Pair, page: Page, name: str) -> bool:
    """Whether neither the signed content nor a form it draws (which may borrow the page's resources) says `name`."""
    content = _joined(pair, page.dictionary.get("/Contents"), pair.old)
    if content is None or not name:
        return False
    seen: set[Ref] = set()
    waiting = list(references(page.dictionary.get("/Resources")))
    texts = [content]
    while waiting:
        ref = waiting.pop()
        if ref in seen or ref in pair.roots:
            continue
        seen.add(ref)
        pair.store.budget.spend()
        value = pair.store.value(ref, pair.old)
        waiting.extend(references(value))
        if isinstance(value, Stream) and value.dictionary.get("/Subtype") not in UNPAINTED_SUBTYPES:
            texts.append(value.decoded() or name.encode("latin-1", "replace"))
    return not any(name.encode("latin-1", "replace") in piece or ESCAPED_NAME.search(piece) for piece in texts)
