from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import TOKEN, CaseWorld
from tests.payments.platform import FakePlatform, serving
from tests.payments.support import demanded, money_of, order_of
from tests.web.case_api_site import Calls, CaseApiSite, code, told
from verifier.accounts.roles import Role
from verifier.accounts.scopes import READ_CASES
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case
from verifier.cases.refunds import ApproveRefund, AskRefund, NoteRefund
from verifier.payments.days import Days
from verifier.payments.desk import Payments
from verifier.storage.database import Database
from verifier.web.api import payment_schemas as schemas

CALLBACK = "/api/v1/payments/callback"
RECONCILIATION = "/api/v1/payments/reconciliation"
HEAD = "transaction,reference,amount,currency,paid_at\n"


class PaidSite(CaseApiSite):
    """The site with a payment platform."""

    platform: FakePlatform

    def paid_by(self, platform: FakePlatform, door: Any) -> PaidSite:
        self.platform = platform
        parts = cast("SimpleNamespace", self.work)
        parts.payments, parts.days = Payments(self.world.cases, door), Days(self.world.house, door)
        return self

    def waiting(self) -> tuple[Case, Calls]:
        """A dossier that waits for its fee, and its applicant."""
        case = demanded(self.world)
        return case, self.holder(case.code, TOKEN)

    def callback(self, body: bytes, **more: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        return self.app.test_client().post(CALLBACK, data=body, headers=headers, **more)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[PaidSite]:
    world = CaseWorld(database, tmp_path)
    platform = FakePlatform(world.clock)
    with serving(platform) as door:
        yield PaidSite(world).paid_by(platform, door)


def test_an_applicant_reads_and_pays_online(site: PaidSite) -> None:
    case, holder = site.waiting()
    address = f"/api/v1/cases/{case.id}/payments"
    before = told(holder("GET", address))
    order = before["orders"][0]
    link = told(holder("POST", f"{address}/link"))

    heard = site.callback(site.platform.callback(order_of(site.world, case)))
    again = site.callback(site.platform.callback(order_of(site.world, case)))
    after = told(holder("GET", address))

    assert (before["open"], before["online"], order["amount"]) == (order["id"], True, 30_000)
    assert order["lines"][0]["citation"] == "Thông tư 157/2016/TT-BTC Điều 5 khoản 1 điểm a"
    assert link["url"].endswith(order["reference"])
    assert (heard.status_code, told(heard)["outcome"], told(heard)["receipt"]) == (200, "recorded", "BLP-2026-0000001")
    assert told(again) == told(heard)
    assert (after["open"], after["paid"], after["receipts"][0]["number"]) == (None, 30_000, "BLP-2026-0000001")
    for answer, model in (
        (before, schemas.DossierMoney),
        (after, schemas.DossierMoney),
        (link, schemas.PaymentLink),
        (told(heard), schemas.PaymentHeard),
    ):
        assert model.model_validate(answer).model_dump(mode="json") == answer


def test_what_officers_say_is_not_told_to_applicants(site: PaidSite) -> None:
    case, holder = site.waiting()
    case = site.world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    payment = money_of(site.world, case).payments[0]
    site.world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="Theo đơn"))
    address = f"/api/v1/cases/{case.id}/payments"

    theirs, ours = told(holder("GET", address)), told(site.officer(Role.CLERK)("GET", address))

    assert (theirs["refunds"][0]["asked_by"], theirs["orders"][0]["ground"]) == (None, None)
    assert ours["refunds"][0]["asked_by"] == str(site.world.person(Role.RECEPTION).id)
    assert schemas.DossierMoney.model_validate(ours).model_dump(mode="json") == ours


