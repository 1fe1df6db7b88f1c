"""What is owed for a dossier (phí phải nộp), as its papers and payments are now, and how amounts are written."""

from __future__ import annotations

from verifier.cases.kernel import Turn
from verifier.law.fees import Abroad
from verifier.law_desk import answered
from verifier.payments.reckoning import Cost, cost, covered
from verifier.payments.records import VND, CaseMoney, OrderState


def settled(turn: Turn) -> bool:
    """Tell whether nothing of the fee is open: paid in full as the papers are now, exempt, or none due.

    BadRequest `count-missing`, `count-wrong` where it cannot be reckoned.
    """
    money = turn.money()
    if money.exempt or noted(turn, money):
        return True
    if abroad(turn) is not None:
        return settled_abroad(money)
    return money.open is None and cost_of(turn).total <= credit(turn, money)


def noted(turn: Turn, money: CaseMoney) -> bool:
    """Tell whether a dossier that came from elsewhere brought the note that its fee is paid: no order is of here."""
    return not money.orders and money.carried is None and turn.case.paid_at is not None


def credit(turn: Turn, money: CaseMoney) -> int:
    """Return what is set off, in whole đồng: paid for this dossier, and with the one that was given back before."""
    if money.carried is None:
        return money.paid
    with answered():
        return money.paid + covered(turn.law, turn.case.procedure, money.carried.count)


def cost_of(turn: Turn) -> Cost:
    """Reckon the fee of a case as its papers are now; BadRequest as `demand`."""
    with answered():
        return cost(turn.law, turn.case.procedure, turn.papers())


def abroad(turn: Turn) -> Abroad | None:
    """Return what holds where a dossier was filed at a mission (cơ quan đại diện); None where it was filed at home."""
    filed_at = turn.intake()
    return turn.house.book.fees.abroad(turn.case.law_day) if filed_at and filed_at.kind == "mission" else None


def settled_abroad(money: CaseMoney) -> bool:
    """Tell whether what a mission asked for by its own table is paid, or a person exempted from it."""
    return money.exempt or (money.open is None and any(one.state == OrderState.PAID for one in money.orders))


def spoken(amount: int, currency: str, lang: str = "vi") -> str:
    """Return an amount for a letter: of đồng the figure alone, which is written out as its language wants."""
    return str(amount) if currency == VND else printed(amount, currency, lang)


def printed(amount: int, currency: str, lang: str = "vi") -> str:
    """Return an amount as it is printed: `60.000 đồng` and `10,00 USD`, in English `60,000 VND` and `10.00 USD`."""
    english = f"{amount:,}" if currency == VND else f"{amount // 100:,}.{amount % 100:02d}"
    if lang == "en":
        return f"{english} {currency}"
    return f"{english.translate(str.maketrans(',.', '.,'))} {'đồng' if currency == VND else currency}"
