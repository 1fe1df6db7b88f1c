"""The routes that list dossiers: the work queue under its tabs, the search box, the deadline board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for

from verifier.accounts.roles import Role
from verifier.cases.queue import WHOSE, Due, Page, Queue, QueueLine
from verifier.cases.statuses import statuses
from verifier.law.calendars.calendar import Calendar
from verifier.law.records import NoAnswer
from verifier.web.access import caller
from verifier.web.casework.base import asker, blueprint, desk, movers, status_words, work
from verifier.web.casework.clock import Left, ended, known_calendar, left, none_runs, owed_by
from verifier.web.casework.marks import LOOKS, found_counts
from verifier.web.chrome import page, say, words
from verifier.web.refusals import hide

ROWS = 25
"""Rows of a page."""
CONFIRMATION = "confirmation"
TABS = ("mine", "office", "free", CONFIRMATION, "waiting", "all")
LONGEST = 200
"""Characters that are searched for."""


@dataclass(frozen=True)
class Line:
    """One dossier as a list shows it."""

    line: QueueLine
    left: Left
    procedure: str
    status: str
    look: str
    move: str
    found: Sequence[tuple[str, int, str]]
    filed: str


@dataclass(frozen=True)
class Tab:
    """One way to look at the queue."""

    id: str
    words: str
    address: str
    here: bool
    count: int | None


@blueprint.get("")
@hide
def index() -> Response:
    """List dossiers: those of a tab by due hour, or those that were searched for."""
    sought = request.args.get("q", "").strip()[:LONGEST]
    after = request.args.get("after", "")
    tab, procedure = _tab(), request.args.get("procedure", "").replace("\0", "")
    found = _searched(sought, after) if sought else _queued(tab, procedure, after)
    here: dict[str, Any] = {"q": sought or None, "tab": None if sought else tab, "procedure": procedure or None}
    return page(
        "cases/index.html",
        lines=_lines(found.lines),
        tabs=[] if sought else _tabs(tab),
        tab=tab,
        sought=sought,
        procedure=procedure,
        procedures=[("", say("issuing-any")), *_procedures()],
        older=url_for(".index", **here, after=found.next) if found.next else "",
        newest=url_for(".index", **here) if after else "",
        now=words().when(desk().house.clock()),
    )


@blueprint.get("/board")
@hide
def board() -> Response:
    """Show how much is due when."""
    found = _queue().board(asker())
    hours = [one for one in found.hours if one.count or _worked(one)]
    parts = [
        ("late", say("case-board-overdue"), found.overdue),
        *(("soon" if number == 0 else "time", _hour(one), one) for number, one in enumerate(hours)),
        ("time", say("case-board-later"), found.later),
    ]
    return page(
        "cases/board.html",
        board=found,
        parts=[(look, told, one, _lines(one.lines)) for look, told, one in parts],
        targets=[(_span(one), one) for one in found.targets],
        supplements=[(_span(one), one) for one in found.supplements],
        confirmations=[(one, words().when(one.due_at) if one.due_at else "") for one in found.confirmation_lines],
        now=words().when(found.now),
        most=max([1, *(one.count for _, _, one in parts)]),
    )


def _queue() -> Queue:
    return work().queue


def _tab() -> str:
    """Return the tab that is asked for; a specialist begins with the own work, everybody else with the office's."""
    told = request.args.get("tab", "")
    return told if told in TABS else ("mine" if Role.SPECIALIST in caller().roles else "office")


def _tabs(here: str) -> list[Tab]:
    counts: Mapping[str, int] = _queue().counts(asker())
    return [
        Tab(one, say(f"case-tab-{one}"), url_for(".index", tab=one), one == here, counts.get(one))
        for one in TABS
        if one != "mine" or Role.SPECIALIST in caller().roles
    ]


def _queued(tab: str, procedure: str, after: str) -> Page:
    whose = tab if tab in WHOSE else "all"
    only = frozenset({CONFIRMATION}) if tab == CONFIRMATION else frozenset()
    return _queue().work(asker(), whose, statuses=only, procedure=procedure, limit=ROWS, after=after)


def _searched(text: str, after: str) -> Page:
    return _queue().search(asker(), text, limit=ROWS, after=after)


def _procedures() -> list[tuple[str, str]]:
    law = desk().house.book.at(desk().house.clock().astimezone(words().zone).date())
    return [(one.id, one.name.said(words().lang)) for one in law.procedures]


def _lines(found: Sequence[QueueLine]) -> list[Line]:
    house, authority = desk().house, caller().authority
    calendar, now = known_calendar(authority.code if authority else ""), house.clock()
    names = dict(_procedures())
    return [_line(one, calendar, now, names.get(one.procedure, one.procedure)) for one in found]


def _line(one: QueueLine, calendar: Calendar | None, now: datetime, procedure: str) -> Line:
    if statuses()[one.status].final:
        time = ended()
    else:
        due = owed_by(one.supplement_due, one.step_due) if one.status == "supplement" else one.due_at
        time = left(calendar, now, due) if due else none_runs()
    return Line(
        one,
        time,
        procedure,
        status_words(one.status),
        LOOKS.get(one.status, "info"),
        _move(one),
        found_counts(one.verdicts, one.papers),
        words().local(one.filed_at),
    )


def _move(one: QueueLine) -> str:
    """Say whose move it is."""
    move = movers()[one.status]
    if move == "specialist" and one.officer_id:
        return say("case-move-mine") if one.officer_id == caller().id else one.officer or say("case-move-specialist")
    return say(f"case-move-{move}")


def _hour(one: Due) -> str:
    """Name an hour of the board: `14:00 - 15:00`."""
    if one.since is None or one.until is None:
        return _span(one)
    zone = words().zone
    return f"{one.since.astimezone(zone):%H:%M} – {one.until.astimezone(zone):%H:%M}"


def _worked(one: Due) -> bool:
    """Tell whether the office works within an hour of the board."""
    if one.since is None or one.until is None:
        return True
    authority = caller().authority
    calendar = known_calendar(authority.code if authority else "")
    try:
        return calendar is None or calendar.minutes_between(one.since, one.until) > 0
    except NoAnswer:
        return True


def _span(one: Due) -> str:
    if one.since is None:
        return say("case-board-overdue")
    if one.until is None:
        return say("case-board-later")
    last = one.until.astimezone(words().zone) - timedelta(microseconds=1)
    return say("case-board-until", day=words().date(last.date()))
