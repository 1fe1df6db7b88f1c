"""What must hold of dossiers after every step of a random walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from tests.support.postgres import RING
from verifier.audit import Actor
from verifier.cases.checking import CaseProof
from verifier.cases.desk import View, view_of
from verifier.cases.kernel import Asker, Spec, applicant
from verifier.cases.openness import open_records
from verifier.cases.records import Case
from verifier.cases.statuses import final, statuses
from verifier.errors import BadRequest
from verifier.payments.records import CaseMoney
from verifier.storage.audit import Entry
from verifier.storage.audit_check import verify
from verifier.storage.notices import Delivery
from verifier.storage.scope import SYSTEM, of
from verifier.web.problem_statuses import STATUSES

if TYPE_CHECKING:
    from tests.cases.walk import WalkWorld

TABLES = text(
    "select tablename from pg_tables where schemaname = 'public'"
    " and has_table_privilege(current_user, format('%I.%I', schemaname, tablename), 'select')"
    " and tablename <> 'alembic_version' order by 1"
)
REACH = text("select set_config('verifier.reach', 'all', true)")
MOVES_DUE = frozenset({
    "confirm-complete", "pay-at-counter", "record-payment", "note-transfer", "exempt-fee", "demand-fee", "correct-fee",
    "set-fee-abroad", "receive", "forward", "ask-supplement", "supplement", "send-confirmation", "record-answer",
    "close-confirmation", "apologise",
})  # fmt: skip
"""Commands by which the date of a result becomes another: acceptance, a wait that begins or ends, an apology."""
OPENS = frozenset({"result-replaced"})
"""Events by which what was delivered waits to be handed over again."""
RUNNING = frozenset({"examination", "approval", "signing"})
OPEN_AGAIN = frozenset({3, 7, 8, 10})
"""Codes of the portal behind which nothing else is told."""


@dataclass(frozen=True)
class State:
    """A dossier with all that belongs to it."""

    case: Case
    view: View
    money: CaseMoney
    deliveries: Sequence[Delivery]
    events: tuple[Entry, ...]
    head: int
    told: tuple[tuple[str, dict[str, Any]], ...]
    """Keys and payloads of the portal's messages."""


