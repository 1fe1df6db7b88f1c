from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import CaseWorld, code_of
from tests.payments.platform import FakePlatform, sealed
from tests.payments.support import demanded, money_of, order_of, paid
from verifier.accounts.roles import Role
from verifier.cases.moving import Withdraw
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case
from verifier.cases.refunds import ApproveRefund, AskRefund
from verifier.errors import BadRequest
from verifier.payments.desk import MOST_UNREAD, OF_THE_REST, Heard, Payments
from verifier.payments.records import Callback
from verifier.storage.scope import SYSTEM

THREADS = 20


def callbacks(world: CaseWorld) -> list[Callback]:
    with world.database.unit(SYSTEM) as unit:
        found = unit.payments.callbacks(world.clock.now() - timedelta(days=1), world.clock.now() + timedelta(days=1))
    return sorted(found, key=lambda one: one.outcome)


def test_a_callback_pays_the_fee(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    order = order_of(world, case)

    heard = desk.called(platform.callback(order))

    assert heard == Heard("recorded", order.reference, "DVC-1", "BLP-2026-0000001")
    assert world.now(case).status == "accepted"
    assert world.actions(case)[-1] == "payment-recorded"
    assert [(one.outcome, one.times, one.amount, one.case_id) for one in callbacks(world)] == [
        ("recorded", 1, 30_000, case.id)
    ]


def test_a_callback_that_comes_again_is_answered_alike(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case = demanded(world)
    order = order_of(world, case)
    body = platform.callback(order)

    first, before = desk.called(body), len(world.events(case))
    again = desk.called(body)
    world.clock.pass_(hours=3)
    later = desk.called(platform.callback(order, trans_time=world.clock.now().isoformat()))

    assert first == again == later
    assert len(world.events(case)) == before
    assert len(money_of(world, case).payments) == len(money_of(world, case).receipts) == 1
    assert sorted(one.times for one in callbacks(world)) == [1, 2]


def test_the_same_callback_at_once_pays_once(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    body = platform.callback(order_of(world, case))

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: desk.called(body), range(THREADS)))

    found = money_of(world, case)
    assert len(set(answers)) == 1
    assert (len(found.payments), len(found.receipts)) == (1, 1)
    assert world.actions(case).count("payment-recorded") == 1
    assert [one.times for one in callbacks(world)] == [THREADS]


def test_desk_and_platform_at_once_take_one_fee(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    body = platform.callback(order_of(world, case))
    asker = world.asker(Role.RECEPTION)

    def pay(which: int) -> None:
        with suppress(BadRequest):  # the platform was first: nothing is due any more
            if which % 2:
                desk.called(body)
            else:
                world.cases.do(asker, case.id, PayAtCounter(amount=30_000))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(pay, range(8)))

    found = money_of(world, case)
    assert [one.state for one in found.payments].count("matched") == 1
    assert len(found.receipts) == 1
    assert 1 <= len(found.payments) <= 2


# --- what is not believed ---------------------------------------------------------------------------------------------


def flip(body: bytes) -> bytes:
    told = json.loads(body)
    told["secure_hash"] = told["secure_hash"][:-1] + ("0" if told["secure_hash"][-1] != "0" else "1")
    return json.dumps(told).encode()


def raised(body: bytes) -> bytes:
    return body.replace(b'"trans_amount": 30000', b'"trans_amount": 40000')


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (flip, "callback-signature"),
        (raised, "callback-signature"),
        (lambda body: json.dumps({**json.loads(body), "more": 1}).encode(), "callback-signature"),
        (lambda body: json.dumps({**json.loads(body), "secure_hash": None}).encode(), "callback-signature"),
        (lambda body: json.dumps(sealed(json.loads(body), b"another key")).encode(), "callback-signature"),
        (lambda body: body[:-1], "callback-malformed"),
        (lambda _: b"[]", "callback-malformed"),
        (lambda _: b"[" * 100_000, "callback-malformed"),
        (lambda body: body[:-1] + b', "status": "00"}', "callback-malformed"),
        (lambda body: body.replace(b"30000", b"30000.0"), "callback-malformed"),
        (lambda body: body.replace(b"30000", b"NaN"), "callback-malformed"),
    ],
    ids=["hash", "amount", "added", "none", "key", "cut", "list", "deep", "twice", "fraction", "nan"],
)
def test_callbacks_that_are_not_believed(
    world: CaseWorld, platform: FakePlatform, desk: Payments, spoil: Callable[[bytes], bytes], code: str
) -> None:
    case = demanded(world)
    body = spoil(platform.callback(order_of(world, case)))

    assert code_of(lambda: desk.called(body)) == code
    assert world.now(case).status == "payment"
    assert [(one.outcome, one.reference, one.authority_id) for one in callbacks(world)] == [(code, "", None)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "somebody"}, "callback-not-ours"),
        ({"time": None}, "callback-malformed"),
        ({"time": "2026-03-02T08:00:00"}, "callback-malformed"),
        ({"command": "GIVE"}, "callback-malformed"),
        ({"MaTraCuuTT": ""}, "callback-malformed"),
        ({"MaTraCuuTT": "x" * 201}, "callback-malformed"),
        ({"MaTraCuuTT": "a\nb"}, "callback-malformed"),
        ({"trans_amount": True}, "callback-malformed"),
        ({"trans_amount": "30000"}, "callback-malformed"),
        ({"trans_amount": -30000}, "callback-malformed"),
        ({"trans_amount": 10**12}, "callback-malformed"),
        ({"trans_time": "yesterday"}, "callback-malformed"),
        ({"trans_time": "0001-01-01T00:00:00+14:00"}, "callback-malformed"),
        ({"trans_time": "9999-12-31T23:59:59-14:00"}, "callback-malformed"),
        ({"trans_time": "2027-03-02T08:00:00+07:00"}, "callback-malformed"),
        ({"transaction_id": "P0000000000000"}, "payment-order-unknown"),
    ],
    ids=[
        "client", "no-time", "no-zone", "command", "no-id", "long-id", "lines", "bool", "text", "minus", "much", "when",
        "first-year", "last-year", "to-come", "unknown",
    ],
)  # fmt: skip
def test_signed_callbacks_that_are_refused(
    world: CaseWorld, platform: FakePlatform, desk: Payments, changes: dict[str, Any], code: str
) -> None:
    case = demanded(world)

    assert code_of(lambda: desk.called(platform.callback(order_of(world, case), **changes))) == code
    assert money_of(world, case).payments == ()


