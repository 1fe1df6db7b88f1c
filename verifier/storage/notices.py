"""Repository of notices, and of deliveries with their proofs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from verifier.storage.parts import parts
from verifier.storage.rows import record, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import DeliveryRow, NoticeRow


@dataclass(frozen=True)
class Notice:
    """What somebody is told (thông báo); the words with their addresses are sealed in its outbox message."""

    id: UUID
    authority_id: UUID
    """Who had the case when it was written."""
    case_id: UUID | None
    """None where it is about no dossier."""
    template: str
    recipient: str
    """`applicant`, or `person:<id>`."""
    lang: str
    values: Mapping[str, str]
    """What its placeholders hold, without what is secret."""
    records: tuple[UUID, ...]
    """Stored records that go with it."""
    ways: tuple[str, ...]
    """`portal`, `e-mail`, `sms`, in the order in which they are tried."""
    state: str
    """`waiting`; `sent`; `failed`: a person must look; `no-way`: there is no address, it must be told otherwise."""
    made_at: datetime
    way: str = ""
    """By which way it went; empty before."""
    address: str = ""
    """To which address it goes or went, masked."""
    sent_at: datetime | None = None
    receipt: str = ""
    """What the mail server, the gateway or the portal answered."""
    trouble: str = ""
    """Why the last attempt failed."""
    tries: int = 0
    """Attempts so far, since it was last set going."""


@dataclass(frozen=True)
class Delivery:
    """How a result is given to the applicant (trả kết quả), and the proof of it."""

    id: UUID
    authority_id: UUID
    case_id: UUID
    way: str
    """`data-store`, `e-mail`, `device`, `paper`."""
    state: str
    """`sending`: on the way to the data store; `offered`: a link waits; `done`; `failed`: the data store refused it;
    `replaced`: by a new link, or called back before it left."""
    made_at: datetime
    made_by: str
    """`person:<id>`, `case:<id>`, `system:<name>`."""
    records: tuple[UUID, ...]
    """Stored records that are the result; empty for what is on paper."""
    sha256: tuple[str, ...]
    """Of each of them."""
    link_sha256: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    """When the link ends."""
    done_at: datetime | None = None
    """When it was received."""
    proof: Mapping[str, str] = field(default_factory=dict)
    """`receipt` of the data store; `address` of the network; `received_by`, `id_number`, `tracking` of paper."""
    noted_at: datetime | None = None
    """When the dossier was told; None as long as it was not."""
    tries: int = 0
    """Attempts to hand it to the data store, since it was last set going."""
    trouble: str = ""
    """Why the last attempt failed; of what was received, nothing."""


class Notices:
    """The tables `notice` and `delivery`: those of the scope's authority, and of dossiers that it sees."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, notice: Notice) -> None:
        """Store a new notice."""
        self._session.add(NoticeRow(**_listed(notice)))
        self._session.flush()

    def get(self, id_: UUID) -> Notice | None:
        """Find a notice by id."""
        row = self._session.scalars(parts(self._scope, NoticeRow, NoticeRow.id == id_)).one_or_none()
        return None if row is None else _notice(row)

    def of_case(self, case: UUID) -> tuple[Notice, ...]:
        """Return the notices of a dossier, oldest first."""
        wanted = parts(self._scope, NoticeRow, NoticeRow.case_id == case)
        return tuple(map(_notice, self._session.scalars(wanted.order_by(NoticeRow.made_at, NoticeRow.id))))

    def note(self, id_: UUID, **told: Any) -> bool:
        """Change columns of a notice: what became of it; False where there is none."""
        return touched(self._session, update(NoticeRow).where(NoticeRow.id == id_).values(**told))

    # --- deliveries --------------------------------------------------------------------------------------------------

    def add_delivery(self, delivery: Delivery) -> None:
        """Store a new delivery."""
        self._session.add(DeliveryRow(**_listed(delivery)))
        self._session.flush()

    def delivery(self, id_: UUID) -> Delivery | None:
        """Find a delivery by id."""
        row = self._session.scalars(parts(self._scope, DeliveryRow, DeliveryRow.id == id_)).one_or_none()
        return None if row is None else _delivery(row)

    def by_link(self, link_sha256: bytes) -> Delivery | None:
        """Find by the hash of its link."""
        wanted = parts(self._scope, DeliveryRow, DeliveryRow.link_sha256 == link_sha256)
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else _delivery(row)

    def deliveries(self, case: UUID) -> tuple[Delivery, ...]:
        """Return the deliveries of a dossier, oldest first."""
        wanted = parts(self._scope, DeliveryRow, DeliveryRow.case_id == case)
        return tuple(map(_delivery, self._session.scalars(wanted.order_by(DeliveryRow.made_at, DeliveryRow.id))))

    def received(self, cases: Collection[UUID]) -> Mapping[UUID, tuple[Delivery, ...]]:
        """Return what was received of each of some dossiers, in the order in which it was."""
        row = DeliveryRow
        wanted = parts(self._scope, row, row.case_id.in_(cases), row.state == "done").order_by(row.done_at, row.id)
        found: dict[UUID, tuple[Delivery, ...]] = {}
        for one in map(_delivery, self._session.scalars(wanted)):
            found[one.case_id] = (*found.get(one.case_id, ()), one)
        return found

    def change_delivery(self, id_: UUID, was: str, **told: Any) -> bool:
        """Change columns of a delivery; False where it is not in the state `was` any more."""
        wanted = update(DeliveryRow).where(DeliveryRow.id == id_, DeliveryRow.state == was)
        return touched(self._session, wanted.values(**told))

    def to_note(self, limit: int = 500) -> tuple[Delivery, ...]:
        """Return deliveries that were received and of which the dossier was not told yet, oldest first."""
        row = DeliveryRow
        wanted = parts(self._scope, row, row.state == "done", row.noted_at.is_(None)).order_by(row.done_at).limit(limit)
        return tuple(map(_delivery, self._session.scalars(wanted)))


def _listed(one: Any) -> dict[str, Any]:
    return {name: list(told) if isinstance(told, tuple) else told for name, told in values(one).items()}


def _notice(row: Any) -> Notice:
    found = record(Notice, row)
    return replace(found, records=tuple(found.records), ways=tuple(found.ways))


def _delivery(row: Any) -> Delivery:
    found = record(Delivery, row)
    return replace(found, records=tuple(found.records), sha256=tuple(found.sha256))
