"""Dossiers that are about to pay, and what there is of their money."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from tests.cases.world import CONSULAR, CaseWorld
from verifier.accounts.roles import Role
from verifier.cases.kernel import Turn, system
from verifier.cases.money import DemandFee
from verifier.cases.paying import PayAtCounter, RecordPayment
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.payments.records import CaseMoney, Order
from verifier.storage.scope import SYSTEM

T = TypeVar("T")


def ready(world: CaseWorld, procedure: str = CONSULAR, *, papers: int = 1, **changes: Any) -> Case:
    """A dossier that was found complete and has not been asked to pay."""
    told: dict[str, Any] = {"status": Status.FILED, "complete_at": world.clock.now(), "paid_at": None, **changes}
    return world.case(procedure, papers=papers, **told)


def demanded(world: CaseWorld, procedure: str = CONSULAR, *, papers: int = 1, **changes: Any) -> Case:
    """A dossier that waits for its fee; at a mission it waits for reception to say it."""
    world.competent(procedure)
    case = ready(world, procedure, papers=papers, **changes)
    return case if world.authority.kind == "mission" else world.do(Role.RECEPTION, case, DemandFee())


def paid(world: CaseWorld, papers: int = 1) -> Case:
    """A dossier whose fee was paid at the desk."""
    case = demanded(world, papers=papers)
    return world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000 * papers))


def money_of(world: CaseWorld, case: Case) -> CaseMoney:
    with world.database.unit(SYSTEM) as unit:
        return unit.payments.of_case(case.id)


def order_of(world: CaseWorld, case: Case) -> Order:
    """The order that is open, else the last one."""
    money = money_of(world, case)
    return money.open or money.orders[-1]


def turned(world: CaseWorld, case: Case, ask: Callable[[Turn], T]) -> T:
    """Ask something within a transaction of its own that is rolled back."""
    asker = system("test", case)
    answers: list[T] = []
    with suppress(Undone), world.database.unit(asker.scope) as unit:
        held = unit.cases.get(case.id, hold=True)
        assert held is not None
        answers.append(ask(Turn(world.house, unit, held, asker, world.clock.now())))
        raise Undone
    return answers[0]


class Undone(Exception):
    """Nothing of it stays."""


def told_by_platform(world: CaseWorld, order: Order, **changes: Any) -> RecordPayment:
    """What the platform says of a payment in order."""
    told: dict[str, Any] = {
        "order": order.id,
        "transaction": "DVC-1",
        "amount": order.amount,
        "currency": "VND",
        "payee": world.authority.code,
        "paid_at": world.clock.now() - timedelta(seconds=5),
    }
    return RecordPayment(**{**told, **changes})
