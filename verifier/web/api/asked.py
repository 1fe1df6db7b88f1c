"""Days and ids that requests name in their query, read as the contract writes them and in no other way."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from flask import request

from verifier.errors import BadRequest

YEARS = range(2000, 2101)
"""In which calendars and zones reckon."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def asked_day(name: str) -> date | None:
    """Return the day of a parameter, None where it is missing; BadRequest `bad-option`."""
    return _read(name, _DAY, "", "a day, as 2026-11-23")


def asked_month(name: str) -> date | None:
    """Return the first day of the month of a parameter, None where it is missing; BadRequest `bad-option`."""
    return _read(name, _MONTH, "-01", "a month, as 2026-11")


def asked_id(name: str) -> UUID | None:
    """Return the id of a parameter, None where it is missing; BadRequest `bad-option`."""
    told = request.args.get(name)
    if told is None:
        return None
    try:
        found = UUID(told)
    except ValueError:
        raise _bad(name, "an id") from None
    if str(found) != told.lower():
        raise _bad(name, "an id")
    return found


def _read(name: str, form: re.Pattern[str], rest: str, kind: str) -> date | None:
    told = request.args.get(name)
    if told is None:
        return None
    try:
        found = date.fromisoformat(told + rest) if form.fullmatch(told) else None
    except ValueError:
        found = None
    if found is None:
        raise _bad(name, kind)
    if found.year not in YEARS:
        raise _bad(name, f"{kind} from {YEARS[0]} to {YEARS[-1]}")
    return found


def _bad(name: str, kind: str) -> BadRequest:
    return BadRequest("bad-option", f"{name} must be {kind}.", option=name)
