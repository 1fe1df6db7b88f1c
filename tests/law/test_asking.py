from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.law import asking
from verifier.law.answers import DeadlineAsk, FeeAsk
from verifier.law.branches import Paper
from verifier.law.forms import Field
from verifier.law.records import NoAnswer, Words

HANOI, WASHINGTON = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("America/New_York")
WORDS = Words("ô", "field")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("text", ["2026-11-23", " 2026-11-23 ", "23/11/2026"])
def test_a_day_as_machines_and_as_people_write_it(text: str) -> None:
    assert asking.day_of(text) == date(2026, 11, 23)


@pytest.mark.parametrize("text", ["", "2026-02-29", "1/13/2026", "2014-12-31", "2100-01-01", "20261123", "٢٠٢٦-11-23"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(NoAnswer, match="date-unclear") as refused:
        asking.day_of(text, "when")

    assert refused.value.params == {"field": "when"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-23T14:30", "2026-11-23T14:30:00-05:00"),
        ("2026-11-23 14:30:59", "2026-11-23T14:30:59-05:00"),
        ("23/11/2026 14:30", "2026-11-23T14:30:00-05:00"),
        ("2026-11-23T14:30Z", "2026-11-23T09:30:00-05:00"),
        ("2026-11-23T14:30+07:00", "2026-11-23T02:30:00-05:00"),
        ("2026-11-23T14:30 07:00", "2026-11-23T02:30:00-05:00"),
        ("2026-03-08T02:30", "2026-03-08T03:30:00-04:00"),  # clocks skip this hour
        ("2026-11-01T01:30", "2026-11-01T01:30:00-04:00"),  # clocks show it twice: the first
    ],
)
def test_a_time_is_read_in_the_zone_unless_it_has_its_own(text: str, wanted: str) -> None:
    assert asking.instant_of(text, "received", WASHINGTON).isoformat() == wanted


@pytest.mark.parametrize(
    "text", ["2026-11-23", "2026-11-23T24:30", "2026-11-23T14:30+99:00", "now", "2014-11-23T14:30"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NoAnswer, match="instant-unclear") as refused:
        asking.instant_of(text, "accepted", HANOI)

    assert refused.value.params == {"field": "accepted"}


def test_a_fee_is_asked_with_what_is_said() -> None:
    assert asking.fee_ask({}) == FeeAsk()
    assert asking.fee_ask({"pages": " 4, 2;10 ", "copies": "3"}) == FeeAsk(pages=(4, 2, 10), copies=3)
    assert asking.fee_ask({"documents": "2", "cases": "1"}) == FeeAsk(documents=2, cases=1)


@pytest.mark.parametrize("field", ["pages", "copies", "documents", "cases"])
@pytest.mark.parametrize("text", ["-1", "1.5", "one", "1e3", "²", "12345678", "+2"])
def test_what_is_no_number_is_refused(field: str, text: str) -> None:
    with pytest.raises(NoAnswer, match="count-wrong") as refused:
        asking.fee_ask({field: text})

    assert refused.value.params == {"field": field}


def test_a_deadline_is_asked_with_what_is_said() -> None:
    received, accepted = at("2026-11-23T14:30+07:00"), at("2026-11-24T08:00+07:00")
    said = {"accepted": "2026-11-24T08:00", "documents": "5", "extended": "yes", "authority": "G08", "channel": "post"}

    assert asking.deadline_ask({"received": "2026-11-23T14:30"}, HANOI) == DeadlineAsk(received)
    whole = asking.deadline_ask({"received": "2026-11-23T14:30", **said}, HANOI)
    assert whole == DeadlineAsk(received, accepted, 5, extended=True, authority="G08", channel="post")


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({}, "instant-missing", "received"),
        ({"received": "2026-11-23T14:30", "accepted": "x"}, "instant-unclear", "accepted"),
        ({"received": "2026-11-23T14:30", "documents": "x"}, "count-wrong", "documents"),
        ({"received": "2026-11-23T14:30", "extended": "perhaps"}, "choice-unknown", "extended"),
    ],
)
def test_what_is_wrong_with_a_deadline_is_named(said: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        asking.deadline_ask(said, HANOI)

    assert (refused.value.code, refused.value.params["field"]) == (code, field)


def test_a_paper_is_asked_with_what_is_said() -> None:
    assert asking.paper({"issued_in": "vn", "used_in": "fr, LA"}) == Paper("VN", ("FR", "LA"))
    said = {"issued_in": "FR", "used_in": "VN", "kind": "diploma", "has_apostille": "no", "consular_certified": "yes"}
    assert asking.paper(said) == Paper("FR", ("VN",), "diploma", has_apostille=False, consular_certified=True)


@pytest.mark.parametrize(("said", "field"), [({}, "issued_in"), ({"issued_in": "VN"}, "used_in")])
def test_a_paper_without_a_country_is_refused(said: dict[str, str], field: str) -> None:
    with pytest.raises(NoAnswer, match="country-missing") as refused:
        asking.paper(said)

    assert refused.value.params == {"field": field}


def test_a_year_is_this_one_unless_it_is_said() -> None:
    assert asking.year_of("", date(2026, 1, 1)) == 2026
    assert asking.year_of(" 2027 ", date(2026, 1, 1)) == 2027
    for text in ("2014", "2100", "27", "two"):
        with pytest.raises(NoAnswer, match="date-unclear"):
            asking.year_of(text, date(2026, 1, 1))


def test_days_and_times_of_a_form_are_read_also_in_tables() -> None:
    parts = (Field("day", "date", WORDS), Field("what", "text", WORDS))
    fields = (Field("on", "date", WORDS), Field("at", "date-time", WORDS), Field("rows", "table", WORDS, parts=parts))
    told = {
        "on": "2026-11-23",
        "at": "2026-11-23T10:00:00Z",
        "rows": [{"day": "2026-11-24", "what": "2026-11-24"}],
        "else": "2026-11-23",
    }

    found = asking.form_values(fields, told)

    assert found["on"] == date(2026, 11, 23)
    assert found["at"] == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert found["rows"] == ({"day": date(2026, 11, 24), "what": "2026-11-24"},)
    assert found["else"] == "2026-11-23"
    assert asking.form_values(fields, {"on": "soon"}) == {"on": "soon"}


@given(st.dictionaries(st.sampled_from(["received", "accepted", "documents", "extended", "channel"]), st.text()))
def test_whatever_is_written_is_read_or_refused_by_name(said: dict[str, str]) -> None:
    try:
        fields = {asking.deadline_ask(said, HANOI).channel and "received"}
    except NoAnswer as refused:
        fields = {refused.params["field"]}
    assert fields <= {"received", "accepted", "documents", "extended", "channel"}


@given(st.integers(0, 2_600_000_000), st.integers(-12, 14))
def test_an_instant_is_the_same_however_it_is_written(seconds: int, hours: int) -> None:
    local = datetime(2015, 2, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = (local + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S") + f"{hours:+03d}:00"

    assert asking.instant_of(text, "received", HANOI) == local
