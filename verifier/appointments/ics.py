"""An appointment as a file for one's own calendar (iCalendar, RFC 5545); nothing of who comes stands in it."""

from __future__ import annotations

from datetime import UTC, datetime

from verifier.appointments.records import Appointment, Desk
from verifier.appointments.telling import place, reference, said_desk, summary
from verifier.storage.authorities import Authority

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Verifier//Appointments//VI"
FOLD = 75
"""Octets of a line (RFC 5545 section 3.1)."""
STATUS = {"booked": "CONFIRMED", "cancelled": "CANCELLED", "missed": "CONFIRMED"}


def calendar_file(one: Appointment, authority: Authority, desk: Desk, lang: str, now: datetime) -> bytes:
    """Return the file; taken in again after a move it takes the place of the earlier one."""
    name = ("Quầy" if lang == "vi" else "Desk") + " " + said_desk(desk, lang)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{one.id}@{authority.code.lower()}",
        f"SEQUENCE:{one.version - 1}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(one.starts_at)}",
        f"DTEND:{_instant(one.ends_at)}",
        f"SUMMARY:{_text(summary(authority, lang))}",
        f"LOCATION:{_text(f'{place(authority, lang)}; {name}')}",
        f"DESCRIPTION:{_text(reference(one))}",
        f"STATUS:{STATUS[one.state]}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Write text as a value (section 3.3.11)."""
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(sign, written)
    return value


def _folded(line: str) -> bytes:
    """Return a line in UTF-8, broken where it is too long, never within a letter."""
    parts: list[bytes] = [b""]
    for letter in line:
        octets = letter.encode()
        if len(parts[-1]) + len(octets) > FOLD:
            parts.append(b" ")
        parts[-1] += octets
    return b"\r\n".join(parts) + b"\r\n"
