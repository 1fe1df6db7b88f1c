"""Commands of the archive: to the store, how long to keep, handing over, and removal by two people."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from verifier.accounts.plain_text import reason_of
from verifier.archive.blanking import blank
from verifier.archive.keeping import Retention, retention
from verifier.archive.records import Package
from verifier.audit import Detail
from verifier.cases.kernel import (
    CLERK,
    LEADER,
    RECEPTION,
    SYSTEM_ASKER,
    Command,
    Done,
    Turn,
    handles,
)
from verifier.cases.records import Applicant
from verifier.cases.statuses import Status, final
from verifier.errors import BadRequest
from verifier.law.records import NoAnswer

ENDED = frozenset(Status(one) for one in final())
NOTED = "package-made"
OWN_EVENTS = frozenset({NOTED, "package-handed-over", "case-archived", "keeping-decided", "removal-proposed"})
"""Events by which what a package holds does not grow old."""
LONGEST_RECEIVER = 200
LOG_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Archive(Command):
    """Hand the dossier over to the store (chuyển hồ sơ vào kho lưu trữ)."""


def refuse_with_officer(turn: Turn) -> None:
    """Refuse to hand over what is in the store, or while its time with the officer lasts."""
    if turn.case.archived_at is not None:
        raise BadRequest("archived-already")
    kept, ended = kept_of(turn), ended_on(turn)
    since = kept.at_officer_until(ended) if kept else ended
    if turn.today < since:
        raise BadRequest("archive-too-early", since.isoformat(), since=since.isoformat())


@handles(
    Archive,
    "archive",
    event="case-archived",
    by=(CLERK, RECEPTION),
    within=ENDED,
    refuses=refuse_with_officer,
)
def archive(turn: Turn, _said: Archive) -> Done:
    """Hand it over when its time with the officer is over; BadRequest `archived-already`, `archive-too-early`."""
    refuse_with_officer(turn)
    kept, ended = kept_of(turn), ended_on(turn)
    until = turn.case.keep_until or (kept.until(ended) if kept else None)
    told = {"keep_until": until.isoformat() if until else None}
    return Done(change={"archived_at": turn.now, "keep_until": until}, told=told)


@dataclass(frozen=True, kw_only=True)
class DecideKeeping(Command):
    """Decide how long the dossier is kept, where the law gives no period."""

    until: date
    """The first day on which it may be removed."""
    reason: str
    """The decision on which that rests."""


def refuse_lawful(turn: Turn) -> None:
    """Refuse to decide what the law says."""
    kept = kept_of(turn)
    if kept is not None and kept.years is not None:
        raise BadRequest("keeping-by-law")


@handles(
    DecideKeeping,
    "decide-keeping",
    event="keeping-decided",
    by=(LEADER,),
    within=ENDED,
    step_up=True,
    refuses=refuse_lawful,
)
def decide_keeping(turn: Turn, said: DecideKeeping) -> Done:
    """Set it; BadRequest `keeping-by-law` where the law says how long, `bad-date` of a day that has passed."""
    refuse_lawful(turn)
    if said.until <= turn.today:
        raise BadRequest("bad-date", said.until.isoformat(), field="until")
    return Done(
        change={"keep_until": said.until}, told={"keep_until": said.until.isoformat()}, reason=reason_of(said.reason)
    )


@dataclass(frozen=True, kw_only=True)
class NotePackage(Command):
    """Note a package that was made; given by the service alone."""

    package: Package


@handles(NotePackage, "note-package", event=NOTED, by=(SYSTEM_ASKER,), within=ENDED)
def note_package(turn: Turn, said: NotePackage) -> Done:
    """Keep it; BadRequest `changed-meanwhile` where the dossier is not any more as it was packed."""
    one = said.package
    if one.case_version != turn.case.version:
        raise BadRequest("changed-meanwhile")
    turn.unit.archive.add(one)
    told: dict[str, Any] = {"package": str(one.id), "sha256": one.sha256, "manifest": one.manifest_sha256}
    told |= {"files": one.files, "events": one.events, "sealed": one.sealed_at is not None, "unsealed": one.unsealed}
    return Done(told=told)


@dataclass(frozen=True, kw_only=True)
class HandOver(Command):
    """Note that a sealed package was handed over (giao nộp gói hồ sơ)."""

    package: UUID
    receiver: str
    """Who took it over, and by which paper."""


def refuse_unpacked(turn: Turn) -> None:
    """Refuse where no package may be handed over."""
    _refuse_all(turn, partial(_refuse_handed, turn))


def _refuse_handed(turn: Turn, one: Package) -> None:
    if one.sealed_at is None:
        raise BadRequest("package-unsealed")
    if one.handed_at is not None:
        raise BadRequest("handed-over-already")
    refuse_outdated(turn, one)


def _refuse_all(turn: Turn, refuses: Callable[[Package], None]) -> None:
    """Refuse for the reason of the newest package where each is refused; BadRequest `not-found` where there is none."""
    first = BadRequest("not-found")
    for one in reversed(turn.packages()):
        try:
            return refuses(one)
        except BadRequest as refusal:
            first = refusal
    raise first


@handles(HandOver, "hand-over", event="package-handed-over", by=(CLERK,), within=ENDED, refuses=refuse_unpacked)
def hand_over(turn: Turn, said: HandOver) -> Done:
    """Note it once; BadRequest `not-found`, `package-unsealed`, `handed-over-already`, `package-outdated`."""
    one = package_of(turn, said.package)
    _refuse_handed(turn, one)
    receiver = reason_of(said.receiver)[:LONGEST_RECEIVER]
    turn.unit.archive.change(one.id, handed_at=turn.now, handed_by=turn.person(), receiver=receiver)
    return Done(told={"package": str(one.id), "sha256": one.sha256}, reason=receiver)


@dataclass(frozen=True, kw_only=True)
class ProposeRemoval(Command):
    """Propose that the dossier be removed, of which a package was handed over (đề nghị hủy)."""

    package: UUID
    reason: str


def refuse_all_kept(turn: Turn) -> None:
    """Refuse where the dossier must be kept whichever package is named."""
    refuse_to_remove(turn)
    _refuse_all(turn, partial(refuse_kept, turn))


@handles(
    ProposeRemoval,
    "propose-removal",
    event="removal-proposed",
    by=(CLERK, RECEPTION),
    within=ENDED,
    refuses=refuse_all_kept,
)
def propose_removal(turn: Turn, said: ProposeRemoval) -> Done:
    """Note the proposal; BadRequest as `remove`."""
    one = package_of(turn, said.package)
    refuse_kept(turn, one)
    turn.unit.archive.change(one.id, proposed_at=turn.now, proposed_by=turn.person())
    return Done(told={"package": str(one.id)}, reason=reason_of(said.reason))


@dataclass(frozen=True, kw_only=True)
class Remove(Command):
    """Remove the dossier (hủy hồ sơ hết thời hạn lưu): its files go, what it says of people is blanked."""

    package: UUID
    reason: str


def refuse_unproposed(turn: Turn) -> None:
    """Refuse where nothing may be removed that another person proposed."""
    refuse_to_remove(turn)
    _refuse_all(turn, partial(_refuse_alone, turn))


def _refuse_alone(turn: Turn, one: Package) -> None:
    refuse_kept(turn, one)
    if one.proposed_by is None:
        raise BadRequest("removal-not-proposed")
    if one.proposed_by == turn.asker.person:
        raise BadRequest("own-proposal")


@handles(Remove, "remove", event="case-removed", by=(LEADER,), within=ENDED, step_up=True, refuses=refuse_unproposed)
def remove(turn: Turn, said: Remove) -> Done:
    """Remove it as another person proposed; the chain of its log and its register entries stay.

    BadRequest `not-found`; `not-archived`; `keeping-undecided`; `kept-longer` (`until`); `package-unsealed`;
    `not-handed-over`; `package-outdated`; `removal-not-proposed`; `own-proposal`.
    """
    one = package_of(turn, said.package)
    _refuse_alone(turn, one)
    turn.unit.archive.change(one.id, removed_at=turn.now)
    count = blank(turn)
    change: dict[str, Any] = {
        "removed_at": turn.now,
        "applicant": Applicant(name=""),
        "identity": b"",
        "token_sha256": secrets.token_bytes(32),  # of nothing: no token opens it
        "note": "",
        "purpose": "",
        "external": "",
        "facts": {},
        "proposal": {},
        "apology": {},
        "supplement": {},
    }
    told: dict[str, Detail] = {"package": str(one.id), "sha256": one.sha256, "files": count}
    told["proposed_by"] = str(one.proposed_by)
    return Done(change=change, told=told, reason=reason_of(said.reason))


def refuse_kept(turn: Turn, one: Package) -> None:
    """Refuse the removal of what must be kept, or of which no sealed package was handed over."""
    refuse_to_remove(turn)
    if one.sealed_at is None:
        raise BadRequest("package-unsealed")
    if one.handed_at is None:
        raise BadRequest("not-handed-over")
    refuse_outdated(turn, one)


def refuse_to_remove(turn: Turn) -> None:
    """Refuse the removal of what must be kept, or of which nobody knows how long."""
    if turn.case.archived_at is None:
        raise BadRequest("not-archived")
    until = turn.case.keep_until
    if until is None:
        raise BadRequest("keeping-undecided")
    if turn.today < until:
        raise BadRequest("kept-longer", until.isoformat(), until=until.isoformat())


def refuse_outdated(turn: Turn, one: Package) -> None:
    """Refuse a package behind which something happened that it does not hold; BadRequest `package-outdated`."""
    later = turn.unit.audit.chain("case", str(turn.case.id), LOG_AT_ONCE, one.events)
    if len(later) >= LOG_AT_ONCE or any(entry.event.action not in OWN_EVENTS for entry in later):
        raise BadRequest("package-outdated")


def package_of(turn: Turn, id_: UUID) -> Package:
    """Return a package of the dossier; BadRequest `not-found`."""
    found = next((one for one in turn.packages() if one.id == id_), None)
    if found is None:
        raise BadRequest("not-found")
    return found


def kept_of(turn: Turn) -> Retention | None:
    """Return how long the law keeps it; None where the law knows its procedure no more."""
    try:
        return retention(turn.law.procedure(turn.case.procedure))
    except NoAnswer:
        return None


def ended_on(turn: Turn) -> date:
    """Return the day on which it ended, at the authority."""
    return (turn.case.ended_at or turn.now).astimezone(turn.zone).date()
