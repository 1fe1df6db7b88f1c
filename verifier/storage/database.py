"""The database as the service uses it: engine, scope and unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from verifier.storage.appointments import Appointments
from verifier.storage.archive import Archive
from verifier.storage.audit import AuditLog
from verifier.storage.authorities import Authorities
from verifier.storage.case_search import CaseSearch
from verifier.storage.cases import Cases
from verifier.storage.clients import Clients
from verifier.storage.issuances import Issuances
from verifier.storage.job_runs import JobRuns
from verifier.storage.keys import KeyRing
from verifier.storage.notices import Notices
from verifier.storage.outbox import Outbox
from verifier.storage.payments import Payments
from verifier.storage.people import People
from verifier.storage.proposals import Proposals
from verifier.storage.registers import Registers
from verifier.storage.schema import BEHIND, CONNECT_SECONDS, behind, with_driver
from verifier.storage.scope import Scope
from verifier.storage.sessions import Sessions
from verifier.storage.signing import Signing
from verifier.storage.trust import Trust
from verifier.storage.validations import Validations
from verifier.storage.versions import Versions

__all__ = ["BEHIND", "Database", "UnitOfWork"]

CONNECTIONS = 16
"""Connections kept for one process: at least one for each request thread."""
SERVICE_ROLE = "verifier_service"
"""The database role that the service acts as; it owns nothing, so row-level security holds for it."""

_OVERMIGHTY = text(
    "select exists (select from pg_roles where rolname = session_user and (rolsuper or rolbypassrls or rolcreaterole))"
    " or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where c.relname in ('audit_event', 'trust_change')"
    " and (pg_has_role(session_user, c.relowner, 'member') or pg_has_role(session_user, n.nspowner, 'member')"
    " or has_table_privilege(session_user, c.oid, 'update, delete, truncate, trigger')))"
)


@dataclass(frozen=True)
class UnitOfWork:
    """The repositories of one transaction; all of them see the rows of its scope only."""

    authorities: Authorities
    proposals: Proposals
    people: People
    sessions: Sessions
    clients: Clients
    validations: Validations
    audit: AuditLog
    outbox: Outbox
    jobs: JobRuns
    trust: Trust
    signing: Signing
    issuances: Issuances
    registers: Registers
    versions: Versions
    cases: Cases
    case_search: CaseSearch
    payments: Payments
    notices: Notices
    appointments: Appointments
    archive: Archive

    def known_blobs(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return which of these names of stored files some row refers to; a table that names files is asked here."""
        keepers = (self.validations, self.issuances, self.versions, self.cases, self.archive)
        return frozenset[str]().union(*(one.known_blobs(names) for one in keepers))


class Database:
    """PostgreSQL behind an SQLAlchemy engine. `close` it when done."""

    def __init__(self, url: str, ring: KeyRing) -> None:
        """`url` is a `postgresql://` address; the head of the audit log is marked with a key of `ring`."""
        self._ring = ring
        self.engine = create_engine(
            with_driver(url),
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            hide_parameters=True,  # names of files and people have no place in logs
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
        event.listen(self.engine, "connect", _act_as_service)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def unit(self, scope: Scope) -> Iterator[UnitOfWork]:
        """Open a unit of work: committed on leaving, rolled back on any exception. SQLAlchemyError where it fails.

        Events given to `audit` are linked into the log last, so that the log is locked for a moment only.
        """
        with self._sessions.begin() as session:
            session.execute(_REACH, {"authority": _text(scope), "reach": "all" if scope.everything else ""})
            unit = _unit(session, scope, self._ring)
            yield unit
            session.flush()
            if unit.cases.undrawn:
                raise LookupError(f"forms are not drawn: {unit.cases.undrawn}")
            unit.case_search.follow(unit.cases.renamed, unit.cases.papers_renamed)
            unit.audit.link()

    def trouble(self) -> str:
        """Why the database cannot be used now; empty where it can, `BEHIND` where migrations are missing."""
        try:
            with self.engine.connect() as connection:
                if behind(connection):
                    return BEHIND
                connection.execute(text("select 1 from validation limit 1"))
        except SQLAlchemyError as error:
            return type(error).__name__
        return ""

    def overmighty(self) -> bool:
        """Tell whether the login could pass by row-level security, change a log, or give itself such rights.

        The logs are the audit log and the journal of trust.
        """
        with self.engine.connect() as connection:
            return bool(connection.execute(_OVERMIGHTY).scalar_one())

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


_REACH = text("select set_config('verifier.authority', :authority, true), set_config('verifier.reach', :reach, true)")


def _act_as_service(connection: Any, _record: object) -> None:
    """Give up the login's own rights for those of the service; before the first migration there is no such role."""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", (SERVICE_ROLE,))
        if cursor.fetchone():
            cursor.execute(f"set role {SERVICE_ROLE}")
    connection.commit()


def _text(scope: Scope) -> str:
    return "" if scope.authority is None else str(scope.authority)


def _unit(session: Session, scope: Scope, ring: KeyRing) -> UnitOfWork:
    return UnitOfWork(
        Authorities(session, scope),
        Proposals(session, scope),
        People(session, scope),
        Sessions(session, scope),
        Clients(session, scope),
        Validations(session, scope),
        AuditLog(session, scope, ring),
        Outbox(session, scope),
        JobRuns(session, scope),
        Trust(session, scope),
        Signing(session, scope),
        Issuances(session, scope),
        Registers(session, scope),
        Versions(session, scope),
        Cases(session, scope),
        CaseSearch(session, scope),
        Payments(session, scope),
        Notices(session, scope),
        Appointments(session, scope),
        Archive(session, scope),
    )
