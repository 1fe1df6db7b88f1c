"""A pool of worker processes under limits: a runaway, a crash or a full memory is an answer, never the end of us.

The workers bound time and memory. They are no sandbox against code that has broken out of the interpreter.
"""

from __future__ import annotations

import ctypes
import logging
import math
import multiprocessing
import os
import pickle
import resource
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TaskTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from verifier.errors import CouldNotJudge, VerifierError

MIB = 1024 * 1024
TASKS_PER_WORKER = 200
"""Tasks after which a worker makes room for a fresh one, so that leaks stay small."""
START_SECONDS = 60.0
"""Time allowed for a worker to start, on top of a task's own limit."""
PRELOAD = ("verifier.workers.judging",)
"""Modules that are imported once for all workers."""
ATTEMPTS = 2
"""Times that a task is tried when the pool breaks beneath it; another file may have been the cause."""
ARENA_MAX = -8
"""M_ARENA_MAX of mallopt(3): arenas of threads reserve address space that RLIMIT_AS counts."""

log = logging.getLogger("verifier.workers")

R = TypeVar("R")


@dataclass(frozen=True)
class WorkerLimits:
    """Bounds of one task."""

    seconds: float = 20
    """Wall clock; the processor time is held to the same, rounded up, plus one second."""
    memory_mib: int = 1024
    """Address space of a worker with its interpreter, in MiB."""


@dataclass(frozen=True)
class _Fault:
    """What went wrong inside a worker, as data that always survives the way back."""

    code: str
    detail: str
    limit: str = ""
    trace: str = ""


