"""Appointments as the API tells them: records of the rules as the wire types of `appointment_schemas`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Response, url_for

from verifier.appointments.records import Appointment, Closure, Contact, Desk, Slot, Waiting
from verifier.appointments.telling import place, reference
from verifier.reports.formats import iso
from verifier.storage.authorities import Authority

Told = dict[str, Any]


def answer(told: object, status: int = 200) -> Response:
    """Return JSON."""
    return Response(json.dumps(told, ensure_ascii=False), status, content_type="application/json")


def slot(one: Slot) -> Told:
    """Return a slot as `SlotNote`."""
    told = {"starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
    return {**told, "desk": str(one.desk.id), "desk_number": one.desk.number, "desk_name": one.desk.name}


def appointment(one: Appointment, where: Authority, at: Desk) -> Told:
    """Return an appointment as `AppointmentNote`."""
    return {
        "id": str(one.id),
        "number": reference(one),
        "authority": where.code,
        "place_vi": place(where, "vi"),
        "place_en": place(where, "en"),
        "desk": str(one.desk_id),
        "desk_number": at.number,
        "desk_name": at.name,
        "starts_at": iso(one.starts_at),
        "ends_at": iso(one.ends_at),
        "state": one.state,
        "procedure": one.procedure,
        "reason": one.reason,
        "originals": one.originals,
        "dossier": str(one.case_id) if one.case_id else None,
        "contact": contact(one.contact),
        "made_at": iso(one.made_at),
        "moves": one.moves,
        "ended_at": _iso(one.ended_at),
        "why": one.why,
        "version": one.version,
        "href": url_for("appointments_api.read", id_=one.id),
        "calendar": url_for("appointments_api.calendar", id_=one.id),
    }


def contact(one: Contact) -> Told | None:
    """Return who comes as `AppointmentContact`; None where there is a dossier, or it was forgotten."""
    told = {"name": one.name, "phone": one.phone, "email": one.email, "lang": one.lang}
    return told if one.name else None


def waiting(one: Waiting) -> Told:
    """Return an entry of the waiting list as `WaitingNote`."""
    return {
        "id": str(one.id),
        "procedure": one.procedure,
        "reason": one.reason,
        "originals": one.originals,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "dossier": str(one.case_id) if one.case_id else None,
        "contact": contact(one.contact),
        "made_at": iso(one.made_at),
        "state": one.state,
    }


def desk(one: Desk) -> Told:
    """Return a desk as `DeskNote`."""
    return {
        "id": str(one.id),
        "number": one.number,
        "name": one.name,
        "procedures": list(one.procedures),
        "officer": str(one.officer_id) if one.officer_id else None,
        "open": one.open,
        "version": one.version,
    }


def closure(one: Closure) -> Told:
    """Return a closure as `ClosureNote`."""
    return {
        "id": str(one.id),
        "desk": str(one.desk_id) if one.desk_id else None,
        "starts_at": iso(one.starts_at),
        "ends_at": iso(one.ends_at),
        "reason": one.reason,
        "made_at": iso(one.made_at),
        "lifted_at": _iso(one.lifted_at),
    }


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None
