"""Money, hours and days as an applicant reads them."""

from __future__ import annotations

from datetime import date, datetime

from verifier.reports.formats import Words as Language
from verifier.web.chrome import say, words


def money(amount: int) -> str:
    """Write whole đồng: `30.000 đ`, `VND 30,000`."""
    return say("law-money", amount=words().number(amount))


def by(at: datetime) -> str:
    """Write a time limit in its own zone: `Trước 17 giờ 00, thứ Ba ngày 24/11/2026`."""
    return say("law-by", time=hour(at), day=long_day(at.date()))


def hour(at: datetime) -> str:
    """Write the time of the day: `17 giờ 00`, `17:00`."""
    return say("law-hour", hour=f"{at:%H}", minute=f"{at:%M}")


def long_day(day: date) -> str:
    """Write a day with its name: `thứ Ba ngày 24/11/2026`."""
    return say("law-day", weekday=say(f"law-weekday-{day.weekday()}"), date=words().date(day))


def short_day(day: date) -> str:
    """Write a day for a drawing: `T3 24/11`."""
    weekday = say(f"law-short-weekday-{day.weekday()}")
    return f"{weekday} {day.day}/{day.month}"


def in_small_letters(title: str) -> str:
    """Write a title that law prints in capitals as running text; no title for applicants holds a name."""
    return title[:1] + title[1:].lower() if title.isupper() else title


def zone_words(at: datetime) -> str:
    """Name the zone of a time that was reckoned."""
    return Language(words().lang, at.tzinfo or words().zone).zone_name(at)
