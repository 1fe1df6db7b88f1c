"""Writes a notice: values as people read them, and the text of each way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from verifier.notices.templates import Frame, Paragraph, Template

MONEY = frozenset({"amount", "credit", "expected"})
"""Values that are whole đồng where they are digits."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Written:
    """A notice in words; empty where a way has none."""

    subject: str
    mail: str
    sms: str
    portal: str


def written(
    template: Template, frame: Frame, values: Mapping[str, str], lang: str, *, officer: bool = False
) -> Written:
    """Write a notice out of spoken values. LookupError where a value that it needs is missing."""
    missing = sorted(name for name in template.needs if not values.get(name))
    if missing:
        raise LookupError(f"the notice {template.id} needs {', '.join(missing)}")
    words = template.words[lang]
    body = words.officer if officer and words.officer else words.mail
    greeting = frame.greeting if values.get("name") else frame.greeting_nobody
    help_ = Paragraph(frame.help)
    parts = [Paragraph(greeting), *body, help_, *map(Paragraph, frame.end)]
    told = [said for said in (one.said(values) if one.names else one.text for one in parts) if said]
    return Written(
        _line(words.subject.format_map(values)),
        "\n\n".join(told) + "\n",
        _line(words.sms.format_map(values)) if words.sms else "",
        "\n".join(said for said in (one.said(values) for one in words.portal) if said),
    )


def spoken(values: Mapping[str, str], lang: str, zone: ZoneInfo) -> dict[str, str]:
    """Return values as people read them: instants and days (ISO 8601) in words, money in đồng.

    What only looks like one, as a reason that begins with a day, stays as somebody wrote it.
    """
    return {name: _spoken(name, str(value).strip(), lang, zone) for name, value in values.items()}


def masked_code(code: str) -> str:
    """Return the end of a dossier code (mã hồ sơ), which says nothing to others: `…-0015`; empty for none."""
    end = code.rpartition("-")[2]
    return f"…-{end}" if end else ""


def masked_address(address: str) -> str:
    """Return an e-mail address, a telephone number or an account so that its owner knows it: `t***@gmail.com`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if at else f"***{address[-3:]}" if len(address) > 5 else "***"


def _spoken(name: str, value: str, lang: str, zone: ZoneInfo) -> str:
    if name in MONEY and value.isascii() and value.isdigit():
        count = f"{int(value):,}"
        return f"{count} VND" if lang == "en" else f"{count.replace(',', '.')} đồng"
    try:
        if _DAY.fullmatch(value):
            return _day(date.fromisoformat(value), lang)
        if _INSTANT.fullmatch(value):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                instant = instant.astimezone(zone)
            return f"{instant:%H:%M} {_day(instant.date(), lang)}"
    except (ValueError, OverflowError):
        return value
    return value


def _day(day: date, lang: str) -> str:
    return f"on {day.day} {MONTHS[day.month - 1]} {day.year}" if lang == "en" else f"ngày {day:%d/%m/%Y}"


def _line(text: str) -> str:
    return " ".join(text.split())
