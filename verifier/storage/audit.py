"""Repository of the audit log: events are added, linked and read; nothing here changes or deletes one."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from verifier.audit import Event, Place, linked, written
from verifier.storage.keys import KeyRing
from verifier.storage.scope import Scope
from verifier.storage.tables import AuditEventRow

PURPOSE = "audit head"
"""What the key that marks the head is used for."""


class AuditLog:
    """The tables `audit_event` and `audit_head`."""

    def __init__(self, session: Session, scope: Scope, ring: KeyRing) -> None:
        self._session, self._scope, self._ring = session, scope, ring
        self._waiting: list[Event] = []

    def append(self, event: Event) -> None:
        """Take an event; it is in the log when the unit of work is committed, and never without it."""
        self._waiting.append(event)

    def link(self) -> None:
        """Link what was taken into the log; called at the end of the unit of work."""
        if not self._waiting:
            return
        number, last = self._session.execute(text("select number, hash from audit_head for update")).one()
        for event in self._waiting:
            number, last = number + 1, self._add(event, number + 1, bytes(last))
        mark = self._ring.mark(PURPOSE, head_text(number, last))
        told = {"number": number, "hash": last, "mac": mark}
        self._session.execute(text("update audit_head set number = :number, hash = :hash, mac = :mac"), told)
        self._waiting.clear()

    def _add(self, event: Event, number: int, previous: bytes) -> bytes:
        body, subject = written(event), {"kind": event.subject_kind, "id": event.subject_id}
        found = self._session.execute(text("select * from verifier_audit_last(:kind, :id)"), subject).one()
        place = Place(number, previous, (found[0] or 0) + 1, bytes(found[1] or bytes(32)))
        digest = linked(body, place)
        self._session.add(
            AuditEventRow(
                number=number,
                subject_kind=event.subject_kind,
                subject_id=event.subject_id,
                subject_number=place.subject_number,
                authority_id=event.authority_id,
                at=event.at,
                actor_kind=event.actor.kind,
                actor_id=event.actor.id,
                actor_name=event.actor.name,
                action=event.action,
                body=body,
                previous=previous,
                subject_previous=place.subject_previous,
                hash=digest,
            )
        )
        self._session.flush()
        return digest


def head_text(number: int, last: bytes) -> bytes:
    """Return what the mark of the head covers."""
    return f"{number} {last.hex()}".encode()
