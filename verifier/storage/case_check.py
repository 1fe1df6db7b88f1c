"""Looks whether dossiers agree with themselves: the log, codes, money, messages, files, what finds them. Reads only.

Every check is one statement over all dossiers, in one snapshot, so that a million of them are looked at in about a
minute while the service goes on. Whether the log was tampered with is proved by `audit_check` alone; here its links
are reckoned anew as well, but nothing compares its columns with its bodies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from verifier.storage.database import Database

MOST = 1000
"""Findings of one check."""
BATCH = 5000


@dataclass(frozen=True)
class CaseFinding:
    """Something that does not agree."""

    code: str
    """Which check: one of `CHECKS`, or `head`, `blob-missing`, `blob-differs`."""
    subject: str
    """Code or id of what it is about."""
    detail: str = ""


@dataclass(frozen=True)
class Rules:
    """What the log is held against."""

    allowed: Mapping[str, frozenset[str]]
    """Within which statuses each command may be given, by its event."""
    final: frozenset[str]
    portal_since: datetime
    """Since when no message to the national portal was forgotten yet."""


@dataclass(frozen=True)
class NamedFile:
    """A file that some row names."""

    blob: str
    size: int
    sha256: str
    subject: str
    """Which row."""


CHECKS: Mapping[str, str] = {
    "log-link": """
        select cast(number as text), subject_kind || ' ' || subject_id from (
            select number, subject_kind, subject_id, hash, previous, subject_previous, subject_number,
                sha256(convert_to(number || ' ' || subject_number || ' ', 'UTF8') || previous || subject_previous
                    || convert_to(body, 'UTF8')) as reckoned,
                lag(number, 1, 0::bigint) over whole as before, lag(hash) over whole as last,
                lag(subject_number, 1, 0) over one as one_before, lag(hash) over one as one_last
            from audit_event
            window whole as (order by number), one as (partition by subject_kind, subject_id order by subject_number)
        ) e
        where hash <> reckoned or number <> before + 1 or subject_number <> one_before + 1
            or previous <> coalesce(last, decode(repeat('00', 32), 'hex'))
            or subject_previous <> coalesce(one_last, decode(repeat('00', 32), 'hex'))""",
    "log-version": """
        select code, 'version ' || version || ' after ' || coalesce(version_before, 0) from told
        where version is distinct from coalesce(version_before, 0) + 1""",
    "log-status": """
        select code, 'was ' || coalesce(was, '?') || ', stood at ' || coalesce(status_before, '?') from told
        where was is distinct from coalesce(status_before, '')""",
    "log-rule": """
        select code, action || ' while ' || was from told
        where action || ' ' || was <> all (:allowed) and action = any (:events) and version_before is not null""",
    "log-end": """
        select c.code, 'the log says ' || coalesce(t.status, 'nothing') || ' at version ' || coalesce(t.version, 0)
            || ', the dossier ' || c.status || ' at ' || c.version
        from case_file c left join told t on t.id = cast(c.id as text) and t.last
        where t.id is null or t.status <> c.status or t.version <> c.version or t.authority_id <> c.authority_id""",
    "log-of-nothing": "select id, 'no dossier' from told where last and code is null",
    "end": """
        select code, status from case_file where (status = any (:final)) <> (ended_at is not null)""",
    "parts": """
        select c.code, p.part || ' ' || p.id from case_file c join (
            select 'paper' as part, id, case_id, authority_id from case_paper
            union all select 'record', id, case_id, authority_id from case_record
            union all select 'confirmation', id, case_id, authority_id from case_confirmation
        ) p on p.case_id = c.id where p.authority_id <> c.authority_id""",
    "record-missing": """
        select c.code, 'paper ' || p.number || ' names ' || n.id from case_paper p join case_file c on c.id = p.case_id
        cross join lateral (values (p.record_id), (p.translation_id), (p.basis_record)) n(id)
        where n.id is not null and not exists (
            select from case_record r where r.id = n.id and r.case_id = p.case_id)""",
    "document-differs": """
        select c.code, 'paper ' || p.number from case_paper p join case_file c on c.id = p.case_id
        join case_record r on r.id = p.record_id where r.sha256 <> p.sha256""",
    "upload-used": """
        select cast(u.id as text), r.id || ' has its file' from case_upload u join case_record r on r.blob = u.blob
        where u.blob <> ''""",
    "code-count": """
        with codes as (
            select intake_id, substring(code from '-([0-9]+)-[0-9]+$') as day, count(*) as count,
                max(cast(substring(code from '-([0-9]+)$') as bigint)) as last
            from case_file group by 1, 2
        ), counted as (
            select k.authority_id, d.day, k.last from case_counter k
            cross join lateral (values (to_char(k.day, 'YYMMDD')), (to_char(k.day, 'YYYYMMDD'))) d(day)
            where exists (select from codes c where c.intake_id = k.authority_id and c.day = d.day)
                or d.day = to_char(k.day, 'YYMMDD') and not exists (
                    select from codes c where c.intake_id = k.authority_id and c.day = to_char(k.day, 'YYYYMMDD'))
        )
        select coalesce(c.intake_id, k.authority_id) || ' ' || coalesce(c.day, k.day),
            coalesce(c.count, 0) || ' dossiers, the last ' || coalesce(c.last, 0) || ', counted '
            || coalesce(k.last, 0)
        from codes c full join counted k on k.authority_id = c.intake_id and k.day = c.day
        where coalesce(c.count, 0) <> coalesce(k.last, 0) or coalesce(c.last, 0) <> coalesce(k.last, 0)""",
    "receipt-count": """
        select coalesce(r.authority_id, k.authority_id) || ' ' || coalesce(r.symbol, k.symbol) || ' '
            || coalesce(r.year, k.year),
            coalesce(r.count, 0) || ' receipts, the last ' || coalesce(r.last, 0) || ', counted ' || coalesce(k.last, 0)
        from (
            select authority_id, symbol, year, count(*) as count, max(number) as last from payment_receipt
            group by authority_id, symbol, year
        ) r full join payment_counter k using (authority_id, symbol, year)
        where coalesce(r.count, 0) <> coalesce(k.last, 0) or coalesce(r.last, 0) <> coalesce(k.last, 0)""",
    "receipt-differs": """
        select cast(p.id as text), p.state || ', ' || coalesce('receipt ' || r.number, 'no receipt')
        from payment p left join payment_receipt r on r.payment_id = p.id
        where (p.state = 'matched' and r.id is null) or (p.state in ('mismatch', 'surplus') and r.id is not null)
            or (r.amount, r.currency, r.case_id, r.order_id) <> (p.amount, p.currency, p.case_id, p.order_id)""",
    "order-differs": """
        select o.reference, o.state || ', ' || count(p.id) || ' payments' from payment_order o
        left join payment p on p.order_id = o.id and exists (
            select from payment_receipt r where r.payment_id = p.id)
        group by o.id having (o.state = 'paid') <> (count(p.id) > 0) or count(p.id) > 1
            or (o.state = 'paid' and sum(p.amount) <> o.amount)""",
    "paid-differs": """
        select c.code, coalesce('paid at ' || c.paid_at, 'not paid') || ', ' || o.states from case_file c
        join (
            select case_id, string_agg(distinct state, ' ') as states, bool_or(state in ('paid', 'exempt')) as settled,
                bool_or(state = 'open') as open, bool_or(state = 'paid') as paid
            from payment_order group by case_id
        ) o on o.case_id = c.id
        where (c.paid_at is not null and not o.settled and c.fee_vnd <> 0
                and not exists (select from payment_carried k where k.case_id = c.id))
            or (c.paid_at is null and o.paid and not o.open and c.ended_at is null)""",
    "carried-differs": """
        select k.code, 'the fee of ' || k.earlier_code || ', ' || e.status from payment_carried k
        join case_file c on c.id = k.case_id join case_file e on e.id = k.earlier_id
        where (c.code, e.code, e.procedure) <> (k.code, k.earlier_code, c.procedure) or e.status <> 'stopped'
            or exists (
                select from payment_refund r join payment p on p.id = r.payment_id
                where r.case_id = e.id and r.asked_at >= k.made_at and r.state <> 'rejected'
                    and p.state in ('matched', 'returned'))""",
    "notice-unsent": """
        select cast(n.id as text), n.template from notice n where n.state = 'waiting' and not exists (
            select from outbox o where o.key = 'notice:' || n.id and o.state = 'waiting')""",
    "notice-of-nothing": """
        select o.key, o.state from outbox o where o.topic = 'notice' and not exists (
            select from notice n where 'notice:' || n.id = o.key)""",
    "status-unsent": """
        select code, 'version ' || version from told
        where at >= (select greatest(min(created_at), :portal_since) from outbox where topic = 'portal-status')
            and status <> coalesce(status_before, '') and code is not null
            and not exists (select from outbox o where o.key = 'case:' || told.id || ':' || told.version)""",
    "status-of-nothing": """
        select o.key, o.state from outbox o where o.topic = 'portal-status' and not exists (
            select from told t where 'case:' || t.id || ':' || t.version = o.key)""",
    "request-of-nothing": """
        select r.asker, cast(r.case_id as text) from case_request r
        where not exists (select from case_file c where c.id = r.case_id)""",
    "search": """
        select coalesce(c.code, cast(s.case_id as text)), case when s.case_id is null then 'not found by ' || c.by
            else 'found by ' || s.authority_id end
        from (
            select id, code, authority_id as by, filed_at from case_file
            union select id, code, intake_id, filed_at from case_file
        ) c full join case_search s on s.case_id = c.id and s.authority_id = c.by
        where s.case_id is null or c.id is null or s.filed_at <> c.filed_at
            or not s.words @@ cast('''@' || s.authority_id || ''' & ''<' || replace(lower(reverse(c.code)), '''', '')
                || '''' as tsquery)""",
}
"""What does not agree, by code: each statement gives subject and detail."""
TOLD = """
    create temporary table told on commit drop as
    select t.*, c.code, lead(t.number) over one is null as last,
        lag(t.version) over one as version_before, lag(t.status) over one as status_before
    from (
        select e.subject_id as id, e.subject_number as number, e.action, e.at, e.authority_id,
            cast(d.details ->> 'version' as integer) as version, d.details ->> 'was' as was,
            d.details ->> 'status' as status
        from audit_event e cross join lateral (select cast(e.body as jsonb) -> 'details' as details offset 0) d
        where e.subject_kind = 'case' and jsonb_typeof(d.details -> 'version') = 'number'
    ) t left join case_file c on cast(c.id as text) = t.id
    window one as (partition by t.id order by t.number)
"""
FILES = """
    select blob, size, sha256, 'record ' || id from case_record where blob <> ''
    union all select blob, size, sha256, 'upload ' || id from case_upload where blob <> ''
"""


