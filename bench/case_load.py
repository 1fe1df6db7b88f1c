"""A million dossiers and five million events, loaded by COPY: chains with right hashes, names, papers, deadlines.

The audit log is the log of the dossiers, so it is written as the service writes it, event by event in order of time,
and `verifier audit verify` finds it intact. Nothing is drawn by lot that a second run would draw otherwise.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from bench.case_names import Names
from verifier.accounts.roles import Role
from verifier.audit import START
from verifier.cases.records import Applicant, Case, Paper
from verifier.storage.audit import PURPOSE, head_text
from verifier.storage.authorities import Authority, Competence
from verifier.storage.case_words import words_of
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing
from verifier.storage.people import Person, RoleGrant
from verifier.storage.rows import values
from verifier.storage.scope import SYSTEM

EVENTS_EACH = 5.03
"""Events of a dossier, on the average; those that lie in the future when all is loaded have not happened."""
DAYS = 900
"""Days over which they were filed, of which two in seven are not worked."""
OPEN_SHARE = 0.03
FORWARDED = 0.1
"""Of the dossiers of a local office, those that the ministry decides."""
OFFICERS = 10
"""Of each authority."""
ROLES = (Role.RECEPTION, Role.SPECIALIST, Role.SPECIALIST, Role.LEADER)
LONG_AGO = date(2015, 1, 1)
FILLED = ("audit_event", "case_file", "case_paper", "case_search", "case_counter")
PIECE = 1 << 20
"""Characters handed to the database at once."""

Step = tuple[str, str, Role, float]
"""Event, status after it, role of who did it, hours after the event before."""
CHECKED: Step = ("paper-checked", "filed", Role.RECEPTION, 0.2)
FORWARD: Step = ("case-forwarded", "forwarded", Role.RECEPTION, 2)
RECEIVE: Step = ("case-received", "accepted", Role.RECEPTION, 3)
COMPLETE: Step = ("completeness-confirmed", "accepted", Role.RECEPTION, 2)
WORK: tuple[Step, ...] = (
    ("case-assigned", "examination", Role.LEADER, 1),
    ("proposed", "approval", Role.SPECIALIST, 6),
    ("decided", "signing", Role.LEADER, 2),
    ("signed", "signed", Role.LEADER, 1),
    ("delivered", "delivered", Role.RECEPTION, 20),
)
REFUSED: tuple[Step, ...] = (("proposed", "approval", Role.RECEPTION, 2), ("decided", "refused-intake", Role.LEADER, 3))
ENDS = frozenset({"delivered", "refused-intake", "withdrawn"})
WITHDRAWN: tuple[Step, ...] = (("case-withdrawn", "withdrawn", Role.RECEPTION, 9),)


@dataclass(frozen=True)
class Office:
    """One of the authorities, with its people by role."""

    authority: Authority
    procedure: str
    share: float
    officers: Mapping[Role, Sequence[Person]]


OFFICES = (
    ("G08.09", "ministry", "Cục Lãnh sự, Bộ Ngoại giao", "consular-certification", 0.40),
    ("H17.15", "local_office", "Sở Ngoại vụ thành phố Đà Nẵng", "consular-certification", 0.20),
    ("H26.301", "commune", "Ủy ban nhân dân phường Ba Đình", "certified-copy", 0.18),
    ("G08.FR01", "mission", "Đại sứ quán Việt Nam tại Pháp", "consular-certification", 0.12),
    ("H29.77", "commune", "Ủy ban nhân dân phường Bến Nghé", "certified-copy", 0.10),
)


def offices(database: Database, lot: Random) -> tuple[Office, ...]:
    """Store the authorities and their people."""
    names, made = Names(lot), []
    for code, kind, name, procedure, share in OFFICES:
        at = datetime(2015, 1, 1, tzinfo=UTC)
        authority = Authority(
            _id(lot), code, kind, name, name, "Hà Nội", "Hanoi", "Asia/Ho_Chi_Minh", "GIÁM ĐỐC", name.upper(), None,
            LONG_AGO, None, 1, at,
        )  # fmt: skip
        officers: dict[Role, list[Person]] = {role: [] for role in ROLES}
        with database.unit(SYSTEM) as unit:
            unit.authorities.add(authority)
            held = Competence(_id(lot), authority.id, procedure, "decide", LONG_AGO, None, "bench")
            unit.authorities.set_competences(authority.id, [held])
            for number in range(OFFICERS):
                role, login = ROLES[number % len(ROLES)], f"{code.lower()}.{number}"
                person = Person(
                    _id(lot), authority.id, login, names.person(), "", "", f"{login}@example.vn", at, None, 1, at, None
                )
                unit.people.add(person)
                unit.people.grant(RoleGrant(_id(lot), authority.id, person.id, role, at, None, None, at))
                officers[role].append(person)
        made.append(Office(authority, procedure, share, officers))
    return tuple(made)


def standing(database: Database) -> tuple[Office, ...]:
    """Return the authorities that were stored before, with their people."""
    found = []
    with database.unit(SYSTEM) as unit:
        for code, _, _, procedure, share in OFFICES:
            authority = unit.authorities.by_code(code)
            if authority is None:
                raise LookupError(f"no authority {code}")
            officers: dict[Role, list[Person]] = {role: [] for role in ROLES}
            for number in range(OFFICERS):
                person = unit.people.by_login(f"{code.lower()}.{number}")
                if person is not None:
                    officers[ROLES[number % len(ROLES)]].append(person)
            found.append(Office(authority, procedure, share, officers))
    return tuple(found)


# --- the database ----------------------------------------------------------------------------------------------------


@contextmanager
def bare(url: str, tables: Sequence[str]) -> Iterator[None]:
    """Take keys and indexes of tables away for the time of loading, and make them anew."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("set maintenance_work_mem = '1GB'")
        keys = owner.execute(_KEYS, {"tables": list(tables)}).fetchall()
        for table, name, _ in reversed(keys):
            owner.execute(f"alter table {table} drop constraint {name} cascade")
        indexes = owner.execute(_INDEXES, {"tables": list(tables)}).fetchall()
        for name, _ in indexes:
            owner.execute(f"drop index {name}")
        yield
        for (_, made), number in zip(indexes, range(len(indexes)), strict=True):
            _say(f"index {number + 1} of {len(indexes)}")
            owner.execute(made)
        for number, (table, name, made) in enumerate(keys, 1):
            _say(f"key {number} of {len(keys)}: {name}")
            owner.execute(f"alter table {table} add constraint {name} {made}")
        _say("statistics")
        owner.execute(f"vacuum (analyze) {', '.join(tables)}")


