"""The fee of a dossier (phí): demanded by the law of its day, corrected, exempted by a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases import acceptance, letters
from verifier.cases.acceptance import when_paid
from verifier.cases.kernel import LEADER, OPEN, RECEPTION, SPECIALIST, Command, Done, Letter, Turn, handles
from verifier.cases.owed import abroad, cost_of, credit, noted, printed, settled_abroad, spoken
from verifier.cases.paying import onward, table
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law.answers import Exemption
from verifier.payments.reckoning import AT_RETURN
from verifier.payments.records import VND, CaseMoney, Order, OrderLine, OrderState
from verifier.payments.references import reference_of

BEFORE = "before-acceptance"
PAY_WITHIN = timedelta(days=30)
"""Until when a notice asks to pay. Our own aim: no law sets a time, and nothing ends by itself."""
MOST_ABROAD = 10_000_000
"""Our guard against slips of the keyboard at missions: 100,000 dollars in cents."""
USD = "USD"


# --- what others ask --------------------------------------------------------------------------------------------------


def demand(turn: Turn) -> Done:
    """Reckon the fee by the law of the case and make the order of payment, with the letter `fee-notice`.

    A fee before acceptance is demanded once the dossier is complete, one with the filing as it is filed: status
    PAYMENT. One at the return leaves the status. What was paid before is set off; where nothing is owed (no fee,
    exempt, or paid) the dossier goes on at once. At missions, whose prices the law book does not hold for all acts,
    nothing is reckoned: the dossier stays with reception, who says the amount (`set-fee-abroad`). BadRequest
    `count-missing`, `count-wrong`.
    """
    money, when = turn.money(), when_paid(turn)
    if abroad(turn) is not None:
        if settled_abroad(money):
            return _nothing_owed(turn, when, 0 if money.exempt else None)
        return Done(_waiting(turn, when) if money.open else None, told={"fee": "abroad"})
    fee = cost_of(turn)
    owed = 0 if money.exempt or noted(turn, money) else fee.total - credit(turn, money)
    if owed <= 0:
        return _nothing_owed(turn, when, 0 if money.exempt else fee.total)
    return _ordered(turn, money, fee.lines, when, VND)


def recounted(turn: Turn) -> Done:
    """Demand a fee anew that further papers, or a decision at whose return it is paid, have changed; else nothing."""
    if turn.case.fee_vnd is None or turn.case.accepted_at is None or abroad(turn) is not None:
        return Done()
    return Done() if cost_of(turn).total == turn.case.fee_vnd else demand(turn)


# --- orders -----------------------------------------------------------------------------------------------------------


def _ordered(
    turn: Turn, money: CaseMoney, lines: tuple[OrderLine, ...], when: str, currency: str, *, moves: bool = True
) -> Done:
    """Keep the open order where it asks for just this, else make another in its place, and tell the applicant.

    `moves`: whether a dossier that waits for its fee comes to that status.
    """
    total, less = sum(one.amount for one in lines), credit(turn, money)
    order, kept = money.open, False
    if order is not None:
        kept = (order.lines, order.credit, order.currency) == (lines, less, currency)
        if not kept:
            turn.unit.payments.close_order(order, OrderState.CANCELLED.value, turn.now, ground="replaced")
    if order is None or not kept:
        order = _new(turn, lines, less, when, currency)
    letter = Letter("fee-notice", _told(turn, order), (order.notice_id,) if order.notice_id else ())
    told: dict[str, Detail] = {"order": str(order.id), "amount": order.amount, "currency": currency}
    change: dict[str, Any] = {"fee_vnd": total if currency == VND else None, "paid_at": None}
    status = _waiting(turn, when) if moves else None
    if status is Status.PAYMENT:  # it is the applicant's turn: no target of the office runs
        change |= {"step_due": None, "warned": ""}
    return Done(status, change, told, letters=(letter,))


def _new(turn: Turn, lines: tuple[OrderLine, ...], less: int, when: str, currency: str) -> Order:
    """Make an order with its reference and, before acceptance, its notice (thông báo nộp phí)."""
    order = _drafted(turn, lines, less, when, currency)
    if when == BEFORE and currency == VND:
        order = replace(order, notice_id=letters.form_record(turn, "fee-notice", notice_values(turn, order)).id)
    turn.unit.payments.add_order(order)
    return order


def _drafted(turn: Turn, lines: tuple[OrderLine, ...], less: int, when: str, currency: str) -> Order:
    id_, total = uuid4(), sum(one.amount for one in lines)
    return Order(
        id=id_,
        case_id=turn.case.id,
        authority_id=turn.case.authority_id,
        reference=reference_of(id_),
        state=OrderState.OPEN.value,
        lines=lines,
        total=total,
        credit=less,
        amount=total - less,
        currency=currency,
        when_paid=when,
        law_sha256=turn.house.book.sha256,
        made_at=turn.now,
        made_by=turn.asker.person,
        due_at=turn.now + PAY_WITHIN,
    )


def notice_values(turn: Turn, order: Order) -> dict[str, Any]:
    """Return what stands on a notice."""
    ways = [f"Nộp trực tiếp tại {turn.authority.name_vi}"]
    if turn.house.online:
        ways.insert(0, "Thanh toán trực tuyến trên nền tảng thanh toán của Cổng Dịch vụ công quốc gia")
    ways.append("Chuyển khoản vào tài khoản của cơ quan thu phí, ghi đúng nội dung thanh toán")
    return {
        "reference": order.reference,
        "lines": table(order, turn.money().carried),
        "total": order.amount,
        "ways": tuple(ways),
        "account": order.reference,
        "until": order.due_at.astimezone(turn.zone) if order.due_at else None,
        "refund": refund_words(turn),
        "leader": turn.asker.actor.name if turn.asker.person else "",
    }


def refund_words(turn: Turn) -> str:
    """Return what the law says of giving back, in Vietnamese; nothing where nothing was found."""
    found = abroad(turn)
    if found is not None:
        return found.refund.words.vi
    fee = cost_of(turn)
    return fee.refund.vi if fee.refund_basis.status != "unverified" else ""


def _told(turn: Turn, order: Order) -> dict[str, str]:
    until = order.due_at.astimezone(turn.zone).isoformat() if order.due_at else ""
    lang = turn.case.applicant.lang
    lines = [
        f"{one.en if lang == 'en' else one.vi}: {printed(one.amount, order.currency, lang)}" for one in order.lines
    ]
    told = {"amount": spoken(order.amount, order.currency, lang), "lines": "\n".join(lines)}
    told |= {"reference": order.reference}
    told |= {"credit": spoken(order.credit, order.currency, lang)} if order.credit else {}
    if order.when_paid == AT_RETURN:
        return {**told, "at_return": "1"}
    return {**told, "until": until, "before": "1" if order.when_paid == BEFORE and not turn.case.accepted_at else ""}


def _nothing_owed(turn: Turn, when: str, total: int | None) -> Done:
    """Close what is open, and go on: who demands a fee before acceptance has found the dossier complete."""
    turn.unit.payments.cancel_open(turn.case.id, turn.now, "nothing-owed")
    done = Done(change={"fee_vnd": total, "paid_at": turn.case.paid_at or turn.now}, told={"owed": 0})
    if when == BEFORE and turn.case.accepted_at is None:
        return done.and_then(acceptance.accepted(turn))
    return done.and_then(onward(turn, when))


def _waiting(turn: Turn, when: str) -> Status | None:
    """Return the status of a dossier that waits for its fee; None where the work goes on meanwhile."""
    return None if when == AT_RETURN or turn.case.accepted_at is not None else Status.PAYMENT


# --- commands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DemandFee(Command):
    """Demand the fee (yêu cầu nộp phí), where that did not happen by itself."""


def refuse_unchanged(turn: Turn) -> None:
    """Refuse to ask for what is asked for already, or before it may be asked for."""
    refuse_incomplete(turn)
    if abroad(turn) is None:
        _owed_anew(turn)
    else:
        raise BadRequest("fee-paid" if settled_abroad(turn.money()) else "fee-abroad")


@handles(
    DemandFee,
    "demand-fee",
    event="fee-demanded",
    by=(RECEPTION,),
    within=OPEN - {Status.SUPPLEMENT},
    refuses=refuse_unchanged,
)
def demand_fee(turn: Turn, _said: DemandFee) -> Done:
    """Demand it; BadRequest `case-incomplete` before completeness was confirmed, `fee-unchanged` where it stands.

    Missions say the amount instead (`fee-abroad`; `fee-paid` where that is settled).
    """
    refuse_unchanged(turn)
    return _anew(turn)


def refuse_incomplete(turn: Turn) -> None:
    """Refuse to ask for a fee before acceptance of a dossier that is not complete (Decree 111/2011 Art. 15a(3)(b))."""
    if when_paid(turn) == BEFORE and turn.case.complete_at is None:
        raise BadRequest("case-incomplete", "completeness is confirmed first", missing="")


@dataclass(frozen=True, kw_only=True)
class CorrectFee(Command):
    """Reckon the fee anew (tính lại phí), where papers, pages or copies changed."""

    reason: str


def refuse_right(turn: Turn) -> None:
    """Refuse to correct what is right, what may not be asked for yet, or what the law book does not reckon."""
    refuse_incomplete(turn)
    if abroad(turn) is not None:
        raise BadRequest("fee-abroad")
    _owed_anew(turn)


@handles(
    CorrectFee, "correct-fee", event="fee-corrected", by=(RECEPTION, SPECIALIST), within=OPEN, refuses=refuse_right
)
def correct_fee(turn: Turn, said: CorrectFee) -> Done:
    """Put another order in the place of the open one, or demand what is missing; more than is due may be asked back.

    BadRequest `reason-missing`; `case-incomplete` before completeness was confirmed; `fee-unchanged` where what is
    owed stands already.
    """
    reason = reason_of(said.reason)
    refuse_right(turn)
    return Done(reason=reason).and_then(_anew(turn))


def _anew(turn: Turn) -> Done:
    """Bring what is demanded in line with what is owed; only a dossier that waits for its fee moves."""
    money, when, fee = turn.money(), when_paid(turn), cost_of(turn)
    owed = _owed_anew(turn)
    if owed > 0:
        moves = turn.case.status == Status.PAYMENT.value or (
            turn.case.status == Status.FILED.value and (when != BEFORE or turn.case.complete_at is not None)
        )
        return _ordered(turn, money, fee.lines, when, VND, moves=moves)
    turn.unit.payments.cancel_open(turn.case.id, turn.now, "nothing-owed")
    told: dict[str, Detail] = {"owed": 0, "over": -owed}
    change = {"fee_vnd": 0 if money.exempt else fee.total, "paid_at": turn.case.paid_at or turn.now}
    return Done(change=change, told=told).and_then(onward(turn, when))


def _owed_anew(turn: Turn) -> int:
    """Return what is owed, less than nothing where too much was paid; BadRequest `fee-unchanged` where that stands."""
    money = turn.money()
    owed = 0 if money.exempt or noted(turn, money) else cost_of(turn).total - credit(turn, money)
    if (money.open.amount if money.open else 0) == max(0, owed):
        raise BadRequest("fee-unchanged", f"{max(0, owed)} VND is due", due=str(max(0, owed)))
    return owed


@dataclass(frozen=True, kw_only=True)
class ExemptFee(Command):
    """Exempt from the fee (miễn phí): a person decides, on a ground that the law names."""

    exemption: str
    """Id in the law data, as `consular-reciprocity`."""
    ground: str
    """Why it applies here."""


def refuse_paid(turn: Turn) -> None:
    """Refuse to exempt from what was paid or exempted, or where the law exempts nobody."""
    if not exemptions(turn):
        raise BadRequest("exemption-unknown", "the law exempts nobody", field="exemption", allowed="")
    money = turn.money()
    if money.exempt or credit(turn, money) or noted(turn, money):
        raise BadRequest("fee-paid")


@handles(ExemptFee, "exempt-fee", event="fee-exempted", by=(LEADER,), within=OPEN, refuses=refuse_paid)
def exempt_fee(turn: Turn, said: ExemptFee) -> Done:
    """Exempt; BadRequest `exemption-unknown` (`allowed`), `reason-missing`, `fee-paid` where it was paid."""
    offered = exemptions(turn)
    if said.exemption not in {one.id for one in offered}:
        allowed = ", ".join(one.id for one in offered)
        raise BadRequest("exemption-unknown", said.exemption, field="exemption", allowed=allowed)
    if not (ground := clean_text(said.ground)):
        raise BadRequest("reason-missing", field="ground")
    refuse_paid(turn)
    money = turn.money()
    order = _exempt_order(turn, money)
    told: dict[str, Any] = {"exemption": said.exemption, "ground": ground, "decided_by": turn.person()}
    turn.unit.payments.close_order(order, OrderState.EXEMPT.value, turn.now, **told)
    done = Done(change={"fee_vnd": 0, "paid_at": turn.now}, told={"exemption": said.exemption, "order": str(order.id)})
    return Done(reason=ground).and_then(done).and_then(onward(turn, order.when_paid))


def exemptions(turn: Turn) -> tuple[Exemption, ...]:
    """Return who may be exempt from the fee of a case; of a mission's, those of missions."""
    found = abroad(turn)
    if found is None:
        return cost_of(turn).exemptions
    known = turn.house.book.fees.data.exemptions
    return tuple(one for one in known if one.id in found.exemptions and one.entry.holds(turn.case.law_day))


