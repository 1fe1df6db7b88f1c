from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.accounts.support import add_authority, add_person
from tests.cases.world import CODE, WHO, CaseWorld, case_world
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.appointments.records import Contact
from verifier.cases.desk import Cases
from verifier.cases.kernel import Letter
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.cases.watch import Watch
from verifier.notices.telling import SEAL, Reach, Telling
from verifier.storage.database import Database
from verifier.storage.notices import Notice
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM

ALL = Reach(mail=True, sms=True, portal=True)
SITE = "https://hoso.example.vn"


def telling(world: CaseWorld, reach: Reach = ALL) -> Telling:
    return Telling(world.house.book, RING, reach, SITE, "19001234")


def tell(world: CaseWorld, case: Case, letter: Letter, reach: Reach = ALL) -> tuple[Notice, Message | None]:
    world.clock.pass_(seconds=1)
    with world.database.unit(SYSTEM) as unit:
        telling(world, reach).tell(unit, case, letter, world.clock.now())
    return last(world, case)


def last(world: CaseWorld, case: Case) -> tuple[Notice, Message | None]:
    with world.database.unit(SYSTEM) as unit:
        notice = unit.notices.of_case(case.id)[-1]
        found = {one.key: one for one in unit.outbox.listed("waiting")}
    return notice, found.get(f"notice:{notice.id}")


def opened(message: Message | None) -> dict[str, Any]:
    assert message is not None
    sealed = base64.b64decode(message.payload["sealed"])
    told: dict[str, Any] = json.loads(RING.open(SEAL, sealed, UUID(message.payload["notice"]).bytes))
    return told


def test_a_notice_goes_to_the_outbox_with_its_words_sealed(world: CaseWorld) -> None:
    case = world.case()
    notice, message = tell(world, case, Letter("fee-paid", {"amount": "30000", "receipt": "AB 1"}))
    assert (notice.state, notice.ways, notice.address) == ("waiting", ("e-mail", "sms"), "b***@example.vn")
    assert notice.values == {"amount": "30000", "receipt": "AB 1"}
    mail = opened(message)["e-mail"]
    assert mail["to"] == WHO.email
    assert mail["subject"] == "Hồ sơ …-0001: đã nhận tiền phí"
    for said in (
        "Kính gửi ông/bà Đỗ Thị Bưởi,",
        f"30.000 đồng cho hồ sơ {case.code}",
        "AB 1",
        f"{SITE}/dossier.",
        "19001234",
    ):
        assert said in mail["text"]
    assert message is not None
    for hidden in (WHO.email, WHO.name, WHO.phone, "30.000", case.code):
        assert hidden not in json.dumps([message.payload, message.key], ensure_ascii=False)


@pytest.mark.parametrize(
    ("channel", "account", "reach", "ways"),
    [
        ("portal", "acc-1", ALL, ("portal", "e-mail", "sms")),
        ("portal", "", ALL, ("e-mail", "sms")),
        ("counter", "acc-1", ALL, ("e-mail", "sms", "portal")),
        ("post", "acc-1", Reach(sms=True), ("sms",)),
        ("portal", "acc-1", Reach(), ()),
    ],
)
def test_ways_follow_from_contacts_channel_and_doors(
    world: CaseWorld, channel: str, account: str, reach: Reach, ways: tuple[str, ...]
) -> None:
    case = world.case(channel=channel, applicant=replace(WHO, portal_account=account))
    notice, message = tell(world, case, Letter("filed"), reach)
    assert notice.ways == ways
    assert notice.state == ("waiting" if ways else "no-way")
    assert (message is not None) == bool(ways)


def test_who_asks_in_english_is_told_in_english(world: CaseWorld) -> None:
    case = world.case(applicant=replace(WHO, lang="en"))
    letter = Letter("forwarded", {"receiver_vi": "Bộ Ngoại giao", "receiver_en": "Ministry of Foreign Affairs"})
    notice, message = tell(world, case, letter)
    assert notice.lang == "en"
    assert "competent authority: Ministry of Foreign Affairs." in opened(message)["e-mail"]["text"]


def test_what_was_paid_before_stands_beside_what_is_to_be_paid(world: CaseWorld) -> None:
    case = world.case(applicant=replace(WHO, lang="en"))
    text = opened(tell(world, case, Letter("fee-notice", {"amount": "30000", "credit": "60000"}))[1])["e-mail"]["text"]
    assert f"To be paid for dossier {case.code}: 30,000 VND." in text
    assert "Paid before and set off: 60,000 VND." in text


