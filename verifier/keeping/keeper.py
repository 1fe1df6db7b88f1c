"""Which trust snapshot is in use: the journal says it, the archive holds it, two people change it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.audit import Actor, Detail, Event
from verifier.errors import BadRequest, CouldNotJudge
from verifier.keeping.folder import Folder
from verifier.keeping.operations import carried_out, shaped
from verifier.outside.clock import Clock
from verifier.snapshot import TrustSnapshot
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.proposals import Proposal
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import APPROVED, INSTALLED, REFRESHED, TrustJournalEntry
from verifier.trust.archive import Archive
from verifier.trust.diff import Difference, diff, effect

KIND = "trust"
STORE = "store"
"""Id of what proposals and events of this kind are about: there is one store."""
LOOK_AGAIN = 1.0
"""Seconds after which the journal is looked at again, so that all processes follow."""
TOLD = 20
"""Differences that the journal tells one by one; all of them are found between two snapshots."""
INSTALLER = Actor("system", "trust")

log = structlog.get_logger("verifier.keeping")


class TrustKeeper:
    """The trust of a running service; for several threads, and several processes that share database and archive."""

    def __init__(
        self,
        database: Database,
        archive: Archive,
        folder: Path,
        clock: Clock,
        keeper_code: str = "",
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`keeper_code` is the code of the authority whose people change trust; empty where nobody may."""
        self.database, self.archive, self.keeper_code = database, archive, keeper_code
        self._folder, self._clock, self._timer = Folder(folder), clock, timer
        self._lock = threading.Lock()
        self._used: TrustSnapshot | None = None
        self._looked, self._kept = 0.0, ""

    def snapshot(self) -> TrustSnapshot:
        """Return the snapshot in use; the first time the folder's is installed.

        CouldNotJudge as `load_trust_store` while nothing was ever installed; `snapshot-unknown` or `snapshot-broken`
        where neither archive nor folder hold what the journal names: another one is never used in its place.
        """
        with self._lock:
            if self._used is None or self._timer() - self._looked >= LOOK_AGAIN:
                found = self._found()
                self._used, self._looked = found, self._timer()
            return self._used

    def trouble(self) -> str:
        """Return the code of what stands in the way; empty where the snapshot is usable."""
        try:
            self.snapshot()
        except CouldNotJudge as refusal:
            return refusal.problem.code
        except SQLAlchemyError:
            return "unavailable"
        return ""

    def in_use(self) -> TrustJournalEntry | None:
        """Return the newest entry of the journal, freshly read; None before the first."""
        with self.database.unit(SYSTEM) as unit:
            return unit.trust.current()

    def folder_difference(self) -> tuple[Difference, ...]:
        """Return what taking the folder over would change; empty normally.

        CouldNotJudge as `load_trust_store` and `snapshot`; BadRequest `list-older` where the folder would go back.
        """
        current = self.snapshot()
        operation = self.folder_operation()
        if operation["base"] == operation["snapshot"]:
            return ()
        return diff(current, carried_out(current, operation, self.archive, self._clock.now()))

    def folder_operation(self) -> Mapping[str, str]:
        """Return the operation that takes the folder over; what the folder holds is kept in the archive."""
        self.snapshot()
        entry, found = self.in_use(), self._folder.compiled()
        base = str(entry.effect.get("folder", entry.snapshot_id)) if entry else found.id
        if found.id not in (base, self._kept):  # pages ask often, and putting a large one takes a second
            self._kept = self.archive.put(found).id
        return {"kind": "take-folder", "base": base, "snapshot": found.id}

    def adopt_refreshed(
        self, snapshot: TrustSnapshot, reason: str, now: datetime, *, base: str, by: str = "refresh"
    ) -> bool:
        """Use a snapshot that a newer list of an approved scheme made of the one with the id `base`.

        False, and nothing is changed, where another one came into use meanwhile: make it anew from that.
        """
        kept = self.archive.put(snapshot)
        try:
            with self.database.unit(SYSTEM) as unit:
                entry = unit.trust.current()
                if entry is None or entry.snapshot_id != base or base == kept.id:
                    return False
                before = self.archive.get(base)
                added = _next(entry, kept.id, REFRESHED, now, _summary(diff(before, kept)))
                added = replace(added, made_by=by, reason=reason, effect={**added.effect, "folder": _folder(entry)})
                unit.trust.add(added)
                unit.audit.append(_event("trust-refreshed", now, added, Actor("system", by)))
        except IntegrityError:
            return False
        self.look_again()
        return True

    # --- inside --------------------------------------------------------------------------------------------------

    def _found(self) -> TrustSnapshot:
        entry = self.in_use() or self._installed()
        if self._used is not None and self._used.id == entry.snapshot_id and self.archive.holds(entry.snapshot_id):
            return self._used
        found = self._in_archive(entry.snapshot_id)
        log.info("trust snapshot in use", snapshot=found.id, anchors=len(found.anchors), number=entry.number)
        return found

    def _in_archive(self, id_: str) -> TrustSnapshot:
        """Return a snapshot of the archive, which is kept anew where it is lost and the folder holds the very same."""
        try:
            return self.archive.get(id_)
        except CouldNotJudge as refusal:
            if self._folder_id() != id_:
                raise
            log.warning("the archive of trust is mended from the folder", snapshot=id_, code=refusal.problem.code)
            return self.archive.put(self._folder.compiled())

    def _folder_id(self) -> str:
        """Return the id of what the folder holds; empty where that cannot be used."""
        try:
            return self._folder.compiled().id
        except CouldNotJudge:
            return ""

    def _installed(self) -> TrustJournalEntry:
        """Install what the folder holds; of two processes that do it at once the first wins."""
        kept, now = self.archive.put(self._folder.compiled()), self._clock.now()
        told = {**_summary(diff(_NOTHING, kept), names=False), "folder": kept.id}
        entry = TrustJournalEntry(1, kept.id, "", INSTALLED, None, None, now, "", "", "", told)
        try:
            with self.database.unit(SYSTEM) as unit:
                unit.trust.add(entry)
                unit.audit.append(_event("trust-installed", now, entry, INSTALLER))
        except IntegrityError:
            log.info("another process installed the trust store first")
        return self.in_use() or entry

    def look_again(self) -> None:
        """Look at the journal at the next question: what is in use is about to change, or has."""
        self._looked = float("-inf")


