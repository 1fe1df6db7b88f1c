"""Reconciliation of a day (đối soát): our payments beside the platform's statement, and the sums; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from verifier.errors import BadRequest
from verifier.payments.records import (
    CURRENCIES,
    Callback,
    Channel,
    Order,
    Payment,
    PaymentState,
    Receipt,
    Reconciliation,
    Refund,
    StatementLine,
)

COLUMNS = ("transaction", "reference", "amount", "currency", "paid_at")
"""Of a statement that is brought as CSV, in any order; the first line names them."""
MOST_LINES = 100_000
"""Our own guard: of one statement."""
LONGEST = 200
"""Characters of one cell."""
QUIET = frozenset({"recorded", "not-paid", "refunded", "mismatch", "surplus"})
"""Outcomes of callbacks after which there is nothing to look at beside the payments themselves."""


@dataclass(frozen=True)
class Sum:
    """How many, and how much in minor units of one currency."""

    count: int
    amount: int


@dataclass(frozen=True)
class Gap:
    """A payment and a line of the statement that tell one transaction differently."""

    line: StatementLine
    payment: Payment


@dataclass(frozen=True)
class Matched:
    """Payments of the platform beside its statement."""

    agree: int
    missing_here: tuple[StatementLine, ...]
    """Told by the statement, and not known here."""
    missing_there: tuple[Payment, ...]
    """Known here, and not told by the statement."""
    differ: tuple[Gap, ...]

    @property
    def agrees(self) -> bool:
        """Tell whether nothing is missing and nothing differs."""
        return not (self.missing_here or self.missing_there or self.differ)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many lines agree, are missing, or differ."""
        missing = {"missing_here": len(self.missing_here), "missing_there": len(self.missing_there)}
        return {"agree": self.agree, **missing, "differ": len(self.differ)}


@dataclass(frozen=True)
class Day:
    """What an authority demanded, took and gave back on a day of its own zone."""

    authority: str
    """Its code."""
    day: date
    due: datetime | None
    """By when the day is to be reconciled (Decree 45/2020/ND-CP Art. 13(7)d, (8)b)."""
    orders: tuple[Order, ...]
    payments: tuple[Payment, ...]
    """By when they were paid, those that are kept apart with them."""
    apart: tuple[Payment, ...]
    """All that is kept apart and was not given back, whenever it came."""
    refunds: tuple[Refund, ...]
    receipts: tuple[Receipt, ...]
    callbacks: tuple[Callback, ...]
    """Calls of the platform of which something is to be looked at."""
    names: Mapping[UUID, tuple[str, str]] = field(default_factory=dict)
    """Code of the dossier and reference of the order of each payment that is told of or was given back, by its id."""
    codes: Mapping[UUID, str] = field(default_factory=dict)
    """Code of each dossier of which an order, a refund or a callback is told, by its id."""
    matched: Matched | None = None
    """None where no statement was compared."""
    runs: tuple[Reconciliation, ...] = field(default=())
    """How the day was reconciled before."""

    def by_channel(self) -> Mapping[tuple[str, str], Sum]:
        """Return sums of payments that paid orders, by channel and currency."""
        return summed([one for one in self.payments if is_fee(one)], lambda one: (one.channel, one.currency))

    def by_state(self) -> Mapping[tuple[str, str], Sum]:
        """Return sums of orders by state and currency."""
        return summed(self.orders, lambda one: (one.state, one.currency))


def is_fee(payment: Payment) -> bool:
    """Tell whether a payment paid an order, also where it went back since."""
    return payment.state in (PaymentState.MATCHED, PaymentState.RETURNED) and not payment.note


def summed(
    found: Iterable[Order | Payment | Refund], key: Callable[..., tuple[str, str]]
) -> Mapping[tuple[str, str], Sum]:
    """Return counts and sums by a key, in its order."""
    sums: dict[tuple[str, str], Sum] = {}
    for one in found:
        before = sums.get(key(one), Sum(0, 0))
        sums[key(one)] = Sum(before.count + 1, before.amount + one.amount)
    return dict(sorted(sums.items()))


