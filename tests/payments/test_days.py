from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import CaseWorld, code_of
from tests.payments.platform import FakePlatform, serving
from tests.payments.support import demanded, money_of, order_of, paid, told_by_platform
from verifier.accounts.roles import Role
from verifier.cases.kernel import applicant
from verifier.cases.moving import Withdraw
from verifier.cases.paying import NoteTransfer
from verifier.cases.refunds import ApproveRefund, AskRefund, NoteRefund
from verifier.payments.days import Days
from verifier.payments.desk import Payments
from verifier.payments.reconciling import Sum, read_statement
from verifier.payments.records import Order
from verifier.storage.scope import SYSTEM

DAY = date(2026, 3, 2)
HEAD = "transaction,reference,amount,currency,paid_at\n"


@pytest.fixture
def days(world: CaseWorld) -> Days:
    return Days(world.house)


def online(world: CaseWorld, transaction: str = "DVC-1", **changes: object) -> Order:
    """A dossier that was paid online; return its order."""
    case = demanded(world)
    order = order_of(world, case)
    world.by_system(case, told_by_platform(world, order, transaction=transaction, **changes))
    return order


def line(order: Order, transaction: str = "DVC-1", amount: int = 30_000) -> str:
    return f"{transaction},{order.reference},{amount},VND,2026-03-02T15:00:00+07:00\n"


def test_a_day_tells_what_was_demanded_and_taken(world: CaseWorld, days: Days) -> None:
    paid(world)
    online(world)
    online(world, "DVC-2", amount=10_000)
    world.do(Role.CLERK, demanded(world), NoteTransfer(transaction="FT", amount=30_000, paid_at=world.clock.now()))
    world.do(Role.RECEPTION, demanded(world), Withdraw(reason="x"))

    found = days.day(world.asker(Role.CLERK), DAY)

    assert found.by_channel() == {
        ("counter", "VND"): Sum(1, 30_000),
        ("platform", "VND"): Sum(1, 30_000),
        ("transfer", "VND"): Sum(1, 30_000),
    }
    assert found.by_state() == {
        ("cancelled", "VND"): Sum(1, 30_000),
        ("open", "VND"): Sum(1, 30_000),
        ("paid", "VND"): Sum(3, 90_000),
    }
    assert [(one.amount, one.note) for one in found.apart] == [(10_000, "amount")]
    assert [one.number for one in found.receipts] == [1, 2, 3]
    assert found.due == datetime.fromisoformat("2026-03-02T17:00:00+07:00")
    assert found.matched is None


def test_a_day_ends_at_midnight_of_the_authority(world: CaseWorld, days: Days) -> None:
    world.clock.instant = datetime.fromisoformat("2026-03-02T23:59:59+07:00")
    paid(world)
    world.clock.pass_(seconds=1)
    paid(world)

    counts = [len(days.day(world.asker(Role.CLERK), DAY + timedelta(days=n)).payments) for n in range(3)]

    assert counts == [1, 1, 0]


def test_other_authorities_see_nothing_of_it(world: CaseWorld, days: Days) -> None:
    paid(world)
    world.authority = add_authority(world.database, code="G11", kind="ministry")
    world.people.clear()
    elsewhere = world.asker(Role.CLERK, world.another(Role.CLERK))

    found = days.day(elsewhere, DAY)

    assert (found.orders, found.payments, found.receipts, found.callbacks) == ((), (), (), ())


# --- beside a statement ---------------------------------------------------------------------------------------------


def test_a_statement_that_agrees(world: CaseWorld, days: Days) -> None:
    order = online(world)
    paid(world)

    found = days.reconcile(world.asker(Role.CLERK), DAY, (HEAD + line(order)).encode())

    assert found.matched is not None
    assert (found.matched.agrees, found.matched.agree) == (True, 1)
    assert [(one.source, one.agrees, one.made_by) for one in found.runs] == [
        ("upload", True, world.person(Role.CLERK).id)
    ]


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (lambda _: "", {"agree": 0, "missing_here": 0, "missing_there": 1, "differ": 0}),
        (lambda order: line(order, amount=29_000), {"agree": 0, "missing_here": 0, "missing_there": 0, "differ": 1}),
        (
            lambda order: line(order) + line(order, "DVC-9"),
            {"agree": 1, "missing_here": 1, "missing_there": 0, "differ": 0},
        ),
    ],
    ids=["missing-there", "differs", "missing-here"],
)
def test_statements_that_do_not_agree(
    world: CaseWorld, days: Days, lines: Callable[[Order], str], counts: dict[str, int]
) -> None:
    order = online(world)

    found = days.reconcile(world.asker(Role.CLERK), DAY, (HEAD + lines(order)).encode())

    assert found.matched is not None
    assert (found.matched.agrees, found.matched.counts) == (False, counts)
    with world.database.unit(SYSTEM) as unit:
        event = unit.audit.chain("authority", str(world.authority.id), 10)[-1].event
    assert (event.action, event.details["missing_here"]) == ("payments-reconciled", counts["missing_here"])


def test_a_payment_of_the_day_before_is_known(world: CaseWorld, days: Days) -> None:
    order = online(world)
    world.clock.pass_(days=1)

    found = days.reconcile(world.asker(Role.CLERK), DAY + timedelta(days=1), (HEAD + line(order)).encode())

    assert found.matched is not None
    assert found.matched.counts == {"agree": 1, "missing_here": 0, "missing_there": 0, "differ": 0}


