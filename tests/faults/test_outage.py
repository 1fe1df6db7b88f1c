from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.faults.server import Restartable, restartable
from tests.pki import signed_pdf, trust_folder
from tests.support.postgres import RING
from verifier import compose
from verifier.audit import VISITOR, Event
from verifier.outside.clock import SystemClock
from verifier.settings import Settings
from verifier.storage.audit_check import verify
from verifier.storage.database import Database
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM

CLOCK = SystemClock()
PATIENCE = 30
"""Seconds."""
UNKNOWN = "/api/v1/validations/nothing-here"
"""Asks the database, and is answered 404 where that answers."""


@pytest.fixture(scope="module")
def server() -> Iterator[Restartable]:
    with restartable() as made:
        yield made


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@contextmanager
def under_load(act: Callable[[str], None], threads: int = 4) -> Iterator[Load]:
    """Have threads do one thing again and again; they are told to stop whatever happens."""
    load = Load(act)
    load.start(threads)
    try:
        yield load
        load.end()
    finally:
        load.stop.set()


@dataclass
class Load:
    """Threads that do one thing again and again, each with numbers of its own."""

    act: Callable[[str], None]
    done: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, count: int) -> None:
        for one in range(count):
            self.threads.append(threading.Thread(target=self._work, args=(one,), daemon=True))
            self.threads[-1].start()

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def more(self, count: int) -> None:
        before = len(self.done)
        until(lambda: len(self.done) >= before + count or not any(one.is_alive() for one in self.threads))

    def _work(self, one: int) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            self.act(f"{one}-{number}")
            self.done.append(f"{one}-{number}")


def test_a_hard_restart_under_load_loses_no_acknowledged_write_and_doubles_none(server: Restartable) -> None:
    database, failures = Database(server.url, RING), list[str]()

    def write(key: str) -> None:
        """Try until it is acknowledged; whether a broken-off attempt was committed is told by its key."""
        while True:
            try:
                with database.unit(SYSTEM) as unit:
                    if unit.outbox.put("case", key, {}, CLOCK.now()):
                        unit.audit.append(Event("case", key, "decided", VISITOR, CLOCK.now()))
            except SQLAlchemyError as error:
                failures.append(type(error).__name__)
                time.sleep(0.02)
            else:
                return

    with under_load(write) as load:
        for _ in range(2):
            load.more(40)
            server.down()
            failed = len(failures)
            until(lambda: len(failures) > failed)  # noqa: B023
            server.up()
        load.more(40)

    with database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        events = connection.execute(text("select subject_id from audit_event")).scalars().all()
        messages = connection.execute(text("select key from outbox")).scalars().all()
    finding = verify(database, RING)
    database.close()

    assert len(load.done) >= 120
    assert sorted(events) == sorted(messages)
    assert sorted(messages) == sorted(load.done)
    assert finding.intact
    assert finding.events == len(load.done)


@pytest.fixture
def app(server: Restartable, tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "trust").mkdir()
    trust_folder(None, tmp_path / "trust")
    settings = Settings(
        trust_store=tmp_path / "trust",
        database_url=server.url,
        data=tmp_path / "data",
        rate_limit="100000 per minute",
        fetch=False,
    )
    made = compose.create_app(settings)
    yield made
    compose.close(made)


def test_while_the_database_is_down_everybody_is_told_so_and_afterwards_all_is_well(
    app: Flask, server: Restartable
) -> None:
    answers, codes = Counter[int](), Counter[str]()

    def ask(_key: str) -> None:
        answer = app.test_client().get(UNKNOWN)
        answers[answer.status_code] += 1
        codes[(answer.json or {}).get("code", "")] += 1

    with structlog.testing.capture_logs() as lines, under_load(ask) as load:
        for _ in range(2):
            load.more(30)
            server.down()
            unavailable = answers[503]
            until(lambda: answers[503] >= unavailable + 5)  # noqa: B023
            ready = app.test_client().get("/health/ready")
            page = app.test_client().get("/verify/nothing-here", headers={"Accept": "text/html"})
            counted = app.test_client().get("/metrics")
            server.up()
            load.more(30)

    assert set(answers) == {404, 503}
    assert set(codes) == {"not-found", "unavailable"}
    assert (ready.status_code, page.status_code, counted.status_code) == (503, 503, 200)
    assert "Retry-After" in page.headers
    assert not [line for line in lines if line["event"] == "fault"]
    headers = {"Content-Type": "application/pdf", "X-File-Name": "a.pdf"}
    assert app.test_client().post("/api/v1/validations", data=signed_pdf(), headers=headers).status_code == 201


def test_the_relay_goes_on_after_an_outage(app: Flask, server: Restartable) -> None:
    database = Database(server.url, RING)
    with structlog.testing.capture_logs():
        server.down()
        server.up()
        with database.unit(SYSTEM) as unit:
            unit.outbox.put("security-log", "after", {"what": "tested"}, CLOCK.now())

        def sent() -> bool:
            with database.unit(SYSTEM) as unit:
                return "after" in {one.key for one in unit.outbox.listed("sent")}

        until(sent)
    database.close()


def read_only(server: Restartable, *, on: bool) -> None:
    """Let all sessions from now on take no writes, or take them again."""
    with Schema(server.url).connection() as owner:
        owner.execute(text("set transaction read write"))
        name = owner.execute(text("select current_database()")).scalar_one()
        change = "set default_transaction_read_only = on" if on else "reset default_transaction_read_only"
        owner.execute(text(f'alter database "{name}" {change}'))
    server.down()
    server.up()


def test_a_database_that_takes_no_writes_is_unavailable_for_those_who_write(app: Flask, server: Restartable) -> None:
    client, headers = app.test_client(), {"Content-Type": "application/pdf", "X-File-Name": "a.pdf"}

    with structlog.testing.capture_logs() as lines:
        read_only(server, on=True)
        written = client.post("/api/v1/validations", data=signed_pdf(), headers=headers)
        read = client.get(UNKNOWN)
        read_only(server, on=False)
        again = client.post("/api/v1/validations", data=signed_pdf(), headers=headers)

    assert (written.status_code, written.json and written.json["code"]) == (503, "unavailable")
    assert (read.status_code, again.status_code) == (404, 201)
    assert not [line for line in lines if line["event"] == "fault"]
