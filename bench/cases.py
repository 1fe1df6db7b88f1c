"""`python -m bench.cases`: a million dossiers and five million events in a PostgreSQL of its own; how long asks take.

Row-level security holds as in the service. Every ask is another one: other words, other officers, other dossiers.
`--cases` makes it smaller, `--data FOLDER` keeps the database for the next run, `--only NAME` asks one thing.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
from sqlalchemy import text

from bench.case_load import Office, load, offices, standing
from bench.case_names import Names
from verifier.accounts.roles import Role
from verifier.audit import Actor
from verifier.cases.completeness import AskSupplement, ConfirmComplete, Item
from verifier.cases.desk import Cases
from verifier.cases.filing import FiledPaper, Filing
from verifier.cases.handlers import REGISTRY
from verifier.cases.intake import file
from verifier.cases.kernel import Asker, CaseHouse, Command
from verifier.cases.moving import Assign, Take, Withdraw
from verifier.cases.queue import PAGE, Queue, QueueFilter
from verifier.cases.records import Applicant
from verifier.cases.setright import CheckPaper
from verifier.cases.uploads import Uploads
from verifier.errors import BadRequest
from verifier.law.book import law_book
from verifier.notices.telling import Reach, Telling
from verifier.outside.clock import SystemClock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.keys import KeyRing
from verifier.storage.people import Person
from verifier.storage.rows import folded
from verifier.storage.schema import Schema
from verifier.storage.scope import of

CASES = 1_000_000
RING = KeyRing("bench", {"bench": bytes(range(32))})
SERVER = {
    "shared_buffers": "2GB", "effective_cache_size": "8GB", "random_page_cost": "1.1", "max_wal_size": "8GB",
    "wal_level": "minimal", "max_wal_senders": "0", "checkpoint_timeout": "15min",
}  # fmt: skip
"""What the server is told beside its defaults; all that is committed is on the disk (fsync, synchronous_commit)."""
SMALL = 100_000
"""Fewer dossiers than these are no burden, and leave the server as it comes."""
ROUNDS, WARM_UP = 300, 30
OFFICERS = 50
PROCESSES = 2
"""Of the service in which they work."""
THINKS = (5.0, 1.0)
"""Seconds for which an officer thinks between two commands, on the average: a quick one, and as no person can."""
SECONDS, WARMING = 40.0, 4.0
"""For which officers give commands, after they did so for a while that is not counted: so long, and two thoughts."""
TARGET = 50.0
"""Milliseconds, 95 of 100."""
SEED = 20_261_123


@dataclass(frozen=True)
class Place:
    """The loaded database, and what asks it."""

    url: str
    house: CaseHouse
    offices: Sequence[Office]
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def queue(self) -> Queue:
        """Lists of dossiers."""
        return Queue(self.house)

    @property
    def cases(self) -> Cases:
        """Dossiers."""
        return Cases(self.house)


@dataclass(frozen=True)
class Known:
    """What is known of one dossier."""

    id: UUID
    authority: UUID
    code: str
    name: str
    serial: str
    id_number: str
    phone: str


@contextmanager
def place(folder: Path, cases: int) -> Iterator[Place]:
    """Give a loaded database in `folder`, loaded now where it is empty."""
    clock = SystemClock()
    with EmbeddedPostgres(folder / "data") as server, psycopg.connect(server.url, autocommit=True) as owner:
        for name, value in SERVER.items() if cases >= SMALL else ():
            owner.execute(f"alter system set {name} = '{value}'")
    with EmbeddedPostgres(folder / "data") as server:
        Schema(server.url).upgrade()
        database = Database(server.url, RING)
        with database.engine.connect() as connection:
            connection.execute(text("select set_config('verifier.reach', 'all', true)"))
            filled = connection.execute(text("select exists (select from case_file)")).scalar_one()
        if not filled:
            lot, begun = Random(SEED), time.monotonic()
            made, events = load(server.url, RING, offices(database, lot), cases, clock.now(), lot)
            print(f"loaded {made:,} dossiers and {events:,} events in {time.monotonic() - begun:.0f} s", flush=True)
        database.close()
        with joined(folder, server.url) as here:
            yield here


@contextmanager
def joined(folder: Path, url: str) -> Iterator[Place]:
    """Give what asks a loaded database that runs."""
    database, clock = Database(url, RING), SystemClock()
    book, blobs = law_book(), Blobs(folder / "files", RING, folder / "spool")
    tells = Telling(book, RING, Reach(mail=True, sms=True, portal=True)).tell
    house = CaseHouse(database, blobs, RING, book, clock.now, tells, portal=True)
    yield Place(url, house, standing(database), clock)
    database.close()


def asker(one: Office, role: Role, lot: Random) -> Asker:
    """Return an officer of an authority."""
    return as_asker(one, role, lot.choice(one.officers[role]))


def as_asker(one: Office, role: Role, person: Person) -> Asker:
    """Return a person as who asks, just proved."""
    actor = Actor("person", str(person.id), person.name, one.authority.id)
    return Asker(f"person:{person.id}", of(one.authority.id), actor, frozenset({role.value}), person.id, proved=True)


# --- asking ----------------------------------------------------------------------------------------------------------


def known(here: Place, count: int, lot: Random) -> list[Known]:
    """Return dossiers by lot."""
    wanted = text(
        "select c.id, c.authority_id, c.code, c.applicant ->> 'name' as name, p.serial,"
        " c.applicant ->> 'id_number' as number, c.applicant ->> 'phone' as phone"
        " from case_file c tablesample system (2) repeatable (1) join case_paper p on p.case_id = c.id"
    )
    small = text(str(wanted).replace("tablesample system (2) repeatable (1)", ""))
    with here.house.database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        found = connection.execute(wanted).all() or connection.execute(small).all()
    return [Known(*row) for row in lot.choices(found, k=count)]


def typed(name: str, lot: Random) -> str:
    """Return what an officer types who looks for a name: all of it, its commonest part, or a beginning."""
    way, words = lot.random(), name.split()
    if way < 0.5:
        return name
    if way < 0.7:
        return " ".join(words[:2])
    if way < 0.85:
        return " ".join([*words[:-1], words[-1][: lot.choice((1, 2, 3))]])
    return f"{words[-1]} {words[0][: lot.choice((1, 2))]}"


Ask = Callable[[Place, Known, Office, Random], object]
ASKS: dict[str, tuple[str, Ask]] = {
    "queue": (
        "work queue, a page of it",
        lambda here, _one, office, lot: here.queue.work(
            asker(office, Role.SPECIALIST, lot), lot.choice(("office", "mine", "free", "waiting", "all"))
        ),
    ),
    "code": (
        "search by code, or its end",
        lambda here, one, office, lot: here.queue.search(
            asker(office, Role.RECEPTION, lot), one.code if lot.random() < 0.5 else one.code[-lot.choice((4, 11)) :]
        ),
    ),
    "name": (
        "search by name, with accents",
        lambda here, one, office, lot: here.queue.search(asker(office, Role.RECEPTION, lot), typed(one.name, lot)),
    ),
    "folded": (
        "search by name, without accents",
        lambda here, one, office, lot: here.queue.search(
            asker(office, Role.RECEPTION, lot), folded(typed(one.name, lot))
        ),
    ),
    "number": (
        "search by number of paper, ID, phone",
        lambda here, one, office, lot: here.queue.search(
            asker(office, Role.RECEPTION, lot), lot.choice((one.serial, one.id_number, one.phone))
        ),
    ),
    "board": ("deadline board", lambda here, _one, office, lot: here.queue.board(asker(office, Role.LEADER, lot))),
    "counts": (
        "counts beside the queue",
        lambda here, _, office, lot: here.queue.counts(asker(office, Role.LEADER, lot)),
    ),
    "dossier": (
        "a dossier with its parts",
        lambda here, one, office, lot: here.cases.view(asker(office, Role.LEADER, lot), one.id),
    ),
    "log": ("the log of a dossier", lambda here, one, _office, _lot: here.cases.history(one.id)),
}
"""What is asked, by name."""


def ask(here: Place, name: str, rounds: int) -> list[float]:
    """Return the milliseconds of each ask."""
    lot, spent = Random(SEED), []
    by_id = {one.authority.id: one for one in here.offices}
    for number, one in enumerate(known(here, rounds + WARM_UP, lot)):
        begun = time.perf_counter()
        ASKS[name][1](here, one, by_id[one.authority], lot)
        if number >= WARM_UP:
            spent.append((time.perf_counter() - begun) * 1000)
    return spent


# --- commands --------------------------------------------------------------------------------------------------------


@dataclass
class Load:
    """Officers of one process who give commands, and how long each took."""

    here: Place
    thinks: float
    spent: dict[str, list[float]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    since: float = 0.0
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, officers: Sequence[int], seconds: float) -> None:
        """Let officers work side by side, each with a dossier at a time."""
        self.since = time.monotonic() + WARMING + 2 * self.thinks
        self.until = self.since + seconds
        threads = [threading.Thread(target=self.officer, args=(number,)) for number in officers]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def officer(self, number: int) -> None:
        """Work until the time is over."""
        lot, role = Random(number), (Role.RECEPTION, Role.SPECIALIST, Role.LEADER)[number % 3]
        office = self.here.offices[number % len(self.here.offices)]
        who = as_asker(office, role, office.officers[role][number % len(office.officers[role])])
        page: Tray = {}
        time.sleep(lot.random() * self.thinks)
        while time.monotonic() < self.until:
            if deed := self.choice(who, office, role, lot, page):
                self.timed(who, deed)
            time.sleep(lot.uniform(0.5, 1.5) * self.thinks)

    def timed(self, who: Asker, deed: Callable[[Asker], str]) -> None:
        """Note how long something took; what is refused, as somebody was quicker, is counted apart."""
        begun = time.perf_counter()
        try:
            name = deed(who)
        except BadRequest as refusal:
            with self.lock:
                self.refused[refusal.problem.code] += 1
        else:
            with self.lock:
                if time.monotonic() < self.since:
                    return
                self.spent.setdefault(name, []).append((time.perf_counter() - begun) * 1000)

    def choice(self, who: Asker, office: Office, role: Role, lot: Random, tray: Tray) -> Callable[[Asker], str] | None:
        """Return what an officer does next, with a dossier out of a page of the queue; None where there is none."""
        if role is Role.RECEPTION and lot.random() < FILES:
            brought = self.brought(who) if office.procedure != "certified-copy" else None
            return lambda who: self.file(who, office, lot, brought)
        statuses, make = lot.choice(DEEDS[role])
        if not tray.get(make):
            wanted = QueueFilter(frozenset(statuses), unassigned=make is taking)
            with self.here.house.database.unit(of(office.authority.id)) as unit:
                tray[make] = [one.id for one in unit.case_search.work(wanted, PAGE)]
            lot.shuffle(tray[make])
        if not tray[make]:
            return None
        id_ = tray[make].pop()
        with self.here.house.database.unit(of(office.authority.id)) as unit:
            papers = unit.cases.papers(id_)
        said = make(office, papers[0].id, lot)
        return lambda who: self.do(who, id_, said)

    def do(self, who: Asker, case: UUID, said: Command) -> str:
        """Give a command; return its name."""
        self.here.cases.do(who, case, said)
        return next(name for name, spec in REGISTRY.items() if spec.kind is type(said))

    def brought(self, who: Asker) -> UUID:
        """Bring the electronic document that is filed next; not part of what is timed."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(DOCUMENT)
            file.flush()
            kept = Uploads(self.here.house, lambda _: 1).keep(who, Path(file.name), "van-bang.pdf", len(DOCUMENT))
        return kept.upload.id

    def file(self, who: Asker, office: Office, lot: Random, brought: UUID | None) -> str:
        """File a dossier: at the counter what is on paper, by the portal what was brought as a file."""
        name = Names(lot).person()
        paper = FiledPaper(
            name="Bằng tốt nghiệp đại học", work="CNLS", type="0501", holder=name, serial=f"B {lot.randrange(10**7)}",
            office="Trường Đại học Thử", signer="Ngô Văn Ký", title="Hiệu trưởng", signed_on=date(2020, 6, 30),
            countries=("LA",), issuing_country="VN", language="vi", pages=1, file=brought,
        )  # fmt: skip
        if office.procedure == "certified-copy":
            paper = replace(paper, work="", countries=())
        applicant = Applicant(
            name, id_kind="identity-card", id_number=f"{lot.randrange(10**11, 10**12)}", phone="0912000000"
        )
        channel = "counter" if office.procedure == "certified-copy" else "portal"
        told = Filing(procedure=office.procedure, channel=channel, applicant=applicant, papers=(paper,))
        file(self.here.house, who, told)
        return "file"


