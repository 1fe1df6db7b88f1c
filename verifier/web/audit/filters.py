"""The filter form of the audit log: from the address to a filter of the repository, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from verifier.storage.audit import AuditFilter
from verifier.web.chrome import say
from verifier.web.forms import FormError

FIELDS = ("since", "until", "actor", "action", "kind", "subject", "reads")
"""Names in the address, in the order of the form."""
LONGEST = 200
"""Characters taken of a field."""
YEARS = range(1900, 3000)


@dataclass(frozen=True)
class Asked:
    """What the form says."""

    typed: Mapping[str, Any]
    """By field, as it was typed; only what is not empty."""
    wanted: AuditFilter
    errors: tuple[FormError, ...] = ()


def asked(args: Mapping[str, str], zone: ZoneInfo) -> Asked:
    """Read the form; a day begins and ends at midnight in `zone`, and the last one is within."""
    typed = {name: clean for name in FIELDS if (clean := _clean(args.get(name, "")))}
    errors, days = [], dict[str, date]()
    for name in ("since", "until"):
        if name in typed:
            try:
                days[name] = _day(typed[name])
            except ValueError:
                errors.append(FormError(say("audit-bad-day"), field=name))
    if len(days) == 2 and days["since"] > days["until"]:
        errors.append(FormError(say("audit-bad-span"), field="since"))
    wanted = AuditFilter(
        since=_midnight(days["since"], zone) if "since" in days else None,
        until=_midnight(days["until"] + timedelta(days=1), zone) if "until" in days else None,
        actor=typed.get("actor", ""),
        action=typed.get("action", ""),
        subject_kind=typed.get("kind", ""),
        subject_id=typed.get("subject", ""),
        reads_only=bool(typed.get("reads")),
    )
    return Asked(typed, wanted, tuple(errors))


def number(told: str) -> int:
    """Read a number of the log out of an address; 0 where there is none."""
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 15 else 0


def _clean(value: str) -> str:
    return unicodedata.normalize("NFC", value).replace("\0", "").strip()[:LONGEST]


def _day(told: str) -> date:
    day = date.fromisoformat(told)
    if day.year not in YEARS:
        raise ValueError(told)
    return day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
