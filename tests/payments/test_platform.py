from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cases.world import CaseWorld, code_of
from tests.payments.platform import CLIENT, KEY, FakePlatform, serving
from tests.payments.support import demanded, money_of, order_of, paid
from verifier.accounts.roles import Role
from verifier.cases.kernel import applicant
from verifier.cases.money import CorrectFee
from verifier.outside.fetch import Fetcher
from verifier.outside.payments import PaymentPlatform, signature
from verifier.payments.desk import Payments


def test_an_applicant_is_led_to_the_platform(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    order = order_of(world, case)

    link = desk.link(applicant(case), case.id)

    assert link.url == f"{platform.url}/at/{order.reference}"
    path, said = platform.asked[0]
    assert path == "/pay/payments"
    assert (said["trans_amount"], said["command"], said["client_id"]) == (30_000, "PAY", CLIENT)
    assert said["return_url"] == "http://we.example/back"
    bill = said["bill_info"]
    assert (bill["MaDonVi"], bill["MaHoSo"], bill["MaTTHC"]) == ("G10.TEST", case.code, "1.001308")
    assert bill["PhiLePhi"][0]["SoTien"] == 30_000
    assert KEY.decode() not in json.dumps(said)


def test_a_link_is_asked_for_once_in_a_while(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)

    assert desk.link(applicant(case), case.id) == desk.link(applicant(case), case.id)
    assert len(platform.asked) == 1
    world.clock.pass_(minutes=16)
    desk.link(applicant(case), case.id)
    assert len(platform.asked) == 2


def test_what_is_set_off_is_paid_as_the_rest(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = paid(world)
    world.clock.pass_(seconds=1)
    world.paper(case, None)
    case = world.do(Role.RECEPTION, case, CorrectFee(reason="Thêm"))

    desk.link(applicant(case), case.id)

    assert [one["SoTien"] for one in platform.asked[0][1]["bill_info"]["PhiLePhi"]] == [30_000]


def test_nothing_is_paid_where_nothing_is_due(world: CaseWorld, desk: Payments) -> None:
    case = paid(world)

    assert code_of(lambda: desk.link(applicant(case), case.id)) == "fee-not-due"


def test_the_dossiers_of_others_are_not_paid(world: CaseWorld, desk: Payments) -> None:
    case, other = demanded(world), demanded(world)

    assert code_of(lambda: desk.link(applicant(other), case.id)) == "not-found"
    assert code_of(lambda: desk.of_case(applicant(other), case.id)) == "not-found"


def test_without_a_platform_there_is_no_link(world: CaseWorld) -> None:
    case = demanded(world)

    assert code_of(lambda: Payments(world.cases).link(applicant(case), case.id)) == "no-online-payment"


# --- answers that are not to be used ----------------------------------------------------------------------------------


def cut(body: bytes) -> bytes:
    return body[:-2]


def raised(body: bytes) -> bytes:
    return body.replace(b"30000", b"3000")


@pytest.mark.parametrize(
    "spoil",
    [
        {"payment_url": "javascript:alert(1)"},
        {"payment_url": "ftp://pay.example/1"},
        {"payment_url": "https://user@pay.example/1"},
        {"payment_url": "https://pay.example/" + "x" * 3000},
        {"payment_url": "https://pay.example/a b\n"},
        {"payment_url": None},
        {"transaction_id": "P-other"},
        {"trans_amount": 1},
        {"error": "99"},
        {"error": None},
    ],
    ids=["script", "ftp", "user", "long", "line", "none", "other", "amount", "refused", "no-code"],
)
def test_answers_that_are_not_used(
    world: CaseWorld, platform: FakePlatform, desk: Payments, spoil: dict[str, Any]
) -> None:
    case = demanded(world)
    platform.spoil = lambda told: {**told, **spoil}

    assert code_of(lambda: desk.link(applicant(case), case.id)) == "payment-platform-down"
    assert order_of(world, case).link == ""


@pytest.mark.parametrize("mar", [cut, raised, lambda _: b"", lambda _: b"null"], ids=["cut", "raised", "none", "null"])
def test_answers_that_are_not_signed(
    world: CaseWorld, platform: FakePlatform, desk: Payments, mar: Callable[[bytes], bytes]
) -> None:
    case = demanded(world)
    platform.mar = mar

    assert code_of(lambda: desk.link(applicant(case), case.id)) == "payment-platform-down"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_other_statuses(world: CaseWorld, platform: FakePlatform, desk: Payments, status: int) -> None:
    case = demanded(world)
    platform.status = status

    assert code_of(lambda: desk.link(applicant(case), case.id)) == "payment-platform-down"


def test_a_platform_on_the_inner_network_is_asked_only_where_it_is_named(world: CaseWorld) -> None:
    case = demanded(world)
    door = PaymentPlatform("http://127.0.0.1:9/pay", CLIENT, KEY, "http://we/", "http://we/", Fetcher())

    assert code_of(lambda: Payments(world.cases, door).link(applicant(case), case.id)) == "payment-platform-down"


def test_the_key_is_in_nothing_that_is_shown() -> None:
    door = PaymentPlatform("http://pay.example", CLIENT, KEY, "http://we/", "http://we/", Fetcher())

    assert KEY.decode() not in repr(door)


def test_the_hash_of_a_known_message() -> None:
    told = {"b": "é", "a": 1, "c": {"d": [True, None]}}

    # openssl dgst -sha256 -hmac key, of {"a":1,"b":"é","c":{"d":[true,null]}}
    assert signature(told, b"key") == "1ebacc4386cd4c25b1cde34e3326a0626c7b027119c14a4096d4d690469c7deb"


# --- asking what became of it -----------------------------------------------------------------------------------------


def test_a_payment_whose_callback_was_lost_is_asked_about(
    world: CaseWorld, platform: FakePlatform, desk: Payments
) -> None:
    case = demanded(world)
    order = order_of(world, case)
    desk.link(applicant(case), case.id)
    platform.events = [platform.event(order, status="24", MaTraCuuTT="DVC-0"), platform.event(order)]
    assert desk.ask_open(world.clock.now()) == 0

    world.clock.pass_(minutes=11)
    assert desk.ask_open(world.clock.now()) == 1
    assert world.now(case).status == "accepted"
    assert desk.ask_open(world.clock.now()) == 0


def test_what_was_not_paid_is_asked_about_again_later(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    desk.link(applicant(case), case.id)
    world.clock.pass_(minutes=11)

    assert desk.ask_open(world.clock.now()) == 1
    assert desk.ask_open(world.clock.now()) == 0
    world.clock.pass_(minutes=11)
    assert desk.ask_open(world.clock.now()) == 1
    world.clock.pass_(days=2)
    assert desk.ask_open(world.clock.now()) == 0


def test_a_platform_that_is_down_holds_nothing_up(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case = demanded(world)
    desk.link(applicant(case), case.id)
    world.clock.pass_(minutes=11)
    platform.status = 503

    assert desk.ask_open(world.clock.now()) == 0
    platform.status = 200
    assert desk.ask_open(world.clock.now()) == 1


def test_notices_about_another_order_are_not_heard(world: CaseWorld, platform: FakePlatform, desk: Payments) -> None:
    case, other = demanded(world), demanded(world)
    desk.link(applicant(case), case.id)
    world.clock.pass_(minutes=11)
    platform.spoil = lambda told: {**told, "transaction_id": order_of(world, other).reference}

    assert desk.ask_open(world.clock.now()) == 0
    assert money_of(world, other).payments == ()


def test_a_statement_of_a_day(world: CaseWorld, platform: FakePlatform) -> None:
    order = order_of(world, demanded(world))
    at = world.clock.now() - timedelta(hours=1)
    platform.lines = [platform.line(order, "DVC-1", at)]

    with serving(platform) as door:
        lines = door.statement("G10.TEST", at.date(), world.clock.now())

    assert [(one.transaction, one.reference, one.amount, one.paid_at) for one in lines] == [
        ("DVC-1", order.reference, 30_000, at)
    ]
