"""What pages ask about trust: what is in use since when, what is proposed, and what that would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.accounts.caller import Caller
from verifier.accounts.two_people import TwoPeople
from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.keeping.keeper import KIND, STORE, TrustChange, TrustKeeper, may_propose
from verifier.keeping.operations import carried_out, shaped
from verifier.outside.clock import Clock
from verifier.outside.fetch import Fetches, FetchFailed, FetchLimits, Request
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.storage.proposals import Proposal
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import TrustJournalEntry, TrustSource
from verifier.trust.diff import Difference, diff, effect
from verifier.trust.lists.xml import MAX_BYTES

LIST_LIMITS = FetchLimits(bytes=MAX_BYTES, seconds=20)
"""Bounds of fetching one list while somebody waits."""


@dataclass(frozen=True)
class FolderState:
    """How the folder stands beside what is in use."""

    differences: tuple[Difference, ...] = ()
    problem: Problem | None = None
    """Why it cannot be compared or taken over; None where it can."""


@dataclass(frozen=True)
class ListChecks:
    """A list that passed all checks, beside the one in use."""

    before: Scheme
    after: Scheme
    sha256: str
    """Of the file."""
    name: str
    """Of the file, or its address."""


class TrustDesk:
    """Trust as people see and propose it; found as `extensions["trust"]`."""

    def __init__(self, keeper: TrustKeeper, proposals: TwoPeople, clock: Clock, fetcher: Fetches | None = None) -> None:
        """`fetcher` fetches lists; None where the service fetches nothing."""
        self.keeper, self.clock = keeper, clock
        self._proposals, self._fetcher = proposals, fetcher
        self._change = TrustChange(keeper)

    # --- what is in use ----------------------------------------------------------------------------------------------

    def snapshot(self, id_: str) -> TrustSnapshot:
        """Return a snapshot that was in use or is proposed; BadRequest `not-found`, CouldNotJudge `snapshot-broken`."""
        try:
            return self.keeper.archive.get(id_)
        except CouldNotJudge as refusal:
            if refusal.problem.code == "snapshot-unknown":
                raise BadRequest("not-found") from None
            raise

    def journal(self, limit: int = 50, before: int | None = None) -> tuple[TrustJournalEntry, ...]:
        """Return which snapshots came into use when, newest first."""
        with self.keeper.database.unit(SYSTEM) as unit:
            return unit.trust.journal(limit, before)

    def sources(self) -> tuple[TrustSource, ...]:
        """Return how the lists that are followed stand."""
        with self.keeper.database.unit(SYSTEM) as unit:
            return unit.trust.sources()

    def folder(self) -> FolderState:
        """Return what the folder holds other than what is in use; why that is not known."""
        try:
            return FolderState(self.keeper.folder_difference())
        except (BadRequest, CouldNotJudge) as refusal:
            return FolderState(problem=refusal.problem)

    # --- proposals -----------------------------------------------------------------------------------------------

    def may_propose(self, caller: Caller) -> bool:
        """Tell whether the caller is one who proposes changes of trust."""
        return may_propose(caller, self.keeper.keeper_code)

    def waiting(self, caller: Caller) -> tuple[Proposal, ...]:
        """Return the proposals on trust of the caller's authority that wait for a decision."""
        found = self._proposals.recent(caller)
        return tuple(one for one in found if one.kind == KIND and one.state == "open")

    def propose(self, caller: Caller, operation: Mapping[str, Any], reason: str) -> Proposal:
        """Propose an operation on what is in use now; the proposal holds the effect that it has.

        BadRequest `not-allowed`, `reason-missing`, `nothing-changed`, and as `operations.carried_out`.
        """
        if not self.may_propose(caller):
            raise BadRequest("not-allowed")
        current, entry = self.keeper.snapshot(), self.keeper.in_use()
        told = shaped(dict(operation))
        wanted = carried_out(current, told, self.keeper.archive, self.clock.now(), caller.actor.name)
        payload = {"operation": dict(told), "effect": effect(diff(current, wanted)), "snapshot": current.id}
        return self._proposals.propose(caller, KIND, STORE, entry.number if entry else 0, payload, reason)

    def differences(self, proposal: Proposal) -> tuple[Difference, ...]:
        """Return what an open proposal would change now, or what an approved one changed.

        BadRequest as `operations.carried_out`; empty for one that came to nothing.
        """
        with self.keeper.database.unit(SYSTEM) as unit:
            if proposal.state == "open":
                return self._change.differences(unit, self.keeper.snapshot(), proposal)
            done = unit.trust.of_proposal(proposal.id) if proposal.state == "approved" else None
        return () if done is None else self.between(done.previous_id, done.snapshot_id)

    def list_checks(self, proposal: Proposal) -> ListChecks | None:
        """Return how a proposed list stands beside the one in use; None where no list is proposed, or none can be."""
        told = proposal.payload.get("operation", {})
        if proposal.state != "open" or told.get("kind") != "take-list":
            return None
        current = self.keeper.snapshot()
        with self.keeper.database.unit(SYSTEM) as unit:
            try:
                wanted = self._change.wanted(unit, current, proposal)
            except BadRequest:
                return None
        before, after = (
            next((one for one in snapshot.schemes if one.id == told["scheme"]), None) for snapshot in (current, wanted)
        )
        return None if before is None or after is None else ListChecks(before, after, told["file"], told["name"])

    def between(self, before: str, after: str) -> tuple[Difference, ...]:
        """Return what is different between two snapshots; BadRequest `not-found`."""
        return diff(self.snapshot(before), self.snapshot(after))

    # --- files that come with a proposal -------------------------------------------------------------------------

    def keep(self, data: bytes) -> str:
        """Keep a file for a proposal; return its SHA-256."""
        return self.keeper.archive.keep(data)

    def fetched(self, location: str) -> bytes:
        """Return what stands at an address; BadRequest `list-not-fetched` with the reason."""
        if self._fetcher is None:
            raise BadRequest("list-not-fetched", "the service fetches nothing", field="location", why="off")
        try:
            return self._fetcher.fetch(Request(location), LIST_LIMITS)
        except FetchFailed as failed:
            raise BadRequest("list-not-fetched", failed.reason, field="location", why=failed.failure) from None
