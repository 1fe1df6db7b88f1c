from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.accounts.support import add_authority
from tests.cases.filings import filed, paper
from tests.cases.world import CONSULAR, COPY, ECOPY, LEGALIZATION, SIGNATURE, WHO, CaseWorld, code_of
from tests.payments.support import demanded, money_of, order_of, paid, ready, told_by_platform, turned
from verifier.accounts.roles import Role
from verifier.cases import money, owed
from verifier.cases.decision import Approve
from verifier.cases.examination import PaperProposal, Propose
from verifier.cases.kernel import Command
from verifier.cases.money import CorrectFee, DemandFee, ExemptFee, SetFeeAbroad
from verifier.cases.moving import Withdraw
from verifier.cases.paying import NoteTransfer, PayAtCounter
from verifier.cases.setright import CheckPaper
from verifier.cases.statuses import Status
from verifier.payments.records import OrderState

APOSTILLE = "apostille"


def test_the_fee_is_demanded_by_the_law_book(world: CaseWorld) -> None:
    case = demanded(world, papers=2)
    order = order_of(world, case)

    assert (case.status, case.fee_vnd, case.paid_at) == ("payment", 60_000, None)
    assert (order.state, order.amount, order.when_paid) == ("open", 60_000, "before-acceptance")
    assert order.lines[0].citation == "Thông tư 157/2016/TT-BTC Điều 5 khoản 1 điểm a"
    assert world.told.templates == ["fee-notice"]
    letter = world.told[0][1]
    assert (letter.values["amount"], letter.values["reference"]) == ("60000", order.reference)
    assert [one.form for one in world.view(case).records if one.kind == "form"] == ["fee-notice"]
    assert letter.records == (order.notice_id,)


@pytest.mark.parametrize("said", [DemandFee(), CorrectFee(reason="Thêm bản.")], ids=["demanded", "corrected"])
@pytest.mark.parametrize("status", [Status.FILED, Status.SUPPLEMENT])
def test_no_fee_is_asked_before_completeness_was_confirmed(world: CaseWorld, status: Status, said: Command) -> None:
    case = ready(world, status=status, complete_at=None)

    wanted = "case-not-now" if (status, type(said)) == (Status.SUPPLEMENT, DemandFee) else "case-incomplete"
    assert code_of(lambda: world.do(Role.RECEPTION, case, said)) == wanted
    assert (money_of(world, case).orders, world.told.templates) == ((), [])


def test_a_notice_says_when_the_fee_is_paid(world: CaseWorld) -> None:
    demanded(world)
    demanded(world, COPY)
    before, at_return = (letter.values for _, letter in world.told)

    assert (before["before"], bool(before["until"]), "at_return" in before) == ("1", True, False)
    assert ("before" in at_return, "until" in at_return, at_return["at_return"]) == (False, False, "1")


@pytest.mark.parametrize(("second", "wanted"), [("refused", 2_000), ("granted", 4_000)])
def test_what_is_refused_costs_nothing_at_the_return(world: CaseWorld, second: str, wanted: int) -> None:
    case = demanded(world, COPY, papers=2)
    case = world.change(case, status="examination", accepted_at=world.clock.now())
    first, other = world.papers(case)
    said = PaperProposal(paper=other.id, outcome=second)
    if second == "refused":
        said = replace(said, grounds=("originals-22-1",), facts="Trang 1 bị tẩy xóa.")
    world.do(Role.SPECIALIST, case, Propose(papers=(PaperProposal(paper=first.id, outcome="granted"), said)))
    case = world.do(Role.LEADER, case, Approve())

    assert (case.status, case.fee_vnd, order_of(world, case).amount) == ("signing", wanted, wanted)
    assert world.told.templates.count("fee-notice") == (2 if second == "refused" else 1)