def test_an_officer_is_told_by_e_mail_alone(world: CaseWorld) -> None:
    case, officer = world.case(), world.person(Role.SPECIALIST)
    notice, message = tell(world, case, Letter("assigned-officer", to=f"person:{officer.id}"))
    assert (notice.recipient, notice.ways) == (f"person:{officer.id}", ("e-mail",))
    assert opened(message)["e-mail"]["to"] == officer.email
    gone = tell(world, case, Letter("assigned-officer", to=f"person:{UUID(int=7)}"))[0]
    assert gone.state == "no-way"


def test_officers_of_both_authorities_are_told_each_by_their_own(database: Database, tmp_path: Path) -> None:
    ministry = add_authority(database, code="G08", kind="ministry", states=())
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=ministry.id, states=())
    there = add_person(database, ministry, Role.RECEPTION, login="nhan.noi.kia")
    with case_world(database, tmp_path, authority=local) as world:
        here = world.person(Role.RECEPTION)
        lies: dict[str, Any] = {"authority_id": ministry.id, "intake_id": local.id, "step_due": world.clock.now()}
        case = world.case(status=Status.FORWARDED, **lies)
        cases = Cases(replace(world.house, tells=telling(world).tell))
        assert Watch(cases).run(world.clock.now() + timedelta(minutes=1)) == 1

        with world.database.unit(SYSTEM) as unit:
            notices, messages = unit.notices.of_case(case.id), unit.outbox.listed("waiting")
        told = {(one.authority_id, one.recipient) for one in notices}
        assert told == {(local.id, f"person:{here.id}"), (ministry.id, f"person:{there.id}")}
        assert {one.authority_id for one in messages} == {local.id, ministry.id}
        assert {opened(one)["e-mail"]["to"] for one in messages} == {here.email, there.email}


@pytest.mark.parametrize(
    "letter", [Letter("no-such"), Letter("fee-paid"), Letter("deadline-warning"), Letter("filed", to="person:x")]
)
def test_a_letter_that_is_none_is_our_own_fault(world: CaseWorld, letter: Letter) -> None:
    case = world.case()
    with world.database.unit(SYSTEM) as unit, pytest.raises((LookupError, ValueError)):
        telling(world).tell(unit, case, letter, world.clock.now())


def test_forms_go_with_it_and_results_never_do(world: CaseWorld) -> None:
    case = world.case()
    form = world.record(case, b"form", "letter", name="phiếu.pdf")
    own = world.record(case, b"sheet", "form", name="06.pdf", form="control-sheet")
    result = world.record(case, b"result", "result")
    letter = Letter("stopped", {"reason": "x"}, (form.id, own.id, result.id))
    mail = opened(tell(world, case, letter)[1])["e-mail"]
    assert [one["name"] for one in mail["files"]] == ["phiếu.pdf"]
    assert "gửi kèm" in mail["text"]
    assert "gửi kèm" not in opened(tell(world, case, Letter("stopped", {"reason": "x"}))[1])["e-mail"]["text"]


def test_a_secret_stands_in_no_row_and_goes_by_e_mail_alone(world: CaseWorld) -> None:
    case = world.case(applicant=replace(WHO, portal_account="acc-1"))
    letter = Letter("delivery-link", {"link": "/delivery/s3cret", "until": "2026-03-09T15:00:00+07:00"})
    notice, message = tell(world, case, letter)
    assert (notice.ways, notice.values) == (("e-mail",), {"until": "2026-03-09T15:00:00+07:00"})
    text = opened(message)["e-mail"]["text"]
    assert f"{SITE}/delivery/s3cret" in text
    assert "15:00 ngày 09/03/2026" in text


def test_somebody_without_a_dossier_is_told_of_an_appointment(world: CaseWorld) -> None:
    contact = Contact("Lê Văn Hẹn", phone="0912 345 678")
    letter = Letter("appointment-booked", {"time": "09:00", "number": "A1", "place": "1 Phố Thử"})
    with world.database.unit(SYSTEM) as unit:
        telling(world).tell_contact(unit, world.authority.id, contact, letter, world.clock.now())
        (message,) = unit.outbox.listed("waiting")
        notice = unit.notices.get(UUID(message.payload["notice"]))
    assert notice is not None
    assert (notice.case_id, notice.ways, notice.address) == (None, ("sms",), "***678")
    sms = opened(message)["sms"]["text"]
    assert "09:00" in sms
    assert contact.name not in sms
    assert CODE not in sms


def test_a_notice_and_its_command_are_kept_together_or_not_at_all(world: CaseWorld) -> None:
    case = world.case()

    def command() -> None:
        with world.database.unit(SYSTEM) as unit:
            telling(world).tell(unit, case, Letter("filed"), world.clock.now())
            raise KeyError

    with pytest.raises(KeyError):
        command()
    with world.database.unit(SYSTEM) as unit:
        assert unit.notices.of_case(case.id) == ()
        assert unit.outbox.listed("waiting") == ()