_KEYS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where contype in ('p', 'u', 'f') and (conrelid::regclass::text = any(%(tables)s)
    or confrelid::regclass::text = any(%(tables)s))
order by contype <> 'p', contype = 'f'
"""
_INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = any(%(tables)s)"


class Copies:
    """Rows on their way into tables, each by a connection of its own."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._waiting: dict[str, list[str]] = {table: [] for table in FILLED}
        self._size = dict.fromkeys(FILLED, 0)
        self._copies: dict[str, Any] = {}
        self.columns: dict[str, list[str]] = {}
        for table in FILLED:
            connection = stack.enter_context(psycopg.connect(url))
            found = connection.execute(
                "select column_name from information_schema.columns where table_name = %s order by ordinal_position",
                (table,),
            )
            self.columns[table] = [name for (name,) in found]
            connection.execute(f"truncate {table} cascade")
            names = ", ".join(self.columns[table])
            told = f"copy {table} ({names}) from stdin (freeze)"
            self._copies[table] = stack.enter_context(connection.cursor().copy(told))

    def add(self, table: str, row: str) -> None:
        """Add a row as COPY reads it."""
        self._waiting[table].append(row)
        self._size[table] += len(row)
        if self._size[table] > PIECE:
            self.flush(table)

    def flush(self, table: str) -> None:
        """Hand over what waits."""
        if self._waiting[table]:
            self._copies[table].write("\n".join(self._waiting[table]) + "\n")
            self._waiting[table], self._size[table] = [], 0