def test_a_day_to_come_is_not_reconciled(world: CaseWorld, days: Days) -> None:
    asker = world.asker(Role.CLERK)

    assert code_of(lambda: days.reconcile(asker, DAY + timedelta(days=1), HEAD.encode())) == "day-not-over"
    assert code_of(lambda: days.reconcile(asker, DAY)) == "no-online-payment"


def test_statements_come_with_semicolons_and_a_mark_too() -> None:
    text = "\ufeff" + HEAD.replace(",", ";") + "A;P;30000;VND;2026-03-02T15:00:00+07:00\r\n"

    assert [(one.transaction, one.amount) for one in read_statement(text.encode())] == [("A", 30_000)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "transaction,amount\n",
        HEAD.replace("currency", "curency"),
        HEAD + "A,P,30000,VND\n",
        HEAD + "A,P,30000,VND,2026-03-02T15:00:00+07:00,more\n",
        HEAD + ",P,30000,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,30000.0,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,0,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,-5,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,٣٠,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,30000,EUR,2026-03-02T15:00:00+07:00\n",
        HEAD + "A,P,30000,VND,2026-03-02T15:00:00\n",
        HEAD + "A,P,30000,VND,today\n",
        HEAD + 2 * "A,P,30000,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "A\u200b,P,30000,VND,2026-03-02T15:00:00+07:00\n",
        HEAD + "x" * 300_000 + ",P,30000,VND,2026-03-02T15:00:00+07:00\n",
    ],
    ids=[
        "empty", "few", "slip", "short", "long", "no-id", "fraction", "zero", "minus", "digits", "currency", "no-zone",
        "no-time", "twice", "hidden", "huge",
    ],
)  # fmt: skip
def test_statements_that_are_refused(text: str) -> None:
    assert code_of(lambda: read_statement(text.encode())) == "statement-unclear"


def test_a_statement_that_is_not_text_is_refused() -> None:
    assert code_of(lambda: read_statement(b"\xff\xfe\x00")) == "statement-unclear"


# --- by the platform, and by itself -----------------------------------------------------------------------------------


def test_the_platform_is_asked_for_its_statement(world: CaseWorld, platform: FakePlatform) -> None:
    order = online(world)
    platform.lines = [platform.line(order, "DVC-1", world.clock.now())]

    with serving(platform) as door:
        found = Days(world.house, door).reconcile(world.asker(Role.LEADER), DAY)

    assert found.matched is not None
    assert (found.matched.agrees, found.runs[0].source) == (True, "platform")
    assert platform.asked[0][1]["MaDonVi"] == world.authority.code


def test_days_are_reconciled_by_themselves(world: CaseWorld, platform: FakePlatform) -> None:
    case = demanded(world)
    with serving(platform) as door:
        Payments(world.cases, door).link(applicant(case), case.id)
        days = Days(world.house, door)
        assert days.reconcile_due(world.clock.now()) == 1  # yesterday
        assert days.reconcile_due(world.clock.now()) == 0

        world.clock.instant = datetime.fromisoformat("2026-03-02T16:45:00+07:00")
        assert days.reconcile_due(world.clock.now()) == 1  # today, before the office closes
        world.clock.pass_(hours=1)
        assert days.reconcile_due(world.clock.now()) == 0

        world.clock.pass_(hours=12)
        assert days.reconcile_due(world.clock.now()) == 1  # and once more, whole
        platform.status = 500
        world.clock.pass_(days=1)
        assert days.reconcile_due(world.clock.now()) == 0


def test_an_authority_without_a_calendar_keeps_no_other_from_being_reconciled(
    world: CaseWorld, platform: FakePlatform
) -> None:
    codes = (f"G08.US{number:02d}" for number in range(1, 60))
    others = (add_authority(world.database, code=code, kind="ministry") for code in codes)
    before = next(one for one in others if one.id < world.authority.id)  # its turn comes first
    with serving(platform) as door:
        for authority in (world.authority, before):
            world.authority = authority
            case = demanded(world)
            Payments(world.cases, door).link(applicant(case), case.id)
        assert Days(world.house, door).reconcile_due(world.clock.now()) == 1


# --- by month ---------------------------------------------------------------------------------------------------------


def test_a_month_is_remitted_by_the_fifth(world: CaseWorld, days: Days) -> None:
    paid(world, papers=2)
    case = paid(world)
    payment = money_of(world, case).payments[0]
    world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="x", amount=10_000))
    refund = money_of(world, case).refunds[0]
    world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    world.do(Role.CLERK, case, NoteRefund(refund=refund.id))
    online(world, "DVC-2", amount=1)
    world.clock.pass_(days=31)
    paid(world)

    found = days.month(world.asker(Role.CLERK), date(2026, 3, 17))

    assert (found.month, found.totals) == (date(2026, 3, 1), {"VND": 80_000})
    assert found.due == datetime.fromisoformat("2026-04-06T17:00:00+07:00")  # the 5th is a Sunday
    assert found.citation == "Thông tư 157/2016/TT-BTC Điều 6 khoản 1"
    assert days.month(world.asker(Role.CLERK), date(2026, 4, 1)).totals == {"VND": 30_000}
