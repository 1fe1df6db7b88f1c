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
from verifier.cases import waiting
from verifier.cases.found import UNJUDGED, Found, rests_on_signature
from verifier.cases.hands import refuse_others
from verifier.cases.kernel import LEADER, RECEPTION, SPECIALIST, SYSTEM_ASKER, Command, Done, Turn, handles
from verifier.cases.offering import ACCEPT, AUTHENTIC, COMPARE, PRESENTED, REFUSE, Offer, concerns, offer, scenes
from verifier.cases.onpaper import compared_of
from verifier.cases.papers import paper_of
from verifier.cases.records import BASES, COMPARED, OUTCOMES, Case, CaseRecord, Paper
from verifier.cases.setright import issued_electronically, refuse_unmarkable
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
of a foreign authority notified through diplomatic channels. Either may rest on (c), a confirmation; and what came on
paper on `COMPARED` or on that."""
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


def refuse_unjudged(turn: Turn) -> None:
    """Refuse to judge where nothing rests on a signature, or no document is there."""
    if not rests_on_signature(turn.case.procedure):
        raise BadRequest("not-judged-here", turn.case.procedure)
    if all(one.record_id is None for one in turn.papers()):
        raise BadRequest("document-missing")


@handles(
    JudgeAnew,
    "judge-anew",
    event="judging-asked",
    by=[RECEPTION, SPECIALIST],
    within=BEFORE_DECISION,
    refuses=refuse_unjudged,
)
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
    own = paper.basis in (CONFIRMED, COMPARED)
    turn.unit.cases.change_paper(paper.id, **({"verdict": {}} if own else UNJUDGED))


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
    """With `specimen`: with which specimen it was compared; said always."""


def refuse_baseless(turn: Turn) -> None:
    """Refuse where another specialist has it, no paper takes a basis, or none has anything yet on which it may rest."""
    refuse_others(turn)
    needing = [one for one in scenes(turn, turn.papers()).values() if one.compared or one.paper.work in OWN_BASIS]
    if not needing:
        raise BadRequest("basis-not-needed", turn.case.procedure)
    for one in needing:
        if one.compared or any(asked.answer == AUTHENTIC for asked in one.confirmations):
            return
        if one.found and one.found.state == State.VALID and OWN_BASIS[one.paper.work] in one.found.bases:
            return
    raise BadRequest("basis-not-carried", "no paper has a sound verdict, or an answer that confirms it")


@handles(
    RecordBasis,
    "record-basis",
    event="basis-recorded",
    by=[SPECIALIST],
    within=[Status.EXAMINATION],
    refuses=refuse_baseless,
)
def record_basis(turn: Turn, said: RecordBasis) -> Done:
    """Record the basis.

    BadRequest `not-assigned`, `field-wrong`, `basis-not-needed`, `basis-not-carried`, `verdict-missing`,
    `answer-missing`.

    Decree 111/2011 Art. 15a(4), added by Decree 196/2025: (a), (b) on a sound verdict whose signer is recognised as
    such; (c) on an answer that the signature is authentic. Of what came on paper for an Apostille: a comparison with
    the specimen (Decree 293/2026 Art. 14(1); `field-missing` where nobody says which), or (c).
    """
    refuse_others(turn)
    paper, note = paper_of(turn, said.paper), clean_text(said.note)
    if said.basis not in BASES:
        raise BadRequest("field-wrong", f"no basis is {said.basis!r}", field="basis", allowed=", ".join(BASES))
    own = COMPARED if compared_of(turn, paper) else OWN_BASIS.get(paper.work)
    if own is None:
        raise BadRequest("basis-not-needed", f"paper {paper.number}", paper=str(paper.number))
    if said.basis == CONFIRMED:
        record = _answer(turn, paper, said.confirmation)
    elif said.basis != own:
        raise BadRequest("basis-not-carried", f"it cannot rest on {said.basis!r}", paper=str(paper.number))
    elif own == COMPARED:
        if not note:
            raise BadRequest("field-missing", f"paper {paper.number}: with which specimen", field="note")
        record = None
    else:
        record = _verdict(paper, own)
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


def refuse_stage(turn: Turn) -> None:
    """Refuse what reception proposes after acceptance, what another specialist has, and while a supplement may come."""
    case, stage = turn.case, Status(turn.case.status)
    if stage not in AT_INTAKE and SPECIALIST not in turn.asker.may:
        raise BadRequest("not-allowed")
    refuse_others(turn, *([RECEPTION] if stage in AT_INTAKE else []))
    if stage is Status.SUPPLEMENT and (case.supplement_due is None or turn.now < case.supplement_due):
        raise BadRequest("supplement-running", f"until {case.supplement_due}")


@handles(
    Propose,
    "propose",
    event="proposed",
    by=[RECEPTION, SPECIALIST],
    within=[Status.FILED, Status.SUPPLEMENT, Status.PAYMENT, Status.EXAMINATION],
    refuses=refuse_stage,
)
def propose(turn: Turn, said: Propose) -> Done:
    """Put every paper before the leader, as examined.

    Before acceptance reception may propose that the whole dossier is refused (từ chối tiếp nhận); afterwards only a
    specialist proposes: who has it, or anybody while nobody has. BadRequest: `papers-not-all`, `paper-unknown`,
    `not-allowed`, `not-assigned`, and what `_examined` says.
    """
    case, papers = turn.case, turn.unit.cases.papers(turn.case.id)
    refuse_stage(turn)
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
    if (by := waiting.refusal_due(turn)) is not None:  # the leader has no longer than the law gives
        change["step_due"] = by
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

    BadRequest: `bad-option`; of a refusal `refusal-ground-missing`, `ground-unknown`, `facts-missing`; of a grant
    `not-accepted-yet` and what `refuse_ungrantable` and `setright.refuse_unmarkable` say; `reason-missing` where it
    differs from what is offered. Each with `paper`, the number of the paper.
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
        refuse_unmarkable(turn, paper)
    else:
        raise BadRequest("bad-option", f"no outcome is {said.outcome!r}", option="outcome")
    reason = clean_text(said.reason)
    if differs(said, offered) and not reason:
        raise BadRequest("reason-missing", f"paper {number}: {offered.word} is offered", field="reason", paper=number)
    facts = clean_text(said.facts)
    return Proposed(paper.id, said.outcome, paper.sha256, offered.word, said.grounds, facts, reason)


def differs(said: PaperProposal, offered: Offer) -> bool:
    """Tell whether a proposal differs from what the service offers, where it offers an outcome."""
    if offered.word in ("", COMPARE):
        return False
    if said.outcome == GRANTED:
        return offered.word != ACCEPT
    return offered.word != REFUSE or not set(offered.grounds) <= set(said.grounds)


def _refuse_groundless(turn: Turn, said: PaperProposal, number: str) -> None:
    if not said.grounds:
        raise BadRequest("refusal-ground-missing", f"paper {number}", field="grounds", paper=number)
    known = {one.id for one in turn.law.grounds(turn.case.procedure) if concerns(one, turn.case)}
    for ground in said.grounds:
        if ground not in known:
            raise BadRequest("ground-unknown", ground, ground=ground)
    if not clean_text(said.facts):
        raise BadRequest("facts-missing", f"paper {number}", field="facts", paper=number)


def refuse_ungrantable(turn: Turn, paper: Paper) -> None:
    """Refuse to grant what rests on nothing yet; that a paper was presented rests on the paper alone.

    What is issued electronically is issued on a stored document, as of an original that is scanned for an e-copy.
    BadRequest `document-missing`, `basis-missing`, `verdict-missing`, each with `paper`.
    """
    number = str(paper.number)
    missing = BadRequest("document-missing", f"paper {number}", paper=number)
    if paper.record_id is None and issued_electronically(turn, paper):
        raise missing
    if not rests_on_signature(turn.case.procedure) or paper.work == PRESENTED:
        return
    by_hand = compared_of(turn, paper)
    if paper.record_id is None and not by_hand:
        raise missing
    needs_basis = by_hand or paper.work in OWN_BASIS
    if needs_basis and not paper.basis:
        raise BadRequest("basis-missing", f"paper {number}", paper=number)
    if not needs_basis and Found.of(paper) is None:
        raise BadRequest("verdict-missing", f"paper {number}", paper=number)
