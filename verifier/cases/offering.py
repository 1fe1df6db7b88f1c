"""What the service proposes for a paper (đề xuất): grant, have it confirmed, refuse, check again, compare by hand.

It proposes, a person decides. A fact that is not known never refuses: such grounds are only asked about.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from importlib.resources import files
from uuid import UUID

from verifier.cases.found import NOT_JUDGED, Found, rests_on_signature
from verifier.cases.kernel import Turn
from verifier.cases.onpaper import came, compared
from verifier.cases.records import COMPARED, Case, CaseRecord, Confirmation, Paper
from verifier.law.book import Law
from verifier.law.branches import Paper as Asked
from verifier.law.grounds import Applies, Ground
from verifier.law.records import NoAnswer, Words
from verifier.reports.findings import State

ACCEPT, CONFIRM, REFUSE, AGAIN, COMPARE = PROPOSALS = ("accept", "confirm", "refuse", "again", "compare")
PRESENTED = "CNXT"
"""Chứng nhận xuất trình: that a paper was presented; nothing on it is certified."""
AUTHENTIC, NOT_AUTHENTIC = "authentic", "not-authentic"
ANSWERS = {AUTHENTIC: "confirmed", NOT_AUTHENTIC: "not-authentic"}
"""From the answer of a confirmation to the law's fact `verification_answer`; `unclear` answers nothing."""
SUSPECTED = {"origin": "without-competence", "authority_recognised": "no"}
"""What an officer would have to find for the grounds that are offered against a signer who was not competent."""


@dataclass(frozen=True)
class Scene:
    """All that a proposal for one paper rests on."""

    law: Law
    case: Case
    paper: Paper
    found: Found | None
    carrier: str
    """Kind of the stored record that is the paper; empty for none."""
    confirmations: tuple[Confirmation, ...]
    """Those about this paper."""
    now: datetime

    @cached_property
    def came(self) -> str:
        """Whether it came electronically: `yes`, `no`; empty where it is not there yet. NoAnswer."""
        return came(self.law, self.case, self.carrier)

    @cached_property
    def compared(self) -> bool:
        """Whether it is compared with the specimen by hand. NoAnswer."""
        return compared(self.law, self.case, self.carrier)

    @property
    def judged(self) -> Found | None:
        """What our judge found, where that says anything of the paper: of a picture of it, it does not."""
        return None if self.compared or self.paper.work == PRESENTED else self.found

    @property
    def answer(self) -> str:
        """The answer of the newest request that has one; empty where none has."""
        answers = [one for one in self.confirmations if one.state == "answered" and one.answered_at]
        newest = max(answers, key=lambda one: one.answered_at or one.drafted_at, default=None)
        return newest.answer if newest else ""


@dataclass(frozen=True)
class Offer:
    """What is proposed for a paper."""

    word: str
    """One of `PROPOSALS`; empty where the service proposes nothing."""
    grounds: tuple[str, ...] = ()
    """Ids of the grounds that apply by all that the service knows."""
    asks: tuple[str, ...] = ()
    """Ids of grounds that may apply: an officer must say."""


@cache
def proposal_words() -> Mapping[str, Words]:
    """Return the words of the proposals by id. ValueError where the data are not as they must be."""
    text = files("verifier.cases").joinpath("proposals.toml").read_text("utf-8")
    found = {one["id"]: Words(one["vi"], one["en"]) for one in tomllib.loads(text)["proposal"]}
    if tuple(found) != PROPOSALS:
        raise ValueError("proposals.toml does not name every proposal once, in order")
    return found


def scene(turn: Turn, paper: Paper) -> Scene:
    """Return what a proposal for a paper rests on, as the case stands."""
    return scenes(turn, [paper])[paper.id]


def scenes(turn: Turn, papers: Iterable[Paper]) -> Mapping[UUID, Scene]:
    """Return the same for several papers, by their ids."""
    kinds = {one.id: one.kind for one in turn.records()}
    asked = turn.confirmations()
    return {one.id: scene_of(turn.law, turn.case, one, kinds, asked, turn.now) for one in papers}


def scene_of(
    law: Law, case: Case, paper: Paper, kinds: Mapping[UUID, str], asked: Iterable[Confirmation], now: datetime
) -> Scene:
    """Return the scene of a paper; `kinds` are those of the dossier's stored records, `asked` its confirmations."""
    about = tuple(one for one in asked if paper.id in one.papers)
    carrier = kinds.get(paper.record_id, "") if paper.record_id else ""
    return Scene(law, case, paper, Found.of(paper), carrier, about, now)


