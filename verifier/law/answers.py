"""What the law is asked, and what it answers: the records between the parts of this folder and those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from verifier.law.records import Cited, Entry, Words


@dataclass(frozen=True)
class FeeAsk:
    """What a fee depends on; None: not said. Counts are whole numbers of at least 1."""

    pages: tuple[int, ...] = ()
    """Pages of each original (bản chính)."""
    copies: int | None = None
    """Copies of each original; in consular procedures: copies of papers that are issued beside (cấp bản sao)."""
    documents: int | None = None
    """Papers that are certified or legalized, each certified copy for itself (số bản)."""
    cases: int | None = None
    """Cases of signature certification: one is one or more signatures in one paper (trường hợp)."""


@dataclass(frozen=True)
class FeeLine:
    """One line of a fee: `count` times `unit_vnd` makes `amount_vnd`; whole đồng."""

    id: str
    """Of the tariff, as `copy-first-pages`."""
    what: Words
    count: int
    unit_vnd: int
    amount_vnd: int
    basis: Cited


@dataclass(frozen=True)
class WhenPaid:
    """When a fee is paid (thời điểm nộp) and what is written then."""

    id: str
    """`at-filing`, `before-acceptance` or `at-return`."""
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Exemption:
    """Who pays nothing (miễn phí); a person decides whether it applies."""

    id: str
    words: Words
    entry: Entry


@dataclass(frozen=True)
class Fee:
    """A fee (phí), reckoned; whole đồng."""

    procedure: str
    day: date
    lines: tuple[FeeLine, ...]
    amount_vnd: int
    when_paid: WhenPaid
    refund: Words
    """The rule on giving back what was paid (hoàn phí)."""
    refund_basis: Cited
    exemptions: tuple[Exemption, ...]


@dataclass(frozen=True)
class DeadlineAsk:
    """What a deadline depends on. Times are aware; the zone that counts is the authority's."""

    received: datetime
    """When it was filed: handed over, recorded by the portal, or postmarked."""
    accepted: datetime | None = None
    """When the receipt with the appointment was sent; consular procedures count from there."""
    documents: int = 1
    extended: bool = False
    """Whether the extension that the law allows without an agreement is used."""
    authority: str = ""
    """Code of the authority, or id of a calendar; empty: the calendar of Viet Nam."""
    channel: str = ""
    """One of the procedure's: `portal`, `counter` or `post`; empty: the counter, or the first where it has none."""


@dataclass(frozen=True)
class StepTarget:
    """One step of the work with its internal target (mục tiêu nội bộ), which never moves the legal limit."""

    name: Words
    role: str
    """Id of the role: `reception`, `specialist`, `leader`, `clerk`."""
    role_words: Words
    target: datetime | None
    """None where the clock has not started."""
    forms: tuple[str, ...]
    """Ids of the forms that are made at this step."""


@dataclass(frozen=True)
class Notice:
    """Something that has its own time beside the result: the completeness check, the apology, the slip."""

    id: str
    words: Words
    due: datetime | None
    basis: Cited


@dataclass(frozen=True)
class Doubt:
    """A day of which it is not certain whether it is worked, because its schedule is not decided or not found."""

    day: date
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Deadline:
    """When the result is due (thời hạn giải quyết), and why."""

    procedure: str
    due: datetime | None
    """In the authority's zone; None while the clock has not started."""
    clock_starts: datetime | None
    counted_from: datetime | None
    """The first moment that counts: where days are counted, the opening after the day on which the clock starts."""
    reason: Words
    steps: tuple[StepTarget, ...]
    notices: tuple[Notice, ...]
    slip: bool
    """Whether an appointment slip with hour and day must be handed out (phiếu hẹn); consular certification and the
    Apostille have none: there the receipt with the appointment is given in any case."""
    doubts: tuple[Doubt, ...]
    calendar: str
    basis: Cited
