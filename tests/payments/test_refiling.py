"""A dossier that was given back unverified is filed again: the fee that was paid counts for it, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.filings import filing, paper
from tests.cases.races import crossed
from tests.cases.test_waiting import APOSTILLE, at
from tests.cases.world import CODE, CONSULAR, TOKEN, WHO, CaseWorld, code_of
from tests.payments.support import demanded, money_of, turned
from verifier.accounts.roles import Role
from verifier.cases import owed
from verifier.cases.intake import Filed, file
from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.money import CorrectFee, ExemptFee
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Applicant, Case
from verifier.cases.refiling import same
from verifier.cases.refunds import ApproveRefund, AskRefund, NoteRefund, RejectRefund
from verifier.cases.setright import CheckPaper
from verifier.payments.days import Days
from verifier.storage.database import UnitOfWork

FEE = 30_000


@pytest.fixture
def world(world: CaseWorld) -> CaseWorld:
    world.clock.instant = at("10-05T09:00")
    return world


def returned(world: CaseWorld, papers: int = 1, **changes: Any) -> Case:
    """An Apostille that was paid for and given back unverified."""
    case = demanded(world, APOSTILLE, papers=papers, code=fresh())
    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=FEE * papers))
    return stopped(world, case, **changes)


def fresh() -> str:
    """A code of a day on which nothing is filed here."""
    return f"{CODE}-260914-{uuid4().int % 10**8:08d}"


def stopped(world: CaseWorld, case: Case, **changes: Any) -> Case:
    now, leader = world.clock.now(), world.person(Role.LEADER).id
    told = {"status": "stopped", "decided_by": leader, "decided_at": now, "ended_at": now, "due_at": None}
    return world.change(case, **{**told, **changes})


def again(world: CaseWorld, earlier: Case, copies: int = 1, asker: Asker | None = None, **changes: Any) -> Filed:
    """File an Apostille that names an earlier dossier."""
    who = asker or world.asker(Role.RECEPTION)
    told = {"continues": earlier.code, "papers": (paper(APOSTILLE, copies=copies),), **changes}
    return file(world.house, who, filing(world, who, APOSTILLE, **told))


def refused(world: CaseWorld, earlier: Case, **changes: Any) -> str:
    return code_of(lambda: again(world, earlier, **changes))


def asked(world: CaseWorld, case: Case) -> UUID:
    world.do(Role.RECEPTION, case, AskRefund(payment=money_of(world, case).payments[0].id, reason="Theo đơn"))
    return money_of(world, case).refunds[-1].id


def test_a_fee_that_was_paid_counts_for_the_dossier_that_is_filed_again(world: CaseWorld) -> None:
    earlier = returned(world)
    case = again(world, earlier, continues=f" {earlier.code.lower()} ").case

    assert (case.status, case.fee_vnd, case.paid_at) == ("filed", FEE, world.clock.now())
    found = money_of(world, case)
    assert (found.orders, found.payments, found.receipts, found.paid) == ((), (), (), 0)
    assert found.carried is not None
    assert (found.carried.earlier_code, found.carried.count) == (earlier.code, 1)
    assert found.carried.receipts == tuple(one.text for one in money_of(world, earlier).receipts)
    assert money_of(world, earlier).used == found.carried
    assert turned(world, case, owed.settled)
    told = next(letter for id_, letter in world.told if id_ == case.id and letter.template == "filed")
    assert told.values == {"receipts": found.carried.receipts[0], "earlier": earlier.code}
    assert world.events(case)[0].event.details["continues"] == earlier.code
    last = world.events(earlier)[-1].event
    assert (last.action, last.details["code"], last.details["version"]) == (
        "fee-used-again",
        case.code,
        world.now(earlier).version,
    )


@pytest.mark.parametrize(("paid", "copies", "due"), [(1, 3, 2), (2, 3, 1), (3, 3, 0), (3, 1, 0)])
def test_it_counts_for_as_many_as_were_paid_for(world: CaseWorld, paid: int, copies: int, due: int) -> None:
    case = again(world, returned(world, paid), copies).case
    order = money_of(world, case).open

    assert (order.amount if order else 0) == due * FEE
    assert case.status == ("payment" if due else "filed")
    if order:
        assert (order.total, order.credit) == (copies * FEE, paid * FEE)
        case = world.do(Role.RECEPTION, case, PayAtCounter(amount=due * FEE))
        assert (case.status, money_of(world, case).paid) == ("filed", due * FEE)
    assert turned(world, case, owed.settled)


def test_more_copies_that_are_found_later_cost_more_and_fewer_nothing_less(world: CaseWorld) -> None:
    case = again(world, returned(world, 2), 2).case
    (one,) = world.papers(case)
    case = world.do(Role.RECEPTION, case, CheckPaper(paper=one.id, copies=3))
    assert not turned(world, case, owed.settled)
    case = world.do(Role.RECEPTION, case, CorrectFee(reason="Thêm một bản"))
    opened = money_of(world, case).open
    assert opened is not None
    assert opened.amount == FEE

    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=FEE))
    case = world.do(Role.RECEPTION, case, CheckPaper(paper=one.id, copies=1))
    assert turned(world, case, owed.settled)
    assert code_of(lambda: world.do(Role.RECEPTION, case, CorrectFee(reason="Bớt hai bản"))) == "fee-unchanged"
    assert code_of(lambda: world.do(Role.LEADER, case, ExemptFee(exemption="consular-treaty", ground="x"))) == (
        "fee-paid"
    )


def test_a_fee_counts_once(world: CaseWorld) -> None:
    earlier = returned(world)
    again(world, earlier)

    assert refused(world, earlier) == "earlier-used"


def test_two_filings_at_once_use_a_fee_once(world: CaseWorld) -> None:
    earlier = returned(world)
    asker = world.asker(Role.RECEPTION)

    def act() -> Filed:
        return again(world, earlier, asker=asker)

    assert crossed(world.database, act, "INSERT INTO payment_carried", act) == ("done", "earlier-used")


def test_the_database_holds_that_a_fee_counts_once(world: CaseWorld) -> None:
    earlier = returned(world)
    used = money_of(world, again(world, earlier).case).carried
    assert used is not None

    def twice(unit: UnitOfWork) -> None:
        unit.payments.add_carried(replace(used, id=uuid4(), case_id=earlier.id))

    assert code_of(lambda: turned(world, earlier, lambda turn: twice(turn.unit))) == "earlier-used"


def test_a_fee_that_is_used_is_not_given_back(world: CaseWorld) -> None:
    earlier = returned(world)
    again(world, earlier)

    assert code_of(lambda: asked(world, earlier)) == "fee-used-again"
    why = world.cases.offers(world.asker(Role.RECEPTION), world.now(earlier))["ask-refund"]
    assert why is not None
    assert why.problem.code == "fee-used-again"


def test_a_fee_that_is_asked_back_does_not_count_until_that_is_rejected(world: CaseWorld) -> None:
    earlier = returned(world)
    refund = asked(world, earlier)
    assert refused(world, earlier) == "earlier-refund"
    world.do(Role.LEADER, earlier, RejectRefund(refund=refund, reason="Không có căn cứ"))

    assert again(world, earlier).case.paid_at is not None


def test_a_fee_that_went_back_does_not_count(world: CaseWorld) -> None:
    earlier = returned(world)
    refund = asked(world, earlier)
    world.do(Role.LEADER, earlier, ApproveRefund(refund=refund))
    assert refused(world, earlier) == "earlier-refund"
    world.do(Role.CLERK, earlier, NoteRefund(refund=refund))

    assert refused(world, earlier) == "earlier-refund"


def test_a_dossier_that_was_filed_again_and_given_back_passes_the_fee_on(world: CaseWorld) -> None:
    first = returned(world)
    second = again(world, first, 2).case
    second = stopped(world, world.do(Role.RECEPTION, second, PayAtCounter(amount=FEE)))
    third = again(world, second, 2).case
    carried = money_of(world, third).carried

    assert carried is not None
    assert (carried.count, len(carried.receipts), third.status) == (2, 2, "filed")


def test_each_refusal_has_its_code(world: CaseWorld) -> None:
    earlier = returned(world)
    elsewhere = add_authority(world.database, code="G99.KHAC")
    other = replace(WHO, id_number="001090000002")
    unpaid = stopped(world, demanded(world, APOSTILLE, code=fresh()))
    changes: dict[str, dict[str, Any]] = {
        "earlier-not-given-back": {"decided_by": None},
        "earlier-other-procedure": {"procedure": CONSULAR},
        "earlier-elsewhere": {"intake_id": elsewhere.id},
        "earlier-unknown": {"archived_at": world.clock.now(), "removed_at": world.clock.now()},
    }
    before = {name: getattr(earlier, name) for told in changes.values() for name in told}

    assert refused(world, earlier, applicant=other) == "earlier-other-applicant"
    assert refused(world, earlier, continues="H00-000000-0000") == "earlier-unknown"
    assert refused(world, earlier, continues_token="x") == "earlier-unknown"
    assert refused(world, earlier, continues="", continues_token="x") == "field-missing"
    assert refused(world, unpaid) == "earlier-unpaid"
    who = world.asker(Role.RECEPTION)
    consular = filing(world, who, CONSULAR, continues=earlier.code)
    assert code_of(lambda: file(world.house, who, consular)) == "earlier-not-carried"
    for code, told in changes.items():
        world.change(earlier, **told)
        assert refused(world, earlier) == code
        world.change(earlier, **before)
    assert again(world, earlier).case.paid_at is not None


def test_a_client_names_what_it_filed_by_code_and_anything_else_by_the_secret_token(world: CaseWorld) -> None:
    officer = world.asker(Role.RECEPTION)
    mine, other = (replace(officer, id=f"client:{uuid4()}", may=frozenset({APPLICANT})) for _ in range(2))
    earlier = returned(world, filed_by=mine.id)

    assert refused(world, earlier, asker=other) == "earlier-unknown"
    assert refused(world, earlier, asker=other, continues_token=f"{TOKEN}-x") == "earlier-unknown"
    assert again(world, earlier, asker=other, continues_token=TOKEN).case.paid_at is not None
    assert again(world, returned(world, filed_by=mine.id), asker=mine).case.paid_at is not None


ONE = Applicant("Đỗ Thị Bưởi", id_number="001 090", phone="0912000000")


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (Applicant("Do Thi Buoi", id_number="001090"), True),
        (replace(ONE, id_number="002"), False),
        (Applicant("ĐỖ THỊ BƯỞI", phone="0912000000"), True),
        (Applicant("Đỗ Thị Bưởi", phone="0913000000"), False),
        (Applicant("Đỗ Thị Bưởi"), False),
        (Applicant("Đỗ Thị Lê", phone="0912000000"), False),
        (Applicant("Đỗ Thị Bưởi", kind="company", phone="0912000000"), False),
    ],
    ids=["number", "another number", "name and phone", "another phone", "no contact", "another name", "a company"],
)
def test_applicants_are_told_apart(other: Applicant, *, alike: bool) -> None:
    assert same(ONE, other) is alike


def test_the_money_of_a_day_counts_it_once(world: CaseWorld) -> None:
    again(world, returned(world, 2), 2)
    asker = world.asker(Role.RECEPTION)
    day = Days(world.house).day(asker, world.clock.now().date())

    assert [one.amount for one in day.payments] == [2 * FEE]
    assert len(day.receipts) == 1
    assert sum(one.amount for one in day.by_state().values()) == 2 * FEE
