"""Changes of the structure tree (ISO 32000-2 14.7): additions for new form fields, and nothing else, are harmless."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifier.pades.changes.delta import Delta, permitted, suspicious
from verifier.pades.changes.objects import entries
from verifier.pades.changes.pair import MAX_NESTING, Pair
from verifier.pades.changes.syntax import Name, Ref

HARMLESS_KEYS = frozenset({"/ParentTreeNextKey"})


def structure_deltas(pair: Pair, old: Any, new: Any) -> Iterator[Delta]:
    """Yield what changed in the structure tree."""
    before, after = pair.was(old), pair.now(new)
    if before is None and isinstance(after, dict):
        yield permitted("structure_changed", 1, object="StructTreeRoot", kind="added")
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield suspicious("structure_changed", object="StructTreeRoot")
        return
    differing = pair.differing_keys(before, after) - HARMLESS_KEYS
    refused = sorted(key for key in differing if not _grows(pair, key, before.get(key), after.get(key)))
    if refused:
        yield suspicious("structure_changed", object="StructTreeRoot", key=", ".join(refused))
    elif differing:
        yield permitted("structure_changed", 1, object="StructTreeRoot", kind="extended")


def _grows(pair: Pair, key: str, old: Any, new: Any) -> bool:
    if key == "/K":
        return _children_grow(pair, old, new, 0)
    if key in ("/ParentTree", "/IDTree"):
        return _tree_grows(pair, old, new)
    if key in ("/RoleMap", "/ClassMap"):
        one, other = pair.was(old), pair.now(new)
        return all(pair.same(value, entries(other).get(name)) for name, value in entries(one).items())
    if key == "/Namespaces":
        one, other = _list(pair.was(old)), _list(pair.now(new))
        return all(pair.same(*both) for both in zip(one, other, strict=False)) and len(one) <= len(other)
    return False


def _children_grow(pair: Pair, old: Any, new: Any, depth: int) -> bool:
    """Whether all old children stand in the new ones, in order, and every new one only tags an added object."""
    pair.store.budget.spend()
    one, other = _list(pair.was(old), old), _list(pair.now(new), new)
    waiting = list(one)
    for child in other:
        if waiting and _element_grows(pair, waiting[0], child, depth):
            waiting.pop(0)
        elif not _tags_object(pair, child, depth):
            return False
    return not waiting


def _element_grows(pair: Pair, old: Any, new: Any, depth: int) -> bool:
    if pair.same(old, new):
        return True
    if depth > MAX_NESTING or (isinstance(old, Ref) and isinstance(new, Ref) and old != new):
        return False
    before, after = pair.was(old), pair.now(new)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    # the link back to the parent leads to what is being compared
    back = {"/P"} if before.get("/P") == after.get("/P") else set()
    differing = pair.differing_keys(_without(before, back), _without(after, back))
    return differing == {"/K"} and _children_grow(pair, before.get("/K"), after.get("/K"), depth + 1)


def _without(element: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in element.items() if key not in keys}


def _tags_object(pair: Pair, child: Any, depth: int) -> bool:
    """Whether a new element only points to annotations or fields, not to page content."""
    element = pair.now(child)
    if not isinstance(element, dict) or depth > MAX_NESTING or "/ActualText" in element:
        return False
    if element.get("/Type") == Name("/OBJR"):
        return True
    kids = _list(pair.now(element.get("/K")), element.get("/K"))
    return "/S" in element and all(_tags_object(pair, kid, depth + 1) for kid in kids)


def _tree_grows(pair: Pair, old: Any, new: Any) -> bool:
    """Whether a number or name tree holds all it held (ISO 32000-2 7.9.6, 7.9.7); its nodes may be cut anew."""
    one, other = _flat(pair, old, pair.old, 0), _flat(pair, new, pair.new, 0)
    return all(key in other and _same_entry(pair, value, other[key]) for key, value in one.items())


def _same_entry(pair: Pair, old: Any, new: Any) -> bool:
    """Structure elements are compared where they hang in the tree; here it counts that the same ones are meant."""
    if isinstance(old, Ref) and old == new:
        return True
    one, other = pair.was(old), pair.now(new)
    if isinstance(one, list) and isinstance(other, list):
        both = zip(one, other, strict=False)
        return len(one) <= len(other) and all(first == second or pair.same(first, second) for first, second in both)
    return pair.same(old, new)


def _flat(pair: Pair, value: Any, revision: int, depth: int) -> dict[Any, Any]:
    pair.store.budget.spend()
    node = entries(pair.store.resolve(value, revision))
    found: dict[Any, Any] = {}
    for key in ("/Nums", "/Names"):
        items = _list(pair.store.resolve(node.get(key), revision))
        found.update(zip(map(repr, items[::2]), items[1::2], strict=False))
    if depth < MAX_NESTING:
        for kid in _list(pair.store.resolve(node.get("/Kids"), revision)):
            found.update(_flat(pair, kid, revision, depth + 1))
    return found


def _list(resolved: Any, value: Any = None) -> list[Any]:
    """Return a list as it is, one value as a list of it (by reference if it has one), nothing as an empty list."""
    if isinstance(resolved, list):
        return resolved
    if resolved is None:
        return []
    return [resolved if value is None else value]
