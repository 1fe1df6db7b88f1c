"""Carries acts on: one thread has an act, step by step, until it is over or has to wait; the others wait their turn."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from verifier.audit import Actor
from verifier.errors import Problem, VerifierError, fault_of
from verifier.signing.acts.form import problem_to
from verifier.signing.acts.hand import LEASE, Hand, Lost
from verifier.signing.acts.house import PREFIX, House, event, system
from verifier.signing.acts.parking import NEVER, STOPPED, Parked
from verifier.signing.acts.steps import STEPS
from verifier.signing.acts.troubles import pause, waits
from verifier.signing.records import State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.outage import is_outage
from verifier.storage.scope import SYSTEM, of

FAULT = "internal-error"
AT_ONCE = 1000
"""Most acts taken up in one go."""
CLOSE_SECONDS = 10.0
"""How long closing waits for the steps that are being made."""

log = structlog.get_logger("verifier.issuing")


class Progress:
    """Acts on their way. One object a process; `close` it when done."""

    def __init__(self, house: House, workers: int) -> None:
        """Start `workers` threads that wait for acts."""
        self._house = house
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[UUID | None] = queue.SimpleQueue()
        self._lock = threading.Condition()
        self._known: set[UUID] = set()
        self._again: set[UUID] = set()
        self._threads = [
            threading.Thread(target=self._work, name=f"issue-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, ids: Iterable[UUID], *, surely: bool = False) -> int:
        """Have acts carried on beside us; those that are in the queue already are not put twice.

        With `surely` those that a thread has in hand at this moment are begun once more afterwards.
        """
        with self._lock:
            wanted = tuple(ids)
            new = [id_ for id_ in wanted if id_ not in self._known]
            self._known.update(new)
            if surely:
                self._again.update(self._known.intersection(wanted).difference(new))
        for id_ in new:
            self._queue.put(id_)
        return len(new)

    def wait(self, id_: UUID, seconds: float) -> None:
        """Wait until an act is in nobody's hands, at most so long."""
        with self._lock:
            self._lock.wait_for(lambda: id_ not in self._known, seconds)

    def take_up(self, now: datetime) -> int:
        """Carry on what is due at `now`; return how many acts."""
        with self._house.database.unit(SYSTEM) as unit:
            due = unit.issuances.due(now, AT_ONCE)
        return self.put(due)

    def recover(self, now: datetime) -> int:
        """Take up everything that was open when the last process ended; what it left in the spool goes."""
        for path in self._house.spool.glob(f"{PREFIX}*"):
            path.unlink(missing_ok=True)
        with self._house.database.unit(SYSTEM) as unit:
            unit.issuances.drop_leases()
        return self.take_up(now)

    def run(self, id_: UUID) -> Issuance:
        """Carry one act on, here and now, until it is over or has to wait; LookupError where there is none."""
        house, now = self._house, self._house.clock()
        with house.database.unit(SYSTEM) as unit:
            act = unit.issuances.lease(id_, now, now + LEASE)
            if act is None:
                act = unit.issuances.get(id_)
                if act is None:
                    raise LookupError("there is no such act")
                return act
        with house.files() as files:
            hand = Hand(house, act, files)
            try:
                self._steps(hand)
            except Lost:
                log.info("the act was changed by somebody else", id=str(id_))
                return self._let_go(hand.act)
        return hand.act

    def close(self) -> None:
        """Begin no more steps; what is not over is taken up by the next start."""
        self._closing.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (id_ := self._queue.get()) is not None:
            if not self._closing.is_set():
                fault = fault_of(lambda id_=id_: self.run(id_))  # type: ignore[misc]
                if fault is not None:
                    log.error("issuing broke", id=str(id_), exc_info=fault)
            with self._lock:
                if id_ in self._again:
                    self._again.discard(id_)
                    self._queue.put(id_)
                    continue
                self._known.discard(id_)
                self._lock.notify_all()

    def _steps(self, hand: Hand) -> None:
        while (step := STEPS.get(State(hand.act.state))) is not None:
            if self._closing.is_set():
                hand.note(leased_until=None)
                return
            before = State(hand.act.state)
            if not self._made(hand, step):
                return
            log.info("a step was made", id=str(hand.act.id), before=before.value, after=hand.act.state)
        self._finish_batch(hand.act)

    def _made(self, hand: Hand, step: Callable[[Hand], None]) -> bool:
        """Make a step; where it cannot be made, note why and return False."""
        faults: list[Exception] = []

        def attempt() -> None:
            try:
                step(hand)
            except (VerifierError, Lost, Parked) as refusal:
                faults.append(refusal)

        broke = fault_of(attempt)
        fault = broke or (faults[0] if faults else None)
        if fault is None:
            return True
        if isinstance(fault, Lost):
            raise fault
        if isinstance(fault, Parked):
            self._park(hand.act)
            return False
        self._cannot(hand, fault)
        return False

    def _cannot(self, hand: Hand, fault: Exception) -> None:
        if isinstance(fault, SQLAlchemyError) and is_outage(fault):
            raise fault  # the act stays as it is; its lease ends by itself
        if isinstance(fault, VerifierError):
            problem = fault.problem
        else:
            log.error("a step broke", id=str(hand.act.id), state=hand.act.state, exc_info=fault)
            problem = Problem(FAULT, f"The fault is noted under {hand.act.id}.")
        if self._closing.is_set():
            hand.note(leased_until=None)
            return
        attempts, now = hand.act.attempts + 1, self._house.clock()
        if waits(problem, attempts):
            told: dict[str, Any] = {"problem": problem_to(problem), "attempts": attempts, "leased_until": None}
            hand.note(**told, next_try_at=now + pause(attempts))
            log.warning("an act waits", id=str(hand.act.id), state=hand.act.state, code=problem.code)
            return
        give_up(hand, problem, now)
        log.warning("an act was given up", id=str(hand.act.id), code=problem.code)
        self._finish_batch(hand.act)

    def _park(self, act: Issuance) -> None:
        """Let an act wait with its batch; where that goes on again meanwhile, let go of the act only."""
        if act.batch_id is None:
            return
        with self._house.database.unit(of(act.authority_id)) as unit:
            batch = unit.issuances.batch(act.batch_id, hold=True)
            now = unit.issuances.get(act.id, hold=True)
            if batch is not None and now is not None and now.state == act.state:
                parked = {"stop_asked": True, "next_try_at": NEVER} if batch.state == STOPPED else {}
                unit.issuances.change(now, leased_until=None, **parked)

    def _finish_batch(self, act: Issuance) -> None:
        """Note that a batch is finished where this was its last act."""
        if act.batch_id is None:
            return
        with self._house.database.unit(of(act.authority_id)) as unit:
            finish_batch(unit, act.batch_id, self._house.clock())

    def _let_go(self, act: Issuance) -> Issuance:
        """End our lease of an act that was changed under us, unless somebody else has it by now."""
        with self._house.database.unit(of(act.authority_id)) as unit:
            now = unit.issuances.get(act.id, hold=True)
            if now is not None and now.leased_until is not None and now.leased_until == act.leased_until:
                unit.issuances.change(now, leased_until=None)
            return unit.issuances.get(act.id) or act


