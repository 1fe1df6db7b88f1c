"""Repository of sessions and of failed attempts to sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, token_hash, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import SessionRow, SignInAttemptRow


@dataclass(frozen=True)
class SignedIn:
    """A session; without its token, which only the browser has."""

    id: UUID
    authority_id: UUID
    person_id: UUID
    stage: str
    """`second_factor`: a code is waited for; `enrol`: a second factor must be set up; `open`: signed in."""
    method: str
    """`password` or `identity` (OpenID Connect)."""
    created_at: datetime
    seen_at: datetime
    """Last request."""
    expires_at: datetime
    """Absolute end, whatever is done."""
    proved_at: datetime | None
    """When the person last proved to be there (step-up); None where never since signing in."""
    address: str
    device: str
    """What the browser says of itself, in a few words."""
    ended_at: datetime | None = None
    end_reason: str = ""


@dataclass(frozen=True)
class Attempts:
    """Failures under one sign-in name."""

    failures: int
    last_at: datetime
    locked_until: datetime | None


class Sessions:
    """The tables `session` and `sign_in_attempt`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, one: SignedIn, token: str) -> None:
        """Store a new session under its token, of which only the hash is kept."""
        self._session.add(SessionRow(token_sha256=token_hash(token), **values(one)))
        self._session.flush()

    def by_token(self, token: str) -> SignedIn | None:
        """Find by token, ended ones too."""
        row = self._session.scalars(self._own().where(SessionRow.token_sha256 == token_hash(token))).one_or_none()
        return None if row is None else record(SignedIn, row)

    def get(self, id_: UUID) -> SignedIn | None:
        """Find by id within the scope."""
        row = self._session.scalars(self._own().where(SessionRow.id == id_)).one_or_none()
        return None if row is None else record(SignedIn, row)

    def of_person(self, person_id: UUID) -> tuple[SignedIn, ...]:
        """Sessions of a person that have not ended, the last used first."""
        wanted = self._own().where(SessionRow.person_id == person_id, SessionRow.ended_at.is_(None))
        return records(SignedIn, self._session.scalars(wanted.order_by(SessionRow.seen_at.desc())))

    def last_seen(self) -> Mapping[UUID, datetime]:
        """When each person within the scope was seen last, as far as sessions are kept."""
        wanted = select(SessionRow.person_id, func.max(SessionRow.seen_at)).where(SessionRow.stage == "open")
        if not self._scope.everything:
            wanted = wanted.where(SessionRow.authority_id == self._scope.authority)
        return {row[0]: row[1] for row in self._session.execute(wanted.group_by(SessionRow.person_id))}

    def seen(self, id_: UUID, at: datetime) -> bool:
        """Note a request; False where the session has ended meanwhile."""
        return self._update(SessionRow.id == id_, seen_at=at)

    def proved(self, id_: UUID, at: datetime) -> bool:
        """Note that the person proved to be there; False where the session has ended meanwhile."""
        return self._update(SessionRow.id == id_, proved_at=at)

    def end(self, id_: UUID, at: datetime, reason: str) -> bool:
        """End a session; False where it has ended already."""
        return self._update(SessionRow.id == id_, ended_at=at, end_reason=reason)

    def end_all(self, person_id: UUID, at: datetime, reason: str, *, but: UUID | None = None) -> bool:
        """End all sessions of a person, but one; False where there was none."""
        which = SessionRow.person_id == person_id
        return self._update(which if but is None else which & (SessionRow.id != but), ended_at=at, end_reason=reason)

    def delete_before(self, instant: datetime) -> int:
        """Delete sessions that were over before an instant."""
        over = or_(SessionRow.ended_at < instant, SessionRow.expires_at < instant)
        done: Any = self._session.execute(delete(SessionRow).where(over))
        return int(done.rowcount)

    # --- failed attempts ---------------------------------------------------------------------------------------------

    def attempts(self, login_mac: bytes) -> Attempts | None:
        """Failures under a name's keyed hash; the row is locked until the unit of work ends."""
        wanted = select(SignInAttemptRow).where(SignInAttemptRow.login_mac == login_mac).with_for_update()
        row = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(Attempts, row)

    def attempts_made(self, login_mac: bytes, now: datetime) -> Attempts:
        """Failures under a name's keyed hash, none where it is new; the row is there and locked in any case."""
        new = insert(SignInAttemptRow).values(login_mac=login_mac, failures=0, last_at=now, locked_until=None)
        self._session.execute(new.on_conflict_do_update(index_elements=["login_mac"], set_={"login_mac": login_mac}))
        return self.attempts(login_mac) or Attempts(0, now, None)

    def set_attempts(self, login_mac: bytes, attempts: Attempts) -> None:
        """Keep the failures under a name."""
        self._session.merge(SignInAttemptRow(login_mac=login_mac, **values(attempts)))
        self._session.flush()

    def clear_attempts(self, login_mac: bytes) -> None:
        """Forget the failures under a name."""
        self._session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.login_mac == login_mac))

    def delete_attempts_before(self, instant: datetime) -> int:
        """Delete failures that were last added to before an instant."""
        done: Any = self._session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.last_at < instant))
        return int(done.rowcount)

    def _own(self) -> Any:
        wanted = select(SessionRow).execution_options(populate_existing=True)
        return wanted if self._scope.everything else wanted.where(SessionRow.authority_id == self._scope.authority)

    def _update(self, which: Any, **told: Any) -> bool:
        wanted = update(SessionRow).where(which, SessionRow.ended_at.is_(None))
        if not self._scope.everything:
            wanted = wanted.where(SessionRow.authority_id == self._scope.authority)
        return touched(self._session, wanted.values(**told))
