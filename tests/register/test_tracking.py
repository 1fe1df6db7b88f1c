"""The tracking book and the control sheet: filled out of the dossiers' own times and log, by nobody's hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import CONSULAR, CaseWorld, code_of
from tests.register.shelf import pages
from verifier.accounts.roles import Role
from verifier.audit import Actor, Event
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.register.control_sheet import ControlSheets, handovers
from verifier.register.tracking import Tracked, TrackingBook
from verifier.storage.database import Database
from verifier.storage.notices import Delivery
from verifier.storage.scope import SYSTEM

DAY = date(2026, 3, 2)
STEPS = (
    ("case-filed", "", "filed", None, 0),
    ("completeness-confirmed", "filed", "payment", Role.RECEPTION, 10),
    ("fee-paid", "payment", "accepted", None, 20),
    ("case-taken", "accepted", "examination", Role.SPECIALIST, 60),
    ("proposed", "examination", "approval", Role.SPECIALIST, 120),
    ("decided", "approval", "signing", Role.LEADER, 180),
    ("paper-issued", "signing", "signed", Role.LEADER, 240),
    ("result-given-out", "signed", "delivered", Role.RECEPTION, 300),
)


AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _event(action: str, was: str, status: str, kind: str = "person", name: str = "A") -> Event:
    return Event("case", "x", action, Actor(kind, "1", name), AT, None, "", {"was": was, "status": status})


@dataclass
class Office:
    world: CaseWorld
    book: TrackingBook
    sheets: ControlSheets

    def rows(self, since: date = DAY, until: date = DAY) -> Sequence[Tracked]:
        return self.book.rows(self.world.caller(Role.RECEPTION), since, until)

    def told(self, case: Case, steps: tuple[tuple[str, str, str, Role | None, int], ...] = STEPS) -> None:
        """Write a dossier's log as its commands do."""
        for action, was, status, role, minutes in steps:
            at = case.filed_at + timedelta(minutes=minutes)
            actor = Actor("system", "test")
            if role:
                actor = Actor("person", str(self.world.person(role).id), self.world.person(role).name)
            details = {"was": was, "status": status} if was else {"status": status}
            with self.world.database.unit(SYSTEM) as unit:
                unit.audit.append(Event("case", str(case.id), action, actor, at, case.authority_id, "", details))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    world = CaseWorld(database, tmp_path)
    book, clock = world.house.book, world.clock.now
    return Office(world, TrackingBook(database, book, clock), ControlSheets(world.cases, database, book, clock))


def test_a_dossier_is_one_row_with_its_own_times(office: Office) -> None:
    now = office.world.clock.now()
    due = now + timedelta(days=1)
    done: dict[str, Any] = {"signed_at": now + timedelta(hours=3), "delivered_at": now + timedelta(hours=5)}
    case = office.world.case(CONSULAR, Status.DELIVERED, due_at=due, assigned_at=now, delivery="paper", **done)
    (row,) = office.rows()
    assert (row.number, row.code, row.applicant) == (1, case.code, "Đỗ Thị Bưởi")
    assert (row.contact, row.agency) == ("5 Phố Chợ, 0912000000", office.world.authority.name_vi)
    assert (row.received, row.due, row.forwarded) == (case.filed_at, due, now)
    assert (row.back, row.given) == (done["signed_at"], done["delivered_at"])
    assert (row.outcome, bool(row.way), row.name) == (
        "before",
        True,
        "Chứng nhận lãnh sự giấy tờ, tài liệu",
    ) or row.name


def test_it_is_told_how_the_result_was_given_and_who_signed_for_it(office: Office) -> None:
    """Not how it had been wanted, nor what was fetched once more afterwards."""
    now = office.world.clock.now()
    case = office.world.case(CONSULAR, Status.DELIVERED, delivery="e-mail", delivered_at=now)
    with office.world.database.unit(SYSTEM) as unit:
        for way, at, proof in (
            ("data-store", now - timedelta(hours=1), {"receipt": "r"}),
            ("paper", now, {"received_by": "Quách Thị Na", "id_number": "001090000001"}),
            ("device", now + timedelta(hours=1), {"address": "192.0.2.1"}),
        ):
            ids = (uuid4(), case.authority_id, case.id)
            unit.notices.add_delivery(Delivery(*ids, way, "done", at, "person:x", (), (), done_at=at, proof=proof))
    (row,) = office.rows()
    assert (row.way, row.receiver) == ("gửi vào kho quản lý dữ liệu điện tử; nhận bản giấy", "Quách Thị Na")
    caller = office.world.caller(Role.RECEPTION)
    assert "Thị Na" in pages(office.book.printed(caller, DAY, DAY))[0]  # the column is narrow


