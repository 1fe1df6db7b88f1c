"""Stored records of a dossier: uploads that are taken in, and one-stop forms (biểu mẫu) that are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from verifier.cases.kernel import StoredBytes, Turn
from verifier.cases.records import Case, CaseRecord
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.storage.blobs import Blobs
from verifier.storage.cases import NOT_DRAWN as UNKNOWN

PDF = "application/pdf"
NOT_DRAWN = StoredBytes(0, UNKNOWN, "")
"""Of a form that is being drawn."""


def taken(turn: Turn, upload: UUID, kind: str, *, component: str = "", paper: UUID | None = None) -> CaseRecord:
    """Turn an upload of who asks, or of the dossier's applicant, into a stored record; BadRequest `upload-unknown`."""
    found = turn.unit.cases.take_upload(upload, {turn.asker.id, f"case:{turn.case.id}"})
    if found is None:
        raise BadRequest("upload-unknown", str(upload), upload=str(upload))
    stored = StoredBytes(found.size, found.sha256, found.blob)
    return _added(turn, found.id, kind, found.name, found.media_type, stored, component=component, paper_id=paper)


def kept(
    turn: Turn, data: bytes, name: str, kind: str, *, media_type: str = PDF, form: str = "", paper: UUID | None = None
) -> CaseRecord:
    """Store bytes that the service made as a record of the dossier."""
    stored = _stored(turn.house.blobs, data)
    return _added(turn, uuid4(), kind, name, media_type, stored, form=form, paper_id=paper)


def again(turn: Turn, record: CaseRecord, name: str) -> CaseRecord:
    """Store the bytes of a record once more under another name, as made now."""
    stored = StoredBytes(record.size, record.sha256, record.blob)
    more = {"form": record.form, "paper_id": record.paper_id}
    return _added(turn, uuid4(), record.kind, name, record.media_type, stored, **more)


def _added(
    turn: Turn, id_: UUID, kind: str, name: str, media_type: str, stored: StoredBytes, **more: Any
) -> CaseRecord:
    """Add a stored file to the dossier, as brought or made by who asks."""
    who, case = turn.asker.actor, turn.case
    file = (name, media_type, stored.size, stored.sha256, stored.blob)
    one = CaseRecord(id_, case.id, case.authority_id, kind, *file, turn.now, who.name or who.kind, **more)
    turn.unit.cases.add_record(one)
    return one


def _stored(blobs: Blobs, data: bytes) -> StoredBytes:
    return StoredBytes(len(data), hashlib.sha256(data).hexdigest(), blobs.put(data))


def form_record(
    turn: Turn, form_id: str, values: Mapping[str, Any], *, kind: str = "form", paper: UUID | None = None
) -> CaseRecord:
    """Have a form drawn by the law of today and stored; what every form of a dossier says is filled in by itself.

    It is drawn while the command goes on: the record has its bytes once `awaited` was called, before letters go out.
    A value that the form of this day has no field for is left out; BadRequest `form-not-in-force` and what else the
    forms refuse.
    """
    case, book = turn.case, turn.house.book
    with answered():
        form = book.at(turn.today).form(form_id)
        wanted = {**heading(turn, case), **values}
        told = {name: value for name, value in wanted.items() if form.field(name) is not None}
        sheet = book.forms.ready(form, told, audience="applicant" if form.audience == "applicant" else "office")
    name = f"{form.number + '-' if form.number else ''}{form.id}-{case.code}.pdf"
    one = _added(turn, uuid4(), kind, name, PDF, NOT_DRAWN, form=form_id, paper_id=paper)
    turn.drawing[one.id] = turn.house.drawers.submit(lambda: _stored(turn.house.blobs, sheet()))
    return one


def awaited(turn: Turn) -> None:
    """Wait for the forms that are being drawn, and write what their records lack."""
    for id_, drawn in turn.drawing.items():
        stored = drawn.result()
        turn.unit.cases.fill_record(id_, stored.size, stored.sha256, stored.blob)
    turn.drawing.clear()


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