def checking(_office: Office, paper: UUID, _lot: Random) -> Command:
    return CheckPaper(paper=paper)


@cache
def components(procedure: str) -> tuple[str, ...]:
    """Return what may be shown at the counter."""
    found = law_book().at(SystemClock().now().date()).procedure(procedure)
    return tuple(one.id for one in found.components)


def completing(office: Office, _paper: UUID, _lot: Random) -> Command:
    return ConfirmComplete(shown=components(office.procedure))


def supplementing(_office: Office, _paper: UUID, _lot: Random) -> Command:
    return AskSupplement(items=(Item(what="Bản dịch", why="Giấy tờ lập bằng tiếng nước ngoài."),), again=True)


def withdrawing(_office: Office, _paper: UUID, _lot: Random) -> Command:
    return Withdraw(reason="Người nộp đề nghị tại quầy.")


def assigning(office: Office, _paper: UUID, lot: Random) -> Command:
    return Assign(officer=lot.choice(office.officers[Role.SPECIALIST]).id)


def taking(_office: Office, _paper: UUID, _lot: Random) -> Command:
    return Take()


Makes = Callable[[Office, UUID, Random], Command]
Tray = dict[Makes, list[UUID]]
"""Dossiers of a page that wait for a command."""
Deed = tuple[tuple[str, ...], Makes]
FILED, TAKEN = ("filed",), ("accepted", "examination")
DEEDS: dict[Role, Sequence[Deed]] = {
    Role.RECEPTION: ((FILED, checking), (FILED, checking), (FILED, completing), (FILED, withdrawing)),
    Role.SPECIALIST: ((FILED, checking), (TAKEN, taking), (TAKEN, supplementing), (TAKEN, taking)),
    Role.LEADER: ((TAKEN, assigning),),
}
FILES = 0.2
"""Of what reception does."""
DOCUMENT = b"%PDF-1.7\n%%EOF\n"
"""What is filed: nobody judges it here."""


