"""Entries of the register of authorities that a published list carries along (see `writing`), read back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from verifier.countries import VIET_NAM
from verifier.errors import BadRequest
from verifier.snapshot import BY_HAND, Notification, NotifiedAuthority, Origin, Scheme
from verifier.trust.matching import state_of
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


def as_its_state_may_say(told: NotifiedAuthority, scheme: Scheme) -> NotifiedAuthority | None:
    """Return an authority as far as the list of a scheme may bring it; None where it may not at all.

    Vietnamese lists, which services like this one publish, tell of all authorities. The list of another state tells of
    its own, for certificates of its own branch alone, and that it wrote to us by diplomatic channels is not for it to
    say: its authorities are known by a list.
    """
    state = state_of(scheme.territory)
    if state == VIET_NAM:
        return told
    specimens = tuple(
        replace(one, rule=replace(one.rule, branch=(scheme.branch,)), notification=_by_list(one.notification))
        for one in told.specimens
        if not one.rule.branch or scheme.branch in one.rule.branch
    )
    if told.country != state or len(specimens) < len(told.specimens):
        return None
    return replace(told, specimens=specimens, notification=_by_list(told.notification))


def _by_list(told: Notification) -> Notification:
    return replace(told, channel="list") if told.channel else told


def _entry(text: str) -> NotifiedAuthority:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("list-entry-broken", "a register entry in the list is no JSON") from None
    if not isinstance(table, dict):
        raise BadRequest("list-entry-broken", "a register entry in the list is no table")
    return authority_from(table)
