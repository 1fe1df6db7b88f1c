"""Keeps what somebody is told: the notice and its outbox message, in the transaction of the command (`kernel.Tells`).

Who is told: the applicant by the ways that the contacts and the channel give, an officer by e-mail. Words, addresses
and secrets stand sealed in the message; the row of the notice says no more than is needed to see what became of it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from verifier.cases.kernel import APPLICANT, Letter
from verifier.cases.records import Case, CaseRecord
from verifier.cases.statuses import Status
from verifier.law.book import LawBook
from verifier.law.records import NoAnswer
from verifier.notices.templates import LANGS, templates
from verifier.notices.writing import Written, masked_address, masked_code, spoken, written
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.keys import KeyRing
from verifier.storage.notices import Notice
from verifier.storage.rotation import NOTICE

TOPIC = "notice"
"""Topic of the outbox."""
SEAL = NOTICE
"""What the words of a notice are sealed for; bound to the notice's id."""
ATTACHED = frozenset({"form", "letter", "receipt"})
"""Kinds of stored records that go with an e-mail; what was released never does (see `cases/delivery`)."""
MOST_BYTES = 8 * 1024 * 1024
"""Of all that is attached together: mail servers take no more than 10 to 25 MiB, and it grows by a third."""
PERSON = "person:"
FOLLOW = "/dossier"
"""Page at which applicants follow their dossiers."""


class Contacts(Protocol):
    """How somebody is told who has no dossier; `appointments.records.Contact` is one."""

    @property
    def name(self) -> str:
        """Of the person."""

    @property
    def phone(self) -> str:
        """May be empty."""

    @property
    def email(self) -> str:
        """May be empty."""

    @property
    def lang(self) -> str:
        """`vi` or `en`."""


@dataclass(frozen=True)
class Reach:
    """Which doors there are."""

    mail: bool = False
    sms: bool = False
    portal: bool = False


@dataclass(frozen=True)
class _Receiver:
    """Who is told, and how they can be."""

    to: str
    lang: str
    name: str
    addresses: Mapping[str, str]
    """By way, in the order in which they are tried."""


@dataclass(frozen=True)
class _About:
    """What a notice is about."""

    authority: Authority
    case: Case | None = None


