"""`CaseSigning`: the leader signs what was approved; acts of issuing are ordered, confirmed, and come back as results.

Binding an act to its paper, under the lock of the dossier, stands between ordering and confirming: so two clicks, two
leaders or a crash between the steps never issue a paper twice. What is signed is the stored document that was approved,
byte for byte, by its SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from verifier.accounts.caller import Caller
from verifier.audit import Actor
from verifier.cases.beside import ANNUL, SIGN
from verifier.cases.decision import refuse_swapped
from verifier.cases.desk import Cases, View, refuse
from verifier.cases.examination import Stored, proposal_of
from verifier.cases.kernel import SYSTEM_ASKER, Asker, Command, officer, system
from verifier.cases.onpaper import unissued, waiting_on_paper
from verifier.cases.particulars import kind_of, said_of
from verifier.cases.records import Case, CaseRecord, Paper
from verifier.cases.signed import GIVEN_UP, BindActs, RecordAnnulled, RecordFailure, RecordRelease, give_up
from verifier.cases.statuses import Status
from verifier.errors import BadRequest, CouldNotIssue, VerifierError
from verifier.law_desk import answered
from verifier.signing.acts.issuing import Issuing
from verifier.signing.records import Order, State
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import Job

EVERY = timedelta(seconds=15)
"""How often it is looked which acts are over."""
TRIES = 3
"""Of confirming, where somebody confirms the same acts at the same moment."""
MEANWHILE = frozenset({"already-confirmed", "changed-meanwhile", "wrong-state"})
"""Why confirming comes to nothing where somebody else does it at the same moment."""
ELSEWHERE = frozenset({"nothing-changed", "act-unknown", "paper-unknown", "not-found", "not-allowed"})
"""Why a look comes to nothing: somebody else noted the same, or the dossier is gone."""
PDF = "application/pdf"
REQUEST = "case-paper:"
"""How the requests of acts begin that were ordered for papers."""
AGAIN = replace(SIGN, within=SIGN.within | {Status.SIGNED})
"""Signing as it is accepted: a second click is late, and means the same."""
LEFT_ALONE = timedelta(hours=1)
"""Age from which an act that is no paper's is given up; one that is being bound is younger."""

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class CaseSigning:
    """Signs dossiers."""

    cases: Cases
    issuing: Issuing

    @property
    def job(self) -> Job:
        """The recurring job that notes which acts are over."""
        return Job("case-signed", EVERY, self.look)

    # --- signing -----------------------------------------------------------------------------------------------------

    def sign(self, caller: Caller, token: str, id_: UUID, *, version: int | None = None) -> Case:
        """Have every granted paper issued whose result is electronic; return the case as it then stands.

        It is signed once nothing waits to be signed on paper either, else signing. Role LEADER with a step-up within
        five minutes; `token` is the raw one of the session. Asked again it takes up what is on its way. BadRequest as
        `Cases.do`, and `document-changed`; `signed-on-paper` where nothing is issued electronically. CouldNotIssue and
        CouldNotJudge as `Issuing.order` and `Issuing.confirm`.
        """
        asker = officer(caller, self.cases.house.clock())
        view = self.cases.view(asker, id_)
        begun = any(one.issuance_id for one in view.papers)  # a second click is late, and means the same
        refuse(AGAIN, view.case, asker, None if begun else version)
        self._settle(id_)
        view = self.cases.view(asker, id_)
        if view.case.status != Status.SIGNING:
            return view.case
        refuse_changed(view)
        electronic = self._electronic(view)
        if not electronic and not begun:
            raise BadRequest("signed-on-paper", view.case.procedure)
        ordered = {paper.id: act for paper in electronic if (act := self._ordered(caller, view, paper))}
        try:
            if ordered:
                self._bind(asker, id_, ordered)
        finally:
            self._drop_unbound(caller, id_, ordered)
        self._confirm(caller, token, id_)
        self._settle(id_)
        return self.cases.view(asker, id_).case

    def _electronic(self, view: View) -> list[Paper]:
        """Return the papers that wait to be issued electronically."""
        house = self.cases.house
        by_hand = waiting_on_paper(house.book, view.case, view.papers, view.records, house.clock())
        return [one for one in unissued(view.papers) if one.id not in by_hand]

    def _ordered(self, caller: Caller, view: View, paper: Paper) -> Issuance | None:
        """Return an act of this officer that awaits confirmation, taken up or ordered now; None where one is bound."""
        bound = self._act(paper.issuance_id)
        if bound and bound.officer_id == caller.id and bound.input_sha256 == paper.sha256:
            return None
        if bound and bound.state != State.ORDERED:
            return None
        request = request_of(paper)
        with self.cases.house.database.unit(caller.scope) as unit:
            since = view.case.decided_at or view.case.filed_at
            left = unit.issuances.by_request(caller.id, request, since) if caller.id else None
        if left and left.state == State.ORDERED and left.input_sha256 == paper.sha256:
            return left
        return self._order(caller, view, paper, request)

    def _order(self, caller: Caller, view: View, paper: Paper, request: str) -> Issuance:
        kind = kind_of(view.case, paper)
        record = next((one for one in view.records if one.id == paper.record_id), None)
        if record is None or not record.blob:
            raise BadRequest("document-missing", f"paper {paper.number}", paper=str(paper.number))
        countries = self.cases.house.book.branches.countries
        said = said_of(view.case, paper, self.issuing.layout(kind), countries)
        order = Order(kind, view.case.code, self.issuing.level, said=said, request=request)
        with self.cases.house.blobs.opened(record.blob) as path:
            if sha256_of(path) != paper.sha256:
                raise BadRequest("document-changed", f"paper {paper.number}", paper=str(paper.number))
            return self.issuing.order(caller, path, record.name, order)

    def _bind(self, asker: Asker, id_: UUID, ordered: Mapping[UUID, Issuance]) -> None:
        """Bind acts to their papers, in the name of the officer."""
        by = replace(asker, may=frozenset({SYSTEM_ASKER}))
        self.cases.do(by, id_, BindActs(acts={paper: act.id for paper, act in ordered.items()}))

    def _drop_unbound(self, caller: Caller, id_: UUID, ordered: Mapping[UUID, Issuance]) -> None:
        """Give up what was ordered for papers that somebody else was quicker to bind."""
        with self.cases.house.database.unit(caller.scope) as unit:
            bound = {one.id: one.issuance_id for one in unit.cases.papers(id_)}
        for paper, act in ordered.items():
            if bound.get(paper) != act.id:
                with suppress(BadRequest):
                    self.issuing.cancel(caller, act.id, GIVEN_UP)

    def _confirm(self, caller: Caller, token: str, id_: UUID) -> None:
        """Confirm the bound acts that wait for it, together."""
        for _ in range(TRIES):
            waiting = self._to_confirm(caller, id_)
            if not waiting:
                return
            try:
                self.issuing.confirm(caller, token, waiting)
            except (BadRequest, CouldNotIssue) as refusal:
                if refusal.problem.code not in MEANWHILE:
                    raise

    def _to_confirm(self, caller: Caller, id_: UUID) -> list[UUID]:
        with self.cases.house.database.unit(caller.scope) as unit:
            bound = [one.issuance_id for one in unit.cases.papers(id_) if one.issuance_id and one.issued_at is None]
            acts = unit.issuances.several(bound)
        return [one.id for one in acts if one.state == State.ORDERED and one.officer_id == caller.id]

    # --- afterwards --------------------------------------------------------------------------------------------------

    def annul(self, caller: Caller, id_: UUID, paper: UUID, ground: str, decision: str) -> Case:
        """Annul what was issued for a paper, by a decision. Role LEADER with a step-up.

        BadRequest as `Cases.do` and `Issuing.annul`, and `paper-unknown`, `not-released`. Whoever checks the document
        learns of it at once; the applicant is told.
        """
        asker = officer(caller, self.cases.house.clock())
        view = self.cases.view(asker, id_)
        refuse(ANNUL, view.case, asker, None)
        chosen = next((one for one in view.papers if one.id == paper), None)
        if chosen is None:
            raise BadRequest("paper-unknown", str(paper))
        if chosen.issuance_id is None:
            raise BadRequest("not-released")
        self.issuing.annul(caller, chosen.issuance_id, ground, decision)
        self._settle(id_)
        return self.cases.view(asker, id_).case

    # --- looking which acts are over ---------------------------------------------------------------------------------

    def look(self, now: datetime) -> int:
        """Note every act that is over, and every one that was annulled; return how many.

        What a crash left ordered beside another act of the same paper is given up, so that nobody confirms it.
        """
        self._give_up_unbound(now)
        with self.cases.house.database.unit(SYSTEM) as unit:
            papers = unit.cases.papers_to_settle()
        return sum(self._noted_surely(one) for one in papers)

    def _give_up_unbound(self, now: datetime) -> None:
        with self.cases.house.database.unit(SYSTEM) as unit:
            unbound = unit.cases.unbound_acts(REQUEST, now - LEFT_ALONE)
        for id_ in unbound:
            with self.cases.house.database.unit(SYSTEM) as unit:
                act = unit.issuances.get(id_, hold=True)
                if act and act.state == State.ORDERED and unit.cases.paper_of_issuance(id_) is None:
                    give_up(unit, act, Actor("system", "signing", authority_id=act.authority_id), now)

    def _noted_surely(self, paper: Paper) -> bool:
        """Note one paper; what cannot be noted holds no other up, and is looked at again."""
        try:
            return self._noted(paper)
        except (VerifierError, FileNotFoundError) as failure:
            log.exception("an act cannot be noted", case=str(paper.case_id), why=type(failure).__name__)
            return False

    def _settle(self, id_: UUID) -> None:
        """Note what is over of one dossier."""
        with self.cases.house.database.unit(SYSTEM) as unit:
            papers = unit.cases.papers_to_settle(id_)
        for one in papers:
            self._noted(one)

    def _noted(self, paper: Paper) -> bool:
        act = self._act(paper.issuance_id)
        if act is None:
            return False
        with self.cases.house.database.unit(SYSTEM) as unit:
            case = unit.cases.get(paper.case_id)
        done = False
        if case is not None and paper.issued_at is None:
            done = self._tell(case, self._ending(case, paper, act))
        if case is not None and act.annulled_at is not None:
            done = self._tell(case, annulment(paper, act)) or done
        return done

    def _tell(self, case: Case, said: Command) -> bool:
        try:
            self.cases.do(system("signing", case), case.id, said)
        except BadRequest as refusal:
            if refusal.problem.code not in ELSEWHERE:
                raise
            log.info("an act was noted already", case=str(case.id), why=refusal.problem.code)
            return False
        return True

    def _ending(self, case: Case, paper: Paper, act: Issuance) -> Command:
        if act.state == State.RELEASED and act.year is not None and act.number is not None and act.released_at:
            result = self._result(case, paper, act)
            return RecordRelease(
                paper=paper.id, act=act.id, symbol=act.book, year=act.year, entry=act.number,
                issued_at=act.released_at, result=result,
            )  # fmt: skip
        return RecordFailure(paper=paper.id, act=act.id, why=act.problem["code"] if act.problem else "")

    def _result(self, case: Case, paper: Paper, act: Issuance) -> Stored:
        """Copy what was released: the dossier is kept, and removed, by rules of its own."""
        blobs = self.cases.house.blobs
        with answered():
            name = self.cases.house.book.codes.result_file(case.code, paper.number)
        with blobs.opened(act.output_blob or "") as path:
            size, blob = path.stat().st_size, blobs.put_file(path)
        return Stored(name=f"{name}.pdf", media_type=PDF, size=size, sha256=act.output_sha256, blob=blob)

    def _act(self, id_: UUID | None) -> Issuance | None:
        if id_ is None:
            return None
        with self.cases.house.database.unit(SYSTEM) as unit:
            return unit.issuances.get(id_)


def annulment(paper: Paper, act: Issuance) -> RecordAnnulled:
    """Return what is recorded of an act that was annulled; LookupError where it was not."""
    if act.annulled_at is None:
        raise LookupError(f"the act {act.id} is not annulled")
    return RecordAnnulled(
        paper=paper.id, act=act.id, at=act.annulled_at, ground=act.annul_ground, decision=act.annul_decision,
        number=act.number_text,
    )  # fmt: skip


def refuse_changed(view: View) -> None:
    """Refuse (`document-changed`) to sign anything but what was approved."""
    proposal = proposal_of(view.case)
    if proposal is None:
        raise LookupError(f"case {view.case.id} has no proposal")
    refuse_swapped(view.papers, proposal)


def request_of(paper: Paper) -> str:
    """Return the mark by which an act that was ordered for a paper is found again."""
    return f"{REQUEST}{paper.id}"


def record_of(view: View, paper: Paper) -> CaseRecord | None:
    """Return what was released for a paper."""
    own = [one for one in view.records if one.kind == "result" and one.paper_id == paper.id]
    return own[-1] if own else None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
