"""Dossiers as the API tells them: records of the rules as the wire types of `case_schemas`.

Applicants, and the clients that file for them, are not told how the office works: internal targets, proposals,
verdicts, letters to other authorities, who did what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for

from verifier.cases.desk import View
from verifier.cases.examination import REFUSED, proposal_of
from verifier.cases.openness import decision_told, open_records
from verifier.cases.outlook import Left, Outlook, link_letter
from verifier.cases.queue import QueueLine
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.statuses import statuses
from verifier.cases.uploads import Kept
from verifier.law import telling
from verifier.law.answers import DeadlineAsk
from verifier.law.book import LawBook
from verifier.law.grounds import Ground
from verifier.law_desk import answered
from verifier.reports.formats import iso
from verifier.storage.audit import Entry
from verifier.storage.authorities import Authority
from verifier.storage.notices import Delivery

Told = dict[str, Any]

OF_CASE = (
    "id", "code", "procedure", "law_day", "law_sha256", "channel", "filed_at", "status", "version", "applicant",
    "facts", "delivery", "purpose", "note", "external", "complete_at", "supplements", "supplement_due", "fee_vnd",
    "paid_at", "accepted_at", "clock_from", "first_due", "due_at", "apologies", "signed_at", "delivered_at", "ended_at",
    "forwarded_at", "archived_at", "removed_at", "paused_at",
)  # fmt: skip
OF_OFFICE = (
    "resume", "step", "step_due", "officer_id", "assigned_at", "proposal", "proposed_by", "decided_by", "keep_until",
    "filed_by", "apology",
)  # fmt: skip
OF_PAPER = (
    "id", "number", "name", "work", "type", "holder", "copies", "serial", "office", "signer", "title", "signed_on",
    "countries", "issuing_country", "document_kind", "language", "pages", "record_id", "sha256", "translation_id",
)  # fmt: skip
OF_RESULT = ("outcome", "grounds", "issuance_id", "symbol", "year", "entry", "issued_at", "annulled_at")
OF_EXAMINATION = ("checked", "verdict", "basis", "basis_note", "basis_record")
OF_RECORD = ("id", "kind", "name", "media_type", "size", "sha256", "made_at", "component", "form", "paper_id")
OF_CONFIRMATION = tuple(one.name for one in fields(Confirmation) if one.name not in {"case_id", "authority_id"})
OF_LINE = (
    "id", "code", "authority_id", "intake_id", "procedure", "status", "applicant", "channel", "filed_at", "due_at",
    "step_due", "supplement_due", "officer_id", "version",
)  # fmt: skip
HREFS = ("papers", "log", "deadline", "deliveries", "offers")
"""Parts of a dossier that have an address of their own."""
OF_DELIVERY = ("id", "way", "state", "made_at", "done_at", "noted_at", "expires_at", "records", "sha256")
OF_ATTEMPTS = ("made_by", "tries", "trouble", "proof")
OF_LETTER = ("state", "sent_at", "address", "receipt", "tries", "trouble")
OF_UPLOAD = ("id", "name", "media_type", "size", "sha256", "pages")


def plain(value: Any) -> Any:
    """Return a value as JSON has it: instants in UTC, ids as text, records as objects."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value


def only(one: object, names: Iterable[str]) -> Told:
    """Return some fields of a record as JSON has them."""
    return {name: plain(getattr(one, name)) for name in names}


def uploaded(kept: Kept) -> Told:
    """Tell a file that was taken in."""
    return {**only(kept.upload, OF_UPLOAD), "kind": kept.kind, "problems": list(kept.problems)}


def dossier(case: Case, papers: Iterable[Paper], has: Authority, took_in: Authority, *, office: bool) -> Told:
    """Tell a dossier with what was annulled of its papers as it stands; `office`: with what only the office knows."""
    standing = statuses()[case.status]
    decided = office or decision_told(case)
    return {
        **only(case, OF_CASE),
        **_standing(case.status),
        "move": standing.move,
        "final": standing.final,
        "authority": _authority(has),
        "intake": _authority(took_in),
        "outcome": (case.outcome or None) if decided else None,
        "decided_at": plain(case.decided_at) if decided else None,
        "supplement": _supplement(case),
        "annulled": [_annulled(one) for one in papers if one.annulled_at],
        "office": only(case, OF_OFFICE) if office else None,
        **{name: url_for(f"cases_api.{name}", id_=case.id) for name in HREFS},
        "href": url_for("cases_api.read", id_=case.id),
    }


def _supplement(case: Case) -> Told | None:
    """Tell what is to be supplemented, as the applicant was told; None where nothing is asked for."""
    if not case.supplement:
        return None
    form = case.supplement["form"]
    href = url_for("cases_api.record", id_=case.id, record_id=form)
    return {"items": case.supplement["items"], "until": plain(case.supplement_due), "form": form, "form_href": href}


def _annulled(one: Paper) -> Told:
    told = {"paper": one.number, "paper_id": str(one.id), "at": plain(one.annulled_at)}
    return {**told, "ground": one.annul_ground, "decision": one.annul_decision}