class WorkerPool:
    """Runs module-level functions in worker processes; safe for use from several threads. Close it when done."""

    def __init__(
        self,
        workers: int = 2,
        limits: WorkerLimits | None = None,
        *,
        spare: int = 1,
        preload: tuple[str, ...] = PRELOAD,
    ) -> None:
        """`workers` tasks run at once; `spare` more processes wait warm; `preload` names modules imported once."""
        self._limits = limits or WorkerLimits()
        self._size = workers + spare
        self._slots = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: set[Future[bytes]] = set()
        self._context = multiprocessing.get_context("forkserver")
        start_fork_server(preload)
        self._pool = self._new_pool()

    def run(self, function: Callable[..., R], *args: Any, timeout: float | None = None) -> R:
        """Return `function(*args)` of a worker; waits for a free one. `timeout` in seconds replaces the limit.

        Raises CouldNotJudge: `budget-exhausted` (limit `time` or `memory`), `internal-error`; and every VerifierError
        that the function raises.
        """
        seconds = self._limits.seconds if timeout is None else timeout
        with self._slots:
            for _ in range(ATTEMPTS):
                pool = self._current()
                try:
                    answer: R | VerifierError | _Fault = self._await(pool, function, args, seconds)
                except BrokenProcessPool:
                    self._replace(pool)
                else:
                    return _unwrap(answer)
        raise CouldNotJudge("budget-exhausted", "the worker process broke down", limit="memory")

    @property
    def alive(self) -> bool:
        """Whether tasks are taken; told at once, however busy the workers are."""
        with self._lock:
            return not self._closed and bool(self._pool.active)

    def close(self) -> None:
        """End all workers; what still runs is given up."""
        with self._lock:
            self._closed = True
            pool, waiting = self._pool, list(self._waiting)
        for future in waiting:
            future.cancel()
        pool.stop()
        pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _current(self) -> ProcessPool:
        with self._lock:
            if self._closed:
                raise CouldNotJudge("busy", "the service is stopping")
            return self._pool

    def _await(self, pool: ProcessPool, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        future = self._schedule(pool, function, args, seconds)
        try:
            return pickle.loads(future.result(timeout=seconds + START_SECONDS))  # noqa: S301 - written by `_guarded`
        except TaskTimeout:
            if not future.done():  # the task was lost on its way to a worker
                raise BrokenProcessPool("no worker took the task") from None
            return _Fault("budget-exhausted", f"it took longer than {seconds:g} s", "time")
        except CancelledError:
            return _Fault("busy", "the service is stopping")
        except ProcessExpired as error:
            return _expired(error.exitcode)
        finally:
            with self._lock:
                self._waiting.discard(future)

    def _schedule(
        self, pool: ProcessPool, function: Callable[..., Any], args: tuple[Any, ...], seconds: float
    ) -> Future[bytes]:
        task = pickle.dumps((function, args))  # what it names is loaded in the worker's own time, under its limits
        with self._lock:
            if self._closed:
                raise CouldNotJudge("busy", "the service is stopping")
            try:
                future: Future[bytes] = pool.schedule(_guarded, args=(seconds, task), timeout=seconds)
            except RuntimeError as error:  # the pool broke meanwhile
                raise BrokenProcessPool(str(error)) from None
            self._waiting.add(future)
        return future

    def _replace(self, broken: ProcessPool) -> None:
        with self._lock:
            if self._closed or self._pool is not broken:
                return
            self._pool = self._new_pool()
        log.error("the worker pool broke and was replaced")
        broken.stop()
        broken.join()

    def _new_pool(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._size,
            max_tasks=TASKS_PER_WORKER,
            initializer=_initialise,
            initargs=(self._limits.memory_mib * MIB,),
            context=self._context,
        )
        if not pool.active:  # asking starts the workers
            raise CouldNotJudge("internal-error", "the worker processes cannot be started")
        return pool


# --- in our own process --------------------------------------------------------------------------------------------


def start_fork_server(preload: tuple[str, ...] = PRELOAD) -> None:
    """Start the process from which workers are forked, deaf to Ctrl-C: ending it is our business.

    It gets ready beside us: whoever has other things to do before the pool is needed calls this first. `preload` counts
    the first time only.
    """
    multiprocessing.set_forkserver_preload(list(preload))
    with _interrupts_held():
        forkserver.ensure_running()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _expired(exit_code: int | None) -> _Fault:
    """Tell why a worker ended by itself."""
    number = -(exit_code or 0)
    if number == signal.SIGXCPU:
        return _Fault("budget-exhausted", "it took too much processor time", "time")
    how = f"by signal {number}" if number > 0 else f"with exit code {exit_code}"
    return _Fault("budget-exhausted", f"the worker process ended {how}", "memory")


def _unwrap(answer: R | VerifierError | _Fault) -> R:
    if isinstance(answer, VerifierError):
        raise answer
    if not isinstance(answer, _Fault):
        return answer
    if answer.trace:
        log.error("fault in a worker: %s\n%s", answer.detail, answer.trace)
    params = {"limit": answer.limit} if answer.limit else {}
    raise CouldNotJudge(answer.code, answer.detail, **params)


# --- in the worker process -----------------------------------------------------------------------------------------


def _initialise(memory: int) -> None:
    """Prepare a fresh worker: die with the parent or when told to, live within the memory limit."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # even in the middle of foreign code
    logging.getLogger().addHandler(logging.NullHandler())  # what a parser grumbles about goes nowhere
    ctypes.CDLL(None).mallopt(ARENA_MAX, 1)
    threading.stack_size(256 * 1024)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
    os._exit(1)


def _guarded(seconds: float, task: bytes) -> bytes:
    """Return the answer in pickled form: the result, a VerifierError or a `_Fault`."""
    _limit_processor_time(seconds)
    answer: VerifierError | _Fault
    try:
        function, args = pickle.loads(task)  # noqa: S301 - written by `_schedule`
        return pickle.dumps(function(*args))
    except MemoryError:
        answer = _Fault("budget-exhausted", "it needs more memory than allowed", "memory")
    except VerifierError as error:
        answer = error
    except Exception as error:  # noqa: BLE001 - the worker's edge: whatever happens here is told, with its traceback
        detail = f"{type(error).__name__} while working on the file"
        answer = _Fault("internal-error", detail, trace=traceback.format_exc())
    return pickle.dumps(answer)


def _limit_processor_time(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
