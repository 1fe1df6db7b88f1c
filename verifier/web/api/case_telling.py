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
from verifier.cases.queue import QueueLine
from verifier.cases.records import Case, CaseRecord, Confirmation, Paper
from verifier.cases.statuses import Status, statuses
from verifier.cases.uploads import Kept
from verifier.law import telling
from verifier.law.answers import DeadlineAsk
from verifier.law.book import Law, LawBook
from verifier.law.records import NoAnswer
from verifier.reports.formats import iso
from verifier.storage.audit import Entry
from verifier.storage.authorities import Authority

Told = dict[str, Any]

OPEN_RECORDS = frozenset({"paper", "translation", "component", "scan", "form", "letter", "receipt", "result"})
"""Kinds of records that applicants see: results once they are delivered, forms and letters that are for them."""
UNDECIDED = frozenset({Status.APPROVAL.value, Status.SIGNING.value})
"""Where a decision may be written down already and is told to nobody outside."""
OF_CASE = (
    "id", "code", "procedure", "law_day", "law_sha256", "channel", "filed_at", "status", "version", "applicant",
    "facts", "delivery", "purpose", "note", "external", "complete_at", "supplements", "supplement_due", "fee_vnd",
    "paid_at", "accepted_at", "clock_from", "first_due", "due_at", "apologies", "signed_at", "delivered_at", "ended_at",
    "forwarded_at", "archived_at", "removed_at",
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


def dossier(case: Case, has: Authority, took_in: Authority, *, office: bool) -> Told:
    """Tell a dossier as it stands; `office`: with what only the office knows."""
    standing = statuses()[case.status]
    decided = office or case.status not in UNDECIDED
    return {
        **only(case, OF_CASE),
        "status_vi": standing.words.vi,
        "status_en": standing.words.en,
        "move": standing.move,
        "portal_status": standing.portal,
        "final": standing.final,
        "authority": _authority(has),
        "intake": _authority(took_in),
        "outcome": (case.outcome or None) if decided else None,
        "decided_at": plain(case.decided_at) if decided else None,
        "office": only(case, OF_OFFICE) if office else None,
        **{name: url_for(f"cases_api.{name}", id_=case.id) for name in ("papers", "log", "deadline", "offers")},
        "href": url_for("cases_api.read", id_=case.id),
    }


def _authority(one: Authority) -> Told:
    return {"id": str(one.id), "code": one.code, "name_vi": one.name_vi, "name_en": one.name_en}


def papers(view: View, law: Law, *, office: bool) -> Told:
    """Tell the papers of a dossier, its stored records and, to the office, requests for confirmation."""
    seen = view.records if office else tuple(one for one in view.records if shown(one, view, law))
    return {
        "papers": [_paper(one, view.case, office=office) for one in view.papers],
        "records": [_record(one, view.case.id, office=office) for one in seen],
        "confirmations": [only(one, OF_CONFIRMATION) for one in view.confirmations] if office else [],
    }


def _paper(one: Paper, case: Case, *, office: bool) -> Told:
    decided = office or case.status not in UNDECIDED
    result = only(one, OF_RESULT) if decided else dict.fromkeys(OF_RESULT)
    found = only(one, OF_EXAMINATION) if office else None
    return {**only(one, OF_PAPER), "result": result, "examination": found}


def _record(one: CaseRecord, case: UUID, *, office: bool) -> Told:
    href = url_for("cases_api.record", id_=case, record_id=one.id) if one.blob else None
    return {**only(one, OF_RECORD), "made_by": one.made_by if office else None, "href": href}


def shown(one: CaseRecord, view: View, law: Law) -> bool:
    """Tell whether applicants see a record."""
    if one.kind == "result" and view.case.delivered_at is None:
        return False
    if one.id in {asked.letter_id for asked in view.confirmations}:
        return False
    return one.kind in OPEN_RECORDS and (not one.form or _for_applicants(one.form, law))


def _for_applicants(form: str, law: Law) -> bool:
    try:
        return law.form(form).audience == "applicant"
    except NoAnswer:  # of another day
        return False


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


def line(one: QueueLine) -> Told:
    """Tell a line of an officer's list."""
    href = url_for("cases_api.read", id_=one.id)
    return {**only(one, OF_LINE), "officer": one.officer or None, "papers": one.papers, "href": href}


def own_line(case: Case) -> Told:
    """Tell a dossier in the list of its applicant, or of the client that filed it."""
    told = {**only(case, OF_LINE), "applicant": case.applicant.name, "step_due": None, "officer_id": None}
    return {**told, "officer": None, "papers": None, "href": url_for("cases_api.read", id_=case.id)}
