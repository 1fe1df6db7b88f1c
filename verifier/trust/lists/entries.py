"""Entries of the register of authorities that a published list carries along (see `writing`), read back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from verifier.errors import BadRequest
from verifier.snapshot import BY_HAND, NotifiedAuthority, Origin
from verifier.trust.register import authority_from

MAX_ENTRIES = 20_000
"""In one list; a register of all authorities of all states has fewer."""


def authorities_in(entries: Iterable[str], origin: Origin = BY_HAND) -> tuple[NotifiedAuthority, ...]:
    """Return the authorities of a list's register entries, each with `origin`.

    BadRequest `list-entry-broken` for one that cannot be read: half a register would say of an authority that it is not
    known. The codes of `register.authority_from` otherwise.
    """
    found = tuple(entries)
    if len(found) > MAX_ENTRIES:
        raise BadRequest("list-entry-broken", f"more than {MAX_ENTRIES} register entries stand in the list")
    return tuple(replace(_entry(text), origin=origin) for text in found)


def _entry(text: str) -> NotifiedAuthority:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("list-entry-broken", "a register entry in the list is no JSON") from None
    if not isinstance(table, dict):
        raise BadRequest("list-entry-broken", "a register entry in the list is no table")
    return authority_from(table)
