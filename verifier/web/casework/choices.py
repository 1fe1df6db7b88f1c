"""What may be chosen in forms on a dossier: its papers and components, grounds of the law, people, places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from verifier.accounts.roles import Role
from verifier.archive.records import Package
from verifier.cases.delivery import scene_at
from verifier.cases.desk import View
from verifier.cases.money import USD
from verifier.cases.owed import printed
from verifier.cases.records import BASES, CaseRecord, Confirmation, Paper
from verifier.cases.ways import DEVICE, E_MAIL, PAPER, open_ids, way_of, ways
from verifier.law.book import Law
from verifier.law.procedures import Procedure
from verifier.payments.records import VND, CaseMoney
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import Scope
from verifier.web import locale
from verifier.web.casework.base import desk, law_of, procedure_of
from verifier.web.chrome import say, words
from verifier.web.law.countries import in_order
from verifier.web.law.desk import document_kinds

FIXED: Mapping[str, tuple[str, ...]] = {
    "asked": ("vietnam", "ministry", "foreign"),
    "answer": ("authentic", "not-authentic", "unclear"),
    "basis": BASES,
    "outcome": ("granted", "refused"),
    "language": ("vi", "en", "other"),
    "lang": ("vi", "en"),
    "kind": ("person", "company", "authority", "other"),
    "id_kind": ("identity-card", "electronic-identity", "passport", "travel-document", "tax-number"),
    "type": ("0501", "0502", "0503", "0504"),
}
"""Values with words of ours, by name of the field."""
OFFICE = ("counter", "post")
"""Ways by which a dossier comes to an office."""


@dataclass(frozen=True)
class Option:
    """One thing that may be chosen."""

    value: str
    words: str
    hint: str = ""


@dataclass(frozen=True)
class Choices:
    """What may be chosen in a form by who looks at it."""

    scope: Scope
    law: Law
    procedure: Procedure | None
    papers: tuple[Paper, ...] = ()
    records: tuple[CaseRecord, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    money: CaseMoney = field(default_factory=CaseMoney)
    packages: tuple[Package, ...] = ()
    given: tuple[str, ...] = ()
    """Ways of the law that are open to the result."""
    abroad: bool = False
    """Whether the dossier was filed at a mission."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What stands with each paper where something is asked of all, by its id."""
    rows: int = 3
    """Rows offered where nothing says how many there are."""

    def of(self, name: str, wanted: Any) -> tuple[Option, ...] | None:
        """Return the choices for a field of this name and type; None where anything may be said."""
        if wanted is UUID:
            found = _IDS.get(name)
            return found(self) if found else None
        if wanted is int and name == "paper":
            return tuple(Option(str(one.number), f"{one.number}. {one.name}") for one in self.papers)
        if wanted is not str:
            return None
        told = _TEXTS.get(name)
        if told:
            return told(self)
        return self.words(name, FIXED[name]) if name in FIXED else None

    def words(self, name: str, values: Sequence[str]) -> tuple[Option, ...]:
        """Return values with their words; a value without words says itself."""
        return tuple(Option(one, word_of(name, one)) for one in values)

    def some_papers(self) -> tuple[Option, ...]:
        """The papers of the dossier."""
        return tuple(Option(str(one.id), f"{one.number}. {one.name}") for one in self.papers)

    def some_records(self) -> tuple[Option, ...]:
        """Its stored records."""
        return tuple(Option(str(one.id), one.name, word_of("record", one.kind)) for one in self.records if one.blob)

    def some_confirmations(self) -> tuple[Option, ...]:
        """Its requests for confirmation that are not closed."""
        return tuple(
            Option(str(one.id), one.name, word_of("confirmation", one.state))
            for one in self.confirmations
            if one.state != "closed"
        )

    def currency(self, command: str) -> str:
        """Return what an amount that a command asks for is in."""
        if command == "set-fee-abroad":
            return USD
        asked = self.money.open or next((some[-1] for some in (self.money.payments, self.money.orders) if some), None)
        return asked.currency if asked else VND

    def payments(self) -> tuple[Option, ...]:
        """What was paid."""
        return tuple(Option(str(one.id), amount_of(one.amount, one.currency)) for one in self.money.payments)

    def refunds(self) -> tuple[Option, ...]:
        """What is to be given back."""
        open_ = (one for one in self.money.refunds if one.state in ("asked", "approved"))
        return tuple(Option(str(one.id), amount_of(one.amount, one.currency), one.reason) for one in open_)

    def exemptions(self) -> tuple[Option, ...]:
        """Who pays nothing, by the law of the day."""
        if self.procedure is None:
            return ()
        fees = self.law.book.fees
        there = fees.abroad(self.law.day) if self.abroad else None
        ids = (there or fees.rule(self.procedure.fee, self.law.day)).exemptions
        found = (one for one in fees.data.exemptions if one.id in ids and one.entry.holds(self.law.day))
        return tuple(Option(one.id, one.words.said(words().lang), one.entry.citation) for one in found)

    def some_packages(self) -> tuple[Option, ...]:
        """Packages of the dossier for the archive."""
        return tuple(Option(str(one.id), f"{words().local(one.made_at)} · {one.sha256[:12]}") for one in self.packages)

    def people(self) -> tuple[Option, ...]:
        """Specialists of the authority that has the dossier."""
        with _database().unit(self.scope) as unit:
            now = desk().house.clock()
            held = {
                one.person_id for one in unit.people.all_grants() if one.role == Role.SPECIALIST and one.holds_at(now)
            }
            found = [person for id_ in held if (person := unit.people.get(id_)) and person.disabled_at is None]
        return tuple(Option(str(one.id), one.name, title_of(one)) for one in sorted(found, key=lambda one: one.name))

    def components(self) -> tuple[Option, ...]:
        """The components of the procedure."""
        lang = words().lang
        found = self.procedure.components if self.procedure else ()
        asked = (one for one in found if one.need != "not-asked")
        return tuple(Option(one.id, one.words.said(lang), one.condition.said(lang)) for one in asked)

    def grounds(self) -> tuple[Option, ...]:
        """The grounds of refusal on the day of the filing."""
        lang = words().lang
        found = self.law.grounds(self.procedure.id) if self.procedure else ()
        return tuple(Option(one.id, one.words.said(lang), one.entry.citation) for one in found)

    def deliveries(self) -> tuple[Option, ...]:
        """The ways of delivery of the procedure that this service can go."""
        found = self.procedure.delivery if self.procedure else ()
        closed = frozenset[str]() if desk().house.mail else ways()[E_MAIL].law
        return tuple(Option(one.id, one.words.said(words().lang)) for one in found if one.id not in closed)

    def given_ways(self) -> tuple[Option, ...]:
        """The ways by which an officer can give the result now; over the counter always."""
        lang = words().lang
        known = {one.id: one.words.said(lang) for one in (self.procedure.delivery if self.procedure else ())}
        found = [Option(id_, known[id_]) for id_ in self.given if id_ in known and id_ != DEVICE]
        if any((way := way_of(one.value)) and not way.electronic for one in found):
            return tuple(found)
        return (*found, Option(PAPER, ways()[PAPER].words.said(lang)))

    def works(self) -> tuple[Option, ...]:
        """The kinds of work of the procedure."""
        return self.words("work", self.procedure.kinds_of_work if self.procedure else ())

    def channels(self) -> tuple[Option, ...]:
        """The ways to file at an office: in person and by post, as far as the procedure has them."""
        found = {one.id for one in self.procedure.channels} if self.procedure else set()
        return self.words("channel", [one for one in OFFICE if one in found])

    def countries(self) -> tuple[Option, ...]:
        """All countries, by name."""
        found = in_order(self.law.book.branches.countries.values(), words().lang)
        return tuple(Option(code, name) for code, name in found)

    def kinds_of_documents(self) -> tuple[Option, ...]:
        """The kinds of documents on which competence may depend."""
        return tuple(Option(code, name) for code, name in document_kinds(self.law.day))


