"""What is true of every deadline and term, whatever is asked: by generated times, numbers, calendars and zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.law.deadlines.support import ALL, CALENDARS, TODAY, calendar, instant, procedure, read
from verifier.law.answers import Deadline, DeadlineAsk
from verifier.law.calendars import Calendar

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Ho_Chi_Minh", "America/New_York", "Europe/Paris")] + [UTC])
TIMES = st.builds(
    lambda at, zone: at.astimezone(zone),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds of it
    ZONES,
)
LATER = st.integers(0, 40 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))
PROCEDURES = st.sampled_from(ALL)
CALENDAR_IDS = st.sampled_from(CALENDARS)
MINUTES = st.lists(st.integers(0, 600), max_size=4)
FEW = settings(max_examples=150, deadline=None)


def reckon(id_: str, asked: DeadlineAsk, own: Calendar, minutes: tuple[int, ...] = ()) -> Deadline:
    return read("e-apostille").deadline(procedure(id_, *minutes), TODAY, asked, own)


@FEW
@given(PROCEDURES, TIMES, LATER, st.integers(1, 30), CALENDAR_IDS, st.sampled_from(("portal", "counter", "post")))
def test_a_result_is_due_at_the_close_of_a_working_day(
    id_: str, received: datetime, later: timedelta, documents: int, own: str, channel: str
) -> None:
    kept = calendar(own)
    asked = DeadlineAsk(received, accepted=received + later, documents=documents, channel=channel)
    found = reckon(id_, asked, kept)
    assert found.due is not None
    assert found.due.tzinfo is kept.zone
    assert kept.is_working(found.due.date())
    assert found.due == kept.closes(found.due.date())
    assert instant(received) <= instant(found.clock_starts) <= instant(found.due)


@FEW
@given(PROCEDURES, TIMES, LATER, LATER, CALENDAR_IDS)
def test_who_files_later_is_never_due_earlier(
    id_: str, received: datetime, wait: timedelta, later: timedelta, own: str
) -> None:
    kept = calendar(own)
    first = reckon(id_, DeadlineAsk(received, accepted=received + wait), kept)
    second = reckon(id_, DeadlineAsk(received + later, accepted=received + wait + later), kept)
    assert instant(first.due) <= instant(second.due)
    assert instant(first.clock_starts) <= instant(second.clock_starts)


@FEW
@given(st.sampled_from(("certified-copy", "certified-ecopy")), TIMES, CALENDAR_IDS)
def test_an_extension_is_two_working_days_and_needs_a_slip(id_: str, received: datetime, own: str) -> None:
    kept = calendar(own)
    plain, extended = reckon(id_, DeadlineAsk(received), kept), reckon(id_, DeadlineAsk(received, extended=True), kept)
    assert plain.due is not None
    assert extended.due == kept.closes(kept.add_days(plain.due.date(), 2))
    assert extended.slip
    assert plain.slip is (plain.due.date() > received.astimezone(kept.zone).date())


@FEW
@given(PROCEDURES, TIMES, MINUTES, CALENDAR_IDS)
def test_targets_rise_and_never_pass_the_limit(id_: str, received: datetime, minutes: list[int], own: str) -> None:
    found = reckon(id_, DeadlineAsk(received, accepted=received), calendar(own), tuple(minutes))
    targets = [instant(one.target) for one in found.steps]
    assert targets == sorted(targets)
    assert all(instant(found.clock_starts) <= one <= instant(found.due) for one in targets)


@FEW
@given(st.sampled_from(("consular-certification", "apostille")), TIMES, st.integers(1, 30), CALENDAR_IDS)
def test_one_paper_more_is_never_due_earlier(id_: str, received: datetime, documents: int, own: str) -> None:
    fewer, more = (
        reckon(id_, DeadlineAsk(received, accepted=received, documents=number, channel="portal"), calendar(own))
        for number in (documents, documents + 1)
    )
    assert instant(fewer.due) <= instant(more.due)


@FEW
@given(PROCEDURES, TIMES, CALENDAR_IDS)
def test_a_notice_before_the_last_day_lies_between(id_: str, received: datetime, own: str) -> None:
    found = reckon(id_, DeadlineAsk(received, accepted=received), calendar(own))
    assert found.due is not None
    for notice in found.notices:
        if notice.id in ("apology", "apostille-extension") and notice.due is not None:
            assert instant(found.clock_starts) < instant(notice.due)
            assert notice.due.date() < found.due.date()


@FEW
@given(st.sampled_from(read().term_ids), TIMES, LATER, CALENDAR_IDS)
def test_a_term_ends_when_the_office_is_open_and_rises_with_its_start(
    id_: str, start: datetime, later: timedelta, own: str
) -> None:
    kept = calendar(own)
    (rule,) = [one for one in read().terms(TODAY) if one.id == id_]
    first, second = (read().term(id_, TODAY, at, kept) for at in (start, start + later))
    if rule.unit == "none":
        assert (first.due, second.due) == (None, None)
        return
    assert first.due is not None
    assert kept.is_working(first.due.date())
    assert instant(first.due) <= instant(second.due)
    assert instant(first.due) == instant(kept.counts_from(first.due))
    assert (instant(first.due) < instant(start)) is (rule.unit == "day-before")
