"""How far a unit of work reaches: the rows of one authority, of nobody, or of all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Scope:
    """Whose rows are seen and written. Repositories filter by it, row-level security is the second lock."""

    authority: UUID | None = None
    """Rows of this authority, beside those that are everybody's; None: only the latter."""
    everything: bool = False
    """Rows of all authorities: for signing in, before it is known who it is, and for work beside requests."""


VISITOR = Scope()
"""Nobody is signed in."""
SYSTEM = Scope(everything=True)
"""The service itself. Never for what a request may read or write by an id that it brings."""


def of(authority: UUID) -> Scope:
    """Return the scope of one authority."""
    return Scope(authority)
