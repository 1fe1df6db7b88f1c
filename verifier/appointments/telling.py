"""Tells the applicant and the handling officer of an appointment: letters for `verifier.notices`, in their words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.appointments.records import Appointment, Contact, Desk
from verifier.cases.kernel import Letter, Tells
from verifier.cases.records import Case
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork

BOOKED, MOVED = "appointment-booked", "appointment-moved"
CANCELLED, MISSED = "appointment-cancelled", "appointment-missed"
LANGUAGES = ("vi", "en")
REFERENCE_LETTERS = 8
"""Of an appointment's id: enough to find it among those of a day."""


class TellsContact(Protocol):
    """Puts a letter about somebody without a dossier into the outbox, in the transaction that books; as `Tells`."""

    def __call__(self, unit: UnitOfWork, authority: UUID, contact: Contact, letter: Letter, now: datetime, /) -> None:
        """Keep the notice. Where `letter.to` is `person:<id>` it is for that officer, and `contact` is empty."""


def tells_no_contact(_unit: UnitOfWork, authority: UUID, _contact: Contact, letter: Letter, _now: datetime) -> None:
    """Stand for a service that has no way to tell anybody without a dossier: LookupError, so that nothing is booked."""
    raise LookupError(f"nobody tells {letter.template} for {authority}")


@dataclass(frozen=True)
class News:
    """What happened to an appointment."""

    template: str
    appointment: Appointment
    desk: Desk
    case: Case | None = None
    was: datetime | None = None
    why: str = ""
    by: UUID | None = None
    """Who did it; is not told of it."""


@dataclass(frozen=True)
class Teller:
    """Tells those who must know."""

    tells: Tells
    tells_contact: TellsContact

    def tell(self, unit: UnitOfWork, authority: Authority, zone: ZoneInfo, news: News, now: datetime) -> None:
        """Put the letters to who comes and to the handling officer (công chức xử lý) into the outbox."""
        one, case = news.appointment, news.case
        lang = case.applicant.lang if case else one.contact.lang
        letter = Letter(news.template, values(authority, zone, news, lang))
        if case:
            self.tells(unit, case, letter, now)
        else:
            self.tells_contact(unit, authority.id, one.contact, letter, now)
        officer = handling(authority, news.desk, case)
        if officer is None or officer == news.by:
            return
        letter = Letter(news.template, values(authority, zone, news, "vi"), to=f"person:{officer}")
        if case:
            self.tells(unit, case, letter, now)
        else:
            self.tells_contact(unit, authority.id, Contact(), letter, now)


def handling(authority: Authority, desk: Desk, case: Case | None) -> UUID | None:
    """Return the officer who is told: the specialist of the dossier where the authority has it, else the desk's."""
    here = case is not None and case.authority_id == authority.id
    return (case.officer_id if case and here else None) or desk.officer_id


def values(authority: Authority, zone: ZoneInfo, news: News, lang: str) -> Mapping[str, str]:
    """Return what the placeholders of the letter hold; nothing of who comes."""
    one = news.appointment
    told = {
        "time": said_time(one.starts_at, zone, lang),
        "number": reference(one),
        "place": place(authority, lang),
        "desk": said_desk(news.desk, lang),
    }
    if news.template == BOOKED:
        told["bring"] = bring(one.originals, lang) if one.reason != "collect" else ""
    if news.template == MOVED and news.was:
        told["was"] = said_time(news.was, zone, lang)
    return {**told, "reason": news.why} if news.why else told


def reference(one: Appointment) -> str:
    """Return the short number by which an appointment is found."""
    return one.id.hex[:REFERENCE_LETTERS].upper()


def said_time(instant: datetime, zone: ZoneInfo, lang: str) -> str:
    """Say a time at the authority."""
    local = instant.astimezone(zone)
    parts = {name: getattr(local, name) for name in ("hour", "minute", "day", "month", "year")}
    return _said("time", lang, month_name=_words()["months"]["en"][local.month - 1], **parts)


def said_desk(desk: Desk, lang: str) -> str:
    """Name a desk."""
    return _said("desk", lang, number=desk.number, name=desk.name) if desk.name else str(desk.number)


def place(authority: Authority, lang: str) -> str:
    """Say where it is."""
    address = authority.address_en if lang == "en" else authority.address_vi
    return _said("place", lang, name=authority.name(lang), address=address) if address else authority.name(lang)


def bring(originals: int, lang: str) -> str:
    """Say what is to be brought."""
    return _said("bring_one" if originals == 1 else "bring", lang, count=originals)


def summary(authority: Authority, lang: str) -> str:
    """Name an appointment in somebody's own calendar."""
    return _said("summary", lang, authority=authority.name(lang))


def _said(pattern: str, lang: str, **told: Any) -> str:
    text: str = _words()[pattern]["en" if lang == "en" else "vi"]
    return text.format(**told)


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files("verifier.appointments").joinpath("words.toml").read_text("utf-8"))