@pytest.mark.parametrize(
    ("status", "due", "signed", "told"),
    [
        (Status.SIGNED, 30, 2, "before"),
        (Status.SIGNED, 3, 2, "on-time"),
        (Status.SIGNED, 1, 2, "late"),
        (Status.EXAMINATION, 3, None, ""),
        (Status.EXAMINATION, -1, None, "late"),
        (Status.EXAMINATION, None, None, ""),
        (Status.WITHDRAWN, -1, None, ""),
    ],
)
def test_in_time_is_by_the_due_day(
    office: Office, status: Status, due: int | None, signed: int | None, told: str
) -> None:
    now = office.world.clock.now()
    times = {"due_at": due, "signed_at": signed}
    changes: dict[str, Any] = {
        name: None if hours is None else now + timedelta(hours=hours) for name, hours in times.items()
    }
    office.world.case(CONSULAR, status, **changes)
    assert office.rows()[0].outcome == told


def test_only_the_period_and_only_the_own_desk(office: Office, database: Database) -> None:
    first = office.world.case()
    office.world.clock.instant = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # midnight in Hanoi: the next day there
    second = office.world.case()
    other = add_authority(database)
    here = office.world.authority.id
    office.world.case(authority_id=other.id)
    came = office.world.case(authority_id=other.id)
    office.world.change(came, authority_id=here, forwarded_at=office.world.clock.now())
    sent = office.world.case()
    office.world.change(sent, authority_id=other.id, forwarded_at=office.world.clock.now())
    zone = office.world.zone
    assert first.filed_at.astimezone(zone).date() == DAY
    assert [one.case for one in office.rows()] == [first.id]
    later = office.rows(DAY + timedelta(days=1), DAY + timedelta(days=1))
    assert {one.case for one in later} == {second.id, came.id, sent.id}
    assert {one.agency for one in later if one.case == sent.id} == {other.name_vi}


def test_periods_that_cannot_be_are_refused(office: Office) -> None:
    assert code_of(lambda: office.rows(DAY, DAY - timedelta(days=1))) == "period-wrong"
    assert code_of(lambda: office.rows(DAY, DAY + timedelta(days=366))) == "period-wrong"


def test_the_tracking_book_is_printed(office: Office) -> None:
    case = office.world.case(CONSULAR, Status.WITHDRAWN)
    caller = office.world.caller(Role.RECEPTION)
    (page,) = pages(office.book.printed(caller, DAY, DAY))
    assert "SỔ THEO DÕI HỒ SƠ" in page
    assert "Năm: 2026" in page
    assert case.code[:4] in page
    assert "Đỗ Thị Bưởi" in page
    empty = pages(office.book.printed(caller, date(2026, 1, 1), date(2026, 1, 1)))
    assert "Đỗ Thị Bưởi" not in empty[0]


# --- control sheets --------------------------------------------------------------------------------------------------


def test_the_log_tells_who_handed_over_to_whom(office: Office) -> None:
    case = office.world.case(CONSULAR, Status.DELIVERED)
    office.told(case)
    moves = office.sheets.handovers(office.world.caller(Role.RECEPTION), case.id)
    assert [(one.giver_side, one.taker_side) for one in moves] == [
        ("applicant", "reception"),
        ("reception", "specialist"),
        ("specialist", "leader"),
        ("leader", "reception"),
        ("reception", "applicant"),
    ]
    first, paid, proposed = moves[:3]
    at = case.filed_at
    assert (first.giver, first.taker) == ("Đỗ Thị Bưởi", "Lê Thị Đón")
    assert (paid.giver, paid.handed) == ("Lê Thị Đón", at + timedelta(minutes=20))
    assert (first.handed, first.taken) == (at, at + timedelta(minutes=10))
    assert (paid.taker, paid.taken) == ("Phạm Văn Soi", at + timedelta(minutes=60))
    assert (proposed.giver, proposed.taker) == ("Phạm Văn Soi", "Trần Thị Hương")
    assert moves[-1].taker_side == "applicant"