def compared(payments: Iterable[Payment], lines: Iterable[StatementLine], known: Mapping[str, Payment]) -> Matched:
    """Hold payments of a day against a statement, by transaction.

    `known` holds payments of other days that the statement tells of: around midnight the two may not agree on the day.
    """
    ours = {one.transaction: one for one in payments if one.channel == Channel.PLATFORM.value}
    told = {one.transaction: one for one in lines}
    found = {**known, **ours}
    both = [(line, found[line.transaction]) for line in told.values() if line.transaction in found]
    differ = tuple(Gap(line, one) for line, one in both if (line.amount, line.currency) != (one.amount, one.currency))
    here = tuple(line for line in told.values() if line.transaction not in found)
    there = tuple(one for one in ours.values() if one.transaction not in told)
    return Matched(len(both) - len(differ), here, there, differ)


def read_statement(data: bytes) -> tuple[StatementLine, ...]:
    """Read a statement as CSV in UTF-8, with commas or semicolons and the names of `COLUMNS` in its first line.

    BadRequest `statement-unclear` (`line`: the number of the line, `why`).
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unclear(1, "not UTF-8") from None
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    lines: list[StatementLine] = []
    try:
        if sorted(one.strip() for one in rows.fieldnames or ()) != sorted(COLUMNS):
            raise _unclear(1, f"the first line must name {', '.join(COLUMNS)}")
        for row in rows:
            if len(lines) >= MOST_LINES:
                raise _unclear(rows.line_num, f"more than {MOST_LINES} lines")
            lines.append(_read({(name or "").strip(): value for name, value in row.items()}, rows.line_num))
    except csv.Error as broken:
        raise _unclear(rows.line_num, str(broken)) from None
    _refuse_twice(lines)
    return tuple(lines)


def _read(row: Mapping[str, object], number: int) -> StatementLine:
    cells = {name: value.strip() for name, value in row.items() if isinstance(value, str)}
    if set(row) != set(COLUMNS) or set(cells) != set(COLUMNS):
        raise _unclear(number, "another number of cells")
    if any(len(one) > LONGEST or not one.isprintable() for one in cells.values()) or not cells["transaction"]:
        raise _unclear(number, "a cell is empty, too long or not printable")
    if not (cells["amount"].isascii() and cells["amount"].isdigit() and 0 < int(cells["amount"]) < 10**12):
        raise _unclear(number, "amount must be a whole number of đồng, digits alone")
    if cells["currency"] not in CURRENCIES:
        raise _unclear(number, f"currency must be one of {', '.join(CURRENCIES)}")
    try:
        at = datetime.fromisoformat(cells["paid_at"])
    except ValueError:
        raise _unclear(number, "paid_at must be like 2026-11-23T10:15:00+07:00") from None
    if at.utcoffset() is None:
        raise _unclear(number, "paid_at must have its zone, as +07:00")
    return StatementLine(cells["transaction"], cells["reference"], int(cells["amount"]), cells["currency"], at)


def _refuse_twice(lines: Sequence[StatementLine]) -> None:
    seen: set[str] = set()
    for number, one in enumerate(lines, start=2):
        if one.transaction in seen:
            raise _unclear(number, "a transaction stands twice")
        seen.add(one.transaction)


def _unclear(number: int, why: str) -> BadRequest:
    return BadRequest("statement-unclear", f"line {number}: {why}", line=str(number), why=why)


@dataclass(frozen=True)
class Month:
    """What an authority is to remit for a month (nộp tiền phí vào kho bạc)."""

    authority: str
    month: date
    """Its first day."""
    due: datetime | None
    """By when: the 5th of the month after (Circular 157/2016/TT-BTC Art. 6(1)); None at missions."""
    citation: str
    """Empty at missions, whose rule was not found."""
    taken: Mapping[tuple[str, str], Sum]
    """By channel and currency: what paid orders."""
    returned: Mapping[tuple[str, str], Sum]
    """By channel of the payment and currency: what was given back of it this month."""

    @property
    def totals(self) -> Mapping[str, int]:
        """Taken less given back, by currency, in minor units."""
        found: dict[str, int] = {}
        for sums, sign in ((self.taken, 1), (self.returned, -1)):
            for (_, currency), one in sums.items():
                found[currency] = found.get(currency, 0) + sign * one.amount
        return found
