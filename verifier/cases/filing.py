"""A dossier as it is filed (nộp hồ sơ): what is said, and what of it is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from verifier.accounts.desk import email_of
from verifier.accounts.plain_text import clean_text
from verifier.cases.records import CHANNELS, Applicant
from verifier.countries import COUNTRIES
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.branches.reading import HOME
from verifier.law.letters import unprintable
from verifier.law.procedures import Component, Procedure
from verifier.outside.sms import number_of

APPLICANT_KINDS = ("person", "company", "authority", "other")
ID_KINDS = ("", "identity-card", "electronic-identity", "passport", "travel-document", "tax-number")
TYPES = ("", "0501", "0502", "0503", "0504")
"""Loại giấy tờ: original, copy, extract, translation."""
LANGUAGES = ("", "vi", "en", "other")
NOTICE_LANGUAGES = ("vi", "en")
PAPER_COMPONENTS = ("paper", "e-paper", "original")
"""Ids under which procedures name the paper that they are about."""
MOST_PAPERS = 200
MOST_COPIES = 1000
MOST_PAGES = 5000
MOST_COUNTRIES = 20
LONGEST = {"serial": 50, "address": 200, "note": 1000, "purpose": 500}
"""Characters of texts; others have at most `USUAL`."""
USUAL = 300
WANTED = ("work", "type", "holder", "serial", "office", "signer", "title", "signed_on")
"""What must be said of each paper of a consular procedure, beside its name and the number of copies."""
FILES = frozenset({"e-mail", "data-store"})
"""Ways of delivery by which only files go."""


@dataclass(frozen=True, kw_only=True)
class FiledPaper:
    """One paper as it is filed; fields as `records.Paper`."""

    name: str
    work: str = ""
    type: str = ""
    holder: str = ""
    copies: int = 1
    serial: str = ""
    office: str = ""
    signer: str = ""
    title: str = ""
    signed_on: date | None = None
    countries: tuple[str, ...] = ()
    issuing_country: str = ""
    document_kind: str = ""
    language: str = ""
    pages: int | None = None
    file: UUID | None = None
    """The upload that is the paper."""
    translation: UUID | None = None
    """The upload that is its translation."""


@dataclass(frozen=True, kw_only=True)
class FiledComponent:
    """Another component of the dossier that is brought."""

    component: str
    file: UUID


@dataclass(frozen=True, kw_only=True)
class Filing:
    """A dossier as it is filed."""

    procedure: str
    channel: str
    applicant: Applicant
    papers: tuple[FiledPaper, ...]
    components: tuple[FiledComponent, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    delivery: str = ""
    purpose: str = ""
    note: str = ""
    external: str = ""
    """Reference of the system that files it."""
    identity: str = ""
    """Subject of the electronic identity that the portal vouches for; kept as an HMAC only."""
    continues: str = ""
    """Code of the dossier that was given back unverified and is filed again: the fee that was paid for it counts."""
    continues_token: str = field(default="", repr=False)
    """Secret access token of that dossier; officers, and the client that filed it, need none."""


R = TypeVar("R")


def cleaned(filing: Filing, procedure: Procedure, law: Law) -> Filing:
    """Return a filing with its texts in order, as it is taken on the day of the law, or refuse it.

    BadRequest, with `field` as `papers.0.holder`: `text-unclear` (`limit` where it is too long), `text-unprintable`,
    `field-missing`, `field-wrong` (`allowed`), `channel-not-offered`, `work-not-offered`,
    `individuals-only`, `contact-missing`, `email-unclear`, `component-unknown`, `paper-file-missing`.
    """
    found = replace(
        _texts(filing, ""),
        applicant=_texts(filing.applicant, "applicant."),
        papers=tuple(_texts(one, f"papers.{at}.") for at, one in enumerate(filing.papers)),
    )
    _refuse_channel(found, procedure)
    _refuse_applicant(found, procedure)
    if not 1 <= len(found.papers) <= MOST_PAPERS:
        raise _wrong("papers", f"1 – {MOST_PAPERS}")
    papers = [_placed(one, procedure, law, f"papers.{at}.") for at, one in enumerate(found.papers)]
    for at, one in enumerate(papers):
        _refuse_paper(one, procedure, law.day, found.channel, f"papers.{at}.")
    for at, brought in enumerate(found.components):
        if brought.component not in {one.id for one in procedure.components}:
            raise BadRequest("component-unknown", brought.component, field=f"components.{at}.component")
    return replace(found, papers=tuple(papers))


def cleaned_paper(
    one: FiledPaper, procedure: Procedure, law: Law, channel: str, at: str, today: date | None = None
) -> FiledPaper:
    """Return a paper of which something is said later with its texts in order, or refuse it as `cleaned` does."""
    found = _placed(_texts(one, at), procedure, law, at)
    _refuse_paper(found, procedure, today or law.day, channel, at)
    return found


def _placed(one: FiledPaper, procedure: Procedure, law: Law, at: str) -> FiledPaper:
    """Return a paper with where it comes from and goes to, or refuse what its kind of work is not done of.

    Vietnamese papers are certified for use abroad, foreign ones legalized for use in Viet Nam (Decree 111/2011 Art. 2).
    """
    direction, foreign = law.book.branches.direction(procedure.id, one.work), f"ISO 3166-1, ≠ {HOME}"
    if direction == "outgoing":
        if one.issuing_country not in ("", HOME):
            raise _wrong(at + "issuing_country", HOME)
        if HOME in one.countries:
            raise _wrong(at + "countries", foreign)
        return replace(one, issuing_country=HOME)
    if direction == "incoming":
        if not one.issuing_country:
            raise BadRequest("field-missing", field=at + "issuing_country")
        if one.issuing_country == HOME:
            raise _wrong(at + "issuing_country", foreign)
        if set(one.countries) - {HOME}:
            raise _wrong(at + "countries", HOME)
        return replace(one, countries=(HOME,))
    return one


def _texts(one: R, prefix: str) -> R:
    """Return a record with its texts in NFC, in one line, each letter printable."""
    told: dict[str, Any] = {}
    for item in fields(one):  # type: ignore[arg-type]
        value = getattr(one, item.name)
        if isinstance(value, str):
            told[item.name] = _text(value, prefix + item.name, LONGEST.get(item.name, USUAL))
    return replace(one, **told)  # type: ignore[type-var]


def _text(raw: str, name: str, longest: int) -> str:
    try:
        text = clean_text(raw)
    except BadRequest as refusal:
        told = {**refusal.problem.params, "field": name}
        raise BadRequest(refusal.problem.code, refusal.problem.detail, **told) from None
    if len(text) > longest:
        raise BadRequest("text-unclear", f"It is longer than {longest} characters.", field=name, limit=str(longest))
    if letter := unprintable(text):
        raise BadRequest("text-unprintable", letter, field=name, letter=letter)
    return text


def _refuse_channel(filing: Filing, procedure: Procedure) -> None:
    offered = tuple(one.id for one in procedure.channels)
    if filing.channel not in CHANNELS or filing.channel not in offered:
        raise BadRequest("channel-not-offered", filing.channel, field="channel", allowed=", ".join(offered))


def _refuse_applicant(filing: Filing, procedure: Procedure) -> None:
    who = filing.applicant
    if not who.name:
        raise BadRequest("field-missing", field="applicant.name")
    _among(who.kind, APPLICANT_KINDS, "applicant.kind")
    _among(who.id_kind, ID_KINDS, "applicant.id_kind")
    _among(who.lang, NOTICE_LANGUAGES, "applicant.lang")
    if procedure.individuals_only and who.kind != "person":
        raise BadRequest("individuals-only", field="applicant.kind")
    if filing.channel != "counter" and not (who.email or who.phone or who.portal_account):
        raise BadRequest("contact-missing", field="applicant.email")
    _refuse_contacts(filing)


def _refuse_contacts(filing: Filing) -> None:
    """Refuse an address or a number that is none."""
    who = filing.applicant
    try:
        email_of(who.email)
    except BadRequest as refusal:
        raise BadRequest(refusal.problem.code, field="applicant.email") from None
    if who.phone and not number_of(who.phone):
        raise _wrong("applicant.phone", "0912 000 000, +84 912 000 000 (E.164)")


def _refuse_paper(one: FiledPaper, procedure: Procedure, today: date, channel: str, at: str) -> None:
    if not one.name:
        raise BadRequest("field-missing", field=at + "name")
    if one.file is None and (own := _electronic(procedure, channel)):
        raise BadRequest("paper-file-missing", field=at + "file", component=own.id)
    for name, missing in _missing(one, procedure):
        if missing:
            raise BadRequest("field-missing", field=at + name)
    if one.work and one.work not in procedure.kinds_of_work:
        allowed = ", ".join(procedure.kinds_of_work)
        raise BadRequest("work-not-offered", one.work, field=at + "work", allowed=allowed)
    _among(one.type, TYPES, at + "type")
    _among(one.language, LANGUAGES, at + "language")
    most = _most_copies(procedure)
    if not 1 <= one.copies <= most:
        raise _wrong(at + "copies", f"1 – {most}" if most > 1 else "1")
    refuse_pages(one.pages, at + "pages")
    if one.signed_on and one.signed_on > today:
        raise _wrong(at + "signed_on", f"≤ {today.isoformat()}")
    if len(one.countries) > MOST_COUNTRIES or set(one.countries) - COUNTRIES:
        raise _wrong(at + "countries", f"ISO 3166-1, at most {MOST_COUNTRIES}")
    if one.issuing_country and one.issuing_country not in COUNTRIES:
        raise _wrong(at + "issuing_country", "ISO 3166-1")


def _most_copies(procedure: Procedure) -> int:
    """Return how many copies of one paper can be asked for: one, where all that is given is a file (bản sao điện tử).

    A file serves as often as it is copied, and counts one in the register book: nobody is to pay for more than is made.
    """
    return 1 if {one.id for one in procedure.delivery} <= FILES else MOST_COPIES


def refuse_pages(pages: int | None, name: str) -> None:
    """Refuse a number of pages that no original has; BadRequest `field-wrong`."""
    if pages is not None and not 1 <= pages <= MOST_PAGES:
        raise _wrong(name, f"1 – {MOST_PAGES}")


def _missing(one: FiledPaper, procedure: Procedure) -> Iterator[tuple[str, bool]]:
    """Tell of each field that a consular application must say whether it is missing (danh sách các giấy tờ)."""
    if procedure.kinds_of_work:
        yield from ((name, not getattr(one, name)) for name in WANTED)
        yield "countries", not one.countries


def paper_component(procedure: Procedure, channel: str) -> Component | None:
    """Return the component that the papers themselves are, for one way of filing; None where the data have none."""
    own = (one for one in procedure.components_for({"channel": channel}) if one.id in PAPER_COMPONENTS)
    return next(own, None)


def _electronic(procedure: Procedure, channel: str) -> Component | None:
    """Return the component that the papers are where they can only come electronically."""
    found = paper_component(procedure, channel)
    return found if found is not None and set(found.shapes) == {"electronic"} else None


def _among(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise _wrong(name, ", ".join(one for one in allowed if one))


def _wrong(name: str, allowed: str) -> BadRequest:
    return BadRequest("field-wrong", f"{name}: {allowed}", field=name, allowed=allowed)