def choices_of(view: View, scope: Scope) -> Choices:
    """Return what may be chosen for a dossier."""
    with desk().house.database.unit(scope) as unit:
        money, packages = unit.payments.of_case(view.case.id), unit.archive.packages(view.case.id)
        intake = unit.authorities.get(view.case.intake_id)
    parts = view.papers, view.records, view.confirmations
    procedure, house = procedure_of(view.case), desk().house
    given = open_ids(scene_at(house, view.case, view.papers, view.records)) if procedure else ()
    abroad = intake is not None and intake.kind == "mission"
    return Choices(scope, law_of(view.case), procedure, *parts, money, packages, given, abroad)


def word_of(group: str, value: str) -> str:
    """Return the words of a value; the value itself where there are none."""
    key = f"case-{group}-{value}"
    return say(key) if key in locale.texts() else value


def amount_of(amount: int, currency: str) -> str:
    """Write an amount of money in minor units: whole đồng, cents of others."""
    if currency == VND:
        return say("law-money", amount=words().number(amount))
    return printed(amount, currency, words().lang)


def title_of(person: Person) -> str:
    """Return the title of a person in the reader's language."""
    return person.title_en if words().lang == "en" and person.title_en else person.title_vi


def _database() -> Database:
    return desk().house.database


_Some = Callable[[Choices], tuple[Option, ...]]
_IDS: Mapping[str, _Some] = {
    **dict.fromkeys(("paper", "papers", "paper_id"), Choices.some_papers),
    **dict.fromkeys(("record", "record_id", "records", "basis_record", "report"), Choices.some_records),
    **dict.fromkeys(("confirmation", "confirmation_id"), Choices.some_confirmations),
    **dict.fromkeys(("officer", "officer_id", "person", "specialist"), Choices.people),
    "payment": Choices.payments,
    "refund": Choices.refunds,
    "package": Choices.some_packages,
}
"""Ids that are no uploads, by name of the field."""
_TEXTS: Mapping[str, _Some] = {
    **dict.fromkeys(("component", "components", "missing", "shown"), Choices.components),
    **dict.fromkeys(("ground", "grounds"), Choices.grounds),
    "delivery": Choices.deliveries,
    "way": Choices.given_ways,
    "work": Choices.works,
    "exemption": Choices.exemptions,
    "channel": Choices.channels,
    "issuing_country": Choices.countries,
    "countries": Choices.countries,
    "document_kind": Choices.kinds_of_documents,
}