# --- dossiers --------------------------------------------------------------------------------------------------------


@dataclass
class Deed:
    """An event that is still to come."""

    at: datetime
    case: str
    number: int
    """Within its chain; it is the version too."""
    action: str
    authority: str
    actor: str
    """As the body says it."""
    columns: str
    """Kind, id and name of the actor, as the columns say it."""
    details: str
    last: bytes = START


@dataclass
class Loader:
    """Makes dossiers day by day, and the log with them."""

    copies: Copies
    offices: Sequence[Office]
    now: datetime
    lot: Random
    ends: dict[str, bytes] = field(default_factory=dict)
    """Hash of the last event of each dossier that is not finished."""
    number: int = 0
    last: bytes = START
    cases: int = 0
    planned: int = 0

    def __post_init__(self) -> None:
        self.names = Names(self.lot)
        blank = Case(
            UUID(int=0), UUID(int=0), UUID(int=0), "", b"", "", LONG_AGO, "0" * 64, "portal", self.now, "",
            Applicant(""),
        )  # fmt: skip
        self.case_row = _rows(blank, self.copies.columns["case_file"])
        paper = Paper(
            UUID(int=0), UUID(int=0), UUID(int=0), 1, "Bằng tốt nghiệp đại học", "CNLS", "0501",
            office="Trường Đại học Thử", signer="Ngô Văn Ký", title="Hiệu trưởng", countries=("LA",),
            issuing_country="VN", language="vi", pages=1,
        )  # fmt: skip
        self.paper_row = _rows(paper, self.copies.columns["case_paper"])
        self.actors = {
            person.id: _actor(person) for one in self.offices for people in one.officers.values() for person in people
        }
        self.later: dict[date, list[Deed]] = {}

    def day(self, day: date, count: int, *, still_open: bool) -> None:
        """File the dossiers of a day, and write the events of that day."""
        shares = [one.share for one in self.offices]
        seconds = sorted(self.lot.choices(range(10 * 3600), k=count))
        ordinals = dict.fromkeys((one.authority.id for one in self.offices), 0)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for office, second in zip(self.lot.choices(self.offices, shares, k=count), seconds, strict=True):
            ordinals[office.authority.id] += 1
            self.case(office, start + timedelta(seconds=second), ordinals[office.authority.id], still_open=still_open)
        for authority, last in ordinals.items():
            if last:
                self.copies.add("case_counter", f"{authority}\t{day}\t{last}")
        self.events(day)

    def case(self, office: Office, filed: datetime, ordinal: int, *, still_open: bool) -> None:
        """File a dossier; what becomes of it follows in time."""
        lot, id_ = self.lot, _id(self.lot)
        self.cases += 1
        steps, home = self.course(office, still_open=still_open)
        at, status, version, has, officer = filed, "filed", 1, office, None
        told: dict[str, str] = {}
        code = f"{office.authority.code}-{filed:%y%m%d}-{ordinal:04d}"
        first = f'"channel":"portal","code":"{code}","law":"{"0" * 64}","papers":1,"procedure":"{office.procedure}",'
        self.deed(at, id_, 1, "case-filed", has, Role.RECEPTION, f'{first}"status":"filed","version":1,"was":""')
        proposer: Person | None = None
        for action, after, role, hours in steps:
            at += timedelta(hours=hours * (0.5 + lot.random()))
            if at >= self.now:
                break
            version += 1
            has = home if action == "case-forwarded" else has
            details = f'"status":"{after}","version":{version},"was":"{status}"'
            who = self.deed(at, id_, version, action, has, role, details, proposer if action == "decided" else None)
            status = after
            if action == "proposed":
                proposer, told["proposed_by"] = who, str(who.id)
            elif action == "decided":
                told |= {"decided_by": str(who.id), "decided_at": _time(at)}
            elif action == "case-assigned":
                officer = lot.choice(has.officers[Role.SPECIALIST])
                told |= {"officer_id": str(officer.id), "assigned_at": _time(at)}
            elif after == "accepted":
                due = self.promised(at, still_open=still_open)
                told |= {"accepted_at": _time(at), "complete_at": _time(at), "clock_from": _time(at)}
                told |= {"due_at": due, "first_due": due}
            if after in ENDS:
                told["ended_at"] = _time(at)
        if "ended_at" not in told:
            told["step_due"] = self.promised(at, still_open=still_open)
        self.write(id_, office, has, code, filed, status, version, told)

    def course(self, office: Office, *, still_open: bool) -> tuple[list[Step], Office]:
        """Return the steps of a dossier, and where it is decided."""
        lot, steps, home = self.lot, [], office
        drawn = lot.random()
        if still_open or drawn < 0.5:
            steps.append(COMPLETE)
            if office.authority.kind == "local_office" and lot.random() < FORWARDED:
                steps += [FORWARD, RECEIVE]
                home = self.offices[0]
            steps += WORK
            if still_open:
                steps = steps[: lot.randrange(len(steps))]
        else:
            steps += REFUSED if drawn < 0.75 else WITHDRAWN
        self.planned += len(steps) + 1
        if self.planned < EVENTS_EACH * self.cases:
            steps.insert(0, CHECKED)
            self.planned += 1
        return steps, home

    def promised(self, at: datetime, *, still_open: bool) -> str:
        """Return when a result is due: within days of a dossier that is old, around now of one that is open."""
        if still_open:
            return _time(self.now + timedelta(hours=self.lot.uniform(-12, 96)))
        return _time(at + timedelta(days=3))

    def write(
        self, id_: UUID, office: Office, has: Office, code: str, filed: datetime, status: str, version: int,
        told: dict[str, str],
    ) -> None:  # fmt: skip
        """Write the rows of a dossier, its paper, and what finds it."""
        lot, name = self.lot, self.names.applicant()
        holder = name if lot.random() < 0.7 else self.names.person()
        number, phone = f"{lot.randrange(10**11, 10**12)}", f"09{lot.randrange(10**8):08d}"
        serial = f"{lot.choice('ABCDEH')} {lot.randrange(10**7):07d}"
        applicant = {**_APPLICANT, "name": name, "id_kind": "identity-card", "id_number": number, "phone": phone}
        token = hashlib.sha256(id_.bytes).hexdigest()
        told |= {
            "id": str(id_), "authority_id": str(has.authority.id), "intake_id": str(office.authority.id), "code": code,
            "token_sha256": rf"\\x{token}", "procedure": office.procedure, "law_day": f"{filed:%Y-%m-%d}",
            "filed_at": _time(filed), "status": status, "version": str(version),
            "applicant": json.dumps(applicant, ensure_ascii=False),
        }  # fmt: skip
        self.copies.add("case_file", self.case_row(told))
        paper = {"id": str(_id(lot)), "case_id": str(id_), "authority_id": told["authority_id"], "holder": holder}
        self.copies.add("case_paper", self.paper_row({**paper, "serial": serial}))
        for authority in {has.authority.id, office.authority.id}:
            words = words_of(code, {name, holder}, (serial, number, phone), authority)
            quoted = " ".join(f"'{word}'" for word in words)
            self.copies.add("case_search", f"{id_}\t{authority}\t{_time(filed)}\t{quoted}")

    # --- the log -----------------------------------------------------------------------------------------------------

    def deed(
        self, at: datetime, case: UUID, number: int, action: str, has: Office, role: Role, details: str,
        but: Person | None = None,
    ) -> Person:  # fmt: skip
        """Plan an event; return who does it, somebody else than `but`."""
        who = self.lot.choice([one for one in has.officers[role] if one is not but])
        actor, columns = self.actors[who.id]
        told = Deed(at, str(case), number, action, str(has.authority.id), actor, columns, details)
        self.later.setdefault(at.date(), []).append(told)
        return who

    def events(self, day: date) -> None:
        """Write the events until the end of a day."""
        for due in sorted(one for one in self.later if one <= day):
            for one in sorted(self.later.pop(due), key=lambda deed: (deed.at, deed.case, deed.number)):
                self.event(one)

    def event(self, one: Deed) -> None:
        """Link an event into the log."""
        at = one.at.isoformat(timespec="microseconds")
        body = (
            f'{{"action":"{one.action}","actor":{one.actor},"at":"{at}","authority":"{one.authority}",'
            f'"details":{{{one.details}}},"reads":[],"reason":"","subject":["case","{one.case}"]}}'
        )
        self.number += 1
        before, of_case = self.last, self.ends.get(one.case, START)
        head = f"{self.number} {one.number} ".encode()
        self.last = hashlib.sha256(head + before + of_case + body.encode()).digest()
        self.ends[one.case] = self.last
        escaped = body.replace("\\", "\\\\")
        self.copies.add(
            "audit_event",
            f"{self.number}\tcase\t{one.case}\t{one.number}\t{one.authority}\t{at}\t{one.columns}\t{one.action}\t"
            f"{escaped}\t\\\\x{before.hex()}\t\\\\x{of_case.hex()}\t\\\\x{self.last.hex()}",
        )