def offers(
    law: Law,
    case: Case,
    papers: Iterable[Paper],
    records: Iterable[CaseRecord],
    asked: Iterable[Confirmation],
    now: datetime,
) -> Mapping[UUID, Offer]:
    """Return what is offered now for each paper of a dossier, by its id: of a view, for whoever reads it.

    What stood in a verdict when it was reached (`Found.proposal`) may be overtaken by an answer. Nothing is offered
    where the law of the case does not answer.
    """
    kinds, requests = {one.id: one.kind for one in records}, tuple(asked)
    told: dict[UUID, Offer] = {}
    for one in papers:
        try:
            told[one.id] = offer(scene_of(law, case, one, kinds, requests, now))
        except NoAnswer:
            told[one.id] = Offer("")
    return told


def offer(scene: Scene) -> Offer:
    """Return what the service proposes for a paper by what is known now."""
    known = facts(scene)
    law, case = scene.law, scene.case
    proposed = law.book.grounds.proposed(law.procedure(case.procedure), law.day, known)
    proposed = tuple(one for one in proposed if concerns(one.ground, case))
    certain = tuple(one.ground.id for one in proposed if one.by_system)
    asks = tuple(one.ground.id for one in proposed if not one.by_system)
    if certain:
        return Offer(REFUSE, certain, asks)
    word = _word(scene) if rests_on_signature(case.procedure) else ""
    return Offer(word, _suspected(scene, known) if word == REFUSE else (), asks)


def concerns(ground: Ground, case: Case) -> bool:
    """Tell whether a ground concerns the variant of the procedure that was filed."""
    said = case.facts.get("variant", "")
    return not ground.variants or not said or said in ground.variants


def facts(scene: Scene) -> dict[str, str]:
    """Return the facts (tình tiết) that the service knows of a paper; what it does not know is left out."""
    found = scene.judged
    told = {
        "electronic": scene.came,
        "digital_signature_valid": found.signature if found else "",
        "authority_recognised": _recognised(found),
        "verification_answer": _answered(scene),
        "specimen_comparison": "matches" if scene.paper.basis == COMPARED else "",
        "branch": _branch(scene),
        "supplement_overdue": _overdue(scene),
    }
    return {fact: value for fact, value in told.items() if value}


def _word(scene: Scene) -> str:
    found = scene.judged
    if scene.answer == AUTHENTIC:
        return ACCEPT
    if scene.answer == NOT_AUTHENTIC:
        return REFUSE
    if scene.compared:
        return ACCEPT if scene.paper.basis else COMPARE
    if found is None:
        return ""
    if found.outcome == NOT_JUDGED:
        return AGAIN if found.again_at else ""
    if found.state == State.VALID:
        return ACCEPT
    if found.state == State.INVALID or found.authority == "not_competent":
        return REFUSE
    return AGAIN if found.try_later and found.again_at else CONFIRM


def _suspected(scene: Scene, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the grounds that would apply if an officer found what the service cannot know."""
    law = scene.law
    procedure, told = law.procedure(scene.case.procedure), {**SUSPECTED, **known}
    would = (law.book.grounds.judged(one, told) for one in law.book.grounds.of(procedure, law.day))
    return tuple(one.ground.id for one in would if one.applies is Applies.YES and concerns(one.ground, scene.case))


def _recognised(found: Found | None) -> str:
    if found is None or not found.authority:
        return ""
    return {"recognised": "yes", "not_competent": "no"}.get(found.authority, "")


def _answered(scene: Scene) -> str:
    if not scene.confirmations:
        return "not-asked"
    return ANSWERS.get(scene.answer, "")


def _branch(scene: Scene) -> str:
    """Return by which procedure the paper goes; empty where it is not one answer for all countries of use."""
    paper, law = scene.paper, scene.law
    if not paper.countries or not paper.issuing_country:
        return ""
    asked = Asked(paper.issuing_country, paper.countries, paper.document_kind, paper.work == PRESENTED)
    try:
        branches = law.book.branches.branch(law.day, asked)
    except NoAnswer:
        return ""
    ways = {BRANCHES.get(one.work, "") for one in branches}
    return ways.pop() if len(ways) == 1 else ""


BRANCHES = {"CNLS": "consular", "HPHLS": "consular", "CNXT": "consular", "APOSTILLE": "apostille", "NONE": "none"}
"""From the kind of work to the law's fact `branch`; `ASK` answers nothing."""


def _overdue(scene: Scene) -> str:
    case, due = scene.case, scene.case.supplement_due
    if case.status == "supplement" and due is not None and due < scene.now:
        return "yes"  # of what was asked for after acceptance too: it was complete until then
    return "no" if case.complete_at is not None else ""
