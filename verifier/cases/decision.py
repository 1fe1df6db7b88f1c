"""The leader's decision (quyết định): approve what was proposed, send it back, refuse with the ground in law.

Whoever decides is another person than who proposed; the database holds that too. What is approved is what was examined:
a document that is another by then is `document-changed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases import letters, money
from verifier.cases.examination import GRANTED, REFUSED, Proposal, Proposed, proposal_of
from verifier.cases.kernel import LEADER, SPECIALIST, Command, Done, Letter, Turn, handles
from verifier.cases.offering import REFUSE, offer, scenes
from verifier.cases.records import CaseRecord, Paper
from verifier.cases.statuses import Status
from verifier.cases.steps import at_step
from verifier.errors import BadRequest
from verifier.law.grounds import Ground
from verifier.law_desk import answered

REFUSAL = "refusal"
"""Id of form 03 (phiếu từ chối)."""


@dataclass(frozen=True, kw_only=True)
class Approve(Command):
    """Decide as proposed (phê duyệt)."""

    note: str = ""


def refuse_undecided(turn: Turn) -> None:
    """Refuse to decide what one proposed oneself, or what is not any more as it was examined."""
    proposal = proposal_of(turn.case)
    if proposal is None:
        return
    if turn.case.proposed_by == turn.asker.person:
        raise BadRequest("own-proposal")
    papers = turn.papers()
    refuse_swapped(papers, proposal)
    _refuse_overtaken(turn, papers, proposal)


@handles(Approve, "approve", event="decided", by=[LEADER], within=[Status.APPROVAL], refuses=refuse_undecided)
def approve(turn: Turn, said: Approve) -> Done:
    """Decide: what is granted waits to be signed, what is refused is told with form 03.

    BadRequest `own-proposal`, `document-changed`, `changed-since-proposed` where a ground to refuse has come up since.
    """
    proposal, papers = standing(turn), turn.papers()
    refuse_undecided(turn)
    for one in proposal.papers:
        turn.unit.cases.change_paper(one.paper, outcome=one.outcome, grounds=one.grounds)
    outcome = REFUSED if proposal.refuses_all else GRANTED
    change = {"outcome": outcome, "decided_by": turn.person(), "decided_at": turn.now}
    granted = sum(one.outcome == GRANTED for one in proposal.papers)
    done = Done(Status.SIGNING, change, {"granted": granted, "outcome": outcome}, clean_text(said.note))
    if not proposal.refuses_all:
        done = done.and_then(money.recounted(turn))
    return done if granted == len(proposal.papers) else done.and_then(refused(turn, papers, proposal))


def refused(turn: Turn, papers: Sequence[Paper], proposal: Proposal) -> Done:
    """Draw form 03 on what is refused, and tell the applicant with the ground; the case ends where nothing is granted.

    Before acceptance it is the acceptance that is refused (từ chối tiếp nhận).
    """
    by_id = {one.id: one for one in papers}
    chosen = [(by_id[one.paper], one) for one in proposal.papers if one.outcome == REFUSED]
    with answered():
        known = {one.id: one for one in turn.law.grounds(turn.case.procedure)}
    grounds = [known[id_] for id_ in dict.fromkeys(ground for _, one in chosen for ground in one.grounds)]
    form = _form(turn, [_reason(paper, one, known) for paper, one in chosen])
    lang = turn.case.applicant.lang
    values = {
        "grounds": "; ".join(dict.fromkeys(one.entry.citation for one in grounds)),
        "reason": " ".join(one.words.said(lang) for one in grounds),
        "advice": " ".join(dict.fromkeys(one.advice.said(lang) for one in grounds if one.advice.vi)),
        "decided" if turn.case.accepted_at else "intake": "1",
    }
    told: dict[str, Detail] = {"refused": len(chosen), "grounds": [one.id for one in grounds], "form": str(form.id)}
    if not proposal.refuses_all:
        values["papers"] = "; ".join(paper.name for paper, _ in chosen)
        return Done(told=told, letters=(Letter("refused-in-part", values, (form.id,)),))
    status = Status.REFUSED if turn.case.accepted_at else Status.REFUSED_INTAKE
    return Done(status, {"step_due": None}, told, letters=(Letter("refused", values, (form.id,)),))


@dataclass(frozen=True, kw_only=True)
class SendBack(Command):
    """Send a proposal, or a decision of which nothing is signed, back (trả lại)."""

    reason: str


def refuse_begun(turn: Turn) -> None:
    """Refuse to send back what is being signed, or is signed."""
    if any(one.issuance_id or one.issued_at for one in turn.papers()):
        raise BadRequest("signing-begun")


@handles(
    SendBack,
    "send-back",
    event="sent-back",
    by=[LEADER],
    within=[Status.APPROVAL, Status.SIGNING],
    refuses=refuse_begun,
)
def send_back(turn: Turn, said: SendBack) -> Done:
    """Send the dossier back to where it was proposed; BadRequest `reason-missing`, `signing-begun`."""
    reason, proposal = reason_of(said.reason), standing(turn)
    refuse_begun(turn)
    for one in turn.papers():
        turn.unit.cases.change_paper(one.id, outcome="", grounds=())
    blank: dict[str, Any] = {"proposal": {}, "proposed_by": None, "decided_by": None, "decided_at": None, "outcome": ""}
    return Done(Status(proposal.stage), {**blank, **at_step(turn, SPECIALIST)}, {"to": proposal.stage}, reason)


def standing(turn: Turn) -> Proposal:
    """Return the proposal of the case. LookupError where there is none, though its status says so."""
    proposal = proposal_of(turn.case)
    if proposal is None:
        raise LookupError(f"case {turn.case.id} has no proposal")
    return proposal


def refuse_swapped(papers: Sequence[Paper], proposal: Proposal) -> None:
    """Refuse (`document-changed`) where papers, or their documents, are not those that were examined."""
    then = {one.paper: one.sha256 for one in proposal.papers}
    now = {one.id: one.sha256 for one in papers}
    other = next((one for one in papers if then.get(one.id) != one.sha256), None)
    if other is not None or then != now:
        raise BadRequest("document-changed", "since it was examined", paper=str(other.number) if other else "")


def _refuse_overtaken(turn: Turn, papers: Sequence[Paper], proposal: Proposal) -> None:
    """Refuse what would be granted though the service by now finds a ground that it did not offer then."""
    looked = scenes(turn, papers)
    for paper in papers:
        proposed = proposal.of(paper.id)
        if proposed is None or proposed.outcome == REFUSED or proposed.offered == REFUSE:
            continue
        with answered():
            if offer(looked[paper.id]).word == REFUSE:
                raise BadRequest("changed-since-proposed", f"paper {paper.number}", paper=str(paper.number))


def _form(turn: Turn, reasons: Sequence[str]) -> CaseRecord:
    return letters.form_record(turn, REFUSAL, {"reasons": list(reasons)}, kind="letter")


def _reason(paper: Paper, said: Proposed, known: dict[str, Ground]) -> str:
    """Return one line of the form: the paper, each ground in the words of the law, what was found, what may be done."""
    grounds = [known[one] for one in said.grounds]
    parts = [f"{one.words.vi} ({one.entry.citation})" for one in grounds]
    advice = [one.advice.vi for one in grounds if one.advice.vi]
    return " ".join((f"{paper.number}. {paper.name}:", *parts, said.facts, *advice)).strip()
