"""Where auditors read the audit log of their authority; what they read and take away stands in the log too."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.audit import Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.audit import AuditFilter, Entry
from verifier.storage.audit_check import AuditFinding, broken_links, verify
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import KeyRing

PAGE = 50
"""Entries of one page."""
STEPS = 200
"""Steps of a chain on one page."""
MOST_BROKEN = 100
"""Broken steps that are told of one chain."""
AT_ONCE = 1000
"""Entries that an export reads at a time."""
Names = Mapping[tuple[str, str], str]
"""What people, clients and authorities are called today, by kind and id of the subject."""
READS = ("name", "address")
"""Personal data that stands in the log."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Found:
    """A page of the log, newest first."""

    entries: tuple[Entry, ...]
    names: Names
    older: int = 0
    """What to give as `before` for the next page; 0 where there is none."""


@dataclass(frozen=True)
class Chain:
    """A part of the chain of one subject, oldest first, and what is broken in the whole of it."""

    entries: tuple[Entry, ...]
    names: Names
    broken: Mapping[int, AuditFinding]
    """Finding by step, for every broken one."""
    length: int
    """Steps that were checked, those of other authorities among them."""
    later: int = 0
    """What to give as `after` for the next part; 0 where there is none."""

    @property
    def first_broken(self) -> AuditFinding | None:
        """The first link that does not hold."""
        return next(iter(self.broken.values()), None)


class AuditDesk:
    """The log as auditors see it: the events of their own authority. BadRequest `page-not-found` for anybody else."""

    def __init__(self, database: Database, clock: Clock, ring: KeyRing) -> None:
        self._database, self._clock, self._ring = database, clock, ring
        self._checking = threading.Lock()

    def search(self, caller: Caller, wanted: AuditFilter, before: int = 0) -> Found:
        """Return a page of events; `before` as `Found.older` said."""
        home = _home(caller)
        with self._database.unit(caller.scope) as unit:
            found = unit.audit.search(wanted, PAGE + 1, before)
            self._tell(unit, caller, home, "audit-read", _told(wanted) | ({"before": before} if before else {}), READS)
            shown = found[:PAGE]
            names = _names(unit, shown)
        return Found(shown, names, shown[-1].number if len(found) > PAGE else 0)

    def chain(self, caller: Caller, kind: str, id_: str, after: int = 0) -> Chain:
        """Return events of one subject and whether its chain holds; `page-not-found` where none of them is one's own.

        The links are checked over the whole chain, whoever may read its events: of those of other authorities nothing
        comes out but the step at which the chain is broken.
        """
        home = _home(caller)
        with self._database.unit(caller.scope) as unit:
            found = unit.audit.chain(kind, id_, STEPS + 1, after)
            if not found:
                raise BadRequest("page-not-found")
            told: dict[str, Detail] = {"subject_kind": kind, "subject_id": id_}
            self._tell(unit, caller, home, "audit-read", told | ({"after": after} if after else {}), READS)
            shown = found[:STEPS]
            names = _names(unit, shown)
        broken, length = _checked(self._database, kind, id_)
        return Chain(shown, names, broken, length, shown[-1].subject_number if len(found) > STEPS else 0)

    def check(self, caller: Caller) -> AuditFinding:
        """Check the whole log; of what belongs to another authority only the number is told.

        BadRequest `audit-being-checked` while another check runs.
        """
        home = _home(caller)
        if not self._checking.acquire(blocking=False):
            raise BadRequest("audit-being-checked")
        try:
            finding = verify(self._database, self._ring)
        finally:
            self._checking.release()
        with self._database.unit(caller.scope) as unit:
            told: dict[str, Detail] = {"code": finding.code, "number": finding.number, "events": finding.events}
            self._tell(unit, caller, home, "audit-checked", told)
        if finding.authority_id == home.id:
            return finding
        return replace(finding, subject_kind="", subject_id="", subject_number=0, authority_id=None)

    def export(self, caller: Caller, wanted: AuditFilter, form: str) -> Iterator[Entry]:
        """Put into the log that the events are taken away as `form`; then give them one by one, newest first."""
        home = _home(caller)
        with self._database.unit(caller.scope) as unit:
            start = unit.audit.head()[0] + 1
            self._tell(unit, caller, home, "audit-exported", {"form": form, **_told(wanted)}, READS)
        return self._all(caller, wanted, start)

    def _all(self, caller: Caller, wanted: AuditFilter, before: int) -> Iterator[Entry]:
        while before > 1:
            with self._database.unit(caller.scope) as unit:
                found = unit.audit.search(wanted, AT_ONCE, before)
            yield from found
            before = found[-1].number if len(found) == AT_ONCE else 0

    def _tell(
        self,
        unit: UnitOfWork,
        caller: Caller,
        home: Authority,
        action: str,
        details: Mapping[str, Detail],
        reads: tuple[str, ...] = (),
    ) -> None:
        about = ("audit", str(home.id), action, caller.actor)
        unit.audit.append(Event(*about, self._clock.now(), home.id, details=details, reads=reads))


def _home(caller: Caller) -> Authority:
    if caller.authority is None or Role.AUDITOR not in caller.roles:
        raise BadRequest("page-not-found")
    return caller.authority


def _names(unit: UnitOfWork, entries: Iterable[Entry]) -> Names:
    find: Mapping[str, Callable[[UUID], Any]] = {
        "person": unit.people.get,
        "client": unit.clients.get,
        "authority": unit.authorities.get,
    }
    subjects = {(one.event.subject_kind, one.event.subject_id) for one in entries}
    found = {(kind, id_): find[kind](UUID(id_)) for kind, id_ in subjects if kind in find and _ID.fullmatch(id_)}
    return {subject: one.name_vi if subject[0] == "authority" else one.name for subject, one in found.items() if one}


def _checked(database: Database, kind: str, id_: str) -> tuple[dict[int, AuditFinding], int]:
    broken: dict[int, AuditFinding] = {}
    length = 0
    for finding in broken_links(database, kind, id_):
        if finding.intact:
            length = finding.events
        elif len(broken) < MOST_BROKEN:
            broken[finding.subject_number] = finding
    return broken, length


def _told(wanted: AuditFilter) -> dict[str, Detail]:
    """The filter as details of an event: what was asked for, without what was not."""
    asked: dict[str, Any] = {name: value for name, value in vars(wanted).items() if value}
    return {name: value.isoformat() if name in {"since", "until"} else value for name, value in asked.items()}
