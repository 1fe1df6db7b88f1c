"""The security log: what a watch over the service must learn soon, sent through the outbox as it was decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from verifier.accounts.caller import Caller
from verifier.audit import Actor, Detail
from verifier.storage.database import UnitOfWork

TOPIC = "security-log"


class What(StrEnum):
    """What happened; rules of a watch are written against these words, so they never change."""

    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_LOCKED = "sign-in-locked"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    CODE_REPLAYED = "code-replayed"
    """A one-time code that was used before."""
    STEP_UP_FAILED = "step-up-failed"
    SESSION_ENDED = "session-ended"
    """By somebody, not by its own time."""
    CREDENTIALS_CHANGED = "credentials-changed"
    """Password, second factor, recovery codes, invitation, keys of a client."""
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - no secret
    """A machine client that could not prove who it is."""
    FORM_REFUSED = "form-refused"
    """CSRF."""
    ACCESS_REFUSED = "access-refused"


def note(unit: UnitOfWork, who: Caller | Actor, what: What, now: datetime, **details: Detail) -> None:
    """Put one line for the security log into the outbox, in the transaction of what it tells.

    The unit's scope must be SYSTEM or that of the actor's authority: a visitor's unit cannot write to the outbox.
    Details never hold a secret, nor a sign-in name as typed: people type passwords there.
    """
    actor = who.actor if isinstance(who, Caller) else who
    payload = {
        "what": what.value,
        "at": now.isoformat(),
        "who": {"kind": actor.kind, "id": actor.id, "authority": str(actor.authority_id or "")},
        "address": actor.address,
        "details": details,
    }
    unit.outbox.put(TOPIC, f"{TOPIC}:{uuid4()}", payload, now, actor.authority_id)