def test_what_the_service_or_the_applicant_moves_is_given_by_who_acted_last_on_that_side(office: Office) -> None:
    """A whole dossier: paid online, signed by the worker, fetched by the applicant, brought in again by an officer."""
    events = [
        _event("case-filed", "", "filed", "client", "Cổng"),
        _event("supplement-asked", "filed", "supplement", name="Tiếp nhận"),
        _event("supplement-brought", "supplement", "filed", name="Tiếp nhận"),
        _event("completeness-confirmed", "filed", "payment", name="Đón"),
        _event("fee-paid", "payment", "accepted", "client", "Cổng thanh toán"),
        _event("case-taken", "accepted", "examination", name="Soi"),
        _event("proposed", "examination", "approval", name="Soi"),
        _event("decided", "approval", "signing", name="Hương"),
        Event("case", "x", "paper-confirmed", Actor("person", "1", "Ký"), AT, None),
        _event("paper-issued", "signing", "signed", "system", "signing"),
        _event("result-fetched", "signed", "delivered", "visitor", ""),
        _event("result-fetched", "delivered", "delivered", "visitor", ""),
    ]
    found = [(one.giver_side, one.giver, one.taker_side, one.taker) for one in handovers(events, "Bưởi")]
    assert found == [
        ("applicant", "Bưởi", "reception", "Tiếp nhận"),
        ("reception", "Tiếp nhận", "applicant", ""),
        ("applicant", "Bưởi", "reception", "Đón"),
        ("reception", "Đón", "specialist", "Soi"),
        ("specialist", "Soi", "leader", "Hương"),
        ("leader", "Ký", "reception", ""),
        ("reception", "Đón", "applicant", "Bưởi"),
    ]


def test_each_side_is_judged_by_its_target_and_the_end_by_the_due_day(office: Office) -> None:
    filed = office.world.clock.now()
    accepted = filed + timedelta(minutes=20)
    due = filed + timedelta(minutes=290)
    case = office.world.case(CONSULAR, Status.DELIVERED, due_at=due, accepted_at=accepted, clock_from=accepted)
    office.told(case)
    moves = office.sheets.handovers(office.world.caller(Role.RECEPTION), case.id)
    by_giver = {one.giver_side: one.outcome for one in moves}
    assert by_giver["applicant"] == ""
    assert by_giver["specialist"] == "before"
    assert moves[-1].outcome == "late"
    office.world.change(case, due_at=due + timedelta(days=3), apologies=1)
    last = office.sheets.handovers(office.world.caller(Role.RECEPTION), case.id)[-1]
    assert (last.outcome, last.note) == ("before", "Đã hẹn lại 1 lần")
    slow = office.world.case(CONSULAR, Status.SIGNING, accepted_at=accepted, clock_from=accepted)
    office.told(slow, tuple((*one, minutes * 24) for *one, minutes in STEPS[:6]))
    found = office.sheets.handovers(office.world.caller(Role.RECEPTION), slow.id)
    assert {one.giver_side: one.outcome for one in found}["specialist"] == "late"


def test_what_stays_with_one_side_is_no_handover_and_forwarding_is(office: Office) -> None:
    stays = [_event("case-filed", "", "filed"), _event("paper-checked", "filed", "filed")]
    assert len(handovers(stays, "B")) == 1
    sent = [
        _event("case-filed", "", "filed"),
        _event("case-forwarded", "filed", "forwarded", name="C"),
        _event("case-received", "forwarded", "filed", name="D"),
    ]
    moves = handovers(sent, "B")
    assert [(one.giver_side, one.taker_side, one.giver, one.taker) for one in moves] == [
        ("applicant", "reception", "B", "C"),
        ("reception", "receiver", "C", "D"),
    ]


def test_the_control_sheet_is_printed_and_others_do_not_see_it(office: Office, database: Database) -> None:
    case = office.world.case(CONSULAR, Status.DELIVERED, due_at=office.world.clock.now())
    office.told(case)
    text = " ".join(pages(office.sheets.printed(office.world.caller(Role.RECEPTION), case.id)))
    assert "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ" in text
    assert "Người nộp hồ sơ" in text
    assert "Phạm Văn Soi" in text
    assert "Quá hạn" in text
    elsewhere = CaseWorld(database, office.world.folder, authority=add_authority(database))
    stranger = elsewhere.caller(Role.RECEPTION, elsewhere.another(Role.RECEPTION))
    assert code_of(lambda: office.sheets.handovers(stranger, case.id)) == "not-found"