# --- the table -------------------------------------------------------------------------------------------------------


def row(title: str, spent: Sequence[float], repeat: str) -> bool:
    """Print a line; tell whether the target is met."""
    ordered = sorted(spent)
    most = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    fits = most < TARGET
    cells = f"{statistics.median(ordered):9.1f}{most:9.1f}{TARGET:8.0f}  {'yes' if fits else 'NO':<4}{len(ordered):6}"
    print(f"{title:42}{cells}  {repeat}", flush=True)
    return fits


@dataclass(frozen=True)
class Shift:
    """How many officers give commands, for how many seconds, and how long each thinks between two."""

    officers: int
    seconds: float
    thinks: float


def at_work(
    folder: Path, url: str, officers: Sequence[int], shift: Shift
) -> tuple[dict[str, list[float]], Counter[str]]:
    """Do the work of some officers in a process of its own."""
    logging.disable(logging.WARNING)
    with joined(folder, url) as here:
        load_ = Load(here, shift.thinks)
        load_.run(officers, shift.seconds)
        return load_.spent, load_.refused


def commands(here: Place, folder: Path, shift: Shift, repeat: str) -> bool:
    """Measure commands of many officers, all together and each kind by itself."""
    told: dict[str, list[float]] = {}
    refused: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = [range(first, shift.officers, PROCESSES) for first in range(PROCESSES)]
        for one in [pool.submit(at_work, folder, here.url, part, shift) for part in parts]:
            for name, spent in one.result()[0].items():
                told.setdefault(name, []).extend(spent)
            refused += one.result()[1]
    everything = [one for spent in told.values() for one in spent]
    title = f"commands, {shift.officers} officers, one in {shift.thinks:g} s"
    fits = row(title, everything, f"{repeat} --thinks {shift.thinks:g}")
    for name, spent in sorted(told.items()):
        row(f"    {name}", spent, "")
    print(
        f"    {len(everything) / shift.seconds:.0f} commands/s in {PROCESSES} processes; each officer thinks so long on"
    )
    print("    the average between two, and asks for a page of the queue when the last is worked off; each command is")
    print("    one transaction of `Cases.do` or `intake.file`, on the disk when it is answered")
    if refused:
        print(f"    refused, not counted: {dict(refused)}")
    return fits