@pytest.mark.parametrize(("minutes", "believed"), [(-11, False), (-9, True), (9, True), (11, False)])
def test_a_callback_counts_for_some_minutes(
    world: CaseWorld, platform: FakePlatform, desk: Payments, *, minutes: int, believed: bool
) -> None:
    case = demanded(world)
    sent = world.clock.now() + timedelta(minutes=minutes)
    body = platform.callback(order_of(world, case), time=sent.isoformat())

    if believed:
        assert desk.called(body).outcome == "recorded"
    else:
        assert code_of(lambda: desk.called(body)) == "callback-stale"


def test_money_for_nothing_known_is_kept_for_the_payee(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case = demanded(world)
    body = platform.callback(order_of(world, case), transaction_id="P0000000000000")

    assert code_of(lambda: desk.called(body)) == "payment-order-unknown"
    assert [(one.authority_id, one.amount) for one in callbacks(world)] == [(world.authority.id, 30_000)]


# --- another order of things ------------------------------------------------------------------------------------------


def test_a_failed_payment_does_nothing(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    order = order_of(world, case)

    assert desk.called(platform.callback(order, status="24")).outcome == "not-paid"
    assert desk.called(platform.callback(order)).outcome == "recorded"
    assert code_of(lambda: desk.called(platform.callback(order, status="24"))) == "payment-contradicts"
    assert world.now(case).status == "accepted"


def test_the_same_transaction_with_another_amount_contradicts(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case, other = demanded(world), demanded(world)
    order = order_of(world, case)
    desk.called(platform.callback(order))

    assert code_of(lambda: desk.called(platform.callback(order, trans_amount=31_000))) == "payment-contradicts"
    assert code_of(lambda: desk.called(platform.callback(order_of(world, other)))) == "payment-contradicts"
    assert money_of(world, other).payments == ()


def test_another_amount_is_kept_apart_and_the_right_one_pays(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case = demanded(world)
    order = order_of(world, case)

    assert desk.called(platform.callback(order, trans_amount=29_000)).outcome == "mismatch"
    assert world.now(case).status == "payment"
    assert desk.called(platform.callback(order, MaTraCuuTT="DVC-2")).outcome == "recorded"
    assert world.now(case).status == "accepted"


def test_paid_at_the_desk_before_the_callback(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = paid(world)
    order = order_of(world, case)

    first = desk.called(platform.callback(order))
    assert (first.outcome, first.receipt) == ("surplus", "")
    assert desk.called(platform.callback(order)) == first


def test_paid_after_the_dossier_ended(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    order = order_of(world, case)
    world.do(Role.RECEPTION, case, Withdraw(reason="Theo đơn"))

    assert desk.called(platform.callback(order)).outcome == "surplus"
    assert world.now(case).status == "withdrawn"


def test_the_order_of_another_authority(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    add_authority(world.database, code="G11.B", kind="ministry")
    case = demanded(world)

    assert desk.called(platform.callback(order_of(world, case), MaDonVi="G11.B")).outcome == "mismatch"
    assert money_of(world, case).payments[0].note == "payee"


def test_money_follows_the_authority_that_collects_when_the_dossier_has_moved(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case = demanded(world)
    order = order_of(world, case)
    other = add_authority(world.database, code="G11.B", kind="ministry")
    world.change(case, authority_id=other.id, status="examination", accepted_at=world.clock.now())

    assert desk.called(platform.callback(order)).outcome == "recorded"
    found = money_of(world, case)
    assert (found.payments[0].authority_id, found.receipts[0].authority_id) == (world.authority.id, world.authority.id)
    assert world.now(case).status == "examination"


# --- giving back ------------------------------------------------------------------------------------------------------


def back(platform: FakePlatform, world: CaseWorld, case: Case, **changes: Any) -> bytes:
    order = order_of(world, case)
    return platform.callback(order, **{"command": "REFUND", "MaTraCuuTT": "DVC-R", "original": "DVC-1", **changes})


def test_a_refund_before_its_payment(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)

    assert code_of(lambda: desk.called(back(platform, world, case))) == "payment-unknown"
    desk.called(platform.callback(order_of(world, case)))
    assert code_of(lambda: desk.called(back(platform, world, case))) == "refund-not-approved"


def test_a_refund_that_two_people_approved(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    desk.called(platform.callback(order_of(world, case)))
    payment = money_of(world, case).payments[0]
    world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="Nộp nhầm"))
    world.do(Role.LEADER, case, ApproveRefund(refund=money_of(world, case).refunds[0].id))
    assert code_of(lambda: desk.called(back(platform, world, case, trans_amount=1))) == "refund-not-approved"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: desk.called(back(platform, world, case)), range(6)))

    assert {one.outcome for one in answers} == {"refunded"}
    assert [(one.state, one.transaction) for one in money_of(world, case).refunds] == [("done", "DVC-R")]
    assert world.told.templates.count("fee-refunded") == 1


def test_without_a_platform_nothing_is_heard(world: CaseWorld) -> None:
    assert code_of(lambda: Payments(world.cases).called(b"{}")) == "no-online-payment"


def test_nobody_fills_the_database_with_calls(world: CaseWorld, desk: Payments) -> None:
    now = world.clock.now()
    with world.database.unit(SYSTEM) as unit:
        for number in range(MOST_UNREAD - 1):
            unit.payments.note_callback(Callback(uuid4(), f"{number:064x}", now, "callback-signature", now))

    for body in (b"1", b"2", b"3", b"4"):
        assert code_of(partial(desk.called, body)) == "callback-malformed"

    found = callbacks(world)
    assert len(found) == MOST_UNREAD + 1
    assert [one.times for one in found if one.sha256 == OF_THE_REST] == [3]
