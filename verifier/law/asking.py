"""Questions to the law out of plain text, as they stand on a command line, in an address or in a form; pure.

`NoAnswer` codes, each with the `field` that is not understood: `date-unclear`, `instant-unclear`, `instant-missing`,
`count-wrong`, `country-missing`, `choice-unknown` (and `choices`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from verifier.law.answers import DeadlineAsk, FeeAsk
from verifier.law.branches.records import Paper
from verifier.law.forms.records import Field
from verifier.law.records import NoAnswer

YEARS = range(2015, 2100)
"""Years in which days and times may lie: those for which calendars are reckoned."""
MOST_COUNTRIES = 50
"""Countries of use that one question may name."""
YES = ("yes", "on", "true", "1")
NO = ("", "no", "off", "false", "0")

_SPAN = f"from {YEARS[0]} to {YEARS[-1]}"
_COUNT = re.compile(r"[0-9]{1,7}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_INSTANT = re.compile(rf"(?:{_DAY.pattern})[T ]+([0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.][0-9]+)?)?)(.*)")


def day_of(text: str, field: str = "at") -> date:
    """Return the day that `2026-11-23` or `23/11/2026` names; NoAnswer `date-unclear`."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            return _within(date.fromisoformat(_iso(found)))
    except ValueError:
        pass
    raise NoAnswer("date-unclear", f"{field} wants a day as 2026-11-23, {_SPAN}, not {_short(text)}", field=field)


def instant_of(text: str, field: str, zone: ZoneInfo) -> datetime:
    """Return the instant that `2026-11-23T14:30` names, in `zone` where no offset stands; NoAnswer `instant-unclear`.

    A time that the clocks of the zone skip, or show twice, is the first one that they show from then on.
    """
    found = _INSTANT.fullmatch(text.strip())
    try:
        if found:
            offset = found[8].replace(" ", "+")  # a plus sign in an address is a blank
            at = datetime.fromisoformat(f"{_iso(found)}T{found[7]}{offset}")
            return _settled(at if at.tzinfo else at.replace(tzinfo=zone), zone)
    except (ValueError, OverflowError):
        pass
    raise NoAnswer(
        "instant-unclear", f"{field} wants a time as 2026-11-23T14:30, {_SPAN}, not {_short(text)}", field=field
    )


def year_of(text: str, today: date, field: str = "year") -> int:
    """Return the year that is written, that of `today` where nothing is; NoAnswer `date-unclear`."""
    if not text.strip():
        return today.year
    if not re.fullmatch(r"[0-9]{4}", text.strip()) or int(text) not in YEARS:
        raise NoAnswer("date-unclear", f"{field} wants a year as 2026, {_SPAN}, not {_short(text)}", field=field)
    return int(text)


def fee_ask(said: Mapping[str, str]) -> FeeAsk:
    """Return the question for a fee out of `pages`, `copies`, `documents` and `cases`; NoAnswer `count-wrong`."""
    return FeeAsk(
        pages=_counts(said.get("pages", ""), "pages"),
        copies=_count(said.get("copies", ""), "copies"),
        documents=_count(said.get("documents", ""), "documents"),
        cases=_count(said.get("cases", ""), "cases"),
    )


def deadline_ask(said: Mapping[str, str], zone: ZoneInfo) -> DeadlineAsk:
    """Return the question for a deadline out of the fields of `DeadlineAsk`; `zone` is the authority's.

    NoAnswer `instant-missing`, `instant-unclear`, `count-wrong`, `choice-unknown`.
    """
    if not said.get("received", "").strip():
        raise NoAnswer("instant-missing", "received is missing", field="received")
    accepted = said.get("accepted", "").strip()
    documents = _count(said.get("documents", ""), "documents")
    return DeadlineAsk(
        received=instant_of(said["received"], "received", zone),
        accepted=instant_of(accepted, "accepted", zone) if accepted else None,
        documents=1 if documents is None else documents,
        extended=_flag(said.get("extended", ""), "extended"),
        authority=said.get("authority", "").strip(),
        channel=said.get("channel", "").strip(),
    )


def paper(said: Mapping[str, str]) -> Paper:
    """Return a paper out of `issued_in`, `used_in` (several with commas), `kind` and the three marks of `Paper`.

    NoAnswer `country-missing` (`field`), `choice-unknown`.
    """
    used = tuple(one.upper() for one in re.split(r"[,;\s]+", said.get("used_in", "").strip()) if one)
    issued = said.get("issued_in", "").strip().upper()
    if not issued or not used or len(used) > MOST_COUNTRIES:
        field = "used_in" if issued else "issued_in"
        raise NoAnswer("country-missing", f"{field} wants a country as VN, by ISO 3166-1", field=field)
    apostille = said.get("has_apostille", "")
    return Paper(
        issued_in=issued,
        used_in=used,
        kind=said.get("kind", "").strip(),
        presented_only=_flag(said.get("presented_only", ""), "presented_only"),
        has_apostille=_flag(apostille, "has_apostille") if apostille else None,
        consular_certified=_flag(said.get("consular_certified", ""), "consular_certified"),
    )


def form_values(fields: Sequence[Field], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is filled into a form out of JSON: days and times, also those in tables, are no texts any more.

    What is no day or time stays as it is: the form refuses it.
    """
    known = {one.id: one for one in fields}
    return {name: _value(known[name], value) if name in known else value for name, value in told.items()}


def choice(value: str, field: str, choices: Sequence[str]) -> str:
    """Return the value where it is one of `choices`; NoAnswer `choice-unknown`."""
    if value not in choices:
        told = ", ".join(choices)
        raise NoAnswer("choice-unknown", f"{field} must be one of {told}", field=field, choices=told)
    return value


def _value(field: Field, value: Any) -> Any:
    if field.kind == "table" and isinstance(value, list):
        return tuple(form_values(field.parts, row) if isinstance(row, dict) else row for row in value)
    if field.kind == "list" and isinstance(value, list):
        return tuple(value)
    read = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}.get(field.kind)
    try:
        return read(value) if read and isinstance(value, str) else value
    except ValueError:
        return value


def _iso(found: re.Match[str]) -> str:
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    return f"{year}-{month:0>2}-{day:0>2}"


def _within(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(day)
    return day


def _settled(at: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant as the clocks of the zone show it."""
    local = datetime.fromtimestamp(at.timestamp(), zone)
    _within(local.date())
    return local


def _counts(text: str, field: str) -> tuple[int, ...]:
    if not text.strip():
        return ()
    parts = re.split(r"[,;\s]+", text.strip().strip(",;"))
    if not all(_COUNT.fullmatch(one) for one in parts):
        raise _wrong(field)
    return tuple(int(one) for one in parts)


def _count(text: str, field: str) -> int | None:
    if not text.strip():
        return None
    if not _COUNT.fullmatch(text.strip()):
        raise _wrong(field)
    return int(text)


def _flag(text: str, field: str) -> bool:
    return choice(text.strip().lower(), field, (*YES, *NO)) in YES


def _wrong(field: str) -> NoAnswer:
    return NoAnswer("count-wrong", f"{field} must be a whole number of at least 1, in at most 7 digits", field=field)


def _short(text: str) -> str:
    return repr(text[:40])
