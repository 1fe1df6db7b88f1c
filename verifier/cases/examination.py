"""Examining a dossier (thẩm định): verdicts on papers, the basis of a consular act, and what is proposed to the leader.

A verdict is bound to the SHA-256 that was judged, a proposal to the one that was examined: another document by then is
never taken for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from verifier.accounts.plain_text import clean_text
from verifier.audit import Detail
from verifier.cases.found import UNJUDGED, Found, rests_on_signature
from verifier.cases.kernel import LEADER, RECEPTION, SPECIALIST, SYSTEM_ASKER, Command, Done, Turn, handles
from verifier.cases.offering import ACCEPT, AUTHENTIC, PRESENTED, REFUSE, Offer, concerns, offer, scenes
from verifier.cases.records import OUTCOMES, Case, CaseRecord, Paper
from verifier.cases.statuses import Status
from verifier.cases.steps import at_step
from verifier.errors import BadRequest
from verifier.law.records import NoAnswer
from verifier.law_desk import answered
from verifier.reports.findings import State

__all__ = [
    "Found",
    "JudgeAnew",
    "PaperProposal",
    "Proposal",
    "Propose",
    "Proposed",
    "RecordBasis",
    "RecordVerdict",
    "Stored",
    "paper_of",
    "proposal_of",
]

BEFORE_DECISION = (
    Status.FILED, Status.SUPPLEMENT, Status.PAYMENT, Status.ACCEPTED, Status.EXAMINATION, Status.CONFIRMATION,
)  # fmt: skip
"""While a verdict may still change: what was proposed rests on the one of then."""
AT_INTAKE = frozenset({Status.FILED, Status.SUPPLEMENT, Status.PAYMENT})
"""Before acceptance: a dossier may be refused as a whole, nothing is granted."""
GRANTED, REFUSED = OUTCOMES
OWN_BASIS: Mapping[str, str] = {"CNLS": "a", "HPHLS": "b"}
"""By kind of work: on which signature it may rest (Decree 111/2011 Art. 15a(4)): (a) a Vietnamese authority's, (b) that
of a foreign authority notified through diplomatic channels. Either may rest on (c), a confirmation."""
CONFIRMED = "c"


# --- verdicts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file that was put into the store before the command that names it."""

    name: str
    media_type: str
    size: int
    sha256: str
    blob: str

    def record(self, turn: Turn, kind: str, paper: UUID) -> CaseRecord:
        """Enter it as a record of the dossier."""
        made = CaseRecord(
            uuid4(), turn.case.id, turn.case.authority_id, kind, self.name, self.media_type, self.size, self.sha256,
            self.blob, turn.now, turn.asker.actor.name or turn.asker.actor.id, paper_id=paper,
        )  # fmt: skip
        turn.unit.cases.add_record(made)
        return made


@dataclass(frozen=True, kw_only=True)
class RecordVerdict(Command):
    """What the judge found of a paper."""

    paper: UUID
    found: Found
    report: Stored | None = None
    evidence: Stored | None = None


@handles(RecordVerdict, "record-verdict", event="paper-judged", by=[SYSTEM_ASKER], within=BEFORE_DECISION)
def record_verdict(turn: Turn, said: RecordVerdict) -> Done:
    """Keep a verdict with its report and evidence; BadRequest `document-changed` where it is on another document."""
    paper, found = paper_of(turn, said.paper), said.found
    if not paper.sha256 or found.sha256 != paper.sha256:
        raise BadRequest("document-changed", f"paper {paper.number}", paper=str(paper.number))
    report = said.report.record(turn, "report", paper.id) if said.report else None
    evidence = said.evidence.record(turn, "evidence", paper.id) if said.evidence else None
    ids = {"report_id": report.id if report else None, "evidence_id": evidence.id if evidence else None}
    found = replace(found, report_id=ids["report_id"], evidence_id=ids["evidence_id"])
    offered = _offered(turn, replace(paper, verdict=found.to_json()))
    found = replace(found, proposal=offered.word, grounds=offered.grounds)
    lost = {} if _still_carries(paper, found) else {"basis": "", "basis_note": "", "basis_record": None}
    turn.unit.cases.change_paper(paper.id, verdict=found.to_json(), **lost)
    said_of = found.conclusion or found.outcome
    told: dict[str, Detail] = {"paper": paper.number, "sha256": found.sha256, "conclusion": said_of}
    if found.problem:
        told["problem"] = found.problem
    return Done(told=told)


