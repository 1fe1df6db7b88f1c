"""The control sheet of a dossier (phiếu kiểm soát, form 06 of Circular 03/2025/TT-VPCP): who handed over to whom, when.

It is read out of the dossier's own log, which nobody changes: every command that made it somebody else's move is a
handing over, and the next deed of the other side is the taking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.accounts.caller import Caller
from verifier.audit import Event
from verifier.cases.desk import Cases, View
from verifier.cases.kernel import officer
from verifier.cases.records import Case
from verifier.cases.statuses import Status, statuses
from verifier.law.answers import DeadlineAsk
from verifier.law.book import LawBook
from verifier.law.letters import shown
from verifier.law.records import NoAnswer
from verifier.register.drawing import Paper, Row
from verifier.register.tracking import outcome
from verifier.register.words import said
from verifier.signing.acts.house import READERS, asking
from verifier.storage.authorities import Authority
from verifier.storage.database import Database

FORM = "control-sheet"
MOST = 200
"""Handovers of one sheet; of a dossier that has more the last ones."""
APPLICANT, RECEPTION, RECEIVER = "applicant", "reception", "receiver"
OFFICE = ("reception", "specialist", "leader", "clerk")


@dataclass(frozen=True)
class Handover:
    """One handing over (giao, nhận)."""

    giver_side: str
    """Whose move it was: as `statuses.MOVES`."""
    taker_side: str
    giver_authority: UUID | None
    taker_authority: UUID | None
    handed: datetime
    giver: str
    taken: datetime | None = None
    """When the other side did its first deed."""
    taker: str = ""
    outcome: str = ""
    """Whether who hands over was early, on time or late by the targets of the law book; the last one by the due day."""
    note: str = ""


class ControlSheets:
    """Control sheets of dossiers. One object a process."""

    def __init__(self, cases: Cases, database: Database, law: LawBook, clock: Callable[[], datetime]) -> None:
        self._cases, self._database, self._law, self._clock = cases, database, law, clock

    def handovers(self, caller: Caller, id_: UUID) -> tuple[Handover, ...]:
        """Return the handovers of a dossier, oldest first; BadRequest `not-allowed`, `not-found`."""
        return self._read(caller, id_)[2]

    def printed(self, caller: Caller, id_: UUID) -> bytes:
        """Print the control sheet of a dossier as PDF; BadRequest as `handovers`."""
        view, authorities, moves = self._read(caller, id_)
        case = view.case
        own = authorities.get(case.authority_id) or asking(caller, READERS).authority
        paper = Paper(self._law, own, self._clock())
        partners = dict.fromkeys(one.name for one in view.confirmations)
        told = {
            "dossier": case.code,
            "agency": shown(own.name_vi),
            "partner": shown(", ".join(partners)),
            "moves": [_row(one, paper, authorities) for one in moves],
        }
        return paper.drawn(FORM, paper.today, told)

    def _read(self, caller: Caller, id_: UUID) -> tuple[View, Mapping[UUID, Authority], tuple[Handover, ...]]:
        asking(caller, READERS)
        now = self._clock()
        view = self._cases.view(officer(caller, now), id_)
        events = [one.event for one in self._cases.history(id_)]
        moves = handovers(events, view.case.applicant.name)
        ids = {one for move in moves for one in (move.giver_authority, move.taker_authority) if one}
        with self._database.unit(caller.scope) as unit:
            found = ((one, unit.authorities.get(one)) for one in {*ids, view.case.authority_id})
            authorities = {one: authority for one, authority in found if authority}
        own = authorities.get(view.case.authority_id)
        if own is None:
            return view, authorities, moves
        targets = self._targets(view.case, own, len(view.papers))
        return view, authorities, tuple(_judged(moves, view.case, targets, now, ZoneInfo(own.time_zone)))

    def _targets(self, case: Case, authority: Authority, papers: int) -> Mapping[str, datetime]:
        """Return by when the law book wants each role to be ready; empty while no clock runs."""
        received = case.supplemented_at or case.filed_at
        ask = DeadlineAsk(
            received, case.accepted_at, max(1, papers), authority=authority.code, channel=case.channel
        )  # fmt: skip
        try:
            steps = self._law.at(case.law_day).deadline(case.procedure, ask).steps
        except NoAnswer:
            return {}
        found: dict[str, datetime] = {}
        for step in steps:
            if step.target is not None and step.role != RECEPTION:
                found.setdefault(step.role, step.target)
        return found


def handovers(events: Sequence[Event], applicant: str) -> tuple[Handover, ...]:
    """Read the handovers out of a dossier's log, oldest first; what they came to is judged apart."""
    found: list[Handover] = []
    side, last = APPLICANT, {APPLICANT: applicant}  # who acted last on each side
    for event in events:
        found = _taken(found, event, applicant)
        side = _left(event, side)
        if event.actor.kind == "person" and side != APPLICANT:
            last[side] = event.actor.name
        after = _entered(event, side)
        if side not in (after, RECEIVER):  # who received it took it by this very event
            found.append(_handed(event, side, after, last.get(side, "")))
        side = after
    return tuple(found[-MOST:])


