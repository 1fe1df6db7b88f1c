"""Authorities and people for tests of accounts, a clock that can be set, and a hasher that costs nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pyotp

from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.accounts.second_factor import sealed
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person, RoleGrant, SecondFactor
from verifier.storage.scope import SYSTEM

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When tests of accounts take place."""
PASSWORD = "chim sáo hót vườn bưởi 41"
"""The password of people who need one."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The TOTP secret of people who need one."""


class Clock:
    """A clock that is set by hand."""

    def __init__(self, instant: datetime = AT) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def pass_(self, **span: float) -> None:
        """Let some time pass: `seconds`, `minutes`, `hours`, `days`."""
        self.instant += timedelta(**span)


class CheapHasher:
    """Keeps passwords by a plain hash, and counts how often it is asked."""

    def __init__(self, mark: str = "cheap") -> None:
        self.mark, self.asked = mark, 0

    def hashed(self, password: str) -> str:
        return f"{self.mark}:{hashlib.sha256(password.encode()).hexdigest()}"

    def fits(self, hashed: str, password: str) -> bool:
        self.asked += 1
        return hashed.partition(":")[2] == self.hashed(password).partition(":")[2]

    def outdated(self, hashed: str) -> bool:
        return not hashed.startswith(f"{self.mark}:")


def add_authority(database: Database, **changes: object) -> Authority:
    """Store an authority, a mission abroad unless `changes` say otherwise."""
    id_ = uuid4()
    authority = Authority(
        id=id_,
        code=f"G10.{id_.hex[:8].upper()}",
        kind="mission",
        name_vi="Đại sứ quán Việt Nam tại Xứ Thử",
        name_en="Embassy of Viet Nam in Testland",
        address_vi="1 Phố Thử",
        address_en="1 Test Street",
        time_zone="Asia/Ho_Chi_Minh",
        signature_name="Đại sứ",
        seal_name="Đại sứ quán",
        forwards_to=None,
        valid_from=date(2020, 1, 1),
        valid_until=None,
        version=1,
        created_at=AT,
    )
    authority = replace(authority, **changes)  # type: ignore[arg-type]
    with database.unit(SYSTEM) as unit:
        unit.authorities.add(authority)
    return authority


def add_person(
    database: Database,
    authority: Authority,
    *roles: Role,
    login: str = "lan.nguyen",
    name: str = "Nguyễn Thị Lan",
    password: str = PASSWORD,
    secret: str = SECRET,
    **changes: object,
) -> Person:
    """Store a person who holds `roles`; without password or second factor where those are empty."""
    person = Person(
        uuid4(), authority.id, login, name, "Chuyên viên", "Officer", f"{login}@example.vn", AT, None, 1, AT, None
    )
    person = replace(person, **changes)  # type: ignore[arg-type]
    with database.unit(SYSTEM) as unit:
        unit.people.add(person)
        for role in roles:
            since = AT - timedelta(days=30)
            unit.people.grant(RoleGrant(uuid4(), authority.id, person.id, role, since, None, None, since))
        if password:
            unit.people.set_password(person, CheapHasher().hashed(password), AT)
        if secret:
            kept = sealed(RING, person, secret)
            unit.people.set_second_factor(SecondFactor(person.id, authority.id, kept, 0, AT))
    return person


def code_at(instant: datetime, secret: str = SECRET) -> str:
    """Return the code that an authenticator app shows at an instant."""
    return pyotp.TOTP(secret).at(instant)