_APPLICANT = values(Applicant(""))


def load(url: str, ring: KeyRing, made: Sequence[Office], cases: int, now: datetime, lot: Random) -> tuple[int, int]:
    """Fill the tables of a migrated database at `url`, as its owner; return how many dossiers and events.

    What stood in the log before is gone.
    """
    days = [day for day in (now.date() - timedelta(days=back) for back in range(DAYS, 0, -1)) if day.weekday() < 5]
    opened = len(days) - max(1, round(len(days) * OPEN_SHARE))
    with bare(url, FILLED):
        with ExitStack() as stack:
            loader = Loader(Copies(url, stack), made, now, lot)
            for place, day in enumerate(days):
                count = cases * (place + 1) // len(days) - cases * place // len(days)
                loader.day(day, count, still_open=place >= opened)
                _say(f"dossiers {loader.cases:,} of {cases:,}, events {loader.number:,}")
            loader.events(date.max)
            for table in FILLED:
                loader.copies.flush(table)
        with psycopg.connect(url) as owner:
            mark = ring.mark(PURPOSE, head_text(loader.number, loader.last))
            owner.execute("update audit_head set number = %s, hash = %s, mac = %s", (loader.number, loader.last, mark))
    return loader.cases, loader.number


# --- text as COPY reads it -------------------------------------------------------------------------------------------