class TrustChange:
    """The kind of proposal that changes whom we trust; implements `two_people.Kind`.

    The payload holds the `operation` and the `effect` that it had on what was in use when it was proposed.
    """

    proposers = frozenset({Role.ADMINISTRATOR, Role.SPECIALIST})
    deciders = frozenset({Role.LEADER})

    def __init__(self, keeper: TrustKeeper) -> None:
        self._keeper = keeper

    def check(self, unit: UnitOfWork, proposal: Proposal) -> None:
        """Refuse whoever does not keep trust, what is no operation, and what would change anything else by now.

        BadRequest `not-allowed`, `operation-unclear`, `nothing-changed`, `changed-meanwhile`, and as `carried_out`.
        """
        place = unit.authorities.get(proposal.authority_id)
        code = self._keeper.keeper_code
        if not code or place is None or place.code != code or proposal.subject_id != STORE:
            raise BadRequest("not-allowed")
        self._checked(unit, proposal)

    def apply(self, unit: UnitOfWork, proposal: Proposal, now: datetime) -> Mapping[str, list[str]]:
        """Put the new snapshot into use: a row of the journal with both names; what the archive keeps comes first."""
        keeper, (entry, before) = self._keeper, self._checked(unit, proposal)
        by, approved_by = _name(unit, proposal.proposed_by), _name(unit, _decider(unit, proposal))
        operation = shaped(proposal.payload["operation"])
        after = keeper.archive.put(carried_out(before, operation, keeper.archive, now, by, approved_by))
        told = {**_summary(diff(before, after)), "operation": operation["kind"]}
        told["folder"] = operation["snapshot"] if operation["kind"] == "take-folder" else _folder(entry)
        added = replace(
            _next(entry, after.id, APPROVED, now, told),
            authority_id=proposal.authority_id,
            proposal_id=proposal.id,
            made_by=by,
            approved_by=approved_by,
            reason=proposal.reason,
        )
        try:
            unit.trust.add(added)
        except IntegrityError:
            raise BadRequest("changed-meanwhile") from None
        keeper.look_again()
        return {"snapshot": [before.id, after.id], "operation": ["", str(operation["kind"])]}

    def _checked(self, unit: UnitOfWork, proposal: Proposal) -> tuple[TrustJournalEntry, TrustSnapshot]:
        """Return what is in use, once the operation has on it the effect that was proposed."""
        entry = unit.trust.current()
        if entry is None:
            raise BadRequest("changed-meanwhile")
        current = self._keeper.archive.get(entry.snapshot_id)
        told = self.differences(unit, current, proposal)
        if effect(told) != proposal.payload.get("effect"):
            raise BadRequest("changed-meanwhile")
        if not told:
            raise BadRequest("nothing-changed")
        return entry, current

    def differences(self, unit: UnitOfWork, current: TrustSnapshot, proposal: Proposal) -> tuple[Difference, ...]:
        """Return what a proposal makes different of a snapshot; the same whenever it is asked."""
        return diff(current, self.wanted(unit, current, proposal))

    def wanted(self, unit: UnitOfWork, current: TrustSnapshot, proposal: Proposal) -> TrustSnapshot:
        """Return what a proposal makes of a snapshot, as of when it was proposed."""
        told, by = proposal.payload.get("operation"), _name(unit, proposal.proposed_by)
        return carried_out(current, told, self._keeper.archive, proposal.proposed_at, by)