@pytest.mark.parametrize(
    ("procedure", "papers", "wanted"),
    [
        (CONSULAR, [{"copies": 1}], 30_000),
        (CONSULAR, [{"copies": 3}, {"copies": 2}], 150_000),
        (LEGALIZATION, [{"copies": 4}], 120_000),
        (CONSULAR, [{"copies": 2}, {"work": "CNXT"}], 90_000),
        (ECOPY, [{"pages": 5}], 7_000),
        (ECOPY, [{"pages": 5}, {"pages": 1}], 9_000),
        (COPY, [{"pages": 1}], 2_000),
        (COPY, [{"pages": 2}], 4_000),
        (COPY, [{"pages": 3}], 5_000),
        (COPY, [{"pages": 198}], 200_000),
        (COPY, [{"pages": 199}], 200_000),
        (COPY, [{"pages": 5, "copies": 3}], 21_000),
        (COPY, [{"pages": 4}, {"pages": 2}], 10_000),
        (COPY, [{"pages": 4, "copies": 2}, {"pages": 2, "copies": 1}], 16_000),
        (COPY, [{"pages": 500, "copies": 2}, {"pages": 1, "copies": 1}], 402_000),
        (SIGNATURE, [{}], 10_000),
        (SIGNATURE, [{"copies": 2}, {}], 30_000),
        (COPY, [{"pages": 5}, {"pages": 9, "outcome": "refused"}], 7_000),
        (SIGNATURE, [{"outcome": "refused"}], 0),
        (CONSULAR, [{}, {"outcome": "refused"}], 60_000),
    ],
)
def test_worked_examples(world: CaseWorld, procedure: str, papers: list[dict[str, Any]], wanted: int) -> None:
    case = ready(world, procedure, papers=0)
    for one in papers:
        world.paper(case, None, **{"pages": 1, **one})

    fee = turned(world, case, owed.cost_of)

    assert fee.total == wanted
    assert all(line.amount == line.count * line.unit for line in fee.lines)


@pytest.mark.parametrize(("copies", "wanted"), [((1,), 30_000), ((2, 1), 90_000), ((1, 1, 4), 180_000)])
def test_an_apostille_costs_as_consular_certification(world: CaseWorld, copies: tuple[int, ...], wanted: int) -> None:
    world.clock.instant = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    case = ready(world, APOSTILLE, papers=0)
    for one in copies:
        world.paper(case, None, copies=one)

    fee = turned(world, case, owed.cost_of)

    assert (fee.total, fee.when_paid) == (wanted, "at-filing")
    assert [(one.tariff, one.count) for one in fee.lines] == [("consular-certification", sum(copies))]


def test_copies_that_were_said_wrong_are_set_right_and_paid_for(world: CaseWorld) -> None:
    case = paid(world)
    case = world.change(case, status="examination")
    said = CheckPaper(paper=world.papers(case)[0].id, copies=3)
    case = world.do(Role.SPECIALIST, case, said)
    assert not turned(world, case, owed.settled)

    case = world.do(Role.SPECIALIST, case, CorrectFee(reason="Ba bản, không phải một."))

    assert (case.status, case.fee_vnd, case.paid_at) == ("examination", 90_000, None)
    assert (order_of(world, case).total, order_of(world, case).amount) == (90_000, 60_000)
    assert [(one.tariff, one.count, one.unit) for one in order_of(world, case).lines] == [
        ("consular-certification", 3, 30_000)
    ]


def test_nothing_is_charged_for_copies_issued_beside_which_no_application_asks_for(world: CaseWorld) -> None:
    """5.000 đ for a copy of a paper (Circular 157/2016 Art. 5(1)(c)) is another act than certifying a copy."""
    case = ready(world, papers=0)
    world.paper(case, None, copies=3)

    assert [one.tariff for one in turned(world, case, owed.cost_of).lines] == ["consular-certification"]


def test_originals_with_different_copies_are_named_in_their_lines(world: CaseWorld) -> None:
    case = ready(world, COPY, papers=0)
    world.paper(case, None, pages=3, copies=2)
    world.paper(case, None, pages=1, copies=1)

    told = [(one.vi, one.count) for one in turned(world, case, owed.cost_of).lines]

    assert told == [("Bản chính 1: trang 1–2", 4), ("Bản chính 1: từ trang 3", 2), ("Bản chính 2: trang 1–2", 1)]


def test_pages_must_be_told(world: CaseWorld) -> None:
    case = ready(world, COPY, papers=0)
    world.paper(case, None, pages=None)

    assert code_of(lambda: turned(world, case, owed.cost_of)) == "count-missing"


