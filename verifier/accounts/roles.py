"""Roles, and which of them exclude each other."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What somebody does for an authority."""

    RECEPTION = "reception"
    """Tiếp nhận: takes dossiers in, gives results out."""
    SPECIALIST = "specialist"
    """Chuyên viên: examines and proposes."""
    LEADER = "leader"
    """Lãnh đạo: decides and signs."""
    CLERK = "clerk"
    """Văn thư: number, register, the authority's seal."""
    ADMINISTRATOR = "administrator"
    """Quản trị: people, clients, settings; decides nothing and signs nothing."""
    AUDITOR = "auditor"
    """Kiểm tra: reads the audit log; does nothing else."""
    RELYING_AGENCY = "relying_agency"
    """Cơ quan tiếp nhận: checks whether a copy is genuine and in force."""
    PORTAL = "portal"
    """Cổng dịch vụ công: files dossiers for people and fetches their state."""


ALONE = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.RELYING_AGENCY, Role.PORTAL})
"""Roles that nobody holds beside another: who runs the house does not decide in it, who audits does nothing in it."""
OF_MACHINES = frozenset({Role.RELYING_AGENCY, Role.PORTAL})
"""Roles that a machine client may hold."""
OF_PEOPLE = tuple(role for role in Role if role is not Role.PORTAL)
"""Roles that a person may hold, in the order in which pages show them."""


def excluded(held: Collection[Role], wanted: Role) -> Role | None:
    """Return a role of `held` beside which `wanted` cannot be held; None where there is none."""
    others = [role for role in held if role is not wanted]
    return next((role for role in others if role in ALONE or wanted in ALONE), None)
