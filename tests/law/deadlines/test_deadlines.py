"""When a result is due: the rules one by one, the notices beside it, and the questions that have no answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.law.deadlines.support import (
    ALL,
    CERTIFIED,
    CONSULAR,
    TODAY,
    calendar,
    channel,
    instant,
    procedure,
    read,
    reckon,
    when,
)
from verifier.law.answers import Deadline, DeadlineAsk
from verifier.law.procedures import Procedure, Procedures
from verifier.law.records import NoAnswer, Words
from verifier.law.source import Source

MONDAY = when("2026-10-05T09:00:00")


def ask(
    received: datetime = MONDAY,
    *,
    accepted: datetime | None = None,
    documents: int = 1,
    extended: bool = False,
    authority: str = "",
    channel: str = "",
) -> DeadlineAsk:
    return DeadlineAsk(received, accepted, documents, extended, authority, channel)


def notices(found: Deadline) -> dict[str, datetime | None]:
    return {one.id: one.due for one in found.notices}


def refused(id_: str, asked: DeadlineAsk, day: date = date(2026, 11, 26)) -> NoAnswer:
    with pytest.raises(NoAnswer) as found:
        read().deadline(procedure(id_), day, asked, calendar())
    return found.value


@pytest.mark.parametrize("id_", CERTIFIED)
@pytest.mark.parametrize(
    ("received", "due", "case"),
    [
        ("2026-10-05T06:00:00", "2026-10-05T17:00:00", "ngoài giờ làm việc"),
        ("2026-10-05T12:00:00", "2026-10-05T17:00:00", "không muộn hơn 15 giờ"),
        ("2026-10-05T15:00:00", "2026-10-05T17:00:00", "không muộn hơn 15 giờ"),
        ("2026-10-05T15:00:00.000001", "2026-10-06T17:00:00", "sau 15 giờ"),
        ("2026-10-05T15:20:00", "2026-10-06T17:00:00", "sau 15 giờ"),
        ("2026-10-05T17:00:00", "2026-10-06T17:00:00", "sau 15 giờ"),
        ("2026-10-05T17:00:01", "2026-10-06T17:00:00", "ngoài giờ làm việc"),
        ("2026-10-10T10:00:00", "2026-10-12T17:00:00", "ngoài giờ làm việc"),
    ],
)
def test_certification_is_due_the_same_day_or_after_three_the_next(
    id_: str, received: str, due: str, case: str
) -> None:
    found = reckon(id_, received)
    assert found.due == when(due)
    assert case in found.reason.vi
    assert found.slip is (due[:10] != received[:10])
    assert ("slip" in notices(found)) is found.slip


@pytest.mark.parametrize("id_", [*CONSULAR, "apostille"])
def test_only_what_is_certified_has_a_slip(id_: str) -> None:
    found = reckon(id_, "2026-10-05T16:00:00", ask=ask(accepted=when("2026-10-05T16:30:00")))
    assert found.due == when("2026-10-06T17:00:00")
    assert not found.slip
    assert "slip" not in notices(found)


def test_the_reason_says_hour_and_day_in_both_languages() -> None:
    found = reckon("certified-copy", "2026-10-05T15:20:00")
    assert found.reason == Words(
        "Nhận lúc 15 giờ 20 phút ngày 05/10/2026, sau 15 giờ: trả kết quả trong ngày làm việc tiếp theo, "
        "chậm nhất 17 giờ ngày 06/10/2026.",
        "Received at 15:20 on 05/10/2026, after 15:00: the result is due the next working day, by 17:00 on 06/10/2026.",
    )


def test_seconds_are_said_where_there_are_any() -> None:
    assert "15 giờ 00 phút 01 giây" in reckon("certified-copy", "2026-10-05T15:00:01").reason.vi


def test_an_instant_is_the_same_in_any_zone() -> None:
    told = datetime(2026, 10, 5, 8, 0, 1, tzinfo=UTC)
    assert read().deadline(procedure("certified-copy"), MONDAY.date(), ask(told), calendar()) == reckon(
        "certified-copy", "2026-10-05T15:00:01"
    )


@pytest.mark.parametrize("id_", ["certified-copy", "certified-ecopy"])
def test_copies_may_take_two_working_days_more_on_grounds(id_: str) -> None:
    found = reckon(id_, "2026-10-08T10:00:00", ask=ask(extended=True))
    assert found.due == when("2026-10-12T17:00:00")
    assert found.slip
    assert "Kéo dài thêm 2 ngày làm việc (nhiều loại bản chính" in found.reason.vi
    assert "Extended by 2 working days (many kinds of originals" in found.reason.en


@pytest.mark.parametrize("id_", ["signature-certification", *CONSULAR, "apostille"])
def test_where_law_gives_no_extension_none_is_reckoned(id_: str) -> None:
    found = refused(id_, ask(extended=True))
    assert (found.code, found.params) == ("extension-not-allowed", {"procedure": id_})


@pytest.mark.parametrize("id_", CONSULAR)
def test_consular_time_has_not_started_before_the_receipt_is_sent(id_: str) -> None:
    found = reckon(id_, "2026-10-05T09:00:00", 60, 120)
    assert (found.due, found.clock_starts, found.slip) == (None, None, False)
    assert [one.target for one in found.steps] == [None, None]
    assert "phí đã được nộp" in found.reason.vi
    assert "complete and in order and the fee is paid" in found.reason.en
    assert notices(found)["completeness-check"] == when("2026-10-05T17:00:00")
    assert notices(found)["acceptance-notice"] == when("2026-10-06T09:00:00")
    assert notices(found)["apology"] is None


@pytest.mark.parametrize("id_", [*CONSULAR, "apostille"])
@pytest.mark.parametrize(
    ("documents", "due"),
    [(1, "06"), (4, "06"), (5, "07"), (9, "07"), (10, "09"), (10_000, "09")],
)
def test_the_number_of_papers_gives_the_working_days(id_: str, documents: int, due: str) -> None:
    found = reckon(id_, "2026-10-05T08:00:00", ask=ask(accepted=MONDAY, documents=documents))
    assert found.due == when(f"2026-10-{due}T17:00:00")
    assert found.clock_starts == MONDAY


def test_the_receipt_counts_from_its_sending_also_at_night() -> None:
    found = reckon(CONSULAR[0], "2026-10-05T08:00:00", ask=ask(accepted=when("2026-10-05T21:00:00")))
    assert found.clock_starts == when("2026-10-05T21:00:00")
    assert found.due == when("2026-10-06T17:00:00")


def test_an_apostille_counts_from_the_complete_dossier_and_says_so() -> None:
    filed = reckon("apostille", "2026-10-05T09:00:00")
    completed = reckon("apostille", "2026-10-05T09:00:00", ask=ask(accepted=when("2026-10-07T10:00:00")))
    weekend = reckon("apostille", "2026-10-10T09:00:00")
    assert (filed.due, "với điều kiện hồ sơ đã đầy đủ" in filed.reason.vi) == (when("2026-10-06T17:00:00"), True)
    assert (completed.due, "Nhận đủ hồ sơ hợp lệ" in completed.reason.vi) == (when("2026-10-08T17:00:00"), True)
    assert (weekend.due, "coi như nhận lúc 07 giờ" in weekend.reason.vi) == (when("2026-10-13T17:00:00"), True)


@pytest.mark.parametrize(
    ("received", "documents", "due"),
    [
        ("2026-10-05T15:00:00", 4, "2026-10-05T17:00:00"),
        ("2026-10-05T15:00:01", 4, "2026-10-06T17:00:00"),
        ("2026-10-05T15:00:01", 5, "2026-10-06T17:00:00"),
        ("2026-10-05T09:00:00", 10, "2026-10-08T17:00:00"),
    ],
)
def test_electronic_apostilles_are_faster_once_they_are_announced(received: str, documents: int, due: str) -> None:
    asked = ask(channel="portal", documents=documents)
    found = reckon("apostille", received, ask=asked, switches=("e-apostille",))
    assert found.due == when(due)
    assert (found.basis.status, "Điều 17 khoản 2" in found.basis.citation) == ("unverified", True)
    before = instant_days(reckon("apostille", received, ask=asked))
    assert before == {4: 1, 5: 2, 10: 4}[documents]
    counter = reckon("apostille", received, ask=replace(asked, channel="counter"), switches=("e-apostille",))
    assert instant_days(counter) == before


def instant_days(found: Deadline) -> int:
    assert found.due is not None
    assert found.clock_starts is not None
    return (found.due.date() - found.clock_starts.date()).days


def test_a_dossier_of_october_2025_follows_the_law_of_then() -> None:
    old = reckon("certified-copy", "2025-10-31T09:00:00", day=date(2025, 10, 31))
    new = reckon("certified-copy", "2025-11-03T09:00:00", day=date(2025, 11, 3))
    assert (old.basis.citation, old.basis.status) == ("Nghị định 23/2015/NĐ-CP Điều 7, Điều 21", "verified")
    assert "280/2025" in new.basis.citation
    for id_ in CERTIFIED:
        late = reckon(id_, "2025-10-31T15:00:01", day=date(2025, 10, 31))
        assert (late.due, late.slip) == (when("2025-11-03T17:00:00"), True)
    assert new.basis.status == "partial"


def test_an_apology_that_comes_too_late_is_said_honestly() -> None:
    short = reckon("signature-certification", "2026-10-05T09:00:00")
    longer = reckon("signature-certification", "2026-10-05T16:00:00")
    (said,) = [one for one in short.notices if one.id == "apology"]
    assert (said.due, "quá ngắn" in said.words.vi, "too short" in said.words.en) == (None, True, True)
    assert notices(longer)["apology"] == when("2026-10-05T17:00:00")
    assert "Chỉ được hẹn lại một lần" in next(one.words.vi for one in longer.notices if one.id == "apology")


def test_an_apology_at_the_very_start_is_too_late() -> None:
    found = reckon(CONSULAR[0], "2026-10-05T09:00:00", ask=ask(accepted=when("2026-10-05T17:00:00")))
    assert found.due == when("2026-10-06T17:00:00")
    assert notices(found)["apology"] is None


def test_the_notice_of_acceptance_is_for_what_is_filed_online() -> None:
    assert "acceptance-notice" not in notices(reckon("certified-copy", "2026-10-05T09:00:00"))
    online = reckon("certified-copy", "2026-10-05T09:00:00", ask=ask(channel="portal"))
    assert notices(online)["acceptance-notice"] == when("2026-10-06T09:00:00")


def test_targets_add_up_and_stop_at_the_limit() -> None:
    found = reckon("signature-certification", "2026-10-05T08:00:00", 60, 240, 120, 60, 0)
    assert [one.target for one in found.steps] == [
        when(f"2026-10-05T{hour}:00") for hour in ("09:00", "15:00", "17:00", "17:00", "17:00")
    ]
    assert found.steps[0].forms == ("control-sheet",)


def test_targets_of_the_seed_steps_on_a_late_receipt_go_on_the_next_day() -> None:
    shipped = Procedures.read(Source()).get("signature-certification", date(2026, 11, 26))
    found = read().deadline(shipped, date(2026, 11, 26), ask(when("2026-11-26T15:20:00")), calendar())
    assert [one.role for one in found.steps] == ["reception", "specialist", "leader", "clerk", "reception"]
    assert [one.target for one in found.steps][:4] == [
        when("2026-11-26T16:20:00"),
        when("2026-11-27T10:20:00"),
        when("2026-11-27T14:20:00"),
        when("2026-11-27T15:20:00"),
    ]


def test_days_that_are_in_doubt_are_told() -> None:
    found = reckon("certified-copy", "2026-11-20T15:30:00")
    assert (found.due, [one.day for one in found.doubts]) == (when("2026-11-23T17:00:00"), [date(2026, 11, 23)])
    swapped = reckon("certified-copy", "2026-11-20T15:30:00", switches=("swap-2026-11-23",))
    assert (swapped.due, swapped.doubts) == (when("2026-11-25T17:00:00"), ())
    assert reckon("certified-copy", "2026-10-05T09:00:00").doubts == ()


def test_doubts_reach_the_last_notice_while_nothing_is_due() -> None:
    found = reckon(CONSULAR[0], "2026-11-20T16:00:00")
    assert [one.day for one in found.doubts] == [date(2026, 11, 23)]


def test_a_mission_answers_in_its_own_zone_over_a_change_of_clocks() -> None:
    asked = ask(authority="washington", accepted=when("2026-10-30T12:00:00-04:00"))
    found = reckon(CONSULAR[0], "2026-10-30T12:00:00-04:00", ask=asked)
    assert found.due is not None
    assert found.due.isoformat() == "2026-11-02T17:00:00-05:00"
    assert (found.calendar, found.clock_starts) == ("washington", when("2026-10-30T12:00:00-04:00"))


def test_an_hour_that_comes_twice_is_in_order() -> None:
    first, second = when("2026-11-01T01:30:00-04:00"), when("2026-11-01T01:10:00-05:00")
    asked = ask(first, accepted=second, authority="washington")
    found = read().deadline(procedure(CONSULAR[0]), first.date(), asked, calendar("washington"))
    assert instant(found.clock_starts) == instant(second)
    with pytest.raises(NoAnswer, match="times-out-of-order"):
        read().deadline(procedure(CONSULAR[0]), first.date(), ask(second, accepted=first), calendar("washington"))


@pytest.mark.parametrize(
    ("asked", "code", "params"),
    [
        (ask(documents=0), "count-wrong", {"field": "documents"}),
        (ask(documents=-1), "count-wrong", {"field": "documents"}),
        (ask(documents=True), "count-wrong", {"field": "documents"}),
        (ask(documents=10_001), "count-wrong", {"field": "documents"}),
        (ask(channel="fax"), "filing-channel-unknown", {"field": "channel", "channel": "fax"}),
        (ask(accepted=when("2026-10-05T08:59:59")), "times-out-of-order", {}),
        (ask(accepted=when("2027-10-07T09:00:00")), "time-wrong", {"field": "accepted"}),
        (ask(datetime(2026, 10, 5, 9)), "time-without-zone", {"field": "received"}),  # noqa: DTZ001 - the case itself
        (ask(accepted=datetime(2026, 10, 5, 9)), "time-without-zone", {"field": "accepted"}),  # noqa: DTZ001 - as above
        (ask(datetime.min.replace(tzinfo=UTC)), "time-wrong", {"field": "received"}),
        (ask(accepted=datetime.max.replace(tzinfo=UTC)), "time-wrong", {"field": "accepted"}),
    ],
    ids=[
        "none",
        "minus",
        "flag",
        "absurd",
        "channel",
        "order",
        "apart",
        "naive",
        "naive-accepted",
        "first-year",
        "last-year",
    ],
)
@pytest.mark.parametrize("id_", ALL)
def test_what_cannot_be_answered_is_refused(id_: str, asked: DeadlineAsk, code: str, params: dict[str, str]) -> None:
    found = refused(id_, asked)
    assert (found.code, found.params) == (code, params)


@pytest.mark.parametrize(
    ("id_", "sent", "counted"),
    [
        ("consular-certification", "2026-02-13T16:00:00", "2026-02-23T07:00:00"),
        ("apostille", "2026-10-05T09:00:00", "2026-10-06T07:00:00"),
        ("certified-copy", "2026-10-05T09:00:00", "2026-10-05T09:00:00"),
    ],
)
def test_the_day_of_the_event_is_not_counted_where_days_are(id_: str, sent: str, counted: str) -> None:
    found = read().deadline(procedure(id_), TODAY, ask(when(sent), accepted=when(sent)), calendar())
    assert found.counted_from == when(counted)


@pytest.mark.parametrize("id_", ALL)
def test_a_way_to_file_that_the_procedure_does_not_have(id_: str) -> None:
    only = replace(procedure(id_), channels=(channel("portal"),))
    found = read().deadline(only, TODAY, ask(), calendar())
    assert found == read().deadline(only, TODAY, ask(channel="portal"), calendar())
    with pytest.raises(NoAnswer, match="filing-channel-unknown"):
        read().deadline(only, TODAY, ask(channel="post"), calendar())


def test_a_year_without_a_calendar_is_refused() -> None:
    assert refused("certified-copy", ask(when("2110-10-05T09:00:00"))).code == "calendar-out-of-range"


def test_a_deadline_that_is_not_there_or_not_yet_is_refused() -> None:
    assert refused("notary", ask()).code == "deadline-unknown"
    found = refused("apostille", ask(), date(2026, 9, 10))
    assert (found.code, found.params) == ("deadline-not-in-force", {"procedure": "apostille"})


def test_the_ids_are_those_of_the_procedures() -> None:
    assert read().ids == set(ALL)


@pytest.mark.parametrize("id_", ALL)
def test_every_rule_is_told_to_applicants_in_both_languages(id_: str) -> None:
    rule = read().get(id_, date(2026, 11, 26))
    assert rule.words.vi
    assert rule.words.en


def test_every_procedure_has_a_rule_on_every_day_that_it_holds() -> None:
    told = [one for id_ in ALL for one in Procedures.read(Source()).history(id_) if isinstance(one, Procedure)]
    assert {one.id for one in told} == set(ALL)
    for one in told:
        last = one.until - timedelta(days=1) if one.until else date(2100, 1, 1)
        for day in (one.since, last):
            assert read().get(one.deadline, day).id == one.id