def test_nobody_reads_the_money_of_others(site: PaidSite) -> None:
    case, holder = site.waiting()
    other = demanded(site.world)
    visitor = Calls(site.app, {})
    address = f"/api/v1/cases/{other.id}/payments"

    assert code(holder("GET", address)) == (404, "not-found")
    assert code(holder("POST", f"{address}/link")) == (404, "not-found")
    assert code(site.holder(case.code, "wrong")("GET", f"/api/v1/cases/{case.id}/payments")) == (404, "not-found")
    assert code(visitor("GET", address))[0] == 401
    assert code(site.portal(READ_CASES)("POST", f"{address}/link"))[0] == 403


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"client_id": "x"}, (403, "callback-not-ours")),
        ({"time": "2026-03-02T07:00:00+00:00"}, (401, "callback-stale")),
        ({"transaction_id": "P0000000000000"}, (404, "payment-order-unknown")),
        ({"command": "REFUND", "original": "DVC-0"}, (404, "payment-unknown")),
        ({"command": "GIVE"}, (400, "callback-malformed")),
    ],
    ids=["client", "stale", "order", "refund", "command"],
)
def test_callbacks_are_refused_as_problems(site: PaidSite, changes: dict[str, Any], wanted: tuple[int, str]) -> None:
    case, _ = site.waiting()

    answer = site.callback(site.platform.callback(order_of(site.world, case), **changes))

    assert code(answer) == wanted
    assert site.world.now(case).status == "payment"


def test_a_callback_that_is_too_long_is_told_how_long_it_may_be(site: PaidSite) -> None:
    answer = site.callback(b" " * (64 * 1024 + 1))

    assert (code(answer), told(answer)["params"]) == ((413, "too-large"), {"limit": "0.0625"})


def test_a_callback_is_believed_by_its_signature_alone(site: PaidSite) -> None:
    case, _ = site.waiting()
    body = site.platform.callback(order_of(site.world, case))

    assert code(site.callback(body.replace(b"30000", b"30001"))) == (401, "callback-signature")
    assert code(site.callback(b"x" * 70_000)) == (413, "too-large")
    officer = site.officer(Role.RECEPTION)
    assert officer("POST", CALLBACK, data=body).status_code == 200  # whoever brings it


def test_a_day_is_told_and_reconciled(site: PaidSite) -> None:
    case, _ = site.waiting()
    order = order_of(site.world, case)
    site.callback(site.platform.callback(order))
    site.callback(site.platform.callback(order, transaction_id="P0000000000000", MaTraCuuTT="=1+1"))
    clerk = site.officer(Role.CLERK)

    day = told(clerk("GET", f"{RECONCILIATION}?day=2026-03-02"))
    line = f"DVC-1,{order.reference},30000,VND,2026-03-02T15:00:00+07:00\nDVC-7,,5,VND,2026-03-02T15:00:00+07:00\n"
    held = told(clerk("POST", f"{RECONCILIATION}?day=2026-03-02", data=HEAD + line, content_type="text/csv"))
    table = clerk("GET", f"{RECONCILIATION}?format=csv")

    assert day["channels"] == [{"which": "platform", "currency": "VND", "count": 1, "amount": 30_000}]
    assert (day["payments"][0]["dossier"], day["payments"][0]["reference"]) == (case.code, order.reference)
    assert [one["outcome"] for one in day["callbacks"]] == ["payment-order-unknown"]
    assert (held["comparison"]["agree"], [one["transaction"] for one in held["comparison"]["missing_here"]]) == (
        1,
        ["DVC-7"],
    )
    assert [one["agrees"] for one in held["runs"]] == [False]
    assert table.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert [(one["kind"], one["amount"]) for one in rows] == [
        ("order", "30000"),
        ("payment", "30000"),
        ("callback", "30000"),
    ]
    assert rows[2]["transaction"] == "'=1+1"
    for answer in (day, held):
        assert schemas.ReconciliationDay.model_validate(answer).model_dump(mode="json") == answer


def test_every_row_of_the_table_names_its_dossier_and_what_was_quoted(site: PaidSite) -> None:
    case, _ = site.waiting()
    order = order_of(site.world, case)
    for amount in (5, 6):  # of one transaction: the second contradicts the first
        site.callback(site.platform.callback(order, trans_amount=amount))
    site.world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    payment = next(one for one in money_of(site.world, case).payments if one.amount == 30_000)
    site.world.do(Role.RECEPTION, case, AskRefund(payment=payment.id, reason="Theo đơn"))
    refund = money_of(site.world, case).refunds[0]
    site.world.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    site.world.do(Role.CLERK, case, NoteRefund(refund=refund.id))

    table = site.officer(Role.CLERK)("GET", f"{RECONCILIATION}?format=csv")
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert {one["kind"] for one in rows} >= {"order", "payment", "refund", "callback"}
    assert {(one["dossier"], one["reference"]) for one in rows} == {(case.code, order.reference)}


