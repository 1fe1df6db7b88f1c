"""How long the service keeps what it made itself: `retention.toml`, read strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from importlib.resources import files

SESSIONS = "sessions"
ATTEMPTS = "sign-in-attempts"
CLIENT_TOKENS = "client-tokens"
OUTBOX_SENT = "outbox-sent"
AUDIT_EVENTS = "audit-events"
NAMES = frozenset({SESSIONS, ATTEMPTS, CLIENT_TOKENS, OUTBOX_SENT, AUDIT_EVENTS})
NEVER_DELETED = frozenset({AUDIT_EVENTS})
"""What no file can give a span to."""
LONGEST = 36500
"""Days; more is a slip of the pen."""


@dataclass(frozen=True)
class Retention:
    """How long one kind of record is kept, and why."""

    days: int
    """Days after its end; 0 where it is kept for ever."""
    reason_vi: str
    reason_en: str
    citation: str
    """The law, standard or decision that says so."""

    def over(self, now: datetime) -> datetime:
        """Return the instant before which records are deleted. ValueError where they are kept for ever."""
        if not self.days:
            raise ValueError("these records are never deleted")
        return now - timedelta(days=self.days)


Retentions = Mapping[str, Retention]
"""By name; all of `NAMES`."""


def load_retention() -> Retentions:
    """Return the spans that are shipped. ValueError where the file is not as it must be."""
    return parse_retention((files("verifier.workers") / "retention.toml").read_text("utf-8"))


def parse_retention(text: str) -> Retentions:
    """Read spans. ValueError names the entry that is missing, unknown or wrong."""
    told = tomllib.loads(text)
    if odd := set(told) ^ NAMES:
        raise ValueError(f"retention: {min(odd)} is {'not known' if min(odd) in told else 'missing'}")
    return {name: _retention(name, entry) for name, entry in told.items()}


def _retention(name: str, entry: object) -> Retention:
    wanted = {one.name for one in fields(Retention)}
    if not isinstance(entry, dict) or set(entry) != wanted:
        raise ValueError(f"retention: {name} must have exactly {', '.join(sorted(wanted))}")
    days, words = entry["days"], [entry[key] for key in wanted - {"days"}]
    if type(days) is not int or not 0 <= days <= LONGEST:
        raise ValueError(f"retention: {name}: days must be a whole number from 0 to {LONGEST}")
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise ValueError(f"retention: {name}: reasons and citation must be told")
    if (name in NEVER_DELETED) != (days == 0):
        raise ValueError(f"retention: {name}: {'is never deleted' if days else 'must end'}")
    return Retention(**entry)
