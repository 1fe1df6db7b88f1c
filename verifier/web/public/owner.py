"""For whom the caller of a page hands in and reads: an officer's authority, else nobody."""

from __future__ import annotations

from verifier.accounts.roles import Role
from verifier.storage.validations import Validation
from verifier.web.access import caller
from verifier.web.jobs import NOBODY, Owner

OFFICERS = frozenset({Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK})
"""Roles whose files belong to their authority. Who runs the house or audits it does not work in it."""


def owner() -> Owner:
    """Return for whom the caller acts."""
    who = caller()
    return Owner(who.scope, who.id, who.actor) if who.person and who.roles & OFFICERS else NOBODY


def address_of(token: str, job: Validation | None) -> str:
    """Return under which name a validation stands in addresses: its id where it is an authority's, else its token."""
    return str(job.id) if job and job.authority_id else token


def may_delete(job: Validation) -> bool:
    """Tell whether the caller may delete it: of an authority's, only who handed it in."""
    return job.authority_id is None or job.handed_in_by == owner().id
