"""The two calculators on the page of a procedure: what they ask, what was typed, the answer or what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from verifier.errors import Problem
from verifier.law import asking
from verifier.law.answers import Deadline, DeadlineAsk, Fee
from verifier.law.book import Law
from verifier.law.calendars import Calendar
from verifier.law.deadlines import DeadlineRule
from verifier.law.procedures import Procedure
from verifier.law.records import NoAnswer
from verifier.web import locale
from verifier.web.chrome import say, words
from verifier.web.forms import FormError, form_error
from verifier.web.law.desk import desk
from verifier.web.law.drawing import Drawing, Event, drawing_of

Typed = Mapping[str, str]
FEE, DEADLINE = "fee", "deadline"
"""Which calculator a form asks: values of `calc`."""
PAPERS = "papers"
"""Field for the number of papers of a deadline; that of a fee is `documents`."""
FEE_FIELDS = ("pages", "copies", "documents", "cases")
DEADLINE_FIELDS = ("received", "accepted", PAPERS, "channel", "extended", "authority")
LONGEST = 2000
"""Characters of a value that are looked at."""


@dataclass(frozen=True)
class CountField:
    """One number that the form asks for."""

    name: str
    label: str
    hint: str
    value: str
    optional: bool
    most: int


@dataclass(frozen=True)
class FeePart:
    """The calculator of fees."""

    fields: tuple[CountField, ...]
    errors: tuple[FormError, ...]
    fee: Fee | None


@dataclass(frozen=True)
class DeadlinePart:
    """The calculator of deadlines."""

    rule: DeadlineRule
    values: Typed
    """By field, as typed; what the form begins with where nothing was."""
    calendars: tuple[tuple[str, str], ...]
    errors: tuple[FormError, ...]
    deadline: Deadline | None
    events: tuple[Event, ...]
    """What an applicant meets, from the filing to the result."""
    steps: tuple[Event, ...]
    """Targets within the office."""
    drawing: Drawing | None


def fee_part(law: Law, procedure: Procedure, typed: Typed, *, asked: bool) -> FeePart | None:
    """Return the calculator of fees; None where no fee is known on the day."""
    try:
        rule = law.book.fees.rule(procedure.fee, law.day)
    except NoAnswer:
        return None
    fields = tuple(
        CountField(
            name=one.name,
            label=_sentence(one.words.said(words().lang)),
            hint=say("law-pages-hint") if one.name == "pages" else "",
            value=typed.get(one.name, "") or ("" if asked or one.default is None else str(one.default)),
            optional=one.default is not None,
            most=one.most,
        )
        for one in rule.counts.values()
    )
    if not asked:
        return FeePart(fields, (), None)
    try:
        return FeePart(fields, (), law.fee(procedure.id, asking.fee_ask(typed)))
    except NoAnswer as refusal:
        return FeePart(fields, (_error(refusal, fields[0].name),), None)


def deadline_part(law: Law, procedure: Procedure, typed: Typed, *, asked: bool) -> DeadlinePart | None:
    """Return the calculator of deadlines; None where no deadline is known on the day."""
    book = law.book
    try:
        rule = book.deadlines.get(procedure.deadline, law.day)
    except NoAnswer:
        return None
    calendars = tuple((one, _sentence(book.calendars.of(one).name.said(words().lang))) for one in _calendars())
    begin = {"received": f"{desk().clock.now().astimezone(words().zone):%Y-%m-%dT%H:%M}", PAPERS: "1"}
    values = dict(typed) if asked else {**begin, **{name: value for name, value in typed.items() if value}}
    if not asked:
        return DeadlinePart(rule, values, calendars, (), None, (), (), None)
    try:
        calendar = book.calendars.of(typed.get("authority", ""))
        ask = asking.deadline_ask({**typed, "documents": typed.get(PAPERS, "")}, calendar.zone)
        found = book.at(ask.received.date()).deadline(procedure.id, ask)
    except NoAnswer as refusal:
        return DeadlinePart(rule, values, calendars, (_error(refusal, "received"),), None, (), (), None)
    events = _events(found, ask)
    steps = tuple(Event(at.astimezone(calendar.zone), "step", texts) for at, texts in _targets(found))
    return DeadlinePart(rule, values, calendars, (), found, events, steps, _drawing(found, events, calendar))


def _calendars() -> tuple[str, ...]:
    return tuple(sorted(desk().book.calendars.ids, key=lambda one: (one != "viet-nam", one)))


def _events(found: Deadline, ask: DeadlineAsk) -> tuple[Event, ...]:
    """Return what happens, in order of time, each with its number."""
    filed, accepted, clock, due = (say(f"law-event-{one}") for one in ("filed", "accepted", "clock", "due"))
    events = [Event(ask.received, "filed", (filed,))]
    if ask.accepted:
        events.append(Event(ask.accepted, "filed", (accepted,)))
    if found.clock_starts and found.clock_starts not in {one.at for one in events}:
        events.append(Event(found.clock_starts, "clock", (clock,)))
    if found.due:
        events.append(Event(found.due, "due", (due,)))
    zone = ask.received.tzinfo
    ordered = sorted(events, key=lambda one: (one.at, one.look == "due"))
    return tuple(replace(one, at=one.at.astimezone(zone), number=number) for number, one in enumerate(ordered, start=1))


def _targets(found: Deadline) -> Iterable[tuple[datetime, tuple[str, ...]]]:
    """Return the targets of the steps; steps that end together stand together."""
    lang = words().lang
    by_time: dict[datetime, list[str]] = {}
    for one in found.steps:
        if one.target:
            by_time.setdefault(one.target, []).append(f"{_sentence(one.name.said(lang))} ({one.role_words.said(lang)})")
    return ((at, tuple(texts)) for at, texts in by_time.items())


def _drawing(found: Deadline, events: tuple[Event, ...], calendar: Calendar) -> Drawing | None:
    if found.due is None or found.counted_from is None:
        return None
    return drawing_of(events, found.counted_from, found.due, calendar)


def _error(refusal: NoAnswer, usual: str) -> FormError:
    """Say what is wrong at its field; a reason that the law itself gives is said in its words."""
    field = {"documents": PAPERS}.get(refusal.params.get("field", ""), "") if usual == "received" else ""
    field = field or refusal.params.get("field", "") or _FIELDS.get(refusal.code, usual)
    if reason := refusal.params.get(f"reason_{words().lang}"):
        return FormError(reason, "", field)
    key = f"law-wrong-{refusal.code}"
    if key in locale.texts():
        return FormError(say(key), "", field)
    return form_error(Problem(refusal.code, refusal.detail, refusal.params), field)


_FIELDS = {"calendar-unknown": "authority", "filing-channel-unknown": "channel", "times-out-of-order": "accepted",
           "extension-not-allowed": "extended"}  # fmt: skip


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
