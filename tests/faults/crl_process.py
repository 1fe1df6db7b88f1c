"""Processes that the tests kill while they work on a revocation store.

python -m tests.faults.crl_process stop FOLDER BYTES…   in a folder for each: die at that byte of what is written
python -m tests.faults.crl_process fill FOLDER QUOTA    keep one CRL after the other, and sweep, until killed
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from datetime import timedelta
from pathlib import Path

from tests.pki import AT, FRESH, day, world
from tests.pki.long_crl import long_crl
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import CrlStore
from verifier.trust.crl_disk import TakenCrl, take_in_crl

URL = "http://crl.example/ca.crl"
COUNT = 1500
ROUNDS = 10_000


def crl(number: int) -> bytes:
    """A list of its own for each number, the greater the newer."""
    return long_crl(world().ca, FRESH + timedelta(seconds=number), day(2027), COUNT + number % 7, listed=[5])


def stop(folder: Path, places: list[int]) -> None:
    """For each place, be killed when a file would grow beyond it."""
    data = crl(0)
    for place in places:
        child = os.fork()
        if not child:
            _die_at(folder / str(place), place, data)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{place} {os.waitstatus_to_exitcode(status)}\n")


def _die_at(folder: Path, place: int, data: bytes) -> None:
    def take(file: Path, target: Path) -> TakenCrl:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (place, resource.RLIM_INFINITY))
        return take_in_crl(file, target)

    CrlStore(folder, FixedClock(AT), take=take).put(data, URL)
    os._exit(0)


def fill(folder: Path, quota: int) -> None:
    """Keep lists and tell of each; the clock runs by an hour with each, so that the older ones make room."""
    for number in range(ROUNDS):
        store = CrlStore(folder, FixedClock(AT + timedelta(hours=number)), quota=quota)
        with contextlib.suppress(OSError):  # full: another process keeps as much
            stored = store.put(crl(number), URL)
            sys.stdout.write(f"{stored.sha256}\n")
            sys.stdout.flush()
        store.sweep()


if __name__ == "__main__":
    where = Path(sys.argv[2])
    numbers = [int(word) for word in sys.argv[3:]]
    stop(where, numbers) if sys.argv[1] == "stop" else fill(where, *numbers)
