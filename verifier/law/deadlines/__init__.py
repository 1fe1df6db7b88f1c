"""How long a procedure may take (thời hạn giải quyết), and the other terms: data, read strictly, and the reckoning.

NoAnswer codes: `deadline-unknown`, `deadline-not-in-force` (`procedure`), `term-unknown`, `term-not-in-force`
(`term`), `time-without-zone`, `time-wrong` (`field`), `times-out-of-order`, `count-wrong` (`field`),
`filing-channel-unknown` (`field`, `channel`), `extension-not-allowed` (`procedure`); and those of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from verifier.law.answers import Deadline, DeadlineAsk, Notice, StepTarget
from verifier.law.deadlines.reading import DEADLINES, WAITS, read_deadlines, read_terms, read_waits
from verifier.law.deadlines.reckoning import Times, before, extended, reckon, term_due
from verifier.law.deadlines.records import (
    OCCASIONS,
    DeadlineRule,
    Extension,
    Grid,
    NoticeRule,
    Row,
    Term,
    TermRule,
    Wait,
)
from verifier.law.deadlines.saying import Fact, Saying
from verifier.law.procedures.records import Procedure
from verifier.law.records import NoAnswer, Words
from verifier.law.source import Source
from verifier.law.tables import refuse_gap

if TYPE_CHECKING:
    from verifier.law.calendars import Calendar

__all__ = ["DeadlineRule", "Deadlines", "Extension", "Grid", "Row", "Term", "TermRule", "Wait"]

USUAL = "counter"
"""The way to file where none is said and the procedure has it."""
LONGEST = 60
"""Letters of what was asked that stand in a refusal."""
MOST_DOCUMENTS = 10_000
"""More papers than one dossier can hold: a slip of the pen, not a question."""
MOST_APART = timedelta(days=366)
"""More than a dossier waits for its receipt: a slip of the pen. Every doubtful day between is told, so it must end."""
YEARS = range(1900, 2200)
"""Years that can be asked about at all; the calendar's own are fewer."""


@dataclass(frozen=True)
class Deadlines:
    """All deadlines and terms, of all days."""

    _deadlines: Mapping[str, tuple[DeadlineRule, ...]]
    _terms: Mapping[str, tuple[TermRule, ...]]
    _reasons: Mapping[str, Words]
    _saying: Saying
    _waits: tuple[Wait, ...]

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the data; BadLaw at the first thing that is not as it must be."""
        terms = read_terms(source)
        deadlines, saying, reasons = read_deadlines(source, terms)
        return cls(deadlines, terms, reasons, saying, read_waits(source, deadlines, terms))

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the deadlines, which are those of procedures."""
        return frozenset(self._deadlines)

    @property
    def term_ids(self) -> tuple[str, ...]:
        """Ids of all terms, in the order of the data."""
        return tuple(self._terms)

    def refuse_gaps(self, procedures: Iterable[Procedure]) -> None:
        """Refuse, with BadLaw, a day of a procedure on which it has no deadline, or nothing is said of waiting."""
        for one in procedures:
            entries = (rule.entry for rule in self._deadlines.get(one.deadline, ()))
            refuse_gap(entries, one.since, one.until, f"{DEADLINES}: {one.deadline}")
            for occasion in OCCASIONS:
                waits = (
                    wait.entry for wait in self._waits if wait.occasion == occasion and one.deadline in wait.deadlines
                )
                refuse_gap(waits, one.since, one.until, f"{WAITS}: {occasion} of {one.deadline}")

    def get(self, id_: str, day: date) -> DeadlineRule:
        """Return the rule of a deadline on a day; NoAnswer `deadline-unknown`, `deadline-not-in-force`."""
        if id_ not in self._deadlines:
            raise NoAnswer("deadline-unknown", f"there is no deadline {id_!r}", procedure=id_)
        found = next((one for one in self._deadlines[id_] if one.entry.holds(day)), None)
        if found is None:
            raise NoAnswer("deadline-not-in-force", f"no deadline {id_!r} holds on {day}", procedure=id_)
        return found

    def deadline(self, procedure: Procedure, day: date, ask: DeadlineAsk, calendar: Calendar) -> Deadline:
        """Reckon when the result is due (thời hạn giải quyết) by the law of `day`; NoAnswer as the package says.

        Certified copies and signatures count from the receipt alone (Decree 23/2015, Article 7): there `accepted` is
        looked at for its order only.
        """
        rule = self.get(procedure.deadline, day)
        ask = replace(ask, channel=_channel(ask, procedure))
        times = _times(ask, calendar)
        if ask.extended and rule.extension is None:
            raise NoAnswer(
                "extension-not-allowed", "the law gives no extension of a stated length", procedure=procedure.id
            )
        found = reckon(rule, times)
        due, reason = found.due, self._saying.fill(self._reasons[found.reason], found.facts)
        if ask.extended and rule.extension is not None and due is not None:
            due = extended(due, rule.extension.days, calendar)
            reason = _joined(reason, self._extension(rule.extension, due))
        slip = _slip(rule, due, times)
        notices = tuple(self._notices(rule, day, times, found.start, due, slip=slip))
        return Deadline(
            procedure=procedure.id,
            due=due,
            clock_starts=found.start,
            counted_from=found.counted,
            reason=reason,
            steps=tuple(_targets(procedure, found.start, due, calendar)),
            notices=notices,
            slip=slip,
            doubts=calendar.doubts(times.received.date(), _last(times.received, due, notices)),
            calendar=calendar.id,
            basis=found.basis,
        )

    def wait(self, id_: str, occasion: str, day: date) -> Wait:
        """Return what holds of a deadline while something is waited for (`OCCASIONS`); NoAnswer as `get`."""
        rules = (one for one in self._waits if one.occasion == occasion and id_ in one.deadlines)
        found = next((one for one in rules if one.entry.holds(day)), None)
        if found is None:
            told = f"nothing is said of a {occasion} of {id_!r} on {day}"
            raise NoAnswer("deadline-not-in-force", told, procedure=id_)
        return found

    def terms(self, day: date) -> tuple[TermRule, ...]:
        """Return the terms in force, in the order of the data."""
        return tuple(one for history in self._terms.values() for one in history if one.entry.holds(day))

    def term(self, id_: str, day: date, start: datetime, calendar: Calendar) -> Term:
        """Reckon one term from its event by the law of `day`.

        NoAnswer `term-unknown`, `term-not-in-force`, `time-without-zone`, `time-wrong`.
        """
        rule, began = self._term(id_, day), _local(start, "start", calendar)
        due = term_due(rule, began, calendar)
        first, last = sorted((began.date(), due.date() if due else began.date()))
        doubts = calendar.doubts(first, last)
        return Term(id_, began, due, rule.words, doubts, calendar.id, rule.entry.basis)

    def _term(self, id_: str, day: date) -> TermRule:
        if id_ not in self._terms:
            raise NoAnswer("term-unknown", f"there is no term {id_!r}", term=id_)
        found = next((one for one in self._terms[id_] if one.entry.holds(day)), None)
        if found is None:
            raise NoAnswer("term-not-in-force", f"no term {id_!r} holds on {day}", term=id_)
        return found

    def _extension(self, extension: Extension, due: datetime) -> Words:
        facts: dict[str, Fact] = {"days": extension.days, "grounds": extension.words, "due": due}
        return self._saying.fill(self._reasons["extension"], facts)

    def _notices(
        self, rule: DeadlineRule, day: date, times: Times, start: datetime | None, due: datetime | None, *, slip: bool
    ) -> Iterator[Notice]:
        events = {"filing": times.received, "receipt-sent": start, "due": due}
        for one in _shown(rule, times.ask.channel, slip=slip):
            for term in (term for term in self._terms[one.term] if term.entry.holds(day)):
                yield _notice(term, events.get(term.start), start, times.calendar)


