"""The fee at a mission: reception says it by the mission's own table, in US dollars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from tests.accounts.support import add_authority
from tests.cases.world import CONSULAR, WHO, CaseWorld, code_of
from tests.payments.support import demanded, money_of, order_of, ready, turned
from verifier.accounts.roles import Role
from verifier.cases import owed
from verifier.cases.completeness import AskSupplement, ConfirmComplete, Item, Supplement
from verifier.cases.money import DemandFee, ExemptFee, SetFeeAbroad
from verifier.cases.moving import Forward, Receive
from verifier.cases.paying import NoteTransfer, PayAtCounter
from verifier.cases.records import Case
from verifier.payments.days import Days
from verifier.payments.reconciling import Sum

WHAT = "Chứng nhận lãnh sự"
COMPLETE = ConfirmComplete(shown=("paper",), reason="Đã xem.")


@pytest.fixture
def mission(world: CaseWorld) -> CaseWorld:
    ministry = add_authority(world.database, code="G10", kind="ministry", states=())
    world.authority = add_authority(world.database, code="G10.SQ", forwards_to=ministry.id)
    return world


def priced(mission: CaseWorld, amount: int = 1_000, case: Case | None = None) -> Case:
    """A dossier of which reception said the fee."""
    return mission.do(Role.RECEPTION, case or demanded(mission), SetFeeAbroad(amount=amount, what=WHAT))


def settled(mission: CaseWorld, amount: int = 1_000) -> Case:
    """A dossier whose fee was paid at the desk."""
    return mission.do(Role.RECEPTION, priced(mission, amount), PayAtCounter(amount=amount))


def test_a_complete_dossier_stays_with_reception_until_the_fee_is_said(mission: CaseWorld) -> None:
    mission.competent(CONSULAR)
    case = mission.do(Role.RECEPTION, ready(mission, complete_at=None), COMPLETE)

    assert (case.status, case.complete_at is not None, mission.told.templates) == ("filed", True, [])
    assert priced(mission, case=case).status == "payment"
    assert mission.told.templates == ["fee-notice"]


def test_what_was_asked_for_is_awaited_again_once_the_dossier_is_complete_again(mission: CaseWorld) -> None:
    case = priced(mission)
    asked = AskSupplement(items=(Item(what="Bản dịch", why="Thiếu"),))
    case = mission.do(Role.RECEPTION, case, asked)
    case = mission.do(Role.RECEPTION, case, Supplement(note="Đã gửi bản dịch."))
    assert case.status == "filed"

    case = mission.do(Role.RECEPTION, case, COMPLETE)
    assert (case.status, len(money_of(mission, case).orders)) == ("payment", 1)


def test_nothing_is_demanded_where_reception_says_the_fee(mission: CaseWorld) -> None:
    for case, wanted in (
        (demanded(mission), "fee-abroad"),
        (priced(mission), "fee-abroad"),
        (settled(mission), "fee-paid"),
    ):
        assert code_of(lambda case=case: mission.do(Role.RECEPTION, case, DemandFee())) == wanted  # type: ignore[misc]
        assert "demand-fee" not in mission.cases.offered(mission.asker(Role.RECEPTION), mission.view(case))


def test_more_is_asked_for_beyond_what_was_paid(mission: CaseWorld) -> None:
    case = priced(mission, 1_500, settled(mission))
    order = order_of(mission, case)

    assert (case.status, case.paid_at) == ("accepted", None)
    assert (order.total, order.credit, order.amount, order.currency) == (1_500, 1_000, 500, "USD")
    assert not turned(mission, case, owed.settled)
    case = mission.do(Role.RECEPTION, case, PayAtCounter(amount=500))
    assert turned(mission, case, owed.settled)
    assert sorted(one.amount for one in money_of(mission, case).receipts) == [500, 1_000]


def test_what_was_asked_for_by_mistake_is_taken_back(mission: CaseWorld) -> None:
    case = priced(mission, 1_000, priced(mission, 1_500, settled(mission)))

    assert (case.status, case.fee_vnd, case.paid_at is not None) == ("accepted", None, True)
    assert money_of(mission, case).open is None
    assert turned(mission, case, owed.settled)


@pytest.mark.parametrize("amount", [999, 1_000])
def test_no_less_than_was_paid_is_asked_for(mission: CaseWorld, amount: int) -> None:
    case = settled(mission)

    assert code_of(lambda: priced(mission, amount, case)) == "field-wrong"
    assert turned(mission, case, owed.settled)


def test_who_is_exempt_is_asked_for_nothing(mission: CaseWorld) -> None:
    case = mission.do(Role.LEADER, demanded(mission), ExemptFee(exemption="mission-merit", ground="Thẻ thương binh"))

    assert code_of(lambda: priced(mission, case=case)) == "fee-paid"


def test_the_ministry_asks_for_nothing_more_in_dollars(mission: CaseWorld) -> None:
    case = mission.do(Role.LEADER, settled(mission), Forward(reason="Bộ quyết định"))
    with mission.database.unit(mission.asker(Role.LEADER).scope) as unit:
        ministry = unit.authorities.get(case.authority_id)
    assert ministry is not None
    mission.authority, mission.people = ministry, {}
    mission.competent(case.procedure)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.cases.world.LOGINS", {Role.RECEPTION: ("bo.tiep.nhan", "Lý Thị Nhận")})
        case = mission.do(Role.RECEPTION, case, Receive())
        assert (case.status, case.due_at is not None) == ("accepted", True)
        assert code_of(lambda: priced(mission, 2_000, case)) == "fee-paid"


def test_what_was_asked_for_before_it_was_handed_on_is_paid_where_it_was_filed(mission: CaseWorld) -> None:
    case = mission.do(Role.LEADER, priced(mission, 1_500, settled(mission)), Forward(reason="Bộ quyết định"))
    assert "pay-at-counter" in mission.cases.offered(mission.asker(Role.RECEPTION), mission.view(case))
    case = mission.do(Role.RECEPTION, case, PayAtCounter(amount=500))
    assert (case.status, turned(mission, case, owed.settled)) == ("forwarded", True)

    late = NoteTransfer(
        transaction="T1", amount=500, paid_at=mission.clock.now(), reference=order_of(mission, case).reference
    )
    case = mission.do(Role.CLERK, case, late)
    assert [one.state for one in money_of(mission, case).payments if one.transaction == "T1"] == ["surplus"]
    assert {one.authority_id for one in money_of(mission, case).payments} == {mission.authority.id}


def test_what_another_authority_asked_for_is_not_taken_where_it_was_filed(mission: CaseWorld) -> None:
    other = add_authority(mission.database, code="G10.KHAC", kind="ministry", states=())
    case = priced(mission)
    with mission.database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        connection.execute(text("update payment_order set authority_id = :one"), {"one": other.id})
    case = mission.change(case, status="accepted", accepted_at=mission.clock.now(), authority_id=other.id)
    late = NoteTransfer(transaction="T1", amount=1_000, paid_at=mission.clock.now())

    for role, said in ((Role.RECEPTION, PayAtCounter(amount=1_000)), (Role.CLERK, late)):
        assert code_of(lambda role=role, said=said: mission.do(role, case, said)) == "case-elsewhere"  # type: ignore[misc]


@pytest.mark.parametrize(("lang", "amount"), [("vi", "1.030,50 USD"), ("en", "1,030.50 USD")])
def test_letters_write_dollars_as_their_language_does(mission: CaseWorld, lang: str, amount: str) -> None:
    case = demanded(mission, applicant=replace(WHO, lang=lang))
    case = mission.do(Role.RECEPTION, priced(mission, 103_050, case), PayAtCounter(amount=103_050))
    told = {letter.template: letter.values for _, letter in mission.told}

    assert (told["fee-notice"]["amount"], told["fee-notice"]["lines"]) == (amount, f"{WHAT}: {amount}")
    assert told["fee-paid"]["amount"] == amount


def test_a_month_of_a_mission_is_told_in_dollars_without_the_rule_of_collectors_at_home(mission: CaseWorld) -> None:
    settled(mission)
    found = Days(mission.house).month(mission.asker(Role.CLERK), date(2026, 3, 1))

    assert (found.taken, found.totals) == ({("counter", "USD"): Sum(1, 1_000)}, {"USD": 1_000})
    assert (found.due, found.citation) == (None, "")
