"""Rules about who may hold which role when, over all people of one authority; no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from verifier.accounts.roles import Role, excluded
from verifier.errors import BadRequest
from verifier.storage.people import Person, RoleGrant

_NEVER = datetime.max.replace(tzinfo=UTC)


def check_beside(held: Iterable[RoleGrant], wanted: RoleGrant) -> None:
    """Refuse a role that is held already, or beside which another of the same time cannot be held.

    BadRequest `role-held`; `roles-exclude` with both.
    """
    beside = [one for one in held if _overlap(one, wanted)]
    if any(one.role == wanted.role for one in beside):
        raise BadRequest("role-held", role=wanted.role)
    other = excluded([Role(one.role) for one in beside], Role(wanted.role))
    if other is not None:
        raise BadRequest("roles-exclude", role=wanted.role, other=other.value)


def check_last_administrator(
    grants: Sequence[RoleGrant], open_: frozenset[UUID], gone: frozenset[UUID], at: datetime
) -> None:
    """Refuse to end grants (`gone`, by id) at an instant where nobody would administer the authority in their stead.

    `open_`: people whose accounts are open. BadRequest `last-administrator` unless others hold the role, one after
    the other, all the time from `at` for which it was given.
    """
    of_admins = [one for one in grants if one.role == Role.ADMINISTRATOR and one.person_id in open_]
    others = [one for one in of_admins if one.id not in gone]
    if any(one.id in gone and not _covered(max(at, one.valid_from), _end(one), others) for one in of_admins):
        raise BadRequest("last-administrator")


def alike(name: str, people: Iterable[Person]) -> tuple[Person, ...]:
    """Return the people whose name looks the same as `name`."""
    return tuple(one for one in people if _look(one.name) == _look(name))


def _covered(at: datetime, end: datetime, others: Iterable[RoleGrant]) -> bool:
    """Tell whether of others there is always one who holds, from `at` until `end`."""
    for one in sorted(others, key=lambda one: one.valid_from):
        if one.valid_from > at:
            break
        at = max(at, _end(one))
    return at >= end


def _overlap(left: RoleGrant, right: RoleGrant) -> bool:
    empty = left.valid_from == _end(left) or right.valid_from == _end(right)
    return not empty and left.valid_from < _end(right) and right.valid_from < _end(left)


def _end(grant: RoleGrant) -> datetime:
    return grant.valid_until or _NEVER


_SAME = str.maketrans({"ð": "đ", "l": "i", "1": "i", "ı": "i", "0": "o", "’": "'", "–": "-"})
"""Letters that pass for others in the fonts of our pages, in lower case."""


def _look(name: str) -> str:
    return name.casefold().translate(_SAME)
