"""Processes that the tests kill: `decide` commits cases until then, `relay` delivers them.

python -m tests.faults.process decide DATABASE_URL PREFIX
python -m tests.faults.process relay DATABASE_URL RECEIVER
"""

from __future__ import annotations

import os
import sys
import urllib.request
from datetime import timedelta
from threading import Event as Signal

from tests.support.postgres import RING
from verifier.audit import VISITOR, Event
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM
from verifier.workers.relay import CannotDeliver, Relay, RelayLimits

TOPIC = "case"
CLOCK = SystemClock()


def decide(database: Database, prefix: str) -> None:
    """Commit a case with its message, tell of it, and go on."""
    for number in range(10_000):
        case = f"{prefix}-{number}"
        with database.unit(SYSTEM) as unit:
            unit.audit.append(Event("case", case, "decided", VISITOR, CLOCK.now()))
            unit.outbox.put(TOPIC, case, {"number": number}, CLOCK.now())
        sys.stdout.write(f"{case}\n")
        sys.stdout.flush()


def relay(database: Database, receiver: str) -> None:
    """Deliver by HTTP."""

    def deliver(message: Message) -> None:
        headers = {"Idempotency-Key": message.key, "X-Process": str(os.getpid())}
        asked = urllib.request.Request(receiver, str(message.payload["number"]).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=10):
                return
        except OSError as error:
            raise CannotDeliver(type(error).__name__, retry=True) from error

    quick = RelayLimits(first=timedelta(milliseconds=50), most=timedelta(milliseconds=200))
    at_work = Relay(database, CLOCK, {TOPIC: deliver}, quick)
    while True:
        at_work.run_once()
        Signal().wait(0.02)


if __name__ == "__main__":
    {"decide": decide, "relay": relay}[sys.argv[1]](Database(sys.argv[2], RING), sys.argv[3])