def _notice(term: TermRule, event: datetime | None, start: datetime | None, calendar: Calendar) -> Notice:
    due = term_due(term, event, calendar) if event else None
    too_late = term.unit == "day-before" and due is not None and start is not None and not before(start, due)
    return Notice(
        id=term.id,
        words=term.too_late if too_late else term.words,
        due=None if too_late else due,
        basis=term.entry.basis,
    )


def _slip(rule: DeadlineRule, due: datetime | None, times: Times) -> bool:
    """Tell whether the law wants a slip (phiếu hẹn): only where it names one, for what is returned on a later day."""
    return due is not None and due.date() > times.received.date() and any(one.slip for one in rule.notices)


def _shown(rule: DeadlineRule, channel: str, *, slip: bool) -> Iterator[NoticeRule]:
    for one in rule.notices:
        if (not one.channels or channel in one.channels) and (slip or not one.slip):
            yield one


def _channel(ask: DeadlineAsk, procedure: Procedure) -> str:
    offered = [one.id for one in procedure.channels]
    if not ask.channel:
        return USUAL if USUAL in offered else next(iter(offered), USUAL)
    if ask.channel not in offered:
        told = f"{procedure.id} is filed by {', '.join(offered)}"
        raise NoAnswer("filing-channel-unknown", told, field="channel", channel=ask.channel[:LONGEST])
    return ask.channel


def _times(ask: DeadlineAsk, calendar: Calendar) -> Times:
    if isinstance(ask.documents, bool) or not 1 <= ask.documents <= MOST_DOCUMENTS:
        raise NoAnswer("count-wrong", f"documents must be 1 to {MOST_DOCUMENTS}", field="documents")
    received = _local(ask.received, "received", calendar)
    accepted = None if ask.accepted is None else _local(ask.accepted, "accepted", calendar)
    if accepted is not None and before(accepted, received):
        raise NoAnswer("times-out-of-order", "it cannot be accepted before it was received")
    if accepted is not None and accepted.date() - received.date() > MOST_APART:
        raise NoAnswer("time-wrong", f"accepted lies more than {MOST_APART.days} days after received", field="accepted")
    return Times(ask, received, accepted, calendar)


def _local(at: datetime, field: str, calendar: Calendar) -> datetime:
    if at.utcoffset() is None:
        raise NoAnswer("time-without-zone", f"{field} must say its offset", field=field)
    if at.year not in YEARS:
        raise NoAnswer("time-wrong", f"{field} lies in no year that can be reckoned", field=field)
    return at.astimezone(calendar.zone)


def _targets(
    procedure: Procedure, start: datetime | None, due: datetime | None, calendar: Calendar
) -> Iterator[StepTarget]:
    minutes = 0
    for step in procedure.steps:
        minutes += step.minutes
        target = None if start is None else calendar.add_minutes(start, minutes)
        if target is not None and due is not None and before(due, target):
            target = due
        yield StepTarget(step.words, step.role, step.role_words, target, step.forms)


def _last(received: datetime, due: datetime | None, notices: tuple[Notice, ...]) -> date:
    ends = (received, due, *(notice.due for notice in notices))
    return max(one.date() for one in ends if one is not None)


def _joined(a: Words, b: Words) -> Words:
    return Words(f"{a.vi} {b.vi}", f"{a.en} {b.en}")