class Rules:
    """Looks at the house from outside."""

    def __init__(self, world: WalkWorld) -> None:
        self.world = world
        with world.database.engine.begin() as connection:
            connection.execute(REACH)
            tables = [row[0] for row in connection.execute(TABLES)]
        parts = [
            f"select '{one}', count(*), coalesce(max(cast(cast(xmin as text) as bigint)), 0) from \"{one}\""
            for one in tables
        ]
        self._print = text(" union all ".join(parts))

    def statuses(self) -> dict[UUID, str]:
        """Where each dossier stands, oldest first."""
        with self.world.database.engine.begin() as connection:
            connection.execute(REACH)
            rows = connection.execute(text("select id, status from case_file order by filed_at, code"))
            return {row[0]: str(row[1]) for row in rows}

    # --- refused ------------------------------------------------------------------------------------------------------

    def print_of_all(self) -> str:
        """A mark of all rows of all tables: another one once anything was written or deleted."""
        with self.world.database.engine.begin() as connection:
            connection.execute(REACH)
            return repr(sorted(tuple(row) for row in connection.execute(self._print)))

    def left_nothing(self, before: str) -> None:
        now = self.print_of_all()
        assert now == before, f"a refusal left something: {set(eval(now)) ^ set(eval(before))}"

    @staticmethod
    def known(code: str) -> None:
        assert code in STATUSES, f"no status of HTTP for {code}"

    # --- done ---------------------------------------------------------------------------------------------------------

    def state(self, id_: UUID) -> State:
        with self.world.database.unit(SYSTEM) as unit:
            case = unit.cases.get(id_)
            assert case is not None
            view = view_of(unit, case)
            money, deliveries = unit.payments.of_case(id_), unit.notices.deliveries(id_)
            events, head = unit.audit.chain("case", str(id_), 1000), unit.audit.head()[0]
        with self.world.database.engine.begin() as connection:
            connection.execute(REACH)
            wanted = text(
                "select key, payload from outbox where key like :key order by cast(substring(key from 43) as integer)"
            )
            told = tuple((str(row[0]), dict(row[1])) for row in connection.execute(wanted, {"key": f"case:{id_}:%"}))
        return State(case, view, money, deliveries, events, head, told)

    def done(self, spec: Spec, asker: Asker, before: State, after: State) -> None:
        """What one command does, and nothing else."""
        was, now = before.case, after.case
        assert was.status in {one.value for one in spec.within}, "it was done where it may not be given"
        assert spec.by & asker.may, "somebody did it who may not"
        assert not spec.step_up or asker.proved, "no fresh proof"
        assert asker.scope.authority in ({was.authority_id, was.intake_id} if spec.intake else {was.authority_id})
        assert now.version == was.version + 1, "not one version further"
        assert len(after.events) == len(before.events) + 1, "not one event"
        assert after.head == before.head + 1, "not one event in the log"
        last = after.events[-1].event
        told = (last.action, last.details["was"], last.details["status"], last.details["version"])
        assert told == (spec.event, was.status, now.status, now.version)
        if spec.name not in MOVES_DUE:
            assert now.due_at == was.due_at, f"the date moved by {spec.name}"
        self._portal(before, after)

    def _portal(self, before: State, after: State) -> None:
        was, now = before.case, after.case
        new = [payload for key, payload in after.told if key not in dict(before.told)]
        wanted = was.status != now.status or was.due_at != now.due_at
        assert len(new) == wanted, f"{len(new)} messages to the portal"
        for one in new:
            due = now.due_at.isoformat() if now.due_at else None
            assert (one["portal"], one["due"]) == (statuses()[now.status].portal, due)

    # --- at any time --------------------------------------------------------------------------------------------------

    def of_case(self, id_: UUID, before: State | None = None) -> None:
        """What holds of a dossier whatever was done."""
        now = self.state(id_)
        case = now.case
        assert case.status in statuses()
        assert (case.status in final()) == (case.ended_at is not None)
        reopened = any(one.event.action in OPENS for one in now.events)
        if before and before.case.status in final() and len(now.events) > len(before.events) and not reopened:
            assert case.status == before.case.status, "what was over is open again"
        codes = [payload["portal"] for _, payload in now.told]
        assert set(codes) <= set(range(1, 11))
        ends = [code for code in codes if code in OPEN_AGAIN]
        assert reopened or not ends or (codes[-len(ends) :] == ends and len(set(ends)) == 1), (
            f"the portal was told {codes}"
        )
        self._money(now)
        self._papers(now)
        self._clock(now)
        self._given(now, before)
        if case.removed_at is None:
            self._seen(now)

    def _money(self, now: State) -> None:
        money, case = now.money, now.case
        open_ = [one for one in money.orders if one.state == "open"]
        assert len(open_) <= 1, "two orders are open"
        assert not open_ or case.status not in final(), "an order is open of what is over"
        for one in money.orders:
            assert one.total == sum(line.amount for line in one.lines) or one.state == "exempt"
            assert one.amount == one.total - one.credit >= 0
            if one.state == "open" and one.currency == "VND":
                assert case.fee_vnd == one.total, f"the fee is {case.fee_vnd}, the order {one.total}"
        for payment in money.payments:
            back = [one for one in money.refunds if one.payment_id == payment.id]
            assert sum(one.amount for one in back if one.state in ("asked", "approved", "done")) <= payment.amount
            whole = sum(one.amount for one in back if one.state == "done") == payment.amount
            assert (payment.state == "returned") == whole
            assert sum(one.payment_id == payment.id for one in money.receipts) == (
                payment.state == "matched" or (payment.state == "returned" and not payment.note)
            )
            assert all(one.authority_id == payment.authority_id for one in back)
            assert all(one.decided_by is None or one.decided_by != one.asked_by for one in back)
        assert money.paid >= 0

    def _papers(self, now: State) -> None:
        case = now.case
        results = {one.paper_id for one in now.view.records if one.kind == "result"}
        for one in now.view.papers:
            assert (one.issued_at is None) == (one.entry is None)
            assert one.issued_at is None or one.outcome == "granted", "what was not granted was issued"
            assert one.annulled_at is None or one.issued_at is not None
            assert one.issued_at is None or one.issuance_id is None or one.id in results
            assert one.authority_id == case.authority_id
        if case.status in ("signed", "delivered"):
            granted = [one for one in now.view.papers if one.outcome == "granted"]
            assert granted, "signed, and nothing was granted"
            assert all(one.issued_at for one in granted), "signed, and not all is issued"
            assert all(one.outcome for one in now.view.papers)
        if case.decided_by and case.proposed_by:
            assert case.decided_by != case.proposed_by or case.status == "stopped"

    def _clock(self, now: State) -> None:
        case = now.case
        if case.paused_at is not None:
            assert case.status in ("supplement", "confirmation", "examination"), case.status
            assert case.due_at is None, "a date, though its time stands still"
        if case.status in RUNNING and case.accepted_at and case.paused_at is None and case.clock_from:
            assert case.due_at is not None, "no date, though its time runs"
        if case.status in ("supplement", "forwarded", "filed", "payment") and case.accepted_at:
            assert case.status != "payment", "what is accepted waits for a fee"
        assert case.apologies <= 1

    def _given(self, now: State, before: State | None) -> None:
        """What is given out was not annulled when it was, and of a delivered dossier all was given."""
        case = now.case
        old = {one.id: one.state for one in before.deliveries} if before else {}
        by_id = {one.id: one for one in now.view.records}
        papers = {one.id: one for one in now.view.papers}
        for one in now.deliveries:
            if before is not None and old.get(one.id) != one.state and one.state != "replaced":
                owners = [papers[id_] for rec in one.records if (id_ := by_id[rec].paper_id)]
                assert not any(p.annulled_at for p in owners), "what was annulled is given out"
        if case.status == "delivered":
            done = [one for one in now.deliveries if one.state == "done"]
            assert done, "delivered, and nothing was given"
            assert sum(one.state == "offered" for one in now.deliveries) <= 1
            assert all(one.made_at <= (one.done_at or self.world.clock.now()) for one in done)
            if before is not None and before.case.status != "delivered":
                assert before.money.open is None, "given out, and not paid"  # what is open is cancelled at the end
                by_hand = [p for p in papers.values() if p.issued_at and p.issuance_id is None and not p.annulled_at]
                assert not by_hand or any(one.way == "paper" for one in done), "paper was not handed over"

    def _seen(self, now: State) -> None:
        """Who sees a dossier: who has it, where it was filed, its applicant; all others it is not there for."""
        case, cases = now.case, self.world.cases
        assert cases.view(applicant(case), case.id).case.id == case.id
        theirs = open_records(now.view, self.world.house.book)
        annulled = {one.id for one in now.view.papers if one.annulled_at}
        for one in theirs:
            assert one.kind not in ("report", "evidence", "answer"), "the applicant sees the office's own"
            assert not (one.kind == "result" and (one.paper_id in annulled or case.delivered_at is None))
        for office in (self.world.stranger, self.world.local):
            person, roles = self.world.officers[office.id][0]
            asker = Asker(f"person:{person.id}", of(office.id), Actor("person"), frozenset(roles))
            sees = office.id in (case.authority_id, case.intake_id)
            found = _code(partial(cases.case, asker, case.id))
            assert found == ("" if sees else "not-found"), f"{office.code} is told {found!r}"

    def given(self, id_: UUID, hashes: set[str]) -> None:
        """What was just handed out by a link is in force."""
        now = self.state(id_)
        annulled = {one.id for one in now.view.papers if one.annulled_at}
        fallen = {one.sha256 for one in now.view.records if one.kind == "result" and one.paper_id in annulled}
        assert not fallen & hashes, "a link gave what was annulled"

    def of_all(self, ids: Iterable[UUID]) -> None:
        for id_ in list(ids)[-3:]:
            self.of_case(id_)

    # --- at the end ---------------------------------------------------------------------------------------------------

    def findings(self) -> list[str]:
        """What the checkers find of all there is."""
        proof = CaseProof(self.world.database, self.world.blobs)
        found = proof.findings(self.world.clock.now(), sent_kept=timedelta(days=9999), content=True)
        log = verify(self.world.database, RING)
        broken = [] if log.intact else [f"{log.code} {log.number}"]
        return [f"{one.code} {one.subject} {one.detail}" for one in found] + broken


def _code(act: Callable[[], object]) -> str:
    try:
        act()
    except BadRequest as refusal:
        return refusal.problem.code
    return ""