def test_the_platform_is_asked_where_no_statement_is_brought(site: PaidSite) -> None:
    case, _ = site.waiting()
    order = order_of(site.world, case)
    site.callback(site.platform.callback(order))
    site.platform.lines = [site.platform.line(order, "DVC-1", site.world.clock.now())]

    held = told(site.officer(Role.LEADER)("POST", RECONCILIATION))

    assert (held["comparison"]["agrees"], held["runs"][0]["source"]) == (True, "platform")
    site.platform.status = 500
    assert code(site.officer(Role.LEADER)("POST", RECONCILIATION)) == (503, "payment-platform-down")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?day=yesterday", (400, "bad-option")),
        ("?format=xml", (400, "bad-option")),
        ("?daj=2026-03-02", (400, "parameter-unknown")),
    ],
)
def test_questions_that_are_refused(site: PaidSite, query: str, wanted: tuple[int, str]) -> None:
    assert code(site.officer(Role.CLERK)("GET", RECONCILIATION + query)) == wanted


def test_what_is_refused_for_its_form_is_not_kept(site: PaidSite) -> None:
    clerk = site.officer(Role.CLERK)

    refused = clerk("POST", f"{RECONCILIATION}?format=xml", data=HEAD, content_type="text/csv")

    assert code(refused) == (400, "bad-option")
    assert told(clerk("GET", RECONCILIATION))["runs"] == []


def test_a_day_of_which_the_law_says_nothing_is_told(site: PaidSite) -> None:
    clerk = site.officer(Role.CLERK)

    assert code(clerk("GET", f"{RECONCILIATION}?day=2000-01-01")) == (404, "term-not-in-force")
    assert code(clerk("GET", "/api/v1/payments/remittance?month=2000-01")) == (404, "term-not-in-force")


def test_statements_that_are_refused(site: PaidSite) -> None:
    clerk = site.officer(Role.CLERK)

    assert code(clerk("POST", RECONCILIATION, data="x", content_type="text/csv")) == (422, "statement-unclear")
    assert code(clerk("POST", RECONCILIATION, json={})) == (415, "csv-expected")
    assert code(clerk("POST", f"{RECONCILIATION}?day=2026-03-03")) == (422, "day-not-over")


def test_a_month_is_told(site: PaidSite) -> None:
    case, _ = site.waiting()
    site.world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    clerk = site.officer(Role.CLERK)

    month = told(clerk("GET", "/api/v1/payments/remittance?month=2026-03"))

    assert (month["totals"], month["due"]) == ({"VND": 30_000}, "2026-04-06T10:00:00Z")
    assert schemas.Remittance.model_validate(month).model_dump(mode="json") == month
    assert code(clerk("GET", "/api/v1/payments/remittance?month=2026")) == (400, "bad-option")


@pytest.mark.parametrize("address", [RECONCILIATION, "/api/v1/payments/remittance"])
def test_only_reception_clerks_and_leaders_reconcile(site: PaidSite, address: str) -> None:
    assert code(site.officer(Role.SPECIALIST)("GET", address)) == (403, "not-allowed")
    assert code(Calls(site.app, {})("GET", address)) == (401, "not-signed-in")
    assert site.officer(Role.RECEPTION)("GET", address).status_code == 200


def test_another_authority_sees_its_own_day(site: PaidSite) -> None:
    case, _ = site.waiting()
    site.world.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    site.world.authority = add_authority(site.world.database, code="G11", kind="ministry")
    site.world.people.clear()
    elsewhere = site.officer(Role.CLERK, site.world.another(Role.CLERK))

    day = told(elsewhere("GET", RECONCILIATION))

    assert (day["authority"], day["payments"], day["orders"]) == ("G11", [], [])
    assert code(elsewhere("GET", f"/api/v1/cases/{case.id}/payments")) == (404, "not-found")


@pytest.mark.parametrize(
    "asked", ["reconciliation?day=9999-12-31", "remittance?month=9999-12", "remittance?month=0001-01"]
)
def test_days_are_of_this_century(site: PaidSite, asked: str) -> None:
    assert code(site.officer(Role.CLERK)("GET", f"/api/v1/payments/{asked}")) == (400, "bad-option")