# --- paying at the desk -----------------------------------------------------------------------------------------------


def test_a_fee_that_is_paid_lets_the_dossier_be_accepted(world: CaseWorld) -> None:
    case = paid(world)
    found = money_of(world, case)

    assert (case.status, case.accepted_at, case.paid_at) == ("accepted", world.clock.now(), world.clock.now())
    assert [one.state for one in found.orders] == ["paid"]
    assert [(one.state, one.amount, one.channel) for one in found.payments] == [("matched", 30_000, "counter")]
    assert [one.text for one in found.receipts] == ["BLP-2026-0000001"]
    assert world.told.templates == ["fee-notice", "fee-paid", "receipt"]
    kept = {one.id: one for one in world.view(case).records}
    record = found.receipts[0].record_id
    assert record is not None
    assert (kept[record].kind, kept[record].form) == ("receipt", "fee-receipt")
    assert turned(world, case, owed.settled)


@pytest.mark.parametrize("amount", [29_999, 30_001, 0, -30_000, True])
def test_the_desk_takes_exactly_what_is_due(world: CaseWorld, amount: int) -> None:
    case = demanded(world)

    assert code_of(lambda: world.do(Role.RECEPTION, case, PayAtCounter(amount=amount))) == "amount-differs"
    assert money_of(world, case).payments == ()


def test_a_fee_is_paid_once(world: CaseWorld) -> None:
    case = paid(world)

    assert code_of(lambda: world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))) == "fee-not-due"


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.LEADER, Role.CLERK])
def test_only_reception_takes_money(world: CaseWorld, role: Role) -> None:
    case = demanded(world)

    assert code_of(lambda: world.do(role, case, PayAtCounter(amount=30_000))) == "not-allowed"


def test_a_fee_with_the_filing_leads_back_to_the_check(world: CaseWorld) -> None:
    world.clock.pass_(days=250)
    case = demanded(world, "apostille", complete_at=None)
    assert (case.status, case.fee_vnd) == ("payment", 30_000)

    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))

    assert (case.status, case.accepted_at) == ("filed", None)


def test_a_fee_at_the_return_leaves_the_status(world: CaseWorld) -> None:
    world.competent(COPY)
    case = world.case(COPY, Status.SIGNED, paid_at=None)
    assert not turned(world, case, owed.settled)

    case = world.do(Role.RECEPTION, case, DemandFee())
    assert (case.status, case.fee_vnd) == ("signed", 2_000)
    assert not turned(world, case, owed.settled)

    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=2_000))
    assert (case.status, case.paid_at) == ("signed", world.clock.now())
    assert turned(world, case, owed.settled)
    assert "receipt" not in world.told.templates


def test_a_fee_before_acceptance_waits_for_completeness(world: CaseWorld) -> None:
    case = ready(world, complete_at=None)

    assert code_of(lambda: world.do(Role.RECEPTION, case, DemandFee())) == "case-incomplete"


def test_demanding_again_changes_nothing(world: CaseWorld) -> None:
    case = demanded(world)

    assert code_of(lambda: world.do(Role.RECEPTION, case, DemandFee())) == "fee-unchanged"
    assert len(money_of(world, case).orders) == 1


# --- transfers --------------------------------------------------------------------------------------------------------


def transfer(world: CaseWorld, **changes: Any) -> NoteTransfer:
    told = {"transaction": "FT26-1", "amount": 30_000, "paid_at": world.clock.now() - timedelta(hours=1)}
    return NoteTransfer(**{**told, **changes})


def test_a_transfer_pays_the_fee(world: CaseWorld) -> None:
    case = world.do(Role.CLERK, demanded(world), transfer(world))

    assert (case.status, case.paid_at) == ("accepted", world.clock.now() - timedelta(hours=1))
    assert money_of(world, case).payments[0].transaction == "FT26-1"


