"""Things that a worker may be asked to do in tests."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

from verifier.errors import CouldNotJudge


def double(number: int) -> int:
    return 2 * number


def sleep() -> None:
    time.sleep(60)


def spin() -> None:
    while True:
        pass


def fill_memory() -> int:
    return len(bytearray(2**30))


def fill_memory_slowly() -> int:
    return len([bytes(2**20) for _ in range(2**20)])


def refuse() -> None:
    raise CouldNotJudge("pdf-encrypted", "a password is needed", reason="missing")


def stumble() -> None:
    raise KeyError("secret")


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def unpicklable() -> object:
    return lambda: None


def use_much_processor_time() -> None:
    from verifier.workers.pool import _limit_processor_time

    _limit_processor_time(0)
    spin()


def processor_time_left() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - used.ru_utime - used.ru_stime


def announce_and_spin(file: Path) -> None:
    file.write_text(str(os.getpid()))
    spin()


def recurse() -> None:
    recurse()


def process_id() -> int:
    return os.getpid()


def parent_alive() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and parent.is_alive()


def die_badly() -> None:
    os._exit(3)