def _offered(turn: Turn, paper: Paper) -> Offer:
    """Return what is offered now; nothing where the law of the case does not answer, which holds no verdict up."""
    try:
        return offer(scenes(turn, [paper])[paper.id])
    except NoAnswer:
        return Offer("")


def _still_carries(paper: Paper, found: Found) -> bool:
    return paper.basis not in ("a", "b") or (found.state == State.VALID and paper.basis in found.bases)


@dataclass(frozen=True, kw_only=True)
class JudgeAnew(Command):
    """Have a paper's document judged anew."""

    paper: UUID


@handles(JudgeAnew, "judge-anew", event="judging-asked", by=[RECEPTION, SPECIALIST], within=BEFORE_DECISION)
def judge_anew(turn: Turn, said: JudgeAnew) -> Done:
    """Forget the verdict, so that the next round judges; BadRequest `document-missing`, `not-judged-here`."""
    paper = paper_of(turn, said.paper)
    if paper.record_id is None:
        raise BadRequest("document-missing", f"paper {paper.number}", paper=str(paper.number))
    if not rests_on_signature(turn.case.procedure):
        raise BadRequest("not-judged-here", turn.case.procedure)
    _forget(turn, paper)
    return Done(told={"paper": paper.number})


def judge_all_anew(turn: Turn) -> None:
    """Have every paper judged anew: for a place of filing other than the one of before, competence is another."""
    for one in turn.unit.cases.papers(turn.case.id):
        if one.verdict:
            _forget(turn, one)


def _forget(turn: Turn, paper: Paper) -> None:
    """Forget a verdict, and the basis that rests on it."""
    turn.unit.cases.change_paper(paper.id, **({"verdict": {}} if paper.basis == CONFIRMED else UNJUDGED))


# --- the basis of a consular act -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RecordBasis(Command):
    """On what the act on a paper rests (căn cứ)."""

    paper: UUID
    basis: str
    """One of `records.BASES`."""
    confirmation: UUID | None = None
    """The request that was answered, where the basis is `c`."""
    note: str = ""


@handles(RecordBasis, "record-basis", event="basis-recorded", by=[SPECIALIST], within=[Status.EXAMINATION])
def record_basis(turn: Turn, said: RecordBasis) -> Done:
    """Record the basis; BadRequest `basis-not-needed`, `basis-not-carried`, `verdict-missing`, `answer-missing`.

    Decree 111/2011 Art. 15a(4), added by Decree 196/2025: (a), (b) on a sound verdict whose signer is recognised as
    such; (c) on an answer that the signature is authentic.
    """
    paper = paper_of(turn, said.paper)
    own = OWN_BASIS.get(paper.work)
    if own is None:
        raise BadRequest("basis-not-needed", f"paper {paper.number}", paper=str(paper.number))
    if said.basis == CONFIRMED:
        record = _answer(turn, paper, said.confirmation)
    elif said.basis == own:
        record = _verdict(paper, own)
    else:
        raise BadRequest("basis-not-carried", f"{paper.work} cannot rest on {said.basis!r}", paper=str(paper.number))
    note = clean_text(said.note)
    turn.unit.cases.change_paper(paper.id, basis=said.basis, basis_note=note, basis_record=record)
    return Done(told={"paper": paper.number, "basis": said.basis})


def _verdict(paper: Paper, basis: str) -> UUID | None:
    found = Found.of(paper)
    if found is None:
        raise BadRequest("verdict-missing", f"paper {paper.number}", paper=str(paper.number))
    if found.state != State.VALID or basis not in found.bases:
        raise BadRequest("basis-not-carried", f"paper {paper.number}: {found.state}", paper=str(paper.number))
    return found.report_id


