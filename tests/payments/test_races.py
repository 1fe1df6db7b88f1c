"""Money that comes, is given back or is not wanted any more at one moment: it adds up, and nobody is told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.accounts.support import add_authority
from tests.cases.races import RaceWorld, crossed, outcome, race_world
from tests.cases.world import CONSULAR, COPY
from tests.payments.support import money_of, order_of, told_by_platform
from verifier.accounts.roles import Role
from verifier.cases.kernel import Command, system
from verifier.cases.money import ExemptFee
from verifier.cases.moving import Forward, Withdraw
from verifier.cases.paying import NoteTransfer, PayAtCounter
from verifier.cases.records import Case
from verifier.cases.refunds import ApproveRefund, AskRefund
from verifier.cases.statuses import Status
from verifier.payments.desk import Payments
from verifier.payments.records import Notice, Order
from verifier.storage.database import Database

HELD, WRITTEN, PAID = "FOR UPDATE", "UPDATE case_file", "INSERT INTO payment "
WITHDRAW = Withdraw(reason="Người nộp đề nghị.")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[RaceWorld]:
    with race_world(database, tmp_path) as world:
        yield world


def told(world: RaceWorld, order: Order, transaction: str = "DVC-1", **changes: object) -> Notice:
    """What the platform tells of an order."""
    said = Notice("paid", transaction, order.reference, order.amount, "VND", world.authority.code, world.clock.now())
    return Notice(**{**vars(said), **changes})


def heard(world: RaceWorld, notice: Notice) -> Callable[[], object]:
    return lambda: Payments(world.cases).heard(notice)


def states(world: RaceWorld, case: Case) -> tuple[list[str], list[str], int]:
    """States of orders and payments, and how many receipts there are."""
    money = money_of(world, case)
    return sorted(one.state for one in money.orders), sorted(one.state for one in money.payments), len(money.receipts)


def test_money_that_comes_as_the_dossier_is_withdrawn_is_kept_apart(world: RaceWorld) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    pays = heard(world, told(world, order_of(world, case)))

    assert crossed(world.database, world.asks(Role.RECEPTION, case, WITHDRAW), WRITTEN, pays) == ("done", "done")
    assert states(world, case) == (["cancelled"], ["surplus"], 0)
    assert world.now(case).status == "withdrawn"
    assert set(world.letters(case)) == {"filed", "fee-notice", "withdrawn", "payment-apart"}
    assert world.findings() == []


def test_a_dossier_that_is_withdrawn_as_it_is_paid_was_accepted_before(world: RaceWorld) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    pays = heard(world, told(world, order_of(world, case)))

    assert crossed(world.database, pays, PAID, world.asks(Role.RECEPTION, case, WITHDRAW)) == ("done", "done")
    assert states(world, case) == (["paid"], ["matched"], 1)
    assert {"receipt", "fee-paid", "withdrawn"} <= set(world.letters(case))
    assert world.findings() == []


@pytest.mark.parametrize("first", ["pays", "exempts"])
def test_who_pays_as_the_fee_is_exempted_has_paid_it_or_too_much(world: RaceWorld, first: str) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    said = ExemptFee(exemption="consular-reciprocity", ground="Điều ước")
    pays, exempts = heard(world, told(world, order_of(world, case))), world.asks(Role.LEADER, case, said)

    if first == "pays":
        assert crossed(world.database, pays, PAID, exempts) == ("done", "fee-paid")
        assert states(world, case) == (["paid"], ["matched"], 1)
    else:
        assert crossed(world.database, exempts, WRITTEN, pays) == ("done", "done")
        assert states(world, case) == (["exempt"], ["surplus"], 0)
    assert world.now(case).status == "accepted"
    assert world.letters(case).count("receipt") == 1
    assert world.findings() == []


def test_one_transfer_that_is_noted_on_two_dossiers_at_once_is_noted_on_one(world: RaceWorld) -> None:
    one, other = world.at(Status.PAYMENT, CONSULAR), world.at(Status.PAYMENT, CONSULAR)

    def noted(case: Case) -> Command:
        return NoteTransfer(transaction="FT-1", amount=case.fee_vnd or 0, paid_at=world.clock.now())

    first, second = (world.asks(Role.RECEPTION, case, noted(case)) for case in (one, other))
    assert crossed(world.database, first, PAID, second) == ("done", "payment-known")
    assert states(world, one) == (["paid"], ["matched"], 1)
    assert states(world, other) == (["open"], [], 0)
    assert world.findings() == []


def test_one_transaction_that_the_platform_tells_of_two_orders_at_once_contradicts_itself(world: RaceWorld) -> None:
    one, other = world.at(Status.PAYMENT, CONSULAR), world.at(Status.PAYMENT, CONSULAR)
    first, second = (heard(world, told(world, order_of(world, case))) for case in (one, other))

    assert crossed(world.database, first, PAID, second) == ("done", "payment-contradicts")
    assert states(world, other) == (["open"], [], 0)
    assert world.findings() == []


def test_a_payment_is_asked_back_once(world: RaceWorld) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    heard(world, told(world, order_of(world, case)))()
    (payment,) = money_of(world, case).payments
    first, second = (
        world.asks(role, case, AskRefund(payment=payment.id, reason="Nộp hai lần."))
        for role in (Role.RECEPTION, Role.SPECIALIST)
    )

    assert crossed(world.database, first, "INSERT INTO payment_refund", second) == ("done", "refund-too-much")
    assert world.findings() == []


def test_two_refunds_of_one_amount_that_are_told_at_once_are_both_noted(world: RaceWorld) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    order = order_of(world, case)
    heard(world, told(world, order))()
    (payment,) = money_of(world, case).payments
    for _ in range(2):
        world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="Nộp thừa.", amount=10_000))
    for one in money_of(world, case).refunds:
        world.do(Role.LEADER, case, ApproveRefund(refund=one.id))
    first, second = (
        heard(world, told(world, order, name, kind="refunded", amount=10_000, original="DVC-1")) for name in "AB"
    )

    assert crossed(world.database, first, "UPDATE payment_refund", second) == ("done", "done")
    assert sorted(one.transaction for one in money_of(world, case).refunds) == ["A", "B"]
    assert outcome(second) == "done"
    assert world.letters(case).count("fee-refunded") == 2
    assert world.findings() == []


def test_a_fee_at_the_return_is_paid_to_who_took_it_in_as_the_dossier_is_forwarded(
    database: Database, tmp_path: Path
) -> None:
    ministry = add_authority(database, code="G08", kind="ministry", states=())
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=ministry.id, states=())
    with race_world(database, tmp_path, authority=local) as world:
        case = world.at(Status.ACCEPTED, COPY)
        pays = heard(world, told(world, order_of(world, case)))
        forwards = world.asks(Role.RECEPTION, case, Forward(reason="Thuộc thẩm quyền của Bộ."))

        assert crossed(world.database, forwards, WRITTEN, pays) == ("done", "done")
        assert states(world, case) == (["paid"], ["matched"], 1)
        assert money_of(world, case).payments[0].authority_id == local.id
        assert world.findings() == []


def test_desk_and_platform_take_one_fee(world: RaceWorld) -> None:
    case = world.at(Status.PAYMENT, CONSULAR)
    order = order_of(world, case)
    desk, said = world.asks(Role.RECEPTION, case, PayAtCounter(amount=order.amount)), told_by_platform(world, order)

    def pays() -> object:
        return world.cases.do(system("payments", case), case.id, said)

    assert crossed(world.database, desk, PAID, pays) == ("done", "done")
    assert states(world, case) == (["paid"], ["matched", "surplus"], 1)
    assert world.letters(case).count("receipt") == 1
    assert world.findings() == []
