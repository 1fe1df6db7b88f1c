"""What the data say of times: how long a procedure may take, and the other terms (thời hạn); records only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from verifier.law.answers import Doubt
from verifier.law.records import Cited, Entry, Words

RULES = ("same-day-with-cut-off", "working-days-by-count")
"""How a deadline is reckoned; each is a function of the same name in `reckoning`."""
CLOCKS = ("filing", "complete", "receipt-sent")
"""What starts the clock: the filing; the receipt of a complete dossier, where it is said, else the filing; the sending
of the receipt with the appointment, without which it does not start."""
STARTS = (
    "filing", "receipt-sent", "due", "request-received", "request-sent", "guidance-received", "supplement-ended",
    "dossier-valid", "dossier-received", "minutes-signed", "decision", "order-received", "payment", "month", "event",
)  # fmt: skip
"""What a term runs from. The first three are known with a deadline: the filing, the start of its clock, its end."""
UNITS = ("working-days", "working-hours", "same-working-day", "transfer", "day-before", "after-days", "monthly", "none")
"""How a term is counted; each but `none` is a function in `reckoning`."""


@dataclass(frozen=True)
class TermRule:
    """One term in one period, as the data say it."""

    id: str
    entry: Entry
    start: str
    """What it runs from; one of `STARTS`."""
    unit: str
    """How it is counted; one of `UNITS`."""
    length: int
    """Of the unit; 0 where the unit has none."""
    cut_off: time | None
    """Of `transfer`: after this hour it is done at the next opening."""
    words: Words
    """Who must do what by when, in one or two sentences."""
    start_words: Words
    """The event that it runs from."""
    too_late: Words
    """Said instead where the term would end before the clock has started; empty where that cannot be."""


@dataclass(frozen=True)
class Term:
    """A term, reckoned."""

    id: str
    start: datetime
    """In the calendar's zone, like `due`."""
    due: datetime | None
    """None where the law sets no time."""
    words: Words
    doubts: tuple[Doubt, ...]
    calendar: str
    basis: Cited


@dataclass(frozen=True)
class Row:
    """One row of a table: from how many papers on, how many working days at most."""

    documents: int
    days: int
    """0: the same working day."""
    words: Words


@dataclass(frozen=True)
class Grid:
    """A table of lengths by number of papers; rows rise, the first begins at 1."""

    id: str
    channels: tuple[str, ...]
    """For what is filed so; empty: for all that no table before it takes."""
    rows: tuple[Row, ...]
    cut_off: time | None
    """After this hour what is due the same day is due the next working day."""
    basis: Cited

    def row(self, documents: int) -> Row:
        """Return the row for a number of papers."""
        return next(one for one in reversed(self.rows) if one.documents <= documents)


@dataclass(frozen=True)
class Extension:
    """The extension that law allows without an agreement (kéo dài thời hạn)."""

    days: int
    """Working days at most."""
    words: Words
    """On what grounds."""
    basis: Cited


@dataclass(frozen=True)
class NoticeRule:
    """A term that is shown with the deadline."""

    term: str
    channels: tuple[str, ...]
    """For what is filed so; empty: for all."""
    slip: bool
    """Only where an appointment slip is handed out."""


@dataclass(frozen=True)
class DeadlineRule:
    """How long a procedure may take, in one period."""

    id: str
    entry: Entry
    rule: str
    """One of `RULES`."""
    clock: str
    """One of `CLOCKS`."""
    words: Words
    """The rule as an applicant reads it."""
    cut_off: time | None
    """Of `same-day-with-cut-off`."""
    grids: tuple[Grid, ...]
    """Of `working-days-by-count`; those whose switch is off are left out."""
    extension: Extension | None
    notices: tuple[NoticeRule, ...]

    def grid(self, channel: str) -> Grid:
        """Return the table for what is filed by a channel."""
        return next(one for one in self.grids if not one.channels or channel in one.channels)


OCCASIONS = ("supplement", "confirmation")
"""What may be waited for: the applicant's supplement, another authority's confirmation."""
RUNS, ANEW, PAUSED = EFFECTS = ("runs", "anew", "paused")
"""What becomes of the time meanwhile: it goes on; it starts anew afterwards; it stands still, then goes on."""


@dataclass(frozen=True)
class Wait:
    """What holds while something is waited for, in one period (chờ bổ sung, chờ xác minh)."""

    occasion: str
    """One of `OCCASIONS`."""
    deadlines: tuple[str, ...]
    """Ids of the deadlines for which it holds."""
    entry: Entry
    clock: str
    """One of `EFFECTS`."""
    words: Words
    again: bool = True
    """Of a supplement: whether it may be asked for a second time."""
    by: str = ""
    """Of a supplement: the term by which law wants it brought; empty where law sets none."""
    target: str = ""
    """Of a supplement without `by`: the office's own term, after which it looks again."""
    refuse: str = ""
    """Of a supplement: the term by which, after the end of that, the refusal is notified; empty where law sets none."""
    answer: str = ""
    """Of a confirmation: the term of an answer in Viet Nam; empty where that of the asked authority holds."""
    longer: str = ""
    """The term where the authority that was asked says that the matter is complex; empty where there is none."""
    remind: str = ""
    """The term after which it is to be reminded; empty where law has none."""
    back: str = ""
    """The term after which the dossier is to be given back; empty where law has none."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Ids of the terms that it names."""
        named = (self.by, self.target, self.refuse, self.answer, self.longer, self.remind, self.back)
        return tuple(one for one in named if one)