def _rows(blank: Case | Paper, columns: Sequence[str]) -> Callable[[Mapping[str, str]], str]:
    """Return what writes a row: what is not told is as in `blank`."""
    plain = [(name, _cell(getattr(blank, name))) for name in columns]

    def row(told: Mapping[str, str]) -> str:
        return "\t".join([told.get(name, text) for name, text in plain])

    return row


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, tuple):
        return f"{{{','.join(value)}}}"
    if isinstance(value, Applicant | Mapping):
        return "{}"
    return _time(value) if isinstance(value, datetime) else str(value)


def _actor(person: Person) -> tuple[str, str]:
    told = {"kind": "person", "id": str(person.id), "name": person.name, "authority": str(person.authority_id)}
    body = json.dumps({**told, "address": ""}, sort_keys=True, separators=(",", ":"))
    return body, f"person\t{person.id}\t{person.name}"


def _time(at: datetime) -> str:
    return at.isoformat()


def _id(lot: Random) -> UUID:
    return UUID(int=lot.getrandbits(128), version=4)


_SHOWN = [0.0]


def _say(text: str) -> None:
    """Tell how far it is, at most every two seconds."""
    if time.monotonic() - _SHOWN[0] > 2:
        _SHOWN[0] = time.monotonic()
        print(f"  {text}", file=sys.stderr, flush=True)