def test_a_transfer_of_another_amount_is_kept_apart(world: CaseWorld) -> None:
    case = world.do(Role.CLERK, demanded(world), transfer(world, amount=20_000))
    found = money_of(world, case)

    assert (case.status, found.payments[0].state, found.payments[0].note) == ("payment", "mismatch", "amount")
    assert (found.receipts, found.open is not None, found.paid) == ((), True, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transaction": " "}, "field-missing"),
        ({"amount": 0}, "field-wrong"),
        ({"paid_at": "later"}, "field-wrong"),
        ({"reference": "P0000000000000"}, "payment-order-unknown"),
    ],
    ids=["no-number", "no-amount", "future", "unknown"],
)
def test_transfers_that_are_refused(world: CaseWorld, changes: dict[str, Any], code: str) -> None:
    case = demanded(world)
    if "paid_at" in changes:
        changes = {"paid_at": world.clock.now() + timedelta(minutes=1)}

    assert code_of(lambda: world.do(Role.CLERK, case, transfer(world, **changes))) == code


@pytest.mark.parametrize("stands", ["ended", "paid"])
def test_without_a_reference_it_is_said_that_it_is_missing(world: CaseWorld, stands: str) -> None:
    case = demanded(world)
    if stands == "ended":
        case = world.do(Role.RECEPTION, case, Withdraw(reason="Người nộp xin rút."))
    else:
        case = world.do(Role.CLERK, case, transfer(world))
    later = transfer(world, transaction="FT26-2")
    assert code_of(lambda: world.do(Role.CLERK, case, later)) == "field-missing"
    world.do(Role.CLERK, case, replace(later, reference=order_of(world, case).reference))

    states = {one.transaction: one.state for one in money_of(world, case).payments}
    assert states["FT26-2"] == "surplus"


def test_where_nothing_was_ever_asked_for_no_reference_is_missing(world: CaseWorld) -> None:
    case = world.case(SIGNATURE)

    assert code_of(lambda: world.do(Role.CLERK, case, transfer(world))) == "fee-not-due"


def test_no_target_of_the_office_runs_while_an_applicant_is_to_pay(world: CaseWorld) -> None:
    late = world.clock.now() - timedelta(days=3)
    case = demanded(world, step_due=late, warned="target")
    assert (case.status, case.step_due, case.warned) == ("payment", None, "")

    accepted = world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    assert accepted.step_due is not None
    assert accepted.step_due > world.clock.now()


def test_reception_has_its_time_from_the_payment_of_what_was_filed(world: CaseWorld) -> None:
    world.clock.instant = datetime(2026, 10, 5, 2, tzinfo=UTC)  # Monday, 9:00
    world.competent("apostille")
    own = paper("apostille", countries=("DE",), issuing_country="VN")
    case = filed(world, "apostille", papers=(own,)).case
    assert (case.status, case.step_due) == ("payment", None)
    world.clock.instant = datetime(2026, 10, 8, 2, tzinfo=UTC)
    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))

    assert (case.status, case.step_due) == ("filed", datetime(2026, 10, 8, 3, tzinfo=UTC))


def test_a_transfer_is_noted_once(world: CaseWorld) -> None:
    case = world.do(Role.CLERK, demanded(world), transfer(world))
    reference = order_of(world, case).reference

    assert code_of(lambda: world.do(Role.CLERK, case, transfer(world, reference=reference))) == "payment-known"


# --- exemption --------------------------------------------------------------------------------------------------------


def test_a_leader_exempts_on_a_ground_of_the_law(world: CaseWorld) -> None:
    case = demanded(world)

    case = world.do(Role.LEADER, case, ExemptFee(exemption="consular-reciprocity", ground="Công hàm 12/2026"))

    order = order_of(world, case)
    assert (case.status, case.fee_vnd, order.state) == ("accepted", 0, "exempt")
    assert (order.exemption, order.decided_by) == ("consular-reciprocity", world.person(Role.LEADER).id)
    assert turned(world, case, owed.settled)
    assert world.events(case)[-1].event.reason == "Công hàm 12/2026"


