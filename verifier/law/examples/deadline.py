"""Examples of deadlines and terms: what is asked as in `verifier law deadline`, and the times as plain values.

A deadline is asked by `procedure` and `received`; another term by `term` and `start`; when a result is due whose time
stood still by `due`, `stopped` and `resumed`. The law is that of the day of filing, or on which the term starts or the
time stops, in the zone of the authority's calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from verifier.law.answers import Deadline, DeadlineAsk

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {
    "procedure": str,
    "received": datetime,
    "accepted": datetime,
    "documents": int,
    "extended": bool,
    "channel": str,
    "term": str,
    "start": datetime,
    "authority": str,
    "due": datetime,
    "stopped": datetime,
    "resumed": datetime,
}
NEEDED = (
    frozenset({"procedure", "received"}),
    frozenset({"term", "start"}),
    frozenset({"due", "stopped", "resumed"}),
)
EXPECT = frozenset(
    {"due", "clock_starts", "slip", "calendar", "steps", "notices", "doubts", "reason", "citation", "status"}
    | {"field", "procedure", "term", "channel", "calendar"},
)
"""Times with their offset, `"none"` where there is none; `steps`: tables of `role`, `target`; `notices`: times by id;
`doubts`: dates; `reason` in Vietnamese; then the parameters of refusals."""
_OPTIONS = ("accepted", "documents", "extended", "channel", "authority")


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Reckon the deadline, or the term; NoAnswer as `Law.deadline`, `Deadlines.term` and `Law.resumed`."""
    calendar = book.calendars.of(ask.get("authority", ""))
    if "stopped" in ask:
        law = book.at(ask["stopped"].astimezone(calendar.zone).date())
        due = law.resumed(ask["due"], ask["stopped"], ask["resumed"], ask.get("authority", ""))
        return {"due": due.astimezone(calendar.zone), "calendar": calendar.id}
    day = ask["received" if "procedure" in ask else "start"].astimezone(calendar.zone).date()
    if "procedure" in ask:
        asked = DeadlineAsk(received=ask["received"], **{key: ask[key] for key in _OPTIONS if key in ask})
        return _deadline(book.at(day).deadline(ask["procedure"], asked))
    term = book.deadlines.term(ask["term"], day, ask["start"], calendar)
    return {
        "due": _time(term.due),
        "reason": term.words.vi,
        "calendar": term.calendar,
        "doubts": [one.day for one in term.doubts],
        "citation": term.basis.citation,
        "status": term.basis.status,
    }


def _deadline(found: Deadline) -> Mapping[str, Any]:
    return {
        "due": _time(found.due),
        "clock_starts": _time(found.clock_starts),
        "slip": found.slip,
        "calendar": found.calendar,
        "steps": [{"role": one.role, "target": _time(one.target)} for one in found.steps],
        "notices": {one.id: _time(one.due) for one in found.notices},
        "doubts": [one.day for one in found.doubts],
        "reason": found.reason.vi,
        "citation": found.basis.citation,
        "status": found.basis.status,
    }


def _time(told: datetime | None) -> datetime | str:
    return "none" if told is None else told