def give_up(hand: Hand, problem: Problem, now: datetime, reason: str = "", actor: Actor | None = None) -> None:
    """Abandon an act: its number stays in the book with the reason, what was signed is deleted; one transaction."""
    act, working = hand.act, hand.act.working_blob
    words = reason or f"{problem.code}: {problem.detail}".removesuffix(": ")

    def in_it(unit: UnitOfWork) -> dict[str, Any]:
        if act.number is not None and not unit.registers.change(act.id, "reserved", "cancelled", now, reason=words):
            raise LookupError("the act's number is not reserved")
        return {}

    details = {"why": problem.code, "number": act.number_text}
    actor = actor or system(act.authority_id)
    told = event(act, "issuance-cancelled", actor, now, reason=reason, details=details)
    hand.commit(
        State.CANCELLED, now, events=(told,), in_it=in_it, problem=problem_to(problem), working_blob=None,
        prepared=None, leased_until=None,
    )  # fmt: skip
    if working:
        hand.house.blobs.delete(working)


def finish_batch(unit: UnitOfWork, batch: UUID, now: datetime) -> None:
    """Note that a running batch is finished, where no act of it is open any more."""
    counts = unit.issuances.counts(batch)
    if any(count for state, count in counts.items() if state not in (State.RELEASED, State.CANCELLED)):
        return
    found = unit.issuances.batch(batch, hold=True)
    if found is not None and found.state in ("running", "stopped"):
        unit.issuances.change_batch(batch, "finished", now)
