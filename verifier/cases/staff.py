"""Officers of a role who are told of one thing, where nobody in particular is at work on it."""

from __future__ import annotations

from uuid import UUID

from verifier.accounts.roles import Role
from verifier.cases.kernel import Turn

MOST_TOLD = 5
"""Officers who are told of one thing."""


def holders(turn: Turn, role: Role) -> list[UUID]:
    """Return who holds a role now, at the authority in whose scope the command runs; at most `MOST_TOLD`."""
    held = (one for one in turn.unit.people.all_grants() if one.role == role.value and one.holds_at(turn.now))
    return list(dict.fromkeys(one.person_id for one in held))[:MOST_TOLD]
