from __future__ import annotations

from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import CaseWorld, code_of
from tests.payments.support import demanded, money_of, order_of, paid, told_by_platform, turned
from verifier.accounts.roles import Role
from verifier.cases import owed
from verifier.cases.money import SetFeeAbroad
from verifier.cases.moving import Withdraw
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case
from verifier.cases.refunds import ApproveRefund, AskRefund, NoteRefund, RecordRefund, RejectRefund
from verifier.payments.records import Refund


def asked(world: CaseWorld, case: Case, amount: int | None = None) -> Refund:
    """What reception asks to be given back of the last payment."""
    payment = money_of(world, case).payments[-1]
    world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="Đã rút hồ sơ", amount=amount))
    return money_of(world, case).refunds[-1]


def test_money_goes_back_by_two_people(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, paid(world), Withdraw(reason="Theo đơn"))
    refund = asked(world, case)
    assert (refund.amount, refund.state) == (30_000, "asked")
    assert refund.basis.startswith("Luật Phí và lệ phí số 97/2015/QH13")

    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    assert money_of(world, case).paid == 0

    world.do(Role.CLERK, case, NoteRefund(refund=refund.id, transaction="UNC-7"))
    found = money_of(world, case)
    assert [(one.state, one.transaction) for one in found.refunds] == [("done", "UNC-7")]
    assert [one.state for one in found.payments] == ["returned"]
    assert world.told[-1][1].template == "fee-refunded"
    assert world.actions(case)[-3:] == ["refund-asked", "refund-approved", "fee-refunded"]


def test_nobody_approves_what_they_asked_for(world: CaseWorld) -> None:
    case = paid(world)
    payment = money_of(world, case).payments[0]
    world.do(Role.LEADER, case, AskRefund(payment=payment.id, reason="x"))
    refund = money_of(world, case).refunds[0]

    assert code_of(lambda: world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))) == "own-proposal"

    another = world.another(Role.LEADER)
    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id), another)
    assert money_of(world, case).refunds[0].decided_by == another.id


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.CLERK])
def test_only_leaders_approve(world: CaseWorld, role: Role) -> None:
    case = paid(world)
    refund = asked(world, case)

    assert code_of(lambda: world.do(role, case, ApproveRefund(refund=refund.id))) == "not-allowed"


def test_what_is_decided_stays_decided(world: CaseWorld) -> None:
    case = paid(world)
    refund = asked(world, case)
    world.do(Role.LEADER, case, RejectRefund(refund=refund.id, reason="Hồ sơ đang giải quyết"))

    assert code_of(lambda: world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))) == "already-decided"
    assert code_of(lambda: world.do(Role.CLERK, case, NoteRefund(refund=refund.id))) == "refund-not-approved"


def test_a_rejection_says_why(world: CaseWorld) -> None:
    case = paid(world)
    refund = asked(world, case)

    assert code_of(lambda: world.do(Role.LEADER, case, RejectRefund(refund=refund.id, reason=" "))) == "reason-missing"


def test_money_goes_back_once(world: CaseWorld) -> None:
    case = paid(world)
    refund = asked(world, case)
    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    world.do(Role.CLERK, case, NoteRefund(refund=refund.id))

    assert code_of(lambda: world.do(Role.CLERK, case, NoteRefund(refund=refund.id))) == "refund-not-approved"
    assert code_of(lambda: asked(world, case)) == "refund-too-much"


@pytest.mark.parametrize("amount", [0, -1, 30_001, True])
def test_no_more_goes_back_than_came(world: CaseWorld, amount: int) -> None:
    case = paid(world)

    assert code_of(lambda: asked(world, case, amount)) == "refund-too-much"


def test_a_part_goes_back_and_the_rest_is_still_paid(world: CaseWorld) -> None:
    case = paid(world, papers=2)
    refund = asked(world, case, 10_000)
    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    world.do(Role.CLERK, case, NoteRefund(refund=refund.id))
    found = money_of(world, case)

    assert (found.paid, found.payments[0].state, found.refundable(found.payments[0])) == (50_000, "matched", 50_000)
    assert not turned(world, case, owed.settled)


def test_payments_and_refunds_of_other_dossiers_are_not_known(world: CaseWorld) -> None:
    one, other = paid(world), paid(world)
    payment, refund = money_of(world, other).payments[0], asked(world, other)

    assert code_of(lambda: world.do(Role.CLERK, one, AskRefund(payment=payment.id, reason="x"))) == "payment-unknown"
    assert code_of(lambda: world.do(Role.LEADER, one, ApproveRefund(refund=refund.id))) == "refund-unknown"
    assert code_of(lambda: world.by_system(one, RecordRefund(refund=uuid4(), transaction="R"))) == "refund-unknown"


def test_missions_give_no_fee_back(world: CaseWorld) -> None:
    world.authority = add_authority(world.database, code="G10.SQ")
    case = world.do(Role.RECEPTION, demanded(world), SetFeeAbroad(amount=1_000, what="Chứng nhận"))
    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=1_000))

    assert code_of(lambda: asked(world, case)) == "refund-not-allowed"


def test_money_that_paid_nothing_goes_back_without_a_rule_on_fees(world: CaseWorld) -> None:
    case = paid(world)
    world.clock.pass_(seconds=1)
    world.by_system(case, told_by_platform(world, order_of(world, case)))

    assert asked(world, case).basis == ""


def test_the_platform_gives_back_what_was_approved(world: CaseWorld) -> None:
    case = demanded(world)
    case = world.by_system(case, told_by_platform(world, order_of(world, case)))
    refund = asked(world, case)
    said = RecordRefund(refund=refund.id, transaction="DVC-R1")
    assert code_of(lambda: world.by_system(case, said)) == "refund-not-approved"

    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    world.by_system(case, said)

    assert [(one.state, one.done_by) for one in money_of(world, case).refunds] == [("done", None)]


def test_another_authority_does_not_give_back_what_it_did_not_take(world: CaseWorld) -> None:
    case = paid(world)
    other = add_authority(world.database, code="G10.B", kind="ministry")
    world.change(case, authority_id=other.id)
    home, world.authority = world.authority, other
    world.people.clear()
    elsewhere = world.another(Role.CLERK)

    payment = money_of(world, case).payments[0]
    said = AskRefund(payment=payment.id, reason="x")
    assert code_of(lambda: world.do(Role.CLERK, case, said, elsewhere)) == "case-elsewhere"
    world.authority = home
    world.do(Role.CLERK, case, said)
    assert len(money_of(world, case).refunds) == 1