class CaseCheck:
    """Checks of all dossiers, in one snapshot."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database, self._rules = database, rules

    @contextmanager
    def opened(self) -> Iterator[Snapshot]:
        """Give the snapshot; SQLAlchemyError where the database fails."""
        with self._database.engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ")
            connection.execute(text("select set_config('verifier.reach', 'all', true)"))
            connection.execute(text("set local work_mem = '256MB'"))
            connection.execute(text("set local jit = off"))
            yield Snapshot(connection, self._rules)
            connection.rollback()


class Snapshot:
    """Dossiers as they were at one moment."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._connection = connection
        pairs = [f"{event} {status}" for event, within in rules.allowed.items() for status in within]
        self._told: dict[str, Any] = {"allowed": pairs, "events": list(rules.allowed), "final": sorted(rules.final)}
        self._told["portal_since"] = rules.portal_since
        connection.execute(text(TOLD))
        connection.execute(text("create index on told (id, version)"))
        connection.execute(text("analyze told"))

    def counts(self) -> tuple[int, int]:
        """Return how many dossiers, and how many events of all subjects, are looked at."""
        row = self._connection.execute(
            text("select (select count(*) from case_file), (select count(*) from audit_event)")
        ).one()
        return int(row[0]), int(row[1])

    def check(self, code: str) -> tuple[CaseFinding, ...]:
        """Return what one check finds, at most `MOST`."""
        statement = text(f"select * from ({CHECKS[code]}) found(subject, detail) limit {MOST}")  # noqa: S608 - ours
        told = {name: value for name, value in self._told.items() if f":{name}" in CHECKS[code]}
        return tuple(CaseFinding(code, str(one[0]), str(one[1])) for one in self._connection.execute(statement, told))

    def files(self) -> Iterator[tuple[NamedFile, ...]]:
        """Give the files that dossiers name, some at a time."""
        found = self._connection.execution_options(yield_per=BATCH).execute(text(FILES))
        for page in found.partitions():
            yield tuple(NamedFile(*one) for one in page)


def selected(codes: Collection[str]) -> tuple[str, ...]:
    """Return which checks are meant, in order; all where none is named. KeyError."""
    return tuple(code for code in CHECKS if not codes or code in codes)
