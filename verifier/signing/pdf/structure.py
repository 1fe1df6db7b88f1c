"""The structure tree (ISO 32000-2 14.7): a new field is tagged where the document is, so that it is read out.

Only in documents that nobody signed yet: validators in use take any change of the tree after a signature for tampering.
There the field has its /TU alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject

from verifier.signing.pdf.form import fields
from verifier.signing.pdf.pages import Page
from verifier.signing.pdf.syntax import array, copied, dictionary, plain, text
from verifier.signing.pdf.update import Update, raw
from verifier.signing.records import Drawing

DEEPEST_TREE = 32
"""Levels of the parent tree, a number tree (7.9.7)."""


def tag_field(update: Update, page: Page, field: IndirectObject, drawing: Drawing) -> None:
    """Enter a field of this update into the structure tree as a form element with alternative text (14.8.4.8.3)."""
    root_at = raw(update.root, "/StructTreeRoot")
    root = update.read(root_at)
    if not isinstance(root_at, IndirectObject) or not isinstance(root, DictionaryObject) or _is_signed(update, field):
        return
    key = _next_key(update, root)
    root = copied(root)
    holder_at = _holder(update, root_at, root)
    element = update.add(
        dictionary(
            Type="/StructElem",
            S="/Form",
            P=holder_at,
            Pg=page.where,
            K=dictionary(Type="/OBJR", Obj=field, Pg=page.where),
            Alt=text(drawing.text),
            Lang=text(drawing.lang),
        )
    )
    holder = root if holder_at == root_at else copied(update.read(holder_at))
    _append_child(update, holder, element)
    _list_parent(update, root, key, element)
    root["/ParentTreeNextKey"] = NumberObject(key + 1)
    update.put(holder_at, holder)
    update.put(root_at, root)
    widget = copied(update.read(field))
    widget["/StructParent"] = NumberObject(key)
    update.put(field, widget)
    shown = copied(update.read(page.where))
    if "/Tabs" not in shown:  # read in the order of the structure (PDF/UA, ISO 14289-1 7.18.3)
        shown["/Tabs"] = plain("/S")
        update.put(_where(page), shown)


def _where(page: Page) -> IndirectObject:
    if page.where is None:
        raise ValueError("a page without an object")
    return page.where


def _is_signed(update: Update, ours: IndirectObject) -> bool:
    return any(one.kind == "/Sig" and one.filled and one.where != ours for one in fields(update))


def _holder(update: Update, root_at: IndirectObject, root: DictionaryObject) -> IndirectObject:
    """Return what the element hangs below: the one element at the top (14.8.4.3: /Document), else the root."""
    children = raw(root, "/K")
    listed = update.read(children)
    only = listed if isinstance(listed, ArrayObject) and len(listed) == 1 else None
    top = list.__getitem__(only, 0) if only is not None else children
    is_element = isinstance(top, IndirectObject) and isinstance(update.read(top), DictionaryObject)
    return top if is_element else root_at


def _append_child(update: Update, holder: DictionaryObject, element: IndirectObject) -> None:
    children = raw(holder, "/K")
    listed = update.read(children)
    if isinstance(listed, ArrayObject):
        holder["/K"] = ArrayObject([*list.__iter__(listed), element])
    else:
        holder["/K"] = array([element] if listed is None else [children, element])


def _next_key(update: Update, root: DictionaryObject) -> int:
    """Return a key above all of the parent tree, and of what the root says is free."""
    told = update.entry(root, "/ParentTreeNextKey")
    used = max(_keys(update, raw(root, "/ParentTree"), 0), default=-1)
    return max(used + 1, int(told) if isinstance(told, int) else 0)


def _keys(update: Update, value: Any, depth: int) -> Iterator[int]:
    node = update.read(value)
    if not isinstance(node, DictionaryObject) or depth > DEEPEST_TREE:
        return
    numbers, kids = update.entry(node, "/Nums"), update.entry(node, "/Kids")
    if isinstance(numbers, ArrayObject):
        yield from (each for each in map(update.read, list(list.__iter__(numbers))[::2]) if isinstance(each, int))
    for kid in list.__iter__(kids) if isinstance(kids, ArrayObject) else ():
        yield from _keys(update, kid, depth + 1)


def _list_parent(update: Update, root: DictionaryObject, key: int, element: IndirectObject) -> None:
    """Enter the element at the end of the parent tree, in a leaf of its own where the tree has branches."""
    tree_at = raw(root, "/ParentTree")
    old = update.read(tree_at)
    tree = copied(old) if isinstance(old, DictionaryObject) else DictionaryObject()
    kids = update.entry(tree, "/Kids")
    if isinstance(kids, ArrayObject):
        leaf = update.add(dictionary(Limits=array([key, key]), Nums=array([key, element])))
        tree["/Kids"] = ArrayObject([*list.__iter__(kids), leaf])
    else:
        numbers = update.entry(tree, "/Nums")
        known = list.__iter__(numbers) if isinstance(numbers, ArrayObject) else ()
        tree["/Nums"] = ArrayObject([*known, NumberObject(key), element])
    if isinstance(tree_at, IndirectObject):
        update.put(tree_at, tree)
    else:
        root["/ParentTree"] = update.add(tree)
