from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from verifier.reports.formats import Words, iso

NIGHT = datetime(2026, 11, 22, 18, 3, 30, tzinfo=UTC)
VI, EN = Words("vi"), Words("en")


def test_times_are_written_in_the_zone() -> None:
    assert VI.local(NIGHT) == "23/11/2026 01:03"
    assert EN.local(NIGHT) == "23 Nov 2026, 01:03"
    assert VI.when(NIGHT) == "23/11/2026 01:03 UTC+7"


def test_the_zone_is_named() -> None:
    assert VI.moment(NIGHT).zone == "giờ Hà Nội (UTC+7)"
    assert Words("vi", UTC).moment(NIGHT).zone == "giờ UTC"
    assert Words("en", timezone(timedelta(hours=-3, minutes=-30))).moment(NIGHT).zone == "UTC-3:30 time"


def test_the_machine_form_is_utc() -> None:
    assert iso(NIGHT.astimezone(timezone(timedelta(hours=7)))) == "2026-11-22T18:03:30Z"
    assert VI.moment(NIGHT).iso == "2026-11-22T18:03:30Z"


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (30, "chưa đến 1 phút", "less than 1 minute"),
        (300, "5 phút", "5 min"),
        (7200, "2 giờ", "2 h"),
        (86400 * 1482, "1.482 ngày", "1,482 days"),
    ],
)
def test_ages(seconds: int, vi: str, en: str) -> None:
    assert VI.age(timedelta(seconds=seconds)) == vi
    assert EN.age(timedelta(seconds=seconds)) == en


def test_numbers() -> None:
    assert VI.number(1482) == "1.482"
    assert EN.number(1482) == "1,482"
    assert VI.number(97.84, 1) == "97,8"


@pytest.mark.parametrize(
    ("octets", "vi", "en"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1_800_000, "1,8 MB", "1.8 MB"),
        (5_000_000_000_000, "5.000,0 GB", "5,000.0 GB"),
    ],
)
def test_sizes(octets: int, vi: str, en: str) -> None:
    assert VI.size(octets) == vi
    assert EN.size(octets) == en


def test_the_end_of_time_is_written_in_utc() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert VI.when(last) == "31/12/9999 23:59 UTC"
    assert VI.moment(last).zone == "giờ UTC"


def test_a_value_put_in_is_made_visible() -> None:
    assert "⟨U+202E⟩" in EN.text("words.numbered.signature", number="\u202e1")