def test_an_exemption_before_the_demand_goes_on_by_itself(world: CaseWorld) -> None:
    world.competent(CONSULAR)
    case = ready(world)
    case = world.do(Role.LEADER, case, ExemptFee(exemption="consular-treaty", ground="Hiệp định"))
    assert case.status == "filed"

    done = turned(world, case, money.demand)

    assert (done.status, done.change["fee_vnd"]) == (Status.ACCEPTED, 0)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (ExemptFee(exemption="mission-merit", ground="x"), "exemption-unknown"),
        (ExemptFee(exemption="consular-treaty", ground=" "), "reason-missing"),
    ],
    ids=["of-missions", "no-ground"],
)
def test_exemptions_that_are_refused(world: CaseWorld, said: Command, code: str) -> None:
    case = demanded(world)

    assert code_of(lambda: world.do(Role.LEADER, case, said)) == code


def test_what_was_paid_is_not_exempted(world: CaseWorld) -> None:
    case = paid(world)
    said = ExemptFee(exemption="consular-treaty", ground="x")

    assert code_of(lambda: world.do(Role.LEADER, case, said)) == "fee-paid"


def test_reception_does_not_exempt(world: CaseWorld) -> None:
    case = demanded(world)
    said = ExemptFee(exemption="consular-treaty", ground="x")

    assert code_of(lambda: world.do(Role.RECEPTION, case, said)) == "not-allowed"


# --- correcting -------------------------------------------------------------------------------------------------------


def test_another_order_takes_the_place_of_one_whose_papers_changed(world: CaseWorld) -> None:
    case = demanded(world)
    world.clock.pass_(seconds=1)
    world.paper(case, None)

    case = world.do(Role.RECEPTION, case, CorrectFee(reason="Thêm một bản"))

    assert [(one.state, one.amount) for one in money_of(world, case).orders] == [
        ("cancelled", 30_000),
        ("open", 60_000),
    ]
    assert (case.status, case.fee_vnd) == ("payment", 60_000)


def test_what_was_paid_before_is_set_off(world: CaseWorld) -> None:
    case = paid(world)
    world.clock.pass_(seconds=1)
    world.paper(case, None)
    assert not turned(world, case, owed.settled)

    case = world.do(Role.SPECIALIST, case, CorrectFee(reason="Bổ sung giấy tờ"))
    order = order_of(world, case)
    assert (case.status, order.total, order.credit, order.amount) == ("accepted", 60_000, 30_000, 30_000)
    values = world.told[-1][1].values
    assert (values["amount"], values["credit"]) == ("30000", "30000")

    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    assert case.status == "accepted"
    assert [one.number for one in money_of(world, case).receipts] == [1, 2]
    assert turned(world, case, owed.settled)


def test_a_smaller_fee_after_payment_owes_nothing(world: CaseWorld) -> None:
    case = paid(world, papers=2)
    world.change_paper(world.papers(case)[0], outcome="refused")
    assert code_of(lambda: world.do(Role.RECEPTION, case, CorrectFee(reason="x"))) == "fee-unchanged"


def test_a_complete_dossier_whose_papers_grew_is_asked_again(world: CaseWorld) -> None:
    case = demanded(world)
    world.paper(case, None)
    world.change(case, status="filed")

    done = turned(world, case, money.demand)

    assert (done.status, done.change["fee_vnd"], done.told["amount"]) == (Status.PAYMENT, 60_000, 60_000)


def test_a_dossier_that_ends_owes_nothing(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, demanded(world), Withdraw(reason="Theo đơn"))

    assert [(one.state, one.ground) for one in money_of(world, case).orders] == [("cancelled", "case-ended")]


# --- missions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def mission(world: CaseWorld) -> CaseWorld:
    world.authority = add_authority(world.database, code="G10.SQ")
    return world


def test_missions_say_the_fee_themselves(mission: CaseWorld) -> None:
    case = demanded(mission)
    assert (case.status, case.fee_vnd, list(money_of(mission, case).orders)) == ("filed", None, [])

    case = mission.do(Role.RECEPTION, case, SetFeeAbroad(amount=1_000, what="Chứng nhận lãnh sự"))
    order = order_of(mission, case)
    assert case.status == "payment"
    assert (order.currency, order.amount, mission.told[-1][1].values["amount"]) == ("USD", 1_000, "10,00 USD")
    assert not turned(mission, case, owed.settled)

    case = mission.do(Role.RECEPTION, case, PayAtCounter(amount=1_000))
    receipt = money_of(mission, case).receipts[0]
    assert (case.status, receipt.text, receipt.record_id) == ("accepted", "BLP-2026-0000001", None)
    assert turned(mission, case, owed.settled)


