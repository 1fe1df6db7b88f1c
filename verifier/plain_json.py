"""JSON in which every name stands once: of a name that is told twice, readers take one value or the other."""

from __future__ import annotations

import json
from typing import Any


class ToldTwice(ValueError):
    """A name stands twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__("a name is told twice")
        self.name = name


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members, for `object_pairs_hook`; ToldTwice (RFC 8259 section 4: unique names)."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ToldTwice(name)
        found[name] = value
    return found


def read_once(text: str) -> Any:
    """Read JSON; ToldTwice, ValueError where it is none, RecursionError where it is too deep."""
    return json.loads(text, object_pairs_hook=once)