def _exempt_order(turn: Turn, money: CaseMoney) -> Order:
    """Return the order that is closed as exempt: the open one, or one that was never sent."""
    if money.open is not None:
        return money.open
    here = abroad(turn) is None
    order = _drafted(turn, cost_of(turn).lines if here else (), 0, when_paid(turn), VND if here else USD)
    turn.unit.payments.add_order(order)
    return order


@dataclass(frozen=True, kw_only=True)
class SetFeeAbroad(Command):
    """Say what a mission charges by its own table (biểu mức thu của cơ quan đại diện), in US dollars."""

    amount: int
    """In cents: the whole fee, with what was paid of it."""
    what: str
    """For what, as the mission's table names it."""


def refuse_set(turn: Turn) -> None:
    """Refuse a mission's own price at home, where nothing more can be owed there, or before it may be asked for."""
    if abroad(turn) is None:
        raise BadRequest("fee-not-abroad")
    money, here = turn.money(), turn.case.authority_id == turn.case.intake_id
    if money.exempt or (settled_abroad(money) and not here):
        raise BadRequest("fee-paid")
    refuse_incomplete(turn)


@handles(
    SetFeeAbroad,
    "set-fee-abroad",
    event="fee-demanded",
    by=(RECEPTION,),
    within=OPEN - {Status.SUPPLEMENT},
    refuses=refuse_set,
)
def set_fee_abroad(turn: Turn, said: SetFeeAbroad) -> Done:
    """Demand it; of a fee that was paid, what is more than that, since nothing is given back.

    What was paid, said again, takes back what was demanded beyond it. BadRequest `fee-not-abroad` at home,
    `field-wrong`, `field-missing`, `fee-paid`.
    """
    found = abroad(turn)
    if found is None:
        raise BadRequest("fee-not-abroad")
    refuse_set(turn)
    money, when = turn.money(), when_paid(turn)
    paid = credit(turn, money)
    least = max(1, paid if money.open else paid + 1)
    if isinstance(said.amount, bool) or not least <= said.amount <= MOST_ABROAD:
        raise BadRequest("field-wrong", field="amount", allowed=f"{least} – {MOST_ABROAD} (US cents)")
    if not (what := clean_text(said.what)):
        raise BadRequest("field-missing", field="what")
    if said.amount == paid:
        return _nothing_owed(turn, when, None)
    basis = found.entry.basis
    line = OrderLine("mission", what, what, 1, said.amount, said.amount, basis.citation, basis.status)
    return _ordered(turn, money, (line,), when, USD)
