"""Two neighbouring revisions side by side: which objects differ, what uses them, and deep equality across both."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from verifier.pades.changes.layout import Layout
from verifier.pades.changes.objects import Broken, ObjectStore, Stream, entries, references
from verifier.pades.changes.syntax import DUPLICATE, Ref

MAX_NESTING = 80
"""Levels of nested values that are compared; deeper counts as different."""

ENCODING_KEYS = frozenset({"/Length", "/Filter", "/DecodeParms", "/DL"})
"""Stream entries that say how the bytes are written, not what they are."""


class Pair:
    """The old and the new revision and what changed between them."""

    def __init__(self, store: ObjectStore, before: Layout, after: Layout) -> None:
        self.store = store
        self.before = before
        self.after = after
        self.old = before.revision
        self.new = after.revision
        self.roots = before.roots | {ref for ref in after.roots if store.value(ref, before.revision) is None}
        """What stood in the signed revision as something else keeps that role: it does not become a root."""
        self.changed = self._changed()
        self.dirty: set[Ref] = set()
        """References below a root from which a changed object can be reached."""
        self.touched: set[Ref] = set()
        """Roots that changed, or whose parts did."""
        self._spread()
        self._assumed: dict[tuple[Ref, Ref], None] = {}
        """Pairs taken as equal: found to be, or being compared (so that circles end). In order, to be taken back."""

    def _changed(self) -> set[Ref]:
        """Return the references whose value differs, however they were written."""
        found: set[Ref] = set()
        for number, generation in self.store.defined_in(self.new).items():
            earlier = self.store.version(number, self.old)
            generations = {earlier.generation if earlier else None, generation} - {None}
            found |= {
                ref for ref in (Ref(number, each) for each in generations if each is not None) if self._differs(ref)
            }
        return found

    def _differs(self, ref: Ref) -> bool:
        old, new = self.store.value(ref, self.old), self.store.value(ref, self.new)
        if isinstance(old, Stream) and isinstance(new, Stream):
            return old.dictionary != new.dictionary or old.encoded != new.encoded
        return isinstance(old, Broken) or isinstance(new, Broken) or old != new

    def _spread(self) -> None:
        """Mark everything above a changed object, up to the roots that use it."""
        waiting = list(self.changed)
        while waiting:
            ref = waiting.pop()
            if ref in self.dirty or ref in self.touched:
                continue
            if ref in self.roots:
                self.touched.add(ref)
                continue
            self.dirty.add(ref)
            self.store.budget.spend()
            for revision in (self.old, self.new):
                waiting.extend(
                    user for user in self.store.users(ref, revision) if not self._only_hangs(user, ref, revision)
                )

    def _only_hangs(self, user: Ref, ref: Ref, revision: int) -> bool:
        """Whether `user` knows `ref` only as its parent in the structure tree: then it does not use it.

        Both must stand in the tree, where all that may change is that children are added.
        """
        value = self.store.value(user, revision)
        if not isinstance(value, dict) or value.get("/P") != ref or "/S" not in value:
            return False
        if not self.elements or not {user, ref} <= self.elements:
            return False
        return ref not in references([entry for key, entry in value.items() if key != "/P"])

    @cached_property
    def elements(self) -> set[Ref]:
        """References of the structure tree's root and elements, in both revisions."""
        found: set[Ref] = set()
        for revision, catalog in ((self.old, self.before.catalog), (self.new, self.after.catalog)):
            seen: set[Ref] = set()
            waiting = [catalog.get("/StructTreeRoot")]
            while waiting:
                item = waiting.pop()
                if isinstance(item, Ref):
                    if item in seen or item in self.roots:
                        continue
                    seen.add(item)
                    self.store.budget.spend()
                value = self.store.resolve(item, revision)
                waiting.extend(value if isinstance(value, list) else [])
                waiting.extend([value["/K"]] if isinstance(value, dict) and "/K" in value else [])
            found |= seen
        return found

    def existed(self, ref: Ref) -> bool:
        """Return whether `ref` was defined in the old revision."""
        return self.store.value(ref, self.old) is not None

    def was(self, value: Any) -> Any:
        """Resolve `value` in the old revision."""
        return self.store.resolve(value, self.old)

    def now(self, value: Any) -> Any:
        """Resolve `value` in the new revision."""
        return self.store.resolve(value, self.new)

    def same(self, old: Any, new: Any, depth: int = 0) -> bool:
        """Return whether `old` in the old revision means what `new` means in the new one.

        Roots (pages, annotations, fields, the catalog) are equal by reference: their own changes are found by their
        own rules. A missing entry equals null.
        """
        if isinstance(old, Ref) and isinstance(new, Ref):
            if old == new and (old in self.roots or old not in self.dirty):
                return True
            return (old, new) in self._assumed or self._same_refs(old, new, depth)
        if self._is_root(old) or self._is_root(new):
            return False
        return self._same_values(self.was(old), self.now(new), depth)

    def _is_root(self, value: Any) -> bool:
        return isinstance(value, Ref) and value in self.roots

    def _same_refs(self, old: Ref, new: Ref, depth: int) -> bool:
        if old != new and (old in self.roots or new in self.roots):
            return False
        known = len(self._assumed)
        self._assumed[old, new] = None
        equal = self._same_values(self.was(old), self.now(new), depth)
        while not equal and len(self._assumed) > known:
            self._assumed.popitem()
        return equal

    def _same_values(self, old: Any, new: Any, depth: int) -> bool:
        self.store.budget.spend()
        if depth > MAX_NESTING:
            return False
        if isinstance(old, Stream) and isinstance(new, Stream):
            return self._same_streams(old, new, depth)
        if isinstance(old, dict) and isinstance(new, dict):
            return not self.differing_keys(old, new, depth)
        if isinstance(old, list) and isinstance(new, list):
            return len(old) == len(new) and all(
                self.same(one, other, depth + 1) for one, other in zip(old, new, strict=True)
            )
        return (type(old) is type(new) and not isinstance(old, Broken) and bool(old == new)) or _same_numbers(old, new)

    def _same_streams(self, old: Stream, new: Stream, depth: int) -> bool:
        differing = self.differing_keys(old.dictionary, new.dictionary, depth)
        if not differing - {"/Length"} and old.encoded == new.encoded:
            return True
        if differing - ENCODING_KEYS:
            return False
        decoded = old.decoded()
        return decoded is not None and decoded == new.decoded()

    def differing_keys(self, old: Any, new: Any, depth: int = 0) -> set[str]:
        """Return the keys under which two dictionaries (values, not references) differ in meaning."""
        one, other = entries(old), entries(new)
        keys = {key for key in {**one, **other} if not self.same(one.get(key), other.get(key), depth + 1)}
        return keys if DUPLICATE in other else keys - {DUPLICATE}


def _same_numbers(old: Any, new: Any) -> bool:
    numbers = (int, float)
    return (
        isinstance(old, numbers)
        and isinstance(new, numbers)
        and not isinstance(old, bool)
        and not isinstance(new, bool)
        and old == new
    )
