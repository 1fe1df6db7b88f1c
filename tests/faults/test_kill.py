from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.process import TOPIC
from tests.faults.receiver import receiving
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM
from verifier.workers.relay import Relay

HERE = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60
"""Seconds."""
ROUNDS = 30


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process of `tests.faults.process`; it is dead afterwards, with nothing tidied up."""
    command = [sys.executable, "-m", "tests.faults.process", *words]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def decided(database_url: str, prefix: str, count: int) -> list[str]:
    """Have cases decided by a process that is killed in the middle; return those that it told of."""
    with process("decide", database_url, prefix) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(count)]
        child.kill()
        return told + [line.strip() for line in child.stdout if line.endswith("\n")]


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def states(database: Database) -> Counter[str]:
    with database.unit(SYSTEM) as unit:
        return Counter({one.state: one.count for one in unit.outbox.backlog()})


def test_nothing_is_lost_and_nothing_doubled_whenever_somebody_is_killed(database: Database, service_url: str) -> None:
    chance = random.Random(3)
    told = [case for prefix in "abc" for case in decided(service_url, prefix, chance.randint(5, 9))]
    with database.unit(SYSTEM) as unit:
        kept = {one.key for one in unit.outbox.listed("waiting", limit=10_000)}
    with database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        audited = set(connection.execute(text("select subject_id from audit_event")).scalars())

    assert len(told) >= 15
    assert set(told) <= kept
    assert kept == audited

    def done() -> bool:
        return states(database) == {"sent": len(kept)}

    deadly = frozenset(chance.sample(range(1, len(kept)), 3))
    with receiving(deadly) as receiver:
        for _ in range(ROUNDS):
            enough = len(receiver.receipts) + chance.randint(2, 9)
            with process("relay", service_url, receiver.address) as relay:
                until(lambda: relay.poll() is not None or len(receiver.receipts) >= enough or done())  # noqa: B023
            if done():
                break

    times = Counter(receiver.receipts)
    doubled = {case for case, count in times.items() if count > 1}
    assert done()
    assert set(receiver.effects) == kept
    assert len(receiver.killed) == len(deadly)
    assert set(receiver.killed) <= doubled


def test_a_process_killed_before_it_committed_leaves_nothing(database: Database, service_url: str) -> None:
    script = (
        "import sys, os, signal; from tests.faults.process import *\n"
        "with Database(sys.argv[1], RING).unit(SYSTEM) as unit:\n"
        "    unit.audit.append(Event('case', 'x', 'decided', VISITOR, CLOCK.now()))\n"
        "    unit.outbox.put(TOPIC, 'x', {'number': 1}, CLOCK.now())\n"
        "    unit.audit.link()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, service_url], cwd=HERE, check=False)

    assert done.returncode == -signal.SIGKILL
    assert states(database) == {}


@pytest.mark.parametrize("relays", [2, 5])
def test_relays_side_by_side_deliver_each_message_once(database: Database, relays: int) -> None:
    count, lock, keys = 40, threading.Lock(), list[str]()
    with database.unit(SYSTEM) as unit:
        for number in range(count):
            unit.outbox.put(TOPIC, f"k{number}", {}, SystemClock().now())
    start = threading.Barrier(relays)
    delivered: list[int] = []

    def deliver(message: Message) -> None:
        with lock:
            keys.append(message.key)

    def work() -> None:
        start.wait(PATIENCE)
        delivered.append(Relay(database, SystemClock(), {TOPIC: deliver}).run_once())

    threads = [threading.Thread(target=work) for _ in range(relays)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sorted(keys) == sorted(f"k{number}" for number in range(count))
    assert sum(delivered) == count