def main(argv: Sequence[str] | None = None) -> int:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cases", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="dossiers to load")
    parser.add_argument("--data", type=Path, help="folder that keeps the database; a temporary one otherwise")
    parser.add_argument("--only", choices=(*ASKS, "commands"), action="append", help="measure this alone")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--officers", type=int, default=OFFICERS)
    parser.add_argument("--thinks", type=float, action="append", help="seconds between two commands of an officer")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which officers give commands")
    args = parser.parse_args(argv)
    logging.disable(logging.WARNING)
    wanted = args.only or (*ASKS, "commands")
    with tempfile.TemporaryDirectory() as name:
        folder = args.data or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        with place(folder, args.cases) as here:
            print(
                f"PostgreSQL: {', '.join(f'{name} {value}' for name, value in SERVER.items())}; row-level security on"
            )
            print(f"{'':42}{'p50 ms':>9}{'p95 ms':>9}{'target':>8}  {'met':<4}{'asks':>6}  repeat")
            told = [
                row(title, ask(here, one, args.rounds), f"python -m bench.cases --only {one}")
                for one, (title, _) in ASKS.items()
                if one in wanted
            ]
            for thinks in args.thinks or THINKS if "commands" in wanted else ():
                shift = Shift(args.officers, args.seconds, thinks)
                told.append(commands(here, folder, shift, "python -m bench.cases --only commands"))
    return 0 if all(told) else 1


if __name__ == "__main__":
    sys.exit(main())
