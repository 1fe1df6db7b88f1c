"""One difference between two neighbouring revisions, before any signature's permissions are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.verdict import Changes

NEVER = 4
"""A permission that no certification gives."""


@dataclass(frozen=True)
class Delta:
    """What a revision changed, and how far that goes."""

    change_class: str
    level: Changes
    """Level where no certification is in force."""
    permission: int
    """Smallest DocMDP permission that allows it (ISO 32000-2 table 257): 1, 2, 3, or NEVER."""
    params: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    """Full name of the form field that was filled, for FieldMDP."""
    additive: bool = False
    """Something was put on a page and nothing taken away: what stamping a number and date does."""


def validation_data(**params: str) -> Delta:
    """Return a change that only helps long-term validation."""
    return Delta("lta_updates", Changes.LTA_UPDATES, 1, params)


def permitted(change_class: str, permission: int, /, *, field_name: str = "", **params: str) -> Delta:
    """Return a change that an uncertified document allows."""
    return Delta(change_class, Changes.PERMITTED, permission, params, field_name)


def suspicious(
    change_class: str, permission: int = NEVER, /, *, field_name: str = "", additive: bool = False, **params: str
) -> Delta:
    """Return a change that a person must look at."""
    return Delta(change_class, Changes.SUSPICIOUS, permission, params, field_name, additive)