def _answer(turn: Turn, paper: Paper, confirmation: UUID | None) -> UUID | None:
    for one in turn.unit.cases.confirmations(turn.case.id):
        if one.id == confirmation and paper.id in one.papers and one.answer == AUTHENTIC:
            return one.answer_id
    raise BadRequest("answer-missing", f"paper {paper.number}", paper=str(paper.number))


# --- the proposal ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PaperProposal:
    """What is proposed for one paper."""

    paper: UUID
    outcome: str
    """`granted` or `refused`."""
    grounds: tuple[str, ...] = ()
    """Ids of grounds of the procedure; at least one where it is refused."""
    facts: str = ""
    """What was found, in the officer's words; said with every refusal."""
    reason: str = ""
    """Why it differs from what the service proposes, where it does."""


@dataclass(frozen=True, kw_only=True)
class Propose(Command):
    """What is proposed to the leader (trình lãnh đạo), for every paper."""

    papers: tuple[PaperProposal, ...]
    note: str = ""


@dataclass(frozen=True)
class Proposed:
    """One paper of a proposal as it is kept."""

    paper: UUID
    outcome: str
    sha256: str
    """Of the document that was examined; empty where there is none."""
    offered: str
    """What the service proposed."""
    grounds: tuple[str, ...] = ()
    facts: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Proposal:
    """What stands in `Case.proposal`."""

    papers: tuple[Proposed, ...]
    stage: str
    """Status from which it was made: sent back, the dossier goes there."""
    at: datetime
    note: str = ""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """By id of a paper, the code of why its act of issuing came to nothing; until it is signed anew."""

    def of(self, paper: UUID) -> Proposed | None:
        """Return what was proposed for a paper."""
        return next((one for one in self.papers if one.paper == paper), None)

    @property
    def refuses_all(self) -> bool:
        """Tell whether nothing is granted."""
        return all(one.outcome == REFUSED for one in self.papers)

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        papers = [{**asdict(one), "paper": str(one.paper), "grounds": list(one.grounds)} for one in self.papers]
        told = {"papers": papers, "stage": self.stage, "at": self.at.isoformat(), "note": self.note}
        return told | ({"troubles": dict(self.troubles)} if self.troubles else {})


def proposal_of(case: Case) -> Proposal | None:
    """Return what is proposed; None where nothing is."""
    told = case.proposal
    if not told:
        return None
    papers = tuple(
        Proposed(**{**one, "paper": UUID(one["paper"]), "grounds": tuple(one["grounds"])}) for one in told["papers"]
    )
    at = datetime.fromisoformat(told["at"])
    return Proposal(papers, told["stage"], at, told["note"], told.get("troubles", {}))


@handles(
    Propose,
    "propose",
    event="proposed",
    by=[RECEPTION, SPECIALIST],
    within=[Status.FILED, Status.SUPPLEMENT, Status.PAYMENT, Status.EXAMINATION],
)
def propose(turn: Turn, said: Propose) -> Done:
    """Put every paper before the leader, as examined.

    Before acceptance reception may propose that the whole dossier is refused (từ chối tiếp nhận); afterwards only a
    specialist proposes. BadRequest: `papers-not-all`, `paper-unknown`, `not-allowed`, and what `_examined` says.
    """
    case, papers = turn.case, turn.unit.cases.papers(turn.case.id)
    stage = Status(case.status)
    if stage not in AT_INTAKE and SPECIALIST not in turn.asker.may:
        raise BadRequest("not-allowed")
    if stage is Status.SUPPLEMENT and (case.supplement_due is None or turn.now < case.supplement_due):
        raise BadRequest("supplement-running", f"until {case.supplement_due}")
    _refuse_incomplete(said.papers, papers)
    looked = scenes(turn, papers)
    by_id = {one.id: one for one in papers}
    with answered():
        told = tuple(_examined(turn, by_id[one.paper], one, offer(looked[one.paper])) for one in said.papers)
    made = Proposal(told, case.status, turn.now, clean_text(said.note))
    refused = sum(one.outcome == REFUSED for one in told)
    counts = {"granted": len(told) - refused, "refused": refused}
    grounds = sorted({ground for one in told for ground in one.grounds})
    change = {"proposal": made.to_json(), "proposed_by": turn.person(), **at_step(turn, LEADER)}
    return Done(Status.APPROVAL, change, {**counts, "grounds": grounds}, made.note)


