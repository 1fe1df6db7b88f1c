"""What is proposed for the papers of a dossier: by the service, and by the officer who put it before the leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from verifier.cases.desk import View
from verifier.cases.examination import GRANTED, proposal_of
from verifier.cases.offering import offers, proposal_words
from verifier.law.grounds import Ground
from verifier.law.records import NoAnswer
from verifier.web.casework.base import desk, law_of
from verifier.web.casework.choices import word_of
from verifier.web.chrome import say, words


@dataclass(frozen=True)
class ProposedPaper:
    """What is proposed for one paper."""

    title: str
    look: str
    word: str
    offered: str
    """What the service proposed when it was examined; empty where it proposed nothing."""
    grounds: Sequence[tuple[str, str]]
    """Words of the law and citation of each ground of refusal."""
    facts: str
    reason: str


@dataclass(frozen=True)
class ProposedAll:
    """What stands before the leader."""

    heading: str
    papers: Sequence[ProposedPaper]
    note: str


def offered_now(view: View) -> Mapping[UUID, str]:
    """Return the word that the service offers for each paper (`offering.PROPOSALS`); none once it was decided."""
    if view.case.decided_at or view.case.ended_at:
        return {}
    now = desk().house.clock()
    told = offers(law_of(view.case), view.case, view.papers, view.records, view.confirmations, now)
    return {paper: one.word for paper, one in told.items()}


def offered_words(offered: str) -> str:
    """Say what the service offers; empty where that is nothing."""
    told = proposal_words().get(offered)
    return say("case-offered", what=told.said(words().lang)) if told else ""


def proposed_of(view: View, names: Mapping[UUID, str]) -> ProposedAll | None:
    """Return what an officer proposed; None where nothing is. `names`: of people, as far as they may be named."""
    case, found = view.case, proposal_of(view.case)
    if found is None:
        return None
    named = names.get(case.proposed_by, "") if case.proposed_by else ""
    known, titles = _grounds(view), {one.id: f"{one.number}. {one.name}" for one in view.papers}
    papers = [
        ProposedPaper(
            titles.get(one.paper, ""),
            "ok" if one.outcome == GRANTED else "bad",
            word_of("outcome", one.outcome),
            offered_words(one.offered),
            [(known[id_].words.said(words().lang), known[id_].entry.citation) for id_ in one.grounds if id_ in known],
            one.facts,
            one.reason,
        )
        for one in found.papers
    ]
    heading = say("case-proposed-by", name=named) if named else say("case-proposed")
    return ProposedAll(f"{heading} · {words().when(found.at)}", papers, found.note)


def _grounds(view: View) -> Mapping[str, Ground]:
    try:
        return {one.id: one for one in law_of(view.case).grounds(view.case.procedure)}
    except NoAnswer:  # of a procedure that the law of the day does not know
        return {}