def _left(event: Event, side: str) -> str:
    """Return on which side a dossier was when something happened."""
    was = str(event.details.get("was", ""))
    return _side(was) if was in statuses() else side


def _entered(event: Event, side: str) -> str:
    """Return on which side it is then."""
    status = str(event.details.get("status", ""))
    return _side(status) if status in statuses() else side


def _handed(event: Event, side: str, after: str, giver: str) -> Handover:
    """Return the handing over that an event is; what the service or the applicant moves, its side gives."""
    to = None if after in (APPLICANT, RECEIVER) else event.authority_id
    return Handover(side, after, None if side == APPLICANT else event.authority_id, to, event.at, giver)


def _taken(found: list[Handover], event: Event, applicant: str) -> list[Handover]:
    """Note on the last handover that its taker did something."""
    last = found[-1] if found else None
    if last is None or last.taken is not None or event.at < last.handed:
        return found
    officers = last.taker_side in OFFICE or last.taker_side == RECEIVER
    if officers != (event.actor.kind == "person") or event.actor.kind == "system":
        return found
    place = last.taker_authority or (event.authority_id if last.taker_side == RECEIVER else None)
    taker = applicant if last.taker_side == APPLICANT else event.actor.name
    return [*found[:-1], replace(last, taken=event.at, taker=taker, taker_authority=place)]


def _judged(
    moves: Sequence[Handover], case: Case, targets: Mapping[str, datetime], now: datetime, zone: ZoneInfo
) -> Iterator[Handover]:
    """Say of each handover whether who hands over was in time."""
    given = (Status.DELIVERED, Status.REFUSED)
    for place, one in enumerate(moves):
        last = place == len(moves) - 1 and case.status in given
        due = case.due_at if last else targets.get(one.giver_side)
        told = outcome(one.handed, due, now, zone) if one.giver_side != APPLICANT else ""
        moved = said("re-dated", count=case.apologies) if last and case.apologies else ""
        yield replace(one, outcome=told, note=moved)


def _side(status: str) -> str:
    """Return on which side a dossier lies in a status; while its fee is to be paid it stays where it was taken in."""
    move = statuses()[status].move
    if status == Status.PAYMENT:
        return RECEPTION
    return APPLICANT if move == "nobody" else move


def _row(one: Handover, paper: Paper, authorities: Mapping[UUID, Authority]) -> Row:
    def party(side: str, id_: UUID | None) -> str:
        authority = authorities.get(id_) if id_ else None
        return ", ".join(part for part in (said(f"side-{side}"), authority.name_vi if authority else "") if part)

    told = {
        "from": shown(party(one.giver_side, one.giver_authority)),
        "to": shown(party(one.taker_side, one.taker_authority)),
        "handed": paper.local(one.handed),
        "taken": paper.local(one.taken) if one.taken else None,
        "giver": shown(one.giver),
        "taker": shown(one.taker),
        "outcome": one.outcome,
        "note": one.note,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}
