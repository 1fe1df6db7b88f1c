"""What the tests of deadlines share: the data as shipped, calendars, and a procedure whose steps a test may set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache

from verifier.law.answers import Deadline, DeadlineAsk
from verifier.law.calendars import Calendar, Calendars
from verifier.law.deadlines import Deadlines
from verifier.law.procedures.records import CHANNELS, Channel, Procedure, Step
from verifier.law.records import Cited, Entry, Words
from verifier.law.source import Source

TODAY = date(2026, 11, 26)
CERTIFIED = ("certified-copy", "certified-ecopy", "signature-certification")
CONSULAR = ("consular-certification", "consular-legalization")
ALL = (*CERTIFIED, *CONSULAR, "apostille")
CALENDARS = ("viet-nam", "washington", "tokyo", "moscow", "paris")
_NO_WORDS = Words("", "")


def channel(id_: str) -> Channel:
    return Channel(id_, _NO_WORDS, "handover", _NO_WORDS, Cited("partial", "test"))


@lru_cache
def read(*switches: str) -> Deadlines:
    return Deadlines.read(Source(switches=frozenset(switches)))


@lru_cache
def calendars(*switches: str) -> Calendars:
    return Calendars.read(Source(switches=frozenset(switches)))


def calendar(id_: str = "viet-nam", *switches: str) -> Calendar:
    return calendars(*switches).of(id_)


def step(minutes: int, role: str = "specialist") -> Step:
    return Step(
        id=f"step-{minutes}",
        words=Words("việc", "work"),
        role=role,
        role_words=Words("người", "person"),
        minutes=minutes,
        forms=("control-sheet",),
        basis=Cited("unverified", "không"),
    )


def procedure(id_: str, *minutes: int) -> Procedure:
    entry = Entry(None, None, "unverified", "không", "")
    return Procedure(
        id=id_,
        entry=entry,
        since=date.min,
        until=None,
        name=_NO_WORDS,
        about=_NO_WORDS,
        national_ids=(),
        sector="",
        result_code="",
        who=_NO_WORDS,
        individuals_only=False,
        sets=1,
        variants=(),
        channels=tuple(channel(one) for one in CHANNELS),
        components=(),
        places=(),
        steps=tuple(step(one) for one in minutes),
        occasions=(),
        results=(),
        delivery=(),
        keeping=(),
        rules=(),
        legal_basis=(),
        fee=id_,
        deadline=id_,
        grounds=(),
        kinds_of_work=(),
    )


def when(text: str) -> datetime:
    """Read a time; without an offset it is that of Viet Nam."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=calendar().zone)


def reckon(
    id_: str,
    received: str,
    *minutes: int,
    ask: DeadlineAsk | None = None,
    day: date = TODAY,
    switches: tuple[str, ...] = (),
) -> Deadline:
    asked = replace(ask or DeadlineAsk(when(received)), received=when(received))
    return read(*switches).deadline(procedure(id_, *minutes), day, asked, calendar(asked.authority, *switches))


def instant(at: datetime | None) -> datetime:
    assert at is not None
    return at.astimezone(UTC)
