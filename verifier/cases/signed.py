"""What becomes of the papers of a dossier while they are signed: bound to acts of issuing, issued, failed, annulled.

Only the service gives these commands: what they record was done by `signing.acts`, which keeps its own log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from verifier.audit import Actor, Detail
from verifier.cases import delivery
from verifier.cases.decision import refuse_swapped, standing
from verifier.cases.examination import GRANTED, Stored
from verifier.cases.kernel import RECEPTION, SYSTEM_ASKER, Command, Done, Letter, Turn, handles
from verifier.cases.papers import paper_of
from verifier.cases.records import Paper
from verifier.cases.statuses import Status
from verifier.cases.steps import at_step
from verifier.errors import BadRequest
from verifier.signing.acts.confirming import CANCELLED
from verifier.signing.acts.house import changed, event
from verifier.signing.records import State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance

GIVEN_UP = "Giấy tờ của hồ sơ đã có lệnh ký khác. / The paper has another act."
ALWAYS = tuple(Status)
"""What was issued or annulled is recorded, whatever became of the dossier meanwhile."""


@dataclass(frozen=True, kw_only=True)
class BindActs(Command):
    """Which acts issue which papers; binding before confirming keeps a paper from being issued twice."""

    acts: Mapping[UUID, UUID]
    """Id of the act by id of the paper."""


@handles(BindActs, "bind-acts", event="signing-begun", by=[SYSTEM_ASKER], within=[Status.SIGNING])
def bind_acts(turn: Turn, said: BindActs) -> Done:
    """Bind acts to papers that have none; where somebody was quicker, the paper keeps the one it has.

    BadRequest `document-changed`, `nothing-granted`; `changed-meanwhile` where an act was given up before it was bound.
    """
    proposal = standing(turn)
    papers = {one.id: one for one in turn.unit.cases.papers(turn.case.id)}
    refuse_swapped(tuple(papers.values()), proposal)
    bound = []
    old = (papers[id_].issuance_id for id_ in said.acts if id_ in papers)
    turn.unit.issuances.hold([*filter(None, old), *said.acts.values()])
    for id_, act in said.acts.items():
        paper = papers.get(id_)
        if paper is None or paper.outcome != GRANTED:
            raise BadRequest("nothing-granted", str(id_))
        if paper.issued_at is None and _given_up(turn, paper):
            _refuse_cancelled(turn, act)
            turn.unit.cases.change_paper(id_, issuance_id=act)
            bound.append(str(act))
    left = {paper: why for paper, why in proposal.troubles.items() if UUID(paper) not in said.acts}
    change = {"proposal": replace(proposal, troubles=left).to_json()}
    return Done(change=change, told={"acts": bound})


def _given_up(turn: Turn, paper: Paper) -> bool:
    """Tell whether a paper may have another act; one that somebody else ordered and never confirmed is given up.

    The act is held until the transaction ends, so that nobody confirms it meanwhile: only who ordered an act could.
    """
    old = turn.unit.issuances.get(paper.issuance_id, hold=True) if paper.issuance_id else None
    if old is None or old.state == State.CANCELLED:
        return True
    if old.state != State.ORDERED or (old.officer_id == turn.asker.person and old.input_sha256 == paper.sha256):
        return False
    give_up(turn.unit, old, turn.asker.actor, turn.now)
    return True


def _refuse_cancelled(turn: Turn, id_: UUID) -> None:
    act = turn.unit.issuances.get(id_)
    if act is not None and act.state == State.CANCELLED:
        raise BadRequest("changed-meanwhile")


def give_up(unit: UnitOfWork, act: Issuance, actor: Actor, now: datetime) -> None:
    """Cancel an act that was ordered for a paper and never confirmed; it has no number."""
    changed(unit, act, state=State.CANCELLED.value, problem={"code": CANCELLED, "detail": "", "params": {}})
    unit.audit.append(event(act, "issuance-cancelled", actor, now, reason=GIVEN_UP))


@dataclass(frozen=True, kw_only=True)
class RecordRelease(Command):
    """A paper was issued."""

    paper: UUID
    act: UUID
    symbol: str
    year: int
    entry: int
    issued_at: datetime
    result: Stored
    """What was released."""


@handles(RecordRelease, "record-release", event="paper-issued", by=[SYSTEM_ASKER], within=ALWAYS)
def record_release(turn: Turn, said: RecordRelease) -> Done:
    """Record number and result; once every granted paper is issued the dossier is signed.

    BadRequest `act-unknown` where the paper belongs to another act; nothing changes where it is recorded already.
    """
    paper = paper_of(turn, said.paper)
    if paper.issuance_id != said.act:
        raise BadRequest("act-unknown", str(said.act))
    if paper.issued_at is not None:
        raise BadRequest("nothing-changed", f"paper {paper.number}")
    record = said.result.record(turn, "result", paper.id)
    turn.unit.cases.change_paper(
        paper.id, symbol=said.symbol, year=said.year, entry=said.entry, issued_at=said.issued_at
    )
    told: dict[str, Detail] = {"paper": paper.number, "act": str(said.act), "sha256": record.sha256}
    told |= {"symbol": said.symbol, "year": said.year, "entry": said.entry}
    return Done(told=told).and_then(all_signed(turn))


def all_signed(turn: Turn) -> Done:
    """Return that it is signed, and how its result leaves, once every granted paper is issued; else nothing."""
    granted = [one for one in turn.unit.cases.papers(turn.case.id) if one.outcome == GRANTED]
    if turn.case.status != Status.SIGNING or not all(one.issued_at for one in granted):
        return Done()
    last = max((one.issued_at for one in granted if one.issued_at), default=turn.now)  # noted a little later
    change = {"signed_at": last, **at_step(turn, RECEPTION)}
    return Done(Status.SIGNED, change).and_then(delivery.ready(turn))


@dataclass(frozen=True, kw_only=True)
class RecordFailure(Command):
    """An act came to nothing."""

    paper: UUID
    act: UUID
    why: str
    """Code of the problem."""


@handles(RecordFailure, "record-failure", event="signing-failed", by=[SYSTEM_ASKER], within=ALWAYS)
def record_failure(turn: Turn, said: RecordFailure) -> Done:
    """Let the paper be signed anew, and keep why it came to nothing; BadRequest `act-unknown`."""
    paper = paper_of(turn, said.paper)
    if paper.issuance_id != said.act or paper.issued_at is not None:
        raise BadRequest("act-unknown", str(said.act))
    turn.unit.cases.change_paper(paper.id, issuance_id=None)
    told: dict[str, Detail] = {"paper": paper.number, "act": str(said.act), "why": said.why}
    if not turn.case.proposal:
        return Done(told=told)
    proposal = standing(turn)
    troubles = {**proposal.troubles, str(paper.id): said.why}
    return Done(change={"proposal": replace(proposal, troubles=troubles).to_json()}, told=told)


@dataclass(frozen=True, kw_only=True)
class RecordAnnulled(Command):
    """What was issued was annulled."""

    paper: UUID
    act: UUID
    at: datetime
    ground: str
    decision: str
    number: str
    """As printed."""


@handles(RecordAnnulled, "record-annulled", event="paper-annulled", by=[SYSTEM_ASKER], within=ALWAYS)
def record_annulled(turn: Turn, said: RecordAnnulled) -> Done:
    """Record it and tell the applicant; BadRequest `act-unknown`, `nothing-changed` where it is recorded already."""
    paper = paper_of(turn, said.paper)
    if paper.issuance_id != said.act:
        raise BadRequest("act-unknown", str(said.act))
    if paper.annulled_at is not None:
        raise BadRequest("nothing-changed", f"paper {paper.number}")
    return annulled(turn, paper, said.at, said.number, (said.ground, said.decision))


def annulled(turn: Turn, paper: Paper, at: datetime, number: str, why: tuple[str, str]) -> Done:
    """Note on a paper that what was issued is annulled, and tell the applicant (Decree 45/2020 Art. 15).

    `why`: ground and number of the decision.
    """
    ground, decision = why
    turn.unit.cases.change_paper(paper.id, annulled_at=at, annul_ground=ground, annul_decision=decision)
    delivery.recall(turn, paper.id)
    values = {"paper": paper.name, "number": number, "decision": decision, "reason": ground}
    values |= {"electronic": "1"} if paper.issuance_id else {}
    told: dict[str, Detail] = {"paper": paper.number, "decision": decision}
    return Done(told=told, reason=ground, letters=(Letter("annulled", values),))
