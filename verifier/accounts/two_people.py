"""Changes that take two people: one proposes, another approves; the rules are the same whatever is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text, reason_of
from verifier.accounts.roles import Role
from verifier.audit import Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.proposals import Proposal


class Kind(Protocol):
    """One kind of change. Its rules are asked when it is proposed and once more when it is approved."""

    proposers: frozenset[Role]
    deciders: frozenset[Role]

    def check(self, unit: UnitOfWork, proposal: Proposal) -> None:
        """Refuse what may not be: BadRequest; `changed-meanwhile` where the subject is not as it was."""

    def apply(self, unit: UnitOfWork, proposal: Proposal, now: datetime) -> Mapping[str, list[str]]:
        """Carry the change out; return what is different, for the log: before and after by field."""


@dataclass(frozen=True)
class Decision:
    """Names of what can become of a proposal, and who may do it."""

    state: str
    by_proposer: bool


APPROVE, REJECT, WITHDRAW = Decision("approved", False), Decision("rejected", False), Decision("withdrawn", True)


class TwoPeople:
    """Proposals and their decisions, each with one audit event in the same transaction."""

    def __init__(self, database: Database, clock: Clock, kinds: Mapping[str, Kind]) -> None:
        self._database, self._clock, self._kinds = database, clock, kinds

    def propose(
        self, caller: Caller, kind: str, subject_id: str, base_version: int, payload: Mapping[str, Any], reason: str
    ) -> Proposal:
        """Keep a proposal. BadRequest `not-allowed`, `reason-missing`, or what the kind says."""
        proposer = _person(caller, self._kinds[kind].proposers)
        now, words = self._clock.now(), reason_of(reason)
        with self._database.unit(caller.scope) as unit:
            proposal = Proposal(
                id=uuid4(),
                authority_id=_authority(caller),
                kind=kind,
                subject_id=subject_id,
                payload=payload,
                base_version=base_version,
                reason=words,
                state="open",
                proposed_by=proposer,
                proposed_at=now,
            )
            self._kinds[kind].check(unit, proposal)
            unit.proposals.add(proposal)
            unit.audit.append(_event(proposal, "change-proposed", caller, now, words))
        return proposal

    def recent(self, caller: Caller, limit: int = 100) -> tuple[Proposal, ...]:
        """Return the newest proposals of the caller's authority, decided ones too."""
        with self._database.unit(caller.scope) as unit:
            return unit.proposals.all(limit=limit)

    def get(self, caller: Caller, id_: UUID) -> Proposal:
        """Return a proposal of the caller's authority; BadRequest `not-found`."""
        with self._database.unit(caller.scope) as unit:
            return _found(unit, id_)

    def decide(self, caller: Caller, id_: UUID, decision: Decision, reason: str = "") -> Proposal:
        """Approve (which carries it out), reject (with a reason) or withdraw.

        BadRequest `not-allowed`; `own-proposal` where somebody would approve what they proposed; `already-decided`;
        `changed-meanwhile` where the subject was changed since; `proposer-gone` where the proposer might not propose it
        any more.
        """
        now = self._clock.now()
        with self._database.unit(caller.scope) as unit:
            proposal = _found(unit, id_)
            kind = self._kinds[proposal.kind]
            decider = _decider(caller, proposal, decision, kind)
            words = reason_of(reason) if decision is REJECT else clean_text(reason)
            if not unit.proposals.decide(id_, decision.state, decider, now, words):
                raise BadRequest("already-decided")
            changed: Mapping[str, list[str]] = {}
            if decision is APPROVE:
                _refuse_gone(unit, proposal, kind, now)
                kind.check(unit, proposal)
                changed = kind.apply(unit, proposal, now)
            unit.audit.append(_event(proposal, f"change-{decision.state}", caller, now, words))
            if changed:
                unit.audit.append(_outcome(proposal, changed, caller, now))
            return _found(unit, id_)

    def names(self, caller: Caller, proposals: Iterable[Proposal]) -> Mapping[UUID, str]:
        """Return the names of who proposed and who decided."""
        wanted = {id_ for one in proposals for id_ in (one.proposed_by, one.decided_by) if id_}
        with self._database.unit(caller.scope) as unit:
            return {id_: person.name for id_ in wanted if (person := unit.people.get(id_))}


def _decider(caller: Caller, proposal: Proposal, decision: Decision, kind: Kind) -> UUID:
    if decision.by_proposer:
        person = _person(caller, kind.proposers)
        if person != proposal.proposed_by:
            raise BadRequest("not-allowed")
        return person
    person = _person(caller, kind.deciders)
    if person == proposal.proposed_by:
        raise BadRequest("own-proposal")
    return person


def _refuse_gone(unit: UnitOfWork, proposal: Proposal, kind: Kind, now: datetime) -> None:
    """Refuse what was proposed by somebody whose account was closed since, or who holds no role for it any more."""
    person = unit.people.get(proposal.proposed_by)
    held = {grant.role for grant in unit.people.grants(proposal.proposed_by) if grant.holds_at(now)}
    if person is None or person.disabled_at is not None or not held & kind.proposers:
        raise BadRequest("proposer-gone")


def _person(caller: Caller, roles: frozenset[Role]) -> UUID:
    if caller.person is None or not caller.roles & roles:
        raise BadRequest("not-allowed")
    return caller.person.id


def _authority(caller: Caller) -> UUID:
    if caller.authority is None:
        raise BadRequest("not-allowed")
    return caller.authority.id


def _found(unit: UnitOfWork, id_: UUID) -> Proposal:
    found = unit.proposals.get(id_)
    if found is None:
        raise BadRequest("not-found")
    return found


def _outcome(proposal: Proposal, changed: Mapping[str, list[str]], caller: Caller, now: datetime) -> Event:
    action = f"{proposal.kind}-changed"
    told: dict[str, Detail] = {**changed, "proposal": str(proposal.id)}
    place = (proposal.kind, proposal.subject_id, action)
    return Event(*place, caller.actor, now, proposal.authority_id, proposal.reason, told)


def _event(proposal: Proposal, action: str, caller: Caller, now: datetime, reason: str) -> Event:
    about: dict[str, Any] = {"kind": proposal.kind, "subject": proposal.subject_id}
    return Event("proposal", str(proposal.id), action, caller.actor, now, proposal.authority_id, reason, about)