def test_who_reads_english_reads_dollars_and_dong_as_english_writes_them(world: CaseWorld) -> None:
    reader = replace(WHO, lang="en")
    at_home = demanded(world, papers=2, applicant=reader)
    values = world.told[-1][1].values
    assert (values["amount"], values["lines"].rpartition(": ")[2]) == ("60000", "60,000 VND")
    world.do(Role.RECEPTION, at_home, PayAtCounter(amount=60_000))

    world.authority = add_authority(world.database, code="G10.SQ")
    case = demanded(world, applicant=reader)
    world.do(Role.RECEPTION, case, SetFeeAbroad(amount=123_450, what="Legalization"))
    values = world.told[-1][1].values
    assert (values["amount"], values["lines"]) == ("1,234.50 USD", "Legalization: 1,234.50 USD")
    world.do(Role.RECEPTION, case, PayAtCounter(amount=123_450))
    assert [letter.values["amount"] for _, letter in world.told if letter.template == "fee-paid"] == [
        "60000",
        "1,234.50 USD",
    ]


def test_at_home_the_law_book_reckons(world: CaseWorld) -> None:
    case = ready(world)

    assert code_of(lambda: world.do(Role.RECEPTION, case, SetFeeAbroad(amount=1, what="x"))) == "fee-not-abroad"


def test_missions_exempt_whom_their_circular_names(mission: CaseWorld) -> None:
    case = mission.do(Role.LEADER, demanded(mission), ExemptFee(exemption="mission-merit", ground="Thẻ thương binh"))

    assert (case.status, order_of(mission, case).state) == ("accepted", OrderState.EXEMPT)


# --- what the platform tells ------------------------------------------------------------------------------------------


def test_the_platform_pays_an_order(world: CaseWorld) -> None:
    case = demanded(world)

    case = world.by_system(case, told_by_platform(world, order_of(world, case)))

    assert (case.status, money_of(world, case).receipts[0].issued_by) == ("accepted", None)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"amount": 29_999}, "amount"),
        ({"amount": 300_000}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"payee": "G11"}, "payee"),
    ],
    ids=["less", "more", "currency", "payee"],
)
def test_what_does_not_fit_is_kept_apart_and_told(world: CaseWorld, changes: dict[str, Any], note: str) -> None:
    case = demanded(world)

    case = world.by_system(case, told_by_platform(world, order_of(world, case), **changes))

    found = money_of(world, case)
    assert (case.status, case.paid_at, found.receipts) == ("payment", None, ())
    assert [(one.state, one.note) for one in found.payments] == [("mismatch", note)]
    assert world.told[-1][1].template == "payment-apart"
    assert world.told[-1][1].to == f"person:{world.person(Role.RECEPTION).id}"


def test_an_order_paid_at_the_desk_meanwhile_leaves_money_to_give_back(world: CaseWorld) -> None:
    case = paid(world)
    world.clock.pass_(seconds=1)

    after = world.by_system(case, told_by_platform(world, order_of(world, case)))

    assert [(one.state, one.note) for one in money_of(world, case).payments] == [
        ("matched", ""),
        ("surplus", "order-paid"),
    ]
    assert replace(after, version=case.version) == case
    assert len(money_of(world, case).receipts) == 1


def test_money_for_a_cancelled_order_is_kept_apart(world: CaseWorld) -> None:
    case = demanded(world)
    order = order_of(world, case)
    case = world.do(Role.RECEPTION, case, Withdraw(reason="Theo đơn"))

    case = world.by_system(case, told_by_platform(world, order))

    assert (case.status, money_of(world, case).payments[0].note) == ("withdrawn", "order-cancelled")


def test_the_same_transaction_pays_once(world: CaseWorld) -> None:
    case = demanded(world)
    said = told_by_platform(world, order_of(world, case))
    case = world.by_system(case, said)

    assert code_of(lambda: world.by_system(case, said)) == "payment-known"