_NOTHING = TrustSnapshot("", ())


def _next(
    entry: TrustJournalEntry, snapshot_id: str, kind: str, now: datetime, told: Mapping[str, Any]
) -> TrustJournalEntry:
    place = (entry.number + 1, snapshot_id, entry.snapshot_id, kind)
    return TrustJournalEntry(*place, None, None, now, "", "", "", told)


def _folder(entry: TrustJournalEntry) -> str:
    """The snapshot that the folder held when it was last taken over."""
    return str(entry.effect.get("folder", ""))


def _summary(found: Sequence[Difference], *, names: bool = True) -> dict[str, Any]:
    """What the journal tells of a change: numbers of entries, and the first of them by name."""
    entries = dict.fromkeys((one.sign, one.kind, one.id, one.name) for one in found)
    counts = Counter(sign for sign, *_ in entries)
    first = [f"{sign} {kind} {name or id_}" for sign, kind, id_, name in list(entries)[:TOLD]] if names else []
    return {"added": counts["+"], "changed": counts["~"], "removed": counts["-"], "first": first}


def _event(action: str, now: datetime, entry: TrustJournalEntry, actor: Actor) -> Event:
    told: dict[str, Detail] = {"snapshot": entry.snapshot_id, "number": entry.number}
    return Event(KIND, STORE, action, actor, now, None, entry.reason, told)


def _decider(unit: UnitOfWork, proposal: Proposal) -> UUID:
    decided = unit.proposals.get(proposal.id)
    if decided is None or decided.decided_by is None:
        raise BadRequest("not-allowed")
    return decided.decided_by


def _name(unit: UnitOfWork, id_: UUID) -> str:
    person = unit.people.get(id_)
    return person.name if person else ""


def may_propose(caller: Caller, keeper_code: str) -> bool:
    """Tell whether the caller may propose changes of trust."""
    place = caller.authority
    own = bool(keeper_code) and place is not None and place.code == keeper_code
    return own and caller.person is not None and bool(caller.roles & TrustChange.proposers)