def _refuse_incomplete(said: Iterable[PaperProposal], papers: Iterable[Paper]) -> None:
    named, there = [one.paper for one in said], {one.id for one in papers}
    for one in named:
        if one not in there:
            raise BadRequest("paper-unknown", str(one))
    if len(named) != len(there) or set(named) != there:
        raise BadRequest("papers-not-all", f"{len(set(named))} of {len(there)}")


def _examined(turn: Turn, paper: Paper, said: PaperProposal, offered: Offer) -> Proposed:
    """Return the proposal for a paper as it is kept.

    BadRequest: `bad-option`; of a refusal `ground-missing`, `ground-unknown`, `facts-missing`; of a grant
    `not-accepted-yet` and what `_refuse_ungrantable` says; `reason-missing` where it differs from what is offered.
    Each with `paper`, the number of the paper.
    """
    number = str(paper.number)
    if said.outcome == REFUSED:
        _refuse_groundless(turn, said, number)
    elif said.outcome == GRANTED:
        if Status(turn.case.status) in AT_INTAKE:
            raise BadRequest("not-accepted-yet", f"paper {number}", paper=number)
        if said.grounds:
            raise BadRequest("bad-option", "a grant has no grounds", option="grounds")
        refuse_ungrantable(turn, paper)
    else:
        raise BadRequest("bad-option", f"no outcome is {said.outcome!r}", option="outcome")
    reason = clean_text(said.reason)
    if differs(said, offered) and not reason:
        raise BadRequest("reason-missing", f"paper {number}: {offered.word} is offered", field="reason", paper=number)
    facts = clean_text(said.facts)
    return Proposed(paper.id, said.outcome, paper.sha256, offered.word, said.grounds, facts, reason)


def differs(said: PaperProposal, offered: Offer) -> bool:
    """Tell whether a proposal differs from what the service offers, where it offers anything."""
    if not offered.word:
        return False
    if said.outcome == GRANTED:
        return offered.word != ACCEPT
    return offered.word != REFUSE or not set(offered.grounds) <= set(said.grounds)


def _refuse_groundless(turn: Turn, said: PaperProposal, number: str) -> None:
    if not said.grounds:
        raise BadRequest("ground-missing", f"paper {number}", field="grounds", paper=number)
    known = {one.id for one in turn.law.grounds(turn.case.procedure) if concerns(one, turn.case)}
    for ground in said.grounds:
        if ground not in known:
            raise BadRequest("ground-unknown", ground, ground=ground)
    if not clean_text(said.facts):
        raise BadRequest("facts-missing", f"paper {number}", field="facts", paper=number)


def refuse_ungrantable(turn: Turn, paper: Paper) -> None:
    """Refuse to grant what cannot be granted.

    BadRequest `no-electronic-mark`, `document-missing`, `basis-missing`, `verdict-missing`, each with `paper`.
    """
    number = str(paper.number)
    if paper.work == PRESENTED:
        raise BadRequest("no-electronic-mark", f"paper {number}", paper=number)
    if not rests_on_signature(turn.case.procedure):
        return
    if paper.record_id is None:
        raise BadRequest("document-missing", f"paper {number}", paper=number)
    if paper.work in OWN_BASIS and not paper.basis:
        raise BadRequest("basis-missing", f"paper {number}", paper=number)
    if paper.work not in OWN_BASIS and Found.of(paper) is None:
        raise BadRequest("verdict-missing", f"paper {number}", paper=number)


def paper_of(turn: Turn, id_: UUID) -> Paper:
    """Return a paper of the dossier; BadRequest `paper-unknown`."""
    for one in turn.unit.cases.papers(turn.case.id):
        if one.id == id_:
            return one
    raise BadRequest("paper-unknown", str(id_))