def _authority(one: Authority) -> Told:
    return {"id": str(one.id), "code": one.code, "name_vi": one.name_vi, "name_en": one.name_en}


def papers(view: View, book: LawBook, *, office: bool) -> Told:
    """Tell the papers of a dossier, its stored records and, to the office, requests for confirmation."""
    seen = view.records if office else open_records(view, book)
    return {
        "papers": [_paper(one, view.case, book, office=office) for one in view.papers],
        "records": [_record(one, view.case.id, office=office) for one in seen],
        "confirmations": [only(one, OF_CONFIRMATION) for one in view.confirmations] if office else [],
    }


def _paper(one: Paper, case: Case, book: LawBook, *, office: bool) -> Told:
    decided = office or decision_told(case)
    result = only(one, OF_RESULT) if decided else dict.fromkeys(OF_RESULT)
    result["outcome"] = result["outcome"] or None
    result["refusal"] = _refusal(one, case, book) if result["outcome"] == REFUSED else None
    found = only(one, OF_EXAMINATION) if office else None
    return {**only(one, OF_PAPER), "result": result, "examination": found}


def _refusal(one: Paper, case: Case, book: LawBook) -> Told:
    """Tell why a paper was refused, as the applicant was told: the words of the law, and what was found."""
    with answered():
        known = {ground.id: ground for ground in book.at(case.law_day).grounds(case.procedure)}
    proposal = proposal_of(case)
    facts = next((found.facts for found in proposal.papers if found.paper == one.id), "") if proposal else ""
    return {"grounds": [_ground(id_, known.get(id_)) for id_ in one.grounds], "facts": facts or None}


def _ground(id_: str, ground: Ground | None) -> Told:
    """Tell a ground; by its id alone where the law of the day has it no more."""
    if ground is None:
        return {"id": id_, **dict.fromkeys(("text", "text_en", "citation", "advice", "advice_en"))}
    words, advice = ground.words, ground.advice
    told = {"id": id_, "text": words.vi, "text_en": words.en or None, "citation": ground.entry.citation}
    return {**told, "advice": advice.vi or None, "advice_en": advice.en or None}


def _record(one: CaseRecord, case: UUID, *, office: bool) -> Told:
    href = url_for("cases_api.record", id_=case, record_id=one.id) if one.blob else None
    return {**only(one, OF_RECORD), "made_by": one.made_by if office else None, "href": href}


def log(entries: Iterable[Entry], *, office: bool) -> list[Told]:
    """Tell the events of a dossier with their places in its chain; to the office with all that was hashed."""
    return [_event(one, office=office) for one in entries]


def _event(one: Entry, *, office: bool) -> Told:
    event = one.event
    return {
        "number": one.subject_number,
        "at": iso(event.at),
        "action": event.action,
        "status": str(event.details.get("status") or "") or None,
        "version": event.details.get("version"),
        "by": event.actor.kind,
        "hash": one.hash.hex(),
        "previous": one.subject_previous.hex(),
        "log_number": one.number,
        "log_previous": one.previous.hex(),
        "body": one.body if office else None,
    }


def deadline(case: Case, book: LawBook, code: str, count: int, *, office: bool) -> Told:
    """Tell when a dossier is due and why; `code` of the authority that has it, `count` of its papers."""
    ask = DeadlineAsk(
        case.filed_at, case.clock_from or case.accepted_at, max(1, count), authority=code, channel=case.channel
    )
    found = dict(telling.deadline(book, case.procedure, ask))
    if not office:
        found["steps"] = []
    names = (
        "due_at",
        "first_due",
        "clock_from",
        "supplement_due",
        "apologies",
        "complete_at",
        "paid_at",
        "accepted_at",
    )
    return {**only(case, names), "step_due": plain(case.step_due) if office else None, "law": found}


def deliveries(stands: Outlook, left: Left, *, office: bool) -> Told:
    """Tell how a result stands and each delivery, oldest first; to the office with attempts and proofs."""
    told = [_delivery(one, left, office=office) for one in left.deliveries]
    return {**only(stands, ("wanted", "why_not", "open", "stands")), "deliveries": told}


def _delivery(one: Delivery, left: Left, *, office: bool) -> Told:
    letter = link_letter(one, left.notices)
    told = only(one, OF_ATTEMPTS) if office else None
    return {**only(one, OF_DELIVERY), "letter": only(letter, OF_LETTER) if office and letter else None, "office": told}


def line(one: QueueLine) -> Told:
    """Tell a line of an officer's list."""
    href = url_for("cases_api.read", id_=one.id)
    told = {**only(one, OF_LINE), **_standing(one.status)}
    return {**told, "officer": one.officer or None, "papers": one.papers, "href": href}


def own_line(case: Case) -> Told:
    """Tell a dossier in the list of its applicant, or of the client that filed it."""
    told = {**only(case, OF_LINE), **_standing(case.status), "applicant": case.applicant.name}
    told |= {"step_due": None, "officer_id": None}
    return {**told, "officer": None, "papers": None, "href": url_for("cases_api.read", id_=case.id)}


def _standing(status: str) -> Told:
    found = statuses()[status]
    return {"status_vi": found.words.vi, "status_en": found.words.en, "portal_status": found.portal}
