"""What every command of an administrator shares: one unit of work, the rule of who may, and one event in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text
from verifier.accounts.roles import Role
from verifier.accounts.security_log import What, note
from verifier.audit import Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.people import Person

WORDS_LENGTH = 300
"""Longest title or name of a machine client, in characters."""
EMAIL_LENGTH = 254
"""Longest address (RFC 5321 4.5.3.1.3, without the brackets)."""
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Work:
    """One unit of work of an administrator, within the administrator's authority."""

    unit: UnitOfWork
    caller: Caller
    me: Person
    authority: Authority
    now: datetime

    def tell(
        self,
        subject: tuple[str, object],
        action: str,
        reason: str = "",
        details: Mapping[str, Detail] | None = None,
        reads: tuple[str, ...] = (),
    ) -> None:
        """Put one event into the audit log."""
        kind, id_ = subject
        place = (kind, str(id_), action)
        self.unit.audit.append(
            Event(*place, self.caller.actor, self.now, self.authority.id, reason, details or {}, reads)
        )

    def warn(self, what: What, **about: Detail) -> None:
        """Put one line into the security log."""
        note(self.unit, self.caller, what, self.now, **about)


class Desk:
    """Where an administrator's commands are carried out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    @contextmanager
    def _work(self, caller: Caller, *, alone: bool = True) -> Iterator[Work]:
        """Open a unit of work in the caller's authority; BadRequest `not-allowed` for anybody but its administrators.

        `alone`: no other command on people or clients of this authority runs at the same time, so rules that look at
        several rows hold. Whether the caller is an administrator is looked up anew, inside.
        """
        if caller.authority is None or caller.person is None or Role.ADMINISTRATOR not in caller.roles:
            raise BadRequest("not-allowed")
        now = self._clock.now()
        with self._database.unit(caller.scope) as unit:
            if alone:
                unit.authorities.hold(caller.authority.id)
            me = unit.people.get(caller.person.id)
            if me is None or me.disabled_at is not None or not _administers(unit, me, now):
                raise BadRequest("not-allowed")
            yield Work(unit, caller, me, caller.authority, now)


def words_of(raw: str, field: str, longest: int = WORDS_LENGTH) -> str:
    """Return words in one line; they may be empty. BadRequest `text-unclear` with the field."""
    try:
        words = clean_text(raw)
    except BadRequest as refusal:
        raise BadRequest(refusal.problem.code, refusal.problem.detail, field=field) from None
    if len(words) > longest:
        raise BadRequest("text-unclear", f"It is longer than {longest} characters.", field=field)
    return words


def email_of(raw: str) -> str:
    """Return an e-mail address; it may be empty. BadRequest `email-unclear`."""
    email = raw.strip()
    if email and (len(email) > EMAIL_LENGTH or not _EMAIL.fullmatch(email)):
        raise BadRequest("email-unclear", field="email")
    return email


def difference(before: object, after: object, names: tuple[str, ...]) -> dict[str, Detail]:
    """Return what is different: before and after by field, as the log keeps it."""
    pairs = {name: [_plain(getattr(one, name)) for one in (before, after)] for name in names}
    return {name: told for name, told in pairs.items() if told[0] != told[1]}


def when(instant: datetime | None) -> str:
    """Write an instant for the log; empty for none."""
    return "" if instant is None else instant.isoformat()


def _plain(value: object) -> str:
    return when(value) if isinstance(value, datetime) else "" if value is None else str(value)


def _administers(unit: UnitOfWork, person: Person, now: datetime) -> bool:
    return any(one.role == Role.ADMINISTRATOR and one.holds_at(now) for one in unit.people.grants(person.id))
