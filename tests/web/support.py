"""A service with a check of the test's own, on a clock of the test's own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from verifier.errors import CouldNotJudge
from verifier.web.jobs import Checked, Order, Progress

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 a signed file"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def report_of(order: Order) -> str:
    return json.dumps({"file": order.file_name, "conclusion": "TOTAL_PASSED"}, ensure_ascii=False)


def passing(order: Order, progress: Progress) -> Checked:
    for step in ("reading", "gathering", "concluding"):
        progress(step)
    return Checked("pdf", report_of(order), "TOTAL_PASSED", bundle=b"PK-evidence")


class Checker:
    """Judges as told: passes, refuses, breaks, or waits for a gate; remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[Order, Progress], Checked] = passing
        self.orders: list[Order] = []
        self.seen: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def __call__(self, order: Order, progress: Progress) -> Checked:
        self.orders.append(order)
        self.seen.append(order.document.read_bytes())
        self.entered.set()
        assert self.gate.wait(20)
        return self.answer(order, progress)

    def refuse(self, code: str, **params: str) -> None:
        def refusing(order: Order, progress: Progress) -> Checked:
            raise CouldNotJudge(code, "as the test wants", **params)

        self.answer = refusing

    def break_down(self) -> None:
        def breaking(order: Order, progress: Progress) -> Checked:
            raise ZeroDivisionError("secret of the house")

        self.answer = breaking
