"""Stored records of a dossier: uploads that are taken in, and one-stop forms (biểu mẫu) that are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from verifier.cases.kernel import Turn
from verifier.cases.records import Case, CaseRecord
from verifier.errors import BadRequest
from verifier.law_desk import answered

PDF = "application/pdf"


def taken(turn: Turn, upload: UUID, kind: str, *, component: str = "", paper: UUID | None = None) -> CaseRecord:
    """Turn an upload of who asks, or of the dossier's applicant, into a stored record; BadRequest `upload-unknown`."""
    found = turn.unit.cases.take_upload(upload, {turn.asker.id, f"case:{turn.case.id}"})
    if found is None:
        raise BadRequest("upload-unknown", str(upload), upload=str(upload))
    one = CaseRecord(
        found.id,
        turn.case.id,
        turn.case.authority_id,
        kind,
        found.name,
        found.media_type,
        found.size,
        found.sha256,
        found.blob,
        turn.now,
        turn.asker.actor.name or turn.asker.actor.kind,
        component=component,
        paper_id=paper,
    )
    turn.unit.cases.add_record(one)
    return one


def kept(
    turn: Turn, data: bytes, name: str, kind: str, *, media_type: str = PDF, form: str = "", paper: UUID | None = None
) -> CaseRecord:
    """Store bytes that the service made as a record of the dossier."""
    one = CaseRecord(
        uuid4(),
        turn.case.id,
        turn.case.authority_id,
        kind,
        name,
        media_type,
        len(data),
        hashlib.sha256(data).hexdigest(),
        turn.house.blobs.put(data),
        turn.now,
        turn.asker.actor.name or turn.asker.actor.kind,
        form=form,
        paper_id=paper,
    )
    turn.unit.cases.add_record(one)
    return one


def form_record(
    turn: Turn, form_id: str, values: Mapping[str, Any], *, kind: str = "form", paper: UUID | None = None
) -> CaseRecord:
    """Draw a form by the law of today and store it; what every form of a dossier says is filled in by itself.

    A value that the form of this day has no field for is left out; BadRequest `form-not-in-force` and what else the
    forms refuse.
    """
    case, book = turn.case, turn.house.book
    with answered():
        form = book.at(turn.today).form(form_id)
        wanted = {**heading(turn, case), **values}
        told = {name: value for name, value in wanted.items() if form.field(name) is not None}
        data = book.forms.drawn(form, told, audience="applicant" if form.audience == "applicant" else "office")
    name = f"{form.number + '-' if form.number else ''}{form.id}-{case.code}.pdf"
    return kept(turn, data, name, kind, form=form_id, paper=paper)


def heading(turn: Turn, case: Case) -> Mapping[str, Any]:
    """Return what most forms say: code, applicant, what is asked for, who works on it."""
    who = case.applicant
    person = turn.unit.people.get(turn.asker.person) if turn.asker.person else None
    return {
        "dossier": case.code,
        "applicant": who.name,
        "applicant-name": who.name,
        "address": who.address,
        "phone": who.phone,
        "email": who.email,
        "request": turn.law.procedure(case.procedure).name.vi,
        "received": case.filed_at.astimezone(turn.zone),
        "desk": turn.authority.name_vi,
        "contact": turn.authority.name_vi,
        "officer": person.name if person else "",
        "due": case.due_at.astimezone(turn.zone) if case.due_at else None,
    }
