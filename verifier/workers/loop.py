"""A task that is done again and again in a thread of its own until it is stopped; no fault ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from verifier.errors import fault_of

LONGEST_PAUSE = 15.0
"""Seconds between two attempts while the task fails, at most (or its usual pause, where that is longer)."""

log = structlog.get_logger("verifier.loop")


class Loop:
    """Runs `task` until it is stopped, with a pause after each round that grows while rounds fail."""

    def __init__(self, name: str, task: Callable[[threading.Event], object], every: float) -> None:
        """`task` is given the event that tells it to come to an end; `every` is the pause in seconds."""
        self._name, self._task, self._every = name, task, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the round that may be under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = self._every
        while not self._stop.is_set():
            if fault := fault_of(lambda: self._task(self._stop)):
                pause = max(self._every, min(pause * 2, LONGEST_PAUSE))
                log.error("a round of background work failed", loop=self._name, exc_info=fault)
            else:
                pause = self._every
            self._stop.wait(pause)
