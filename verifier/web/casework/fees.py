"""How the fee of a dossier stands, in words: for who works on it and for its applicant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.cases.kernel import Asker
from verifier.cases.records import Case
from verifier.payments.reckoning import carried_rule
from verifier.payments.records import VND, Carried, CaseMoney, Order, OrderState
from verifier.web.casework.base import desk
from verifier.web.casework.choices import amount_of
from verifier.web.chrome import say, words


def fee_of(who: Asker, case: Case) -> Sequence[str]:
    """Say what the fee is, what of it is open and how to pay that, and which other dossier it was or is used for."""
    carries = carried_rule(desk().house.law(case), case.procedure) is not None
    with desk().house.database.unit(who.scope) as unit:
        money = unit.payments.of_case(case.id, carries=carries)
        before, after = unit.payments.carried(case.id) if carries else (None, None)
    whole = money.open is not None and money.open.amount == money.open.total  # nothing of it was paid yet
    return (*(() if whole else (_stands(case, money),)), *_open(money.open), *_carried(before, after))


def _stands(case: Case, money: CaseMoney) -> str:
    whole = _whole(case, money)
    if not whole or case.fee_vnd == 0:
        return say("case-fee-none" if case.paid_at else "case-fee-open")
    if case.paid_at:
        return say("case-fee-paid", amount=whole, time=words().when(case.paid_at))
    return say("case-fee-due", amount=whole)


def _whole(case: Case, money: CaseMoney) -> str:
    """Write the whole fee, of a mission what it asked for by its own table; empty where none is known."""
    if case.fee_vnd is not None:
        return amount_of(case.fee_vnd, VND)
    asked = [one for one in money.orders if one.state in (OrderState.OPEN, OrderState.PAID)]
    return amount_of(asked[-1].total, asked[-1].currency) if asked else ""


def _open(order: Order | None) -> Iterator[str]:
    if order is not None:
        yield say("case-fee-order", amount=amount_of(order.amount, order.currency), reference=order.reference)
        if order.due_at is not None:
            yield say("case-fee-until", time=words().local(order.due_at))


def _carried(before: Carried | None, after: Carried | None) -> Iterator[str]:
    if before:
        told = {"receipts": ", ".join(before.receipts), "earlier": before.earlier_code}
        yield say("case-fee-carried", **told, count=words().number(before.count))
    if after:
        yield say("case-fee-used", dossier=after.code)