@dataclass(frozen=True)
class Telling:
    """Keeps notices; one object a process. `tell` is the port `kernel.Tells`."""

    book: LawBook
    ring: KeyRing = field(repr=False)
    reach: Reach
    site: str = ""
    """Address of this service, under which letters lead to its pages; empty where there is none."""
    help_line: str = ""

    def tell(self, unit: UnitOfWork, case: Case, letter: Letter, now: datetime) -> None:
        """Keep a letter about a dossier. LookupError where a template or a value is not there: our own fault.

        Of a dossier that was just forwarded, the authority tells the applicant where it was filed; officers are told by
        their own.
        """
        sender = case.intake_id if case.status == Status.FORWARDED.value else case.authority_id
        if letter.to.startswith(PERSON):
            person = unit.people.get(UUID(letter.to.removeprefix(PERSON)))
            sender = person.authority_id if person else case.authority_id
        authority = unit.authorities.get(sender)
        if authority is None:
            raise LookupError(f"no authority {sender}")
        told = self._officer(unit, letter.to) if letter.to.startswith(PERSON) else self._applicant(case)
        self._keep(unit, _About(authority, case), told, letter, now)

    def tell_contact(
        self, unit: UnitOfWork, authority_id: UUID, contact: Contacts, letter: Letter, now: datetime
    ) -> None:
        """Keep a letter to somebody without a dossier, or to an officer about them (`letter.to`)."""
        authority = unit.authorities.get(authority_id)
        if authority is None:
            raise LookupError(f"no authority {authority_id}")
        addresses = self._reached({"e-mail": contact.email, "sms": contact.phone})
        told = _Receiver(APPLICANT, _lang(contact.lang), contact.name, addresses)
        if letter.to.startswith(PERSON):
            told = self._officer(unit, letter.to)
        self._keep(unit, _About(authority), told, letter, now)

    # --- who -------------------------------------------------------------------------------------------------------

    def _applicant(self, case: Case) -> _Receiver:
        """Who filed at the portal is told there first; who came to the counter or wrote, by e-mail or SMS first."""
        who = case.applicant
        wanted = {"portal": who.portal_account, "e-mail": who.email, "sms": who.phone}
        if case.channel != "portal":
            wanted = {"e-mail": who.email, "sms": who.phone, "portal": who.portal_account}
        return _Receiver(APPLICANT, _lang(who.lang), who.name, self._reached(wanted))

    def _officer(self, unit: UnitOfWork, to: str) -> _Receiver:
        """Return an officer; without an address where the account is closed, or is another authority's."""
        person = unit.people.get(UUID(to.removeprefix(PERSON)))
        email = person.email if person and not person.disabled_at else ""
        return _Receiver(to, "vi", person.name if person else "", self._reached({"e-mail": email}))

    def _reached(self, wanted: Mapping[str, str]) -> dict[str, str]:
        doors = {"portal": self.reach.portal, "e-mail": self.reach.mail, "sms": self.reach.sms}
        return {way: address for way, address in wanted.items() if address and doors[way]}

    # --- what ------------------------------------------------------------------------------------------------------

    def _keep(self, unit: UnitOfWork, about: _About, who: _Receiver, letter: Letter, now: datetime) -> None:
        template = templates().get(letter.template)
        officer = who.to != APPLICANT
        if ("officer" if officer else "applicant") not in template.to:
            raise LookupError(f"the notice {template.id} is not for {who.to.partition(':')[0]}")
        case, id_ = about.case, uuid4()
        files = tuple(self._files(unit, letter, now)) if case else ()
        values = self._values(about, who, letter, files)
        text = written(template, templates().frames[who.lang], values, who.lang, officer=officer)
        ways = tuple(way for way in who.addresses if way in template.ways)
        shown = {name: value for name, value in letter.values.items() if name not in template.secret}
        first = masked_address(who.addresses[ways[0]]) if ways else ""
        state = "waiting" if ways else "no-way"
        unit.notices.add(
            Notice(
                id_, about.authority.id, case.id if case else None, template.id, who.to, who.lang, shown,
                letter.records, ways, state, now, address=first,
            )
        )  # fmt: skip
        if ways:
            parcel = _parcel(case.code if case else "", who, text, files, ways)
            sealed = self.ring.seal(SEAL, json.dumps(parcel, ensure_ascii=False).encode(), id_.bytes)
            told = {"notice": str(id_), "ways": list(ways), "sealed": base64.b64encode(sealed).decode()}
            unit.outbox.put(TOPIC, f"{TOPIC}:{id_}", told, now, about.authority.id)

    def _values(self, about: _About, who: _Receiver, letter: Letter, files: tuple[CaseRecord, ...]) -> dict[str, str]:
        case = about.case
        given = {
            "authority": about.authority.name(who.lang) or about.authority.name_vi,
            "name": who.name,
            "site": f"{self.site}{FOLLOW}" if self.site else "",
            "help": self.help_line,
            "form": "1" if files else "",
        }
        if case:
            given |= {"code": case.code, "code_end": masked_code(case.code), "procedure": self._procedure(case, who)}
            given["due"] = case.due_at.isoformat() if case.due_at else ""
        zone = ZoneInfo(about.authority.time_zone)
        told = {name: self._whole(name, value) for name, value in _in_one(letter.values, who.lang).items() if value}
        return spoken({"code": "", "code_end": "", **given, **told}, who.lang, zone)

    def _whole(self, name: str, value: str) -> str:
        """Return an address of ours as others find it."""
        return f"{self.site}{value}" if name == "link" and value.startswith("/") else value

    def _procedure(self, case: Case, who: _Receiver) -> str:
        try:
            return self.book.at(case.law_day).procedure(case.procedure).name.said(who.lang)
        except NoAnswer:
            return case.procedure

    def _files(self, unit: UnitOfWork, letter: Letter, now: datetime) -> Iterator[CaseRecord]:
        """Give the stored records that go with it; what is the office's own stays here."""
        for id_ in letter.records:
            found = unit.cases.record(id_)
            if found is None:
                raise LookupError(f"no record {id_}")
            if found.kind in ATTACHED and found.blob and self._for_applicants(found, now):
                yield found

    def _for_applicants(self, record: CaseRecord, now: datetime) -> bool:
        if not record.form:
            return True
        try:
            return self.book.at(now.date()).form(record.form).audience == "applicant"
        except NoAnswer:
            return record.kind != "form"


def _parcel(
    code: str, who: _Receiver, text: Written, files: tuple[CaseRecord, ...], ways: tuple[str, ...]
) -> dict[str, Any]:
    """Put together what the carrier needs, by way."""
    frame = templates().frames[who.lang]
    heavy = sum(one.size for one in files) > MOST_BYTES
    mail = {
        "subject": text.subject,
        "text": f"{text.mail}\n{frame.too_large}\n" if heavy else text.mail,
        "files": [] if heavy else [_file(one) for one in files],
    }
    told: dict[str, dict[str, Any]] = {
        "e-mail": mail,
        "sms": {"text": text.sms},
        "portal": {"code": code, "title": text.subject, "text": text.portal},
    }
    return {way: {"to": who.addresses[way], **told[way]} for way in ways}


def _file(record: CaseRecord) -> dict[str, str]:
    return {"name": record.name, "type": record.media_type, "blob": record.blob, "sha256": record.sha256}


def _in_one(values: Mapping[str, str], lang: str) -> dict[str, str]:
    """Choose the language of values that come in both: `receiver_vi` and `receiver_en` make `receiver`."""
    chosen = {name[:-3]: value for name, value in values.items() if name.endswith(f"_{lang}") and value}
    plain = {name: value for name, value in values.items() if not name.endswith(("_vi", "_en"))}
    spare = {name[:-3]: value for name, value in values.items() if name.endswith("_vi")}
    return {**spare, **chosen, **plain}


def _lang(lang: str) -> str:
    return lang if lang in LANGS else LANGS[0]
