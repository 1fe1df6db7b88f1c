"""For what and where a document is handed in: what the caller says, else what follows from the receiving authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verifier.snapshot import Filing
from verifier.trust.filing import HOME, filing_from
from verifier.web.jobs import Owner
from verifier.web.services import accounts

MISSION = "mission"
KIND_FIELD, PLACE_FIELD, STATES_FIELD = "document_kind", "filed_at", "filed_states"


def with_filing(owner: Owner, form: Mapping[str, str]) -> Owner:
    """Return the owner with what the form says; BadRequest `bad-filing` where that is not understood.

    Where nothing is said of the place, that of the owner's authority counts: a mission receives for the states it is
    sent to, every other authority at home. Without an authority the place stays open.
    """
    stated = filing_from(form.get(KIND_FIELD, "").strip() or None, _said_place(form))
    if stated is not None and stated.at:
        return replace(owner, filing=stated)
    place = _place(owner)
    if place is None:
        return replace(owner, filing=stated)
    return replace(owner, filing=replace(place, document_kind=stated.document_kind if stated else ""))


def _said_place(form: Mapping[str, str]) -> str | None:
    """Return the place as one text; a form on a page asks for the states of a mission by themselves."""
    place = form.get(PLACE_FIELD, "").strip()
    return f"{place}:{form.get(STATES_FIELD, '')}" if place == MISSION else place or None


def _place(owner: Owner) -> Filing | None:
    if owner.scope.authority is None:
        return None
    with accounts().database.unit(owner.scope) as unit:
        authority = unit.authorities.get(owner.scope.authority)
    if authority is None:
        return None
    if authority.kind != MISSION:
        return Filing(at=HOME)
    # a mission of which nobody told the states is no place at which anything could be recognised
    return Filing(at=MISSION, states=tuple(authority.states)) if authority.states else None
