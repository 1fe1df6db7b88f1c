"""Repository of the outbox: what must happen outside, kept in the transaction that decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import values
from verifier.storage.scope import Scope
from verifier.storage.tables import OutboxRow


@dataclass(frozen=True)
class Message:
    """Something that must happen outside, at least once; whoever carries it out tells repeats by the key."""

    id: UUID
    key: str
    """Idempotency key: the same for every attempt, and never used for anything else."""
    topic: str
    """Who carries it out."""
    payload: Mapping[str, Any]
    authority_id: UUID | None
    state: str
    """`waiting`: ours to do; `sent`: done; `dead`: given up, a person must look."""
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None = None
    trouble: str = ""
    """Why the last attempt failed; never a secret."""


class Outbox:
    """The table `outbox`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def put(
        self, topic: str, key: str, payload: Mapping[str, Any], at: datetime, authority: UUID | None = None
    ) -> None:
        """Keep a message; where one with this key is there already, nothing happens."""
        message = Message(uuid4(), key, topic, payload, authority, "waiting", 0, at, at)
        self._session.execute(
            insert(OutboxRow).values(**values(message)).on_conflict_do_nothing(index_elements=["key"])
        )
