"""How the fee of a dossier stands, in words: for who works on it and for its applicant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.cases.records import Case
from verifier.payments.reckoning import AT_RETURN
from verifier.payments.records import APART, VND, Carried, CaseMoney, Order, OrderState, RefundState
from verifier.web.casework.choices import amount_of
from verifier.web.chrome import say, words


def fee_of(case: Case, money: CaseMoney) -> Sequence[str]:
    """Say what the fee is, what of it is open and how to pay that, what went back, and for which dossiers it counts."""
    stands = _open(money.open) if money.open else iter((_stands(case, money),))
    return (*stands, *_beside(money), *_carried(money.carried, money.used))


def _stands(case: Case, money: CaseMoney) -> str:
    """Say how the fee stands while nothing is asked for."""
    if money.exempt:
        return say("case-fee-exempt")
    whole = _whole(case, money)
    if case.paid_at:
        return say("case-fee-paid", amount=whole, time=words().when(case.paid_at)) if whole else say("case-fee-none")
    if case.ended_at:
        return say("case-fee-ended")
    return say("case-fee-due", amount=whole) if whole else say("case-fee-open")


def _whole(case: Case, money: CaseMoney) -> str:
    """Write the whole fee, of a mission what it asked for by its own table; empty where none is known or due."""
    if case.fee_vnd is not None:
        return amount_of(case.fee_vnd, VND) if case.fee_vnd else ""
    asked = [one for one in money.orders if one.state in (OrderState.OPEN, OrderState.PAID)]
    return amount_of(asked[-1].total, asked[-1].currency) if asked else ""


def _open(order: Order) -> Iterator[str]:
    """Say what is to be paid, and by when; of what was paid before, how much that was."""
    if order.credit:
        total, paid = (amount_of(one, order.currency) for one in (order.total, order.credit))
        yield say("case-fee-part", amount=total, paid=paid)
    yield say("case-fee-order", amount=amount_of(order.amount, order.currency), reference=order.reference)
    if order.when_paid == AT_RETURN:
        yield say("case-fee-at-return")
    elif order.due_at is not None:
        yield say("case-fee-until", time=words().local(order.due_at))


def _beside(money: CaseMoney) -> Iterator[str]:
    """Say what came that paid nothing, and what went back."""
    for one in money.payments:
        if one.state in APART:
            yield say("case-fee-apart", amount=amount_of(one.amount, one.currency))
    for back in money.refunds:
        if back.state == RefundState.DONE:
            yield say("case-fee-back", amount=amount_of(back.amount, back.currency))


def _carried(before: Carried | None, after: Carried | None) -> Iterator[str]:
    if before:
        told = {"receipts": ", ".join(before.receipts), "earlier": before.earlier_code}
        yield say("case-fee-carried", **told, count=words().number(before.count))
    if after:
        yield say("case-fee-used", dossier=after.code)
