"""Repository of authorities (tenants) and their competence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import AuthorityRow, CompetenceRow


@dataclass(frozen=True)
class Authority:
    """One authority (cơ quan)."""

    id: UUID
    code: str
    """Agency code (mã định danh, Decision 20/2020/QĐ-TTg): groups of A-Z and 0-9 with dots, at most 35 characters."""
    kind: str
    """`ministry`, `local_office`, `mission`, `commune`, `district`, `notary_office` or `agency`."""
    name_vi: str
    name_en: str
    address_vi: str
    address_en: str
    time_zone: str
    """Name of the IANA time zone."""
    signature_name: str
    """What stands with the signature of the authority, e.g. the title of who signs; legal text, Vietnamese."""
    seal_name: str
    """Name on the seal; legal text, Vietnamese."""
    forwards_to: UUID | None
    """The authority to which it forwards dossiers; None where it decides by itself."""
    valid_from: date
    valid_until: date | None
    """Last day on which it exists; None where no end is known."""
    version: int
    created_at: datetime
    states: tuple[str, ...] = ()
    """Of a mission: ISO codes of the host state, then of those to which it is accredited concurrently."""

    def name(self, lang: str) -> str:
        """Return the name in `vi` or `en`."""
        return self.name_en if lang == "en" else self.name_vi

    def exists_on(self, day: date) -> bool:
        """Tell whether it exists on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True)
class Competence:
    """What an authority may do in one procedure in one period (thẩm quyền)."""

    id: UUID
    authority_id: UUID
    procedure: str
    """Id of the procedure, e.g. `certified-copy`."""
    capacity: str
    """`decide`, or `receive`: take in and forward only."""
    valid_from: date
    valid_until: date | None
    """Last day; None where no end is known."""
    citation: str
    """The law that gives it."""

    def holds(self, day: date) -> bool:
        """Tell whether the authority has it on a day; both its first and its last day count."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class Authorities:
    """The tables `authority` and `competence`; everybody may read them, only the authority itself is written."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope
        self._held: dict[UUID, AuthorityRow] = {}
        """The rows that were asked for: the session asks again for what nobody holds."""

    def add(self, authority: Authority) -> None:
        """Store a new authority; its code must be new."""
        self._session.add(AuthorityRow(**values(authority)))
        self._session.flush()

    def get(self, id_: UUID) -> Authority | None:
        """Find by id."""
        row = self._session.get(AuthorityRow, id_)
        if row is None:
            return None
        self._held[id_] = row
        return record(Authority, row)

    def by_code(self, code: str) -> Authority | None:
        """Find by agency code."""
        row = self._session.scalars(select(AuthorityRow).where(AuthorityRow.code == code)).one_or_none()
        return None if row is None else record(Authority, row)

    def all(self) -> tuple[Authority, ...]:
        """All authorities, by code."""
        return records(Authority, self._session.scalars(select(AuthorityRow).order_by(AuthorityRow.code)))

    def hold(self, id_: UUID) -> None:
        """Let nobody else hold or change this authority until the unit of work ends; its rows can still be added."""
        wanted = select(AuthorityRow.id).where(AuthorityRow.id == id_)
        self._session.execute(wanted.with_for_update(key_share=True))

    def change(self, authority: Authority) -> bool:
        """Store an authority anew with the next version; False where somebody changed it since it was read."""
        told = values(authority) | {"version": authority.version + 1}
        wanted = update(AuthorityRow).where(AuthorityRow.id == authority.id, AuthorityRow.version == authority.version)
        return touched(self._session, wanted.values(**told))

    def competences(self, authority_id: UUID) -> tuple[Competence, ...]:
        """What an authority may do, by procedure and date."""
        wanted = select(CompetenceRow).where(CompetenceRow.authority_id == authority_id)
        ordered = wanted.order_by(CompetenceRow.procedure, CompetenceRow.valid_from)
        return records(Competence, self._session.scalars(ordered))

    def set_competences(self, authority_id: UUID, told: Sequence[Competence]) -> None:
        """Replace what an authority may do."""
        self._session.execute(delete(CompetenceRow).where(CompetenceRow.authority_id == authority_id))
        self._session.add_all(CompetenceRow(**values(one)) for one in told)
        self._session.flush()
