"""The first authority and the first administrator: made at the command line, where nobody can be signed in yet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from verifier.accounts.kinds import by_law, kinds
from verifier.accounts.names import clean_login, clean_name
from verifier.accounts.people_desk import INVITATION_LASTS, Invited
from verifier.accounts.roles import Role
from verifier.accounts.staffing import check_beside
from verifier.audit import Actor, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Invitation, Person, RoleGrant
from verifier.storage.scope import SYSTEM

LONGEST_CODE = 35
"""Characters of an agency code."""
TIME_ZONE = "Asia/Ho_Chi_Minh"
PERSON, AUTHORITY = "verifier person invite", "verifier authority add"
"""Who did it, in the audit log."""
BY_COMMAND = "command-line"
"""Why sessions ended."""

_CODE = re.compile(r"[A-Z][A-Z0-9]*(\.[A-Z0-9]+)*")


@dataclass(frozen=True)
class Wanted:
    """Somebody who shall have an account."""

    authority: str
    """Agency code."""
    login: str
    name: str
    roles: Sequence[Role]
    """Of those that people may hold."""
    reset: bool = False
    """The account is there already: forget how this person signs in, and hand out a new link."""


class Bootstrap:
    """What the operator of the service may do without an account of the service."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add_authority(self, code: str, kind: str, name_vi: str, name_en: str, time_zone: str = TIME_ZONE) -> Authority:
        """Add an authority that exists from today on, with all that the law gives to its kind; BadRequest `bad-option`.

        All else is filled in later by its own people, two of them.
        """
        if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
            raise _wrong("--code", "groups of A-Z and 0-9 with dots between them, e.g. G10.18")
        if kind not in kinds().kinds:
            raise _wrong("--kind", f"one of {', '.join(kinds().kinds)}")
        now, names = self._clock.now(), (clean_name(name_vi), clean_name(name_en))
        today = now.astimezone(_zone(time_zone)).date()
        words = (*names, "", "", time_zone, "", "")
        authority = Authority(uuid4(), code, kind, *words, None, today, None, 1, now)
        with self._database.unit(SYSTEM) as unit:
            if unit.authorities.by_code(code):
                raise _wrong("--code", f"new; {code} is there already")
            unit.authorities.add(authority)
            unit.authorities.set_competences(authority.id, by_law(authority))
            place = ("authority", str(authority.id), "authority-added", Actor("system", AUTHORITY))
            unit.audit.append(Event(*place, now, authority.id, details={"code": code, "kind": kind}))
        return authority

    def invite(self, wanted: Wanted) -> Invited:
        """Open an account, and return the link's token. BadRequest `bad-option` and as `PeopleDesk.invite`."""
        login, now = clean_login(wanted.login), self._clock.now()
        with self._database.unit(SYSTEM) as unit:
            authority = unit.authorities.by_code(wanted.authority)
            if authority is None:
                raise _wrong("--authority", f"the code of an authority; {wanted.authority!r} is none")
            unit.authorities.hold(authority.id)
            person = self._reset(unit, authority, login) if wanted.reset else _new(unit, authority, wanted, login, now)
            invited = Invited(person, secrets.token_urlsafe(32), now + INVITATION_LASTS)
            unit.people.invite(Invitation(authority.id, person.id, now, invited.expires_at), invited.token)
            action = "person-reset" if wanted.reset else "person-invited"
            place = ("person", str(person.id), action, Actor("system", PERSON), now, authority.id)
            roles = [role.value for role in wanted.roles]
            unit.audit.append(Event(*place, details={"login": login, "roles": roles}))
        return invited

    def _reset(self, unit: UnitOfWork, authority: Authority, login: str) -> Person:
        found = unit.people.by_login(login)
        person = unit.people.hold(found.id) if found else None
        if person is None or person.authority_id != authority.id or person.disabled_at is not None:
            raise _wrong("--login", f"with --reset an open account of {authority.code}; {login} is none")
        unit.people.forget_credentials(person.id)
        unit.sessions.end_all(person.id, self._clock.now(), BY_COMMAND)
        return person


def _new(unit: UnitOfWork, authority: Authority, wanted: Wanted, login: str, now: datetime) -> Person:
    """Add a person with roles that go together."""
    if unit.people.login_taken(login):
        raise BadRequest("login-taken", login)
    person = Person(uuid4(), authority.id, login, clean_name(wanted.name), "", "", "", now, None, 1, now, None)
    unit.people.add(person)
    held: list[RoleGrant] = []
    for role in dict.fromkeys(wanted.roles):
        grant = RoleGrant(uuid4(), authority.id, person.id, role, now, None, None, now)
        check_beside(held, grant)
        unit.people.grant(grant)
        held.append(grant)
    return person


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise _wrong("--time-zone", f"a name like {TIME_ZONE}") from None


def _wrong(option: str, needed: str) -> BadRequest:
    return BadRequest("bad-option", f"{option} must be {needed}", option=option)
